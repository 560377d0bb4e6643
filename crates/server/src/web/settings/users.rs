//! The people who may log in.

use axum::{
    extract::{Path, State},
    response::Response,
};
use stanch_store::{Person, Role, StoreError, Tx};

use super::{ListQuery, PAGE, Tab, answer, choices, manage, paged, show};
use crate::{
    auth::{Access, NewPerson, PersonChange, need::Administer},
    pages::settings::{self, Invitation, LoginKind, Scope, SettingsView, UserLine, UsersView},
    problem::Problem,
    web::{
        Web,
        fields::Fields,
        visitor::{Visitor, role_of},
    },
};

/// The people after this login.
pub(super) fn view(tx: &mut Tx<'_>, after: Option<&str>) -> Result<UsersView, StoreError> {
    let teams = tx.teams()?;
    let people = tx.people(after, PAGE + 1)?;
    let (people, paging) = paged(people, after.map(str::to_owned), |person| person.login.clone());
    let mut users = Vec::with_capacity(people.len());
    for person in people {
        users.push(line(tx, person)?);
    }
    Ok(UsersView { users, paging, teams: choices(&teams), invitation: None })
}

fn line(tx: &mut Tx<'_>, person: Person) -> Result<UserLine, StoreError> {
    let credentials = tx.credentials(person.id)?.unwrap_or_default();
    let teams = tx.teams_of(person.id)?;
    let kind = if person.subject.is_some() {
        LoginKind::Provider
    } else if credentials.password.is_none() {
        LoginKind::Invited
    } else if credentials.totp.is_some() {
        LoginKind::TwoFactor
    } else {
        LoginKind::Password
    };
    Ok(UserLine {
        id: person.id,
        role: role_of(person.role),
        scope: if person.all_origins { Scope::All } else { Scope::Teams },
        teams: teams.iter().map(ToString::to_string).collect(),
        kind,
        last_login: person.last_login_at,
        access: if person.disabled_at.is_none() { settings::Access::Open } else { settings::Access::Closed },
        name: person.name,
        login: person.login,
    })
}

/// Shows a set-up link, once.
async fn invited(
    web: &Web,
    visitor: &Visitor<Administer>,
    made: Result<Invitation, Problem>,
) -> Result<Response, Problem> {
    let invitation = match made {
        Ok(invitation) => invitation,
        Err(problem) => return answer(web, visitor, Tab::Users, Err(problem)).await,
    };
    let mut view = Tab::Users.view(web, &ListQuery::default()).await?;
    if let SettingsView::Users(users) = &mut view {
        users.invitation = Some(invitation);
    }
    show(web, visitor, view, None).await
}

/// Adds somebody.
pub(super) async fn post_user(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    fields: Fields,
) -> Result<Response, Problem> {
    let new = NewPerson {
        login: fields.text("login").to_owned(),
        name: fields.text("name").to_owned(),
        role: fields.read::<Role>("role")?,
        all_origins: fields.text("all_origins") == "yes",
        teams: fields.read_all("team")?,
    };
    let made = manage(&web, &visitor, move |accounts, actor| {
        let (person, link) = accounts.invite(actor, &new)?;
        Ok(Invitation { login: person.login, link })
    })
    .await;
    invited(&web, &visitor, made).await
}

/// Changes what somebody may do and see.
pub(super) async fn post_change(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    Path(id): Path<i64>,
    fields: Fields,
) -> Result<Response, Problem> {
    let access = match fields.text("access") {
        "open" => Access::Open,
        "closed" => Access::Closed,
        _ => return Err(Problem::invalid("access", "is not what the form offers")),
    };
    let change = PersonChange {
        name: None,
        role: Some(fields.read::<Role>("role")?),
        all_origins: Some(fields.text("all_origins") == "yes"),
        teams: Some(fields.read_all("team")?),
        access: Some(access),
    };
    let done =
        manage(&web, &visitor, move |accounts, actor| accounts.change_person(actor, id, &change)).await;
    answer(&web, &visitor, Tab::Users, done.map(drop)).await
}

/// Makes another set-up link for somebody.
pub(super) async fn post_invite(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    let person = web.app.read(move |tx| tx.person(id)).await?;
    let login = person.ok_or_else(|| Problem::not_found("there is no such person"))?.login;
    let made = manage(&web, &visitor, move |accounts, actor| {
        Ok(Invitation { login, link: accounts.invite_again(actor, id)? })
    })
    .await;
    invited(&web, &visitor, made).await
}

/// Takes the second factor of somebody away who has lost it.
pub(super) async fn post_second_factor(
    State(web): State<Web>,
    visitor: Visitor<Administer>,
    Path(id): Path<i64>,
) -> Result<Response, Problem> {
    let done = manage(&web, &visitor, move |accounts, actor| accounts.remove_second_factor(actor, id)).await;
    answer(&web, &visitor, Tab::Users, done).await
}
