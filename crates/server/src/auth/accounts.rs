//! Who may use the server: people, teams and tokens, as administrators manage them. Each change is an event. Everything here blocks.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use stanch_model::Actor;
use stanch_store::{ApiToken, OriginGlobs, Person, Role, Scope, SetupLink, Store, StoreError, Team, Tx};

use super::{SecretText, Site, trail::done};

/// How long a set-up link counts.
const LINK_LASTS: SignedDuration = SignedDuration::from_hours(24);
/// How long a token counts at most.
const TOKEN_LASTS_MAX: SignedDuration = SignedDuration::from_hours(366 * 24);
/// Bytes of a login or a name.
const NAME_BYTES_MAX: usize = 120;
/// Teams there may be: each new origin is held against all of them.
const TEAMS_MAX: usize = 1_000;

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A field is not what it should be.
    #[error("{field}: {why}")]
    Field {
        /// Which.
        field: &'static str,
        /// What it should be.
        why: &'static str,
    },
    /// Another has it.
    #[error("{field}: it is taken")]
    Taken {
        /// Which field.
        field: &'static str,
    },
    /// There is none such.
    #[error("there is no such {0}")]
    Missing(&'static str),
    /// Nobody would be left who administers.
    #[error("the last administrator keeps role and access: make another one first")]
    LastAdmin,
}

/// Somebody to be invited.
#[derive(Clone, Debug)]
pub struct NewPerson {
    /// The name of the account; letters are made small.
    pub login: String,
    /// How the person is called.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whether it sees all origins.
    pub all_origins: bool,
    /// The keys of its teams.
    pub teams: Vec<i64>,
}

/// What changes about a person; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct PersonChange {
    /// How the person is called.
    pub name: Option<String>,
    /// What it may do.
    pub role: Option<Role>,
    /// Whether it sees all origins.
    pub all_origins: Option<bool>,
    /// The keys of its teams.
    pub teams: Option<Vec<i64>>,
    /// Whether it may log in.
    pub access: Option<Access>,
}

/// Whether a person may log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It may.
    Open,
    /// It may not; its sessions end.
    Closed,
}

/// A token to be made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// The team whose origins it is limited to.
    pub team: Option<i64>,
    /// Until when it counts: at most a year.
    pub expires_at: Timestamp,
}

/// Manages people, teams and tokens.
pub struct Accounts<'a> {
    store: &'a Store,
    site: &'a Site,
    now: Timestamp,
}

impl<'a> Accounts<'a> {
    /// Those of this register, at this time. `site` is where people set passwords.
    pub fn new(store: &'a Store, site: &'a Site, now: Timestamp) -> Self {
        Self { store, site, now }
    }

    /// Makes a person; gives it and the address at which it sets a password, which is shown once.
    ///
    /// # Errors
    ///
    /// If a field is not what it should be, the login is taken, or the database refuses.
    pub fn invite(&self, actor: &Actor, new: &NewPerson) -> Result<(Person, String), AccountError> {
        let now = self.now;
        let mut person = new_person(new, now)?;
        let token = SecretText::random();
        let person = self.store.write(|tx| {
            check_teams(tx, &new.teams)?;
            person.id = tx.insert_person(&person)?.ok_or(AccountError::Taken { field: "login" })?;
            tx.set_teams_of(person.id, &new.teams)?;
            tx.insert_setup_link(&token.hash(), &link_of(person.id, now))?;
            let detail = json!({ "login": person.login, "role": person.role, "teams": new.teams, "all_origins": person.all_origins });
            tx.record(done(actor, "person.invited", now, detail));
            Ok::<_, AccountError>(person.clone())
        })?;
        Ok((person, self.site.setup_address(&token)))
    }

    /// A new address at which a person sets a password; an earlier one counts no more.
    ///
    /// # Errors
    ///
    /// If there is no such person, it logs in elsewhere, or the database refuses.
    pub fn invite_again(&self, actor: &Actor, id: i64) -> Result<String, AccountError> {
        let now = self.now;
        let token = SecretText::random();
        self.store.write(|tx| {
            let person = tx.person_locked(id)?.ok_or(AccountError::Missing("person"))?;
            if person.subject.is_some() {
                return Err(AccountError::Field {
                    field: "id",
                    why: "this person logs in at the identity provider",
                });
            }
            tx.insert_setup_link(&token.hash(), &link_of(id, now))?;
            tx.record(done(actor, "person.invited-again", now, json!({ "login": person.login })));
            Ok(())
        })?;
        Ok(self.site.setup_address(&token))
    }

