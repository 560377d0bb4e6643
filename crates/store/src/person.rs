//! Who may use the register.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Row, StoreError, Tx, rows::Where};

/// What a person may do; each role may do what the one before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Works on incidents.
    Responder,
    /// Decides in incidents.
    Commander,
    /// Decides who may what.
    Admin,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Viewer, Self::Responder, Self::Commander, Self::Admin];

    /// The name used in the API and in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Responder => "responder",
            Self::Commander => "commander",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no role.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a role: expected viewer, responder, commander or admin")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(RoleError)
    }
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Its key; that of a new one does not count.
    pub id: i64,
    /// The unique name of the account, in lower case.
    pub login: String,
    /// How the person is called.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Whether it sees what leaked into any origin, beyond those of its teams.
    pub all_origins: bool,
    /// Who it is at an identity provider.
    pub subject: Option<Subject>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it logged in last.
    pub last_login_at: Option<Timestamp>,
    /// Since when it may not log in.
    pub disabled_at: Option<Timestamp>,
}

/// Who somebody is at an identity provider: both together never change, an e-mail address may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// The provider, by its URL.
    pub issuer: String,
    /// The person there.
    pub subject: String,
}

/// By what a person proves who it is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    /// The argon2id hash of the password; none for who logs in elsewhere.
    pub password: Option<String>,
    /// The sealed secret of the second factor.
    pub totp: Option<String>,
    /// The sealed secret of a second factor that is not confirmed yet.
    pub totp_pending: Option<String>,
    /// Since when there is a second factor.
    pub totp_at: Option<Timestamp>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Credentials");
        shown.field("password", &self.password.is_some()).field("totp", &self.totp.is_some());
        shown.finish_non_exhaustive()
    }
}

/// The columns of a person, where other tables are joined too.
pub(crate) const PERSON: &str = "people.id, login, people.name, role, all_origins, issuer, subject, people.created_at, last_login_at, disabled_at";

/// Reads a person from the fields from `at` on.
pub(crate) fn person_at(row: &Row, at: usize) -> Result<Person, StoreError> {
    let subject = match (row.get(at + 5)?, row.get(at + 6)?) {
        (Some(issuer), Some(subject)) => Some(Subject { issuer, subject }),
        _ => None,
    };
    Ok(Person {
        id: row.get(at)?,
        login: row.get(at + 1)?,
        name: row.get(at + 2)?,
        role: row.parse(at + 3)?,
        all_origins: row.get(at + 4)?,
        subject,
        created_at: row.get(at + 7)?,
        last_login_at: row.get(at + 8)?,
        disabled_at: row.get(at + 9)?,
    })
}

fn person(row: &Row) -> Result<Person, StoreError> {
    person_at(row, 0)
}

