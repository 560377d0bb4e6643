//! What of the register somebody may see.

use crate::rows::Where;

/// What of the register somebody may see: everything, or what stands in origins of their teams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everything.
    All,
    /// Leaks with a place in an origin of one of these teams, and incidents with such a leak.
    Teams(Vec<i64>),
}

impl Sight {
    /// Only leaks that may be seen; `leak` names the column with their ids.
    pub(crate) fn of_leaks(&self, wanted: &mut Where, leak: &str) {
        self.restrict(
            wanted,
            &format!(
                "EXISTS (SELECT 1 FROM leak_origins seen JOIN team_origins mine ON mine.origin_id = seen.origin_id \
                 WHERE seen.leak_id = {leak} AND mine.team_id IN ({{}}))"
            ),
        );
    }

    /// Only incidents that may be seen; `incident` names the column with their numbers.
    pub(crate) fn of_incidents(&self, wanted: &mut Where, incident: &str) {
        self.restrict(
            wanted,
            &format!(
                "EXISTS (SELECT 1 FROM leaks held JOIN leak_origins seen ON seen.leak_id = held.id \
                 JOIN team_origins mine ON mine.origin_id = seen.origin_id \
                 WHERE held.incident_id = {incident} AND mine.team_id IN ({{}}))"
            ),
        );
    }

    /// Only origins that may be seen; `origin` names the column with their ids.
    pub(crate) fn of_origins(&self, wanted: &mut Where, origin: &str) {
        self.restrict(
            wanted,
            &format!(
                "EXISTS (SELECT 1 FROM team_origins mine WHERE mine.origin_id = {origin} AND mine.team_id IN ({{}}))"
            ),
        );
    }

    fn restrict(&self, wanted: &mut Where, condition: &str) {
        match self {
            Self::All => {}
            Self::Teams(teams) if teams.is_empty() => wanted.and_plain("1 = 0"),
            Self::Teams(teams) => {
                wanted.and_in(condition, teams.iter().map(|&team| team.into()).collect());
            }
        }
    }
}
