//! Incidents: the response to one leak, or to several that are one case.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use stanch_model::{Duty, Milestones, Severity, State, Urgency};

use crate::{Row, Sight, StoreError, Tx, Value, leak::like, rows::Where};

/// Who holds each duty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Holders {
    /// The incident commander.
    pub commander: Option<String>,
    /// The operations lead.
    pub ops_lead: Option<String>,
    /// The security liaison.
    pub liaison: Option<String>,
}

impl Holders {
    /// Who holds this duty.
    pub fn of(&self, duty: Duty) -> Option<&str> {
        match duty {
            Duty::Commander => self.commander.as_deref(),
            Duty::OpsLead => self.ops_lead.as_deref(),
            Duty::Liaison => self.liaison.as_deref(),
        }
    }

    /// Gives the duty to somebody, or to nobody; gives who held it.
    pub fn hand_over(&mut self, duty: Duty, to: Option<String>) -> Option<String> {
        let holder = match duty {
            Duty::Commander => &mut self.commander,
            Duty::OpsLead => &mut self.ops_lead,
            Duty::Liaison => &mut self.liaison,
        };
        std::mem::replace(holder, to)
    }
}

/// An incident, as the register knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Its number.
    pub id: i64,
    /// What it is about, in a few words.
    pub title: String,
    /// Where it stands.
    pub state: State,
    /// How bad it is.
    pub severity: Severity,
    /// How fast somebody must look.
    pub urgency: Urgency,
    /// The channels that were told.
    pub channels: Vec<String>,
    /// Who holds each duty.
    pub holders: Holders,
    /// When its secret leaked, as far as known.
    pub leaked_at: Option<Timestamp>,
    /// When it was found.
    pub detected_at: Timestamp,
    /// Its clocks.
    pub milestones: Milestones,
    /// How often it was reopened.
    pub reopens: i64,
    /// How many leaks it has.
    pub leaks: i64,
    /// Counts its changes: whoever changes it says which version was seen.
    pub version: i64,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

const INCIDENT: &str = "incidents.id, title, incidents.severity, urgency, channels, commander, ops_lead, liaison, incidents.leaked_at, \
     incidents.detected_at, acknowledged_at, contained_at, revoked_at, rotated_at, proven_at, closed_at, dismissed_at, reopened_at, \
     reopens, leaks, version, updated_at";

fn incident(row: &Row) -> Result<Incident, StoreError> {
    let milestones = Milestones {
        acknowledged: row.get(10)?,
        contained: row.get(11)?,
        revoked: row.get(12)?,
        rotated: row.get(13)?,
        proven: row.get(14)?,
        closed: row.get(15)?,
        dismissed: row.get(16)?,
        reopened: row.get(17)?,
    };
    Ok(Incident {
        id: row.get(0)?,
        title: row.get(1)?,
        state: milestones.state(),
        severity: row.parse(2)?,
        urgency: row.parse(3)?,
        channels: row.json(4)?,
        holders: Holders { commander: row.get(5)?, ops_lead: row.get(6)?, liaison: row.get(7)? },
        leaked_at: row.get(8)?,
        detected_at: row.get(9)?,
        milestones,
        reopens: row.get(18)?,
        leaks: row.get(19)?,
        version: row.get(20)?,
        updated_at: row.get(21)?,
    })
}

fn values(incident: &Incident) -> Vec<Value> {
    let milestones = &incident.milestones;
    vec![
        incident.title.as_str().into(),
        incident.state.as_str().into(),
        incident.state.is_active().into(),
        incident.severity.as_str().into(),
        (incident.severity as i64).into(),
        incident.urgency.as_str().into(),
        serde_json::json!(incident.channels).to_string().into(),
        incident.holders.commander.as_deref().into(),
        incident.holders.ops_lead.as_deref().into(),
        incident.holders.liaison.as_deref().into(),
        incident.leaked_at.into(),
        incident.detected_at.into(),
        milestones.acknowledged.into(),
        milestones.contained.into(),
        milestones.revoked.into(),
        milestones.rotated.into(),
        milestones.proven.into(),
        milestones.closed.into(),
        milestones.dismissed.into(),
        milestones.reopened.into(),
        incident.reopens.into(),
        incident.leaks.into(),
        incident.version.into(),
        incident.updated_at.into(),
    ]
}

