//! The people of the demonstration, and the account of whoever looks at it.

use jiff::Timestamp;
use stanch_store::{OriginGlobs, Person, Role, StoreError, Team, Tx};

use super::{
    DemoError,
    cast::{PEOPLE, TEAMS},
};
use crate::auth::{Auth, SecretText};

/// Who looks at the demonstration.
const LOGIN: &str = "demo";

/// With what somebody can log in.
#[derive(Debug)]
pub struct DemoLogin {
    /// The name of the account.
    pub login: &'static str,
    /// Its password, made for this run.
    pub password: SecretText,
}

/// Makes teams and people, as of a time.
pub(super) fn invite(auth: &Auth, at: Timestamp) -> Result<DemoLogin, DemoError> {
    let password = SecretText::random();
    let hash = auth.passwords().hash(password.expose()).map_err(DemoError::Password)?;
    auth.store().write(|tx| {
        let teams = teams(tx, at)?;
        for (login, name, team) in PEOPLE {
            let role = if *team == "security" { Role::Commander } else { Role::Responder };
            let id = person(tx, &somebody(login, name, role, at))?;
            let theirs: Vec<i64> = teams.iter().filter(|(name, _)| name == team).map(|(_, id)| *id).collect();
            tx.set_teams_of(id, &theirs)?;
        }
        let id = person(tx, &somebody(LOGIN, "You", Role::Admin, at))?;
        tx.set_password(id, &hash)?;
        Ok::<_, StoreError>(())
    })?;
    Ok(DemoLogin { login: LOGIN, password })
}

fn teams(tx: &mut Tx<'_>, at: Timestamp) -> Result<Vec<(&'static str, i64)>, StoreError> {
    let mut made = Vec::new();
    for (name, globs) in TEAMS {
        let globs = globs.iter().map(|glob| (*glob).to_owned()).collect();
        let globs =
            OriginGlobs::new(globs).unwrap_or_else(|_| unreachable!("the globs of the cast are well-formed"));
        let team = Team { id: 0, name: (*name).to_owned(), globs, created_at: at };
        made.extend(tx.insert_team(&team)?.map(|id| (*name, id)));
    }
    Ok(made)
}

fn person(tx: &mut Tx<'_>, person: &Person) -> Result<i64, StoreError> {
    let id = tx.insert_person(person)?;
    Ok(id.unwrap_or_else(|| unreachable!("a new register has nobody of that name")))
}

fn somebody(login: &str, name: &str, role: Role, at: Timestamp) -> Person {
    Person {
        id: 0,
        login: login.to_owned(),
        name: name.to_owned(),
        role,
        all_origins: role >= Role::Commander,
        subject: None,
        created_at: at,
        last_login_at: None,
        disabled_at: None,
    }
}