impl Tx<'_> {
    /// Makes a person; gives its key, or none if another has this login or this subject.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn insert_person(&mut self, person: &Person) -> Result<Option<i64>, StoreError> {
        let subject = person.subject.as_ref();
        self.one(
            "INSERT INTO people (login, name, role, all_origins, issuer, subject, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id",
            &[
                person.login.as_str().into(),
                person.name.as_str().into(),
                person.role.as_str().into(),
                person.all_origins.into(),
                subject.map(|subject| subject.issuer.as_str()).into(),
                subject.map(|subject| subject.subject.as_str()).into(),
                person.created_at.into(),
            ],
            |row| row.get(0),
        )
    }

    /// Changes what a person is called, may do and sees, and whether it may log in.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn update_person(&mut self, person: &Person) -> Result<(), StoreError> {
        self.execute(
            "UPDATE people SET name = $2, role = $3, all_origins = $4, disabled_at = $5 WHERE id = $1",
            &[
                person.id.into(),
                person.name.as_str().into(),
                person.role.as_str().into(),
                person.all_origins.into(),
                person.disabled_at.into(),
            ],
        )?;
        Ok(())
    }

    /// The person with this key; no other transaction changes it until the commit.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn person_locked(&mut self, id: i64) -> Result<Option<Person>, StoreError> {
        let sql = format!("SELECT {PERSON} FROM people WHERE id = $1{}", self.for_update());
        self.one(&sql, &[id.into()], person)
    }

    /// The person with this key.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn person(&mut self, id: i64) -> Result<Option<Person>, StoreError> {
        self.one(&format!("SELECT {PERSON} FROM people WHERE id = $1"), &[id.into()], person)
    }

    /// The person with this login.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn person_by_login(&mut self, login: &str) -> Result<Option<Person>, StoreError> {
        self.one(&format!("SELECT {PERSON} FROM people WHERE login = $1"), &[login.into()], person)
    }

    /// The person an identity provider calls so.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn person_by_subject(&mut self, subject: &Subject) -> Result<Option<Person>, StoreError> {
        self.one(
            &format!("SELECT {PERSON} FROM people WHERE issuer = $1 AND subject = $2"),
            &[subject.issuer.as_str().into(), subject.subject.as_str().into()],
            person,
        )
    }

    /// People by login, from the one after `after` on.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn people(&mut self, after: Option<&str>, limit: usize) -> Result<Vec<Person>, StoreError> {
        let mut wanted = Where::default();
        wanted.and_if("login > ", after);
        let sql = format!("SELECT {PERSON} FROM people {wanted} ORDER BY login LIMIT {limit}");
        self.query(&sql, wanted.values(), person)
    }

    /// The keys of all who administer and may log in; none of them changes until the commit.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn admins_locked(&mut self) -> Result<Vec<i64>, StoreError> {
        let sql = format!(
            "SELECT id FROM people WHERE role = $1 AND disabled_at IS NULL ORDER BY id{}",
            self.for_update()
        );
        self.query(&sql, &[Role::Admin.as_str().into()], |row| row.get(0))
    }

    /// Notes a login.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn person_logged_in(&mut self, id: i64, now: Timestamp) -> Result<(), StoreError> {
        self.execute("UPDATE people SET last_login_at = $2 WHERE id = $1", &[id.into(), now.into()])?;
        Ok(())
    }

    /// By what a person proves who it is.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn credentials(&mut self, person: i64) -> Result<Option<Credentials>, StoreError> {
        let sql = "SELECT password, totp, totp_pending, totp_at FROM people WHERE id = $1";
        self.one(sql, &[person.into()], |row| {
            Ok(Credentials {
                password: row.get(0)?,
                totp: row.get(1)?,
                totp_pending: row.get(2)?,
                totp_at: row.get(3)?,
            })
        })
    }

    /// Sets the hash of a person's password.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn set_password(&mut self, person: i64, hash: &str) -> Result<(), StoreError> {
        self.execute("UPDATE people SET password = $2 WHERE id = $1", &[person.into(), hash.into()])?;
        Ok(())
    }

    /// Offers a second factor; it counts once it is confirmed.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn offer_totp(&mut self, person: i64, sealed: &str) -> Result<(), StoreError> {
        self.execute("UPDATE people SET totp_pending = $2 WHERE id = $1", &[person.into(), sealed.into()])?;
        Ok(())
    }

    /// Makes the offered second factor count; the step of the code that confirmed it is used up. Tells whether one was offered, as `sealed`.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn confirm_totp(
        &mut self,
        person: i64,
        sealed: &str,
        step: i64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let changed = self.execute(
            "UPDATE people SET totp = totp_pending, totp_pending = NULL, totp_step = $3, totp_at = $4 \
             WHERE id = $1 AND totp_pending = $2",
            &[person.into(), sealed.into(), step.into(), now.into()],
        )?;
        Ok(changed > 0)
    }

    /// Takes the second factor and its recovery codes away.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn remove_totp(&mut self, person: i64) -> Result<(), StoreError> {
        self.execute(
            "UPDATE people SET totp = NULL, totp_pending = NULL, totp_step = NULL, totp_at = NULL WHERE id = $1",
            &[person.into()],
        )?;
        self.execute("DELETE FROM recovery_codes WHERE person_id = $1", &[person.into()])?;
        Ok(())
    }

    /// Uses a step of the second factor up; tells whether it was later than all that were used.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn use_totp_step(&mut self, person: i64, step: i64) -> Result<bool, StoreError> {
        let changed = self.execute(
            "UPDATE people SET totp_step = $2 WHERE id = $1 AND (totp_step IS NULL OR totp_step < $2)",
            &[person.into(), step.into()],
        )?;
        Ok(changed > 0)
    }

    /// Replaces a person's recovery codes, by their hashes.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn set_recovery_codes(&mut self, person: i64, hashes: &[String]) -> Result<(), StoreError> {
        self.execute("DELETE FROM recovery_codes WHERE person_id = $1", &[person.into()])?;
        let rows = hashes.iter().map(|hash| vec![person.into(), hash.into()]).collect();
        crate::rows::insert(self, "recovery_codes", "person_id, hash", rows)
    }

    /// Uses a recovery code up; tells whether there was one with this hash.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn use_recovery_code(&mut self, person: i64, hash: &str, now: Timestamp) -> Result<bool, StoreError> {
        let changed = self.execute(
            "UPDATE recovery_codes SET used_at = $3 WHERE person_id = $1 AND hash = $2 AND used_at IS NULL",
            &[person.into(), hash.into(), now.into()],
        )?;
        Ok(changed > 0)
    }

    /// How many recovery codes a person has left.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn recovery_codes_left(&mut self, person: i64) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM recovery_codes WHERE person_id = $1 AND used_at IS NULL";
        Ok(self.one(sql, &[person.into()], |row| row.get(0))?.unwrap_or_default())
    }
}