    /// Changes what a person is called, may do and sees, and whether it may log in.
    ///
    /// # Errors
    ///
    /// If there is no such person or team, nobody would administer any more, or the database refuses.
    pub fn change_person(
        &self,
        actor: &Actor,
        id: i64,
        change: &PersonChange,
    ) -> Result<Person, AccountError> {
        let now = self.now;
        self.store.write(|tx| {
            let admins = tx.admins_locked()?;
            let before = tx.person_locked(id)?.ok_or(AccountError::Missing("person"))?;
            let after = changed(&before, change, now)?;
            let administers = after.role == Role::Admin && after.disabled_at.is_none();
            if admins == [id] && !administers {
                return Err(AccountError::LastAdmin);
            }
            tx.update_person(&after)?;
            if after.disabled_at.is_some() {
                tx.end_sessions(id)?;
            }
            let teams_before = tx.teams_of(id)?;
            let teams = change.teams.clone().unwrap_or_else(|| teams_before.clone());
            check_teams(tx, &teams)?;
            tx.set_teams_of(id, &teams)?;
            let told = |person: &Person, teams: &[i64]| {
                json!({ "role": person.role, "all_origins": person.all_origins, "teams": teams, "may_log_in": person.disabled_at.is_none() })
            };
            let detail = json!({ "login": after.login, "before": told(&before, &teams_before), "after": told(&after, &teams) });
            tx.record(done(actor, "person.changed", now, detail));
            Ok(after)
        })
    }

    /// Takes the second factor of a person away, who has lost it; its sessions end.
    ///
    /// # Errors
    ///
    /// If there is no such person, or the database refuses.
    pub fn remove_second_factor(&self, actor: &Actor, id: i64) -> Result<(), AccountError> {
        let now = self.now;
        self.store.write(|tx| {
            let person = tx.person_locked(id)?.ok_or(AccountError::Missing("person"))?;
            tx.remove_totp(id)?;
            tx.end_sessions(id)?;
            tx.record(done(actor, "person.second-factor-removed", now, json!({ "login": person.login })));
            Ok(())
        })
    }

    /// Makes a token; gives it and its text, which is shown once.
    ///
    /// # Errors
    ///
    /// If a field is not what it should be, or the database refuses.
    pub fn create_token(
        &self,
        actor: &Actor,
        new: &NewToken,
    ) -> Result<(ApiToken, SecretText), AccountError> {
        let now = self.now;
        let text = SecretText::token();
        let mut token = new_token(actor, new, now)?;
        token.head = text.head();
        let token = self.store.write(|tx| {
            check_teams(tx, new.team.as_slice())?;
            token.id = tx.insert_token(&text.hash(), &token)?;
            let detail = json!({ "token": token.id, "name": token.name, "scopes": token.scopes, "team": token.team, "expires_at": token.expires_at });
            tx.record(done(actor, "token.created", now, detail));
            Ok::<_, AccountError>(token.clone())
        })?;
        Ok((token, text))
    }

    /// Revokes a token at once.
    ///
    /// # Errors
    ///
    /// If there is none such that counts, or the database refuses.
    pub fn revoke_token(&self, actor: &Actor, id: i64) -> Result<ApiToken, AccountError> {
        let now = self.now;
        self.store.write(|tx| {
            let token = tx.revoke_token(id, now)?.ok_or(AccountError::Missing("token"))?;
            tx.record(done(actor, "token.revoked", now, json!({ "token": id, "name": token.name })));
            Ok(token)
        })
    }

    /// Makes a team.
    ///
    /// # Errors
    ///
    /// If a field is not what it should be, the name is taken, or the database refuses.
    pub fn create_team(&self, actor: &Actor, name: &str, globs: &[String]) -> Result<Team, AccountError> {
        let now = self.now;
        let mut team =
            Team { id: 0, name: checked_name("name", name)?, globs: globs_of(globs)?, created_at: now };
        self.store.write(|tx| {
            if tx.teams()?.len() >= TEAMS_MAX {
                return Err(AccountError::Field {
                    field: "name",
                    why: "there are 1000 teams, more are not allowed",
                });
            }
            team.id = tx.insert_team(&team)?.ok_or(AccountError::Taken { field: "name" })?;
            let detail = json!({ "team": team.id, "name": team.name, "globs": team.globs });
            tx.record(done(actor, "team.created", now, detail));
            Ok(team.clone())
        })
    }

    /// Changes what a team is called and what it answers for.
    ///
    /// # Errors
    ///
    /// If there is no such team, a field is not what it should be, the name is taken, or the database refuses.
    pub fn change_team(
        &self,
        actor: &Actor,
        id: i64,
        name: &str,
        globs: &[String],
    ) -> Result<Team, AccountError> {
        let now = self.now;
        let (name, globs) = (checked_name("name", name)?, globs_of(globs)?);
        self.store.write(|tx| {
            let before = tx.team(id)?.ok_or(AccountError::Missing("team"))?;
            let after = Team { name: name.clone(), globs: globs.clone(), ..before.clone() };
            if !tx.update_team(&after)? {
                return Err(AccountError::Taken { field: "name" });
            }
            let told = |team: &Team| json!({ "name": team.name, "globs": team.globs });
            let detail = json!({ "team": id, "before": told(&before), "after": told(&after) });
            tx.record(done(actor, "team.changed", now, detail));
            Ok(after)
        })
    }