/// What of the incidents is asked for; all that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct IncidentFilter {
    /// Only those that are not over, or only those that are.
    pub active: Option<bool>,
    /// In this state.
    pub state: Option<State>,
    /// This bad.
    pub severity: Option<Severity>,
    /// With this person in some duty.
    pub holder: Option<String>,
    /// Only those nobody holds a duty in.
    pub unheld: bool,
    /// Whose title, or the fingerprint of one of its leaks, holds these words.
    pub text: Option<String>,
    /// In which order, and from where on.
    pub order: Order,
}

/// The order of a list of incidents, and where it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The newest first; before this number.
    Newest(Option<i64>),
    /// The oldest first; after this number.
    Oldest(Option<i64>),
    /// The worst first, of equally bad ones the newest; after the incident with this rank and number.
    Worst(Option<(i64, i64)>),
}

impl Default for Order {
    fn default() -> Self {
        Self::Newest(None)
    }
}

impl IncidentFilter {
    fn conditions(&self, sight: &Sight) -> Where {
        let mut wanted = Where::default();
        wanted.and_if("active = ", self.active);
        wanted.and_if("state = ", self.state.map(State::as_str));
        wanted.and_if("severity_rank = ", self.severity.map(|severity| severity as i64));
        if let Some(holder) = &self.holder {
            wanted.and_each("(commander = {} OR ops_lead = {} OR liaison = {})", holder.as_str());
        }
        if self.unheld {
            wanted.and_plain("commander IS NULL AND ops_lead IS NULL AND liaison IS NULL");
        }
        if let Some(text) = &self.text {
            let condition = "(LOWER(title) LIKE {} ESCAPE '!' OR EXISTS (SELECT 1 FROM leaks named WHERE named.incident_id = incidents.id \
                             AND named.fingerprint LIKE {} ESCAPE '!'))";
            wanted.and_each(condition, like(text));
        }
        match self.order {
            Order::Newest(before) => wanted.and_if("incidents.id < ", before),
            Order::Oldest(after) => wanted.and_if("incidents.id > ", after),
            Order::Worst(None) => {}
            Order::Worst(Some((rank, id))) => {
                wanted.and_pair(
                    "(severity_rank < {0} OR (severity_rank = {0} AND incidents.id < {1}))",
                    rank,
                    id,
                );
            }
        }
        sight.of_incidents(&mut wanted, "incidents.id");
        wanted
    }

    fn order_by(&self) -> &'static str {
        match self.order {
            Order::Newest(_) => "incidents.id DESC",
            Order::Oldest(_) => "incidents.id",
            Order::Worst(_) => "severity_rank DESC, incidents.id DESC",
        }
    }
}

