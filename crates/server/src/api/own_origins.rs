//! A token that is limited to a team tells of origins of that team only.

use stanch_store::{OriginGlobs, StoreError};

use crate::{
    app::App,
    auth::{Identity, Who},
    problem::Problem,
};

/// The origins that somebody may tell of.
pub(crate) enum OwnOrigins {
    /// All.
    All,
    /// Those of a team; none if it was removed.
    Team(Option<OriginGlobs>),
}

impl OwnOrigins {
    /// Those of who asks; reads, and so blocks.
    pub(crate) fn of(app: &App, who: &Identity) -> Result<Self, StoreError> {
        let Who::Token(token) = &who.who else { return Ok(Self::All) };
        let Some(team) = token.team else { return Ok(Self::All) };
        let team = app.register.store().read(|tx| tx.team(team))?;
        Ok(Self::Team(team.map(|team| team.globs)))
    }

    /// Refuses a line that tells of an origin of others.
    pub(crate) fn check(&self, line: usize, origin: &str) -> Result<(), Problem> {
        let covers = match self {
            Self::All => true,
            Self::Team(globs) => globs.as_ref().is_some_and(|globs| globs.covers(origin)),
        };
        let refused = || {
            Problem::forbidden(format!(
                "line {line}: the origin is none of the team that this token is limited to"
            ))
        };
        covers.then_some(()).ok_or_else(refused)
    }
}