    /// Removes a team; its members and tokens see nothing by it any more.
    ///
    /// # Errors
    ///
    /// If there is none such, or the database refuses.
    pub fn remove_team(&self, actor: &Actor, id: i64) -> Result<Team, AccountError> {
        let now = self.now;
        self.store.write(|tx| {
            let team = tx.remove_team(id)?.ok_or(AccountError::Missing("team"))?;
            tx.record(done(actor, "team.removed", now, json!({ "team": id, "name": team.name })));
            Ok(team)
        })
    }
}

/// When a set-up link that is made now ends.
pub(crate) fn link_end(now: Timestamp) -> Timestamp {
    now.checked_add(LINK_LASTS).unwrap_or(Timestamp::MAX)
}

fn link_of(person: i64, now: Timestamp) -> SetupLink {
    SetupLink { person: Some(person), created_at: now, expires_at: link_end(now) }
}

fn new_person(new: &NewPerson, now: Timestamp) -> Result<Person, AccountError> {
    Ok(Person {
        id: 0,
        login: checked_login(&new.login)?,
        name: checked_name("name", &new.name)?,
        role: new.role,
        all_origins: new.all_origins,
        subject: None,
        created_at: now,
        last_login_at: None,
        disabled_at: None,
    })
}

fn changed(before: &Person, change: &PersonChange, now: Timestamp) -> Result<Person, AccountError> {
    let mut after = before.clone();
    if let Some(name) = &change.name {
        after.name = checked_name("name", name)?;
    }
    after.role = change.role.unwrap_or(before.role);
    after.all_origins = change.all_origins.unwrap_or(before.all_origins);
    after.disabled_at = match change.access {
        Some(Access::Open) => None,
        Some(Access::Closed) => Some(before.disabled_at.unwrap_or(now)),
        None => before.disabled_at,
    };
    Ok(after)
}

fn new_token(actor: &Actor, new: &NewToken, now: Timestamp) -> Result<ApiToken, AccountError> {
    let refused = |field, why| Err(AccountError::Field { field, why });
    if new.scopes.is_empty() {
        return refused("scopes", "at least one is needed");
    }
    if new.team.is_some() && new.scopes.contains(&Scope::Admin) {
        return refused(
            "team",
            "a token that administers is not limited to a team: it could lift that itself",
        );
    }
    if new.expires_at <= now || new.expires_at.duration_since(now) > TOKEN_LASTS_MAX {
        return refused("expires_at", "expected a time within a year from now");
    }
    let mut scopes = new.scopes.clone();
    scopes.sort_unstable();
    scopes.dedup();
    Ok(ApiToken {
        id: 0,
        head: String::new(),
        name: checked_name("name", &new.name)?,
        scopes,
        team: new.team,
        created_by: actor.name.clone(),
        created_at: now,
        expires_at: new.expires_at,
        last_used: None,
        revoked_at: None,
    })
}

/// The form in which logins are kept and compared.
pub(crate) fn plain_login(text: &str) -> String {
    text.trim().to_lowercase()
}

/// A login: an e-mail address or a plain name.
pub(crate) fn checked_login(text: &str) -> Result<String, AccountError> {
    let login = plain_login(text);
    let is_plain = login.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._@+-".contains(&byte));
    if login.is_empty() || login.len() > NAME_BYTES_MAX || !is_plain {
        let why = "expected 1 to 120 letters, digits or any of ._@+-";
        return Err(AccountError::Field { field: "login", why });
    }
    Ok(login)
}

/// A name that is shown.
pub(crate) fn checked_name(field: &'static str, text: &str) -> Result<String, AccountError> {
    let name = text.trim();
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
        return Err(AccountError::Field { field, why: "expected 1 to 120 bytes of text" });
    }
    Ok(name.to_owned())
}

fn globs_of(globs: &[String]) -> Result<OriginGlobs, AccountError> {
    let why = "expected at most 200 globs such as acme/**, of at most 256 bytes each";
    OriginGlobs::new(globs.to_vec()).map_err(|_| AccountError::Field { field: "globs", why })
}

fn check_teams(tx: &mut Tx<'_>, teams: &[i64]) -> Result<(), AccountError> {
    for &team in teams {
        tx.team(team)?.ok_or(AccountError::Field { field: "teams", why: "there is no such team" })?;
    }
    Ok(())
}