impl Tx<'_> {
    /// Makes an incident; its number is given, that in `incident` does not count.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn insert_incident(&mut self, incident: &Incident) -> Result<i64, StoreError> {
        let numbers = crate::rows::list(1, 24);
        let sql = format!(
            "INSERT INTO incidents (title, state, active, severity, severity_rank, urgency, channels, commander, ops_lead, liaison, \
             leaked_at, detected_at, acknowledged_at, contained_at, revoked_at, rotated_at, proven_at, closed_at, dismissed_at, \
             reopened_at, reopens, leaks, version, updated_at) VALUES ({numbers}) RETURNING id"
        );
        let id = self.one(&sql, &values(incident), |row| row.get(0))?;
        id.ok_or(StoreError::Field { position: 0, expected: "a number" })
    }

    /// The incident, kept from other writers until the commit.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn incident_locked(&mut self, id: i64) -> Result<Option<Incident>, StoreError> {
        let lock = self.for_update();
        self.one(&format!("SELECT {INCIDENT} FROM incidents WHERE id = $1{lock}"), &[id.into()], incident)
    }

    /// Writes all of an incident but its number; counts its version up.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn update_incident(&mut self, incident: &mut Incident) -> Result<(), StoreError> {
        incident.version += 1;
        let mut values = values(incident);
        values.push(incident.id.into());
        self.execute(
            "UPDATE incidents SET title = $1, state = $2, active = $3, severity = $4, severity_rank = $5, urgency = $6, channels = $7, \
             commander = $8, ops_lead = $9, liaison = $10, leaked_at = $11, detected_at = $12, acknowledged_at = $13, \
             contained_at = $14, revoked_at = $15, rotated_at = $16, proven_at = $17, closed_at = $18, dismissed_at = $19, \
             reopened_at = $20, reopens = $21, leaks = $22, version = $23, updated_at = $24 WHERE id = $25",
            &values,
        )?;
        Ok(())
    }

    /// The incident of this number, if it may be seen.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn incident(&mut self, id: i64, sight: &Sight) -> Result<Option<Incident>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("incidents.id = ", id);
        sight.of_incidents(&mut wanted, "incidents.id");
        self.one(&format!("SELECT {INCIDENT} FROM incidents {wanted}"), wanted.values(), incident)
    }

    /// Incidents in the order of the filter.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn incidents(
        &mut self,
        filter: &IncidentFilter,
        sight: &Sight,
        limit: usize,
    ) -> Result<Vec<Incident>, StoreError> {
        let (wanted, order) = (filter.conditions(sight), filter.order_by());
        let sql = format!("SELECT {INCIDENT} FROM incidents {wanted} ORDER BY {order} LIMIT {limit}");
        self.query(&sql, wanted.values(), incident)
    }

    /// How many active incidents nobody has acknowledged.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn count_waiting(&mut self, sight: &Sight) -> Result<i64, StoreError> {
        let mut wanted = Where::default();
        wanted.and("active = ", true);
        wanted.and_plain("acknowledged_at IS NULL");
        sight.of_incidents(&mut wanted, "incidents.id");
        let sql = format!("SELECT COUNT(*) FROM incidents {wanted}");
        Ok(self.one(&sql, wanted.values(), |row| row.get(0))?.unwrap_or_default())
    }

    /// In how many places the leaks of each of these incidents were seen.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn places_of_incidents(&mut self, incidents: &[i64]) -> Result<HashMap<i64, i64>, StoreError> {
        if incidents.is_empty() {
            return Ok(HashMap::new());
        }
        let mut wanted = Where::default();
        wanted.and_in("incident_id IN ({})", incidents.iter().map(|&id| id.into()).collect());
        let sql = format!(
            "SELECT incident_id, CAST(SUM(exposures) AS BIGINT) FROM leaks {wanted} GROUP BY incident_id"
        );
        let pairs = self.query(&sql, wanted.values(), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(pairs.into_iter().collect())
    }

    /// The newest active incident that one of these keys leads to, if it was opened or joined since then.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn incident_of_groups(
        &mut self,
        keys: &[String],
        since: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        if keys.is_empty() {
            return Ok(None);
        }
        let mut wanted = Where::default();
        wanted.and("g.at >= ", since);
        wanted.and_in("g.key IN ({})", keys.iter().map(Into::into).collect());
        wanted.and_plain("i.active = 1");
        let sql = format!(
            "SELECT g.incident_id FROM incident_groups g JOIN incidents i ON i.id = g.incident_id {wanted} ORDER BY g.incident_id DESC LIMIT 1"
        );
        self.one(&sql, wanted.values(), |row| row.get(0))
    }

    /// Incidents that may be seen with which this one has more in common than a repository, newest first: the key they share, and the incident.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn incidents_in_common(
        &mut self,
        incident_id: i64,
        sight: &Sight,
        limit: usize,
    ) -> Result<Vec<(String, Incident)>, StoreError> {
        let mut wanted = Where::default();
        wanted.and("mine.incident_id = ", incident_id);
        wanted.and_plain("other.incident_id <> mine.incident_id AND mine.key NOT LIKE 'repository %'");
        sight.of_incidents(&mut wanted, "incidents.id");
        let sql = format!(
            "SELECT {INCIDENT}, mine.key FROM incident_groups mine JOIN incident_groups other ON other.key = mine.key \
             JOIN incidents ON incidents.id = other.incident_id {wanted} ORDER BY incidents.id DESC, mine.key LIMIT {limit}"
        );
        self.query(&sql, wanted.values(), |row| Ok((row.get(22)?, incident(row)?)))
    }

    /// Notes that these keys lead to the incident.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn group_incident(
        &mut self,
        incident: i64,
        keys: &[String],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for key in keys {
            self.execute(
                "INSERT INTO incident_groups (key, incident_id, at) VALUES ($1, $2, $3) ON CONFLICT (key, incident_id) \
                 DO UPDATE SET at = excluded.at",
                &[key.into(), incident.into(), now.into()],
            )?;
        }
        Ok(())
    }
}
