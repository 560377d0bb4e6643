//! Teams, and what each of them sees.

use axum::{
    extract::{Path, State},
    response::Response,
};
use stanch_store::{Sight, StoreError, Team, Tx};

use super::{PAGE, Tab, answer, manage, paged};
use crate::{
    auth::need::Administer,
    pages::settings::{TeamLine, TeamsView},
    problem::Problem,
    web::{
        Web,
        fields::Fields,
        visitor::{Visitor, count},
    },
};

/// The teams after this name.
pub(super) fn view(tx: &mut Tx<'_>, after: Option<String>) -> Result<TeamsView, StoreError> {
    let is_after = |team: &Team| after.as_ref().is_none_or(|after| team.name > *after);
    let teams: Vec<Team> = tx.teams()?.into_iter().filter(is_after).take(PAGE + 1).collect();
    let (teams, paging) = paged(teams, after, |team| team.name.clone());
    let mut lines = Vec::with_capacity(teams.len());
    for team in teams {
        let members = tx.members_of(team.id)?.len() as u64;
        let active = tx.active_by_severity(&Sight::Teams(vec![team.id]))?;
        lines.push(TeamLine {
            id: team.id,
            name: team.name,
            origins: team.globs.texts().to_vec(),
            members,
            active: active.into_iter().map(|(_, active)| count(active)).sum(),
        });
    }
    Ok(TeamsView { teams: lines, paging })
}

/// What a form says a team sees: one glob a line.
fn globs(fields: &Fields) -> Vec<String> {
    let lines = fields.text("origins").lines().map(str::trim);
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Adds a team.
pub(super) async fn post_team(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    fields: Fields,
) -> Result<Response, Problem> {
    let done = manage(&web, &visitor, move |accounts, actor| {
        accounts.create_team(actor, fields.text("name"), &globs(&fields))
    })
    .await;
    answer(&web, &visitor, Tab::Teams, done.map(drop)).await
}

/// Changes what a team is called and sees.
pub(super) async fn post_change(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Problem> {
    let done = manage(&web, &visitor, move |accounts, actor| {
        accounts.change_team(actor, id, fields.text("name"), &globs(&fields))
    })
    .await;
    answer(&web, &visitor, Tab::Teams, done.map(drop)).await
}

/// Removes a team.
pub(super) async fn post_remove(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    let done = manage(&web, &visitor, move |accounts, actor| accounts.remove_team(actor, id)).await;
    answer(&web, &visitor, Tab::Teams, done.map(drop)).await
}
