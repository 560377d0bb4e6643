//! Teams, and which origins each answers for.

use std::fmt;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::{KnownOrigin, Row, StoreError, Tx, rows::insert, tx::Dialect};

/// The globs of one team.
const GLOBS_MAX: usize = 200;
/// Bytes of one glob.
const GLOB_BYTES_MAX: usize = 256;
/// Origins read at once.
const ORIGINS_AT_ONCE: usize = 5_000;

/// Globs over names of origins: `*` stays within one part of `a/b/c`, `**` does not.
#[derive(Clone)]
pub struct OriginGlobs {
    texts: Vec<String>,
    set: GlobSet,
}

/// Why globs are refused.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum GlobError {
    /// Too many.
    #[error("{0} globs: at most {GLOBS_MAX} are allowed")]
    Many(usize),
    /// One is empty, too long or not a glob.
    #[error("globs[{position}] is not a glob of at most {GLOB_BYTES_MAX} bytes")]
    Glob {
        /// Which, from 0.
        position: usize,
    },
}

impl OriginGlobs {
    /// Reads globs.
    ///
    /// # Errors
    ///
    /// If there are too many, or one cannot be read.
    pub fn new(texts: Vec<String>) -> Result<Self, GlobError> {
        if texts.len() > GLOBS_MAX {
            return Err(GlobError::Many(texts.len()));
        }
        let mut set = GlobSetBuilder::new();
        for (position, text) in texts.iter().enumerate() {
            if text.is_empty() || text.len() > GLOB_BYTES_MAX {
                return Err(GlobError::Glob { position });
            }
            let glob = GlobBuilder::new(text).literal_separator(true).build();
            set.add(glob.map_err(|_| GlobError::Glob { position })?);
        }
        let set = set.build().map_err(|_| GlobError::Many(texts.len()))?;
        Ok(Self { texts, set })
    }

    /// As they were written.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Whether one of them matches the name of an origin.
    pub fn covers(&self, origin: &str) -> bool {
        self.set.is_match(origin)
    }
}

impl fmt::Debug for OriginGlobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.texts).finish()
    }
}

impl PartialEq for OriginGlobs {
    fn eq(&self, other: &Self) -> bool {
        self.texts == other.texts
    }
}

impl Serialize for OriginGlobs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.texts.serialize(serializer)
    }
}

/// A team.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Team {
    /// Its key; that of a new one does not count.
    pub id: i64,
    /// Its unique name.
    pub name: String,
    /// The origins it answers for.
    pub globs: OriginGlobs,
    /// When it was made.
    pub created_at: Timestamp,
}

const TEAM: &str = "id, name, globs, created_at";

fn team(row: &Row) -> Result<Team, StoreError> {
    let globs = OriginGlobs::new(row.json(2)?);
    Ok(Team {
        id: row.get(0)?,
        name: row.get(1)?,
        globs: globs.map_err(|_| StoreError::Field { position: 2, expected: "globs" })?,
        created_at: row.get(3)?,
    })
}

fn globs_text(globs: &OriginGlobs) -> String {
    serde_json::to_string(globs).unwrap_or_default()
}

impl Tx<'_> {
    /// Makes a team, which sees the origins that are there at once; gives its key, or none if another has this name.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn insert_team(&mut self, team: &Team) -> Result<Option<i64>, StoreError> {
        self.lock_teams(Lock::Exclusive)?;
        let id = self.one(
            "INSERT INTO teams (name, globs, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING RETURNING id",
            &[team.name.as_str().into(), globs_text(&team.globs).into(), team.created_at.into()],
            |row| row.get(0),
        )?;
        if let Some(id) = id {
            self.assign_all(id, &team.globs)?;
        }
        Ok(id)
    }

    /// Changes name and globs of a team, and what it sees by them. Tells whether there is such a team and no other has the name.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn update_team(&mut self, team: &Team) -> Result<bool, StoreError> {
        self.lock_teams(Lock::Exclusive)?;
        let changed = self.execute(
            "UPDATE teams SET name = $2, globs = $3 WHERE id = $1 \
             AND NOT EXISTS (SELECT 1 FROM teams other WHERE other.name = $2 AND other.id <> $1)",
            &[team.id.into(), team.name.as_str().into(), globs_text(&team.globs).into()],
        )?;
        if changed > 0 {
            self.assign_all(team.id, &team.globs)?;
        }
        Ok(changed > 0)
    }

    /// Removes a team; gives it. Tokens limited to it see nothing from then on.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn remove_team(&mut self, id: i64) -> Result<Option<Team>, StoreError> {
        self.lock_teams(Lock::Exclusive)?;
        self.execute("DELETE FROM team_origins WHERE team_id = $1", &[id.into()])?;
        self.execute("DELETE FROM team_members WHERE team_id = $1", &[id.into()])?;
        self.one(&format!("DELETE FROM teams WHERE id = $1 RETURNING {TEAM}"), &[id.into()], team)
    }

    /// All teams, by name.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn teams(&mut self) -> Result<Vec<Team>, StoreError> {
        self.query(&format!("SELECT {TEAM} FROM teams ORDER BY name"), &[], team)
    }

    /// The team with this key.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn team(&mut self, id: i64) -> Result<Option<Team>, StoreError> {
        self.one(&format!("SELECT {TEAM} FROM teams WHERE id = $1"), &[id.into()], team)
    }

    /// The keys of the teams a person is in.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn teams_of(&mut self, person: i64) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT team_id FROM team_members WHERE person_id = $1 ORDER BY team_id";
        self.query(sql, &[person.into()], |row| row.get(0))
    }

    /// The keys of the people in a team.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn members_of(&mut self, team: i64) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT person_id FROM team_members WHERE team_id = $1 ORDER BY person_id";
        self.query(sql, &[team.into()], |row| row.get(0))
    }

    /// Makes a person a member of exactly these teams.
    ///
    /// # Errors
    ///
    /// If the database refuses, or there is no such team.
    pub fn set_teams_of(&mut self, person: i64, teams: &[i64]) -> Result<(), StoreError> {
        self.execute("DELETE FROM team_members WHERE person_id = $1", &[person.into()])?;
        let rows = teams.iter().map(|&team| vec![team.into(), person.into()]).collect();
        insert(self, "team_members", "team_id, person_id", rows)
    }

    /// The keys of the teams that answer for an origin.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn teams_of_origin(&mut self, origin: i64) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT team_id FROM team_origins WHERE origin_id = $1 ORDER BY team_id";
        self.query(sql, &[origin.into()], |row| row.get(0))
    }

    /// Gives a new origin to the teams whose globs cover it. Doing it twice does no harm.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn assign_origin(&mut self, origin: &KnownOrigin) -> Result<(), StoreError> {
        self.lock_teams(Lock::Shared)?;
        for team in self.teams()? {
            if team.globs.covers(&origin.origin.name) {
                self.execute(
                    "INSERT INTO team_origins (team_id, origin_id) VALUES ($1, $2) ON CONFLICT (team_id, origin_id) DO NOTHING",
                    &[team.id.into(), origin.id.into()],
                )?;
            }
        }
        Ok(())
    }

    /// Gives a team exactly the origins its globs cover.
    fn assign_all(&mut self, team: i64, globs: &OriginGlobs) -> Result<(), StoreError> {
        self.execute("DELETE FROM team_origins WHERE team_id = $1", &[team.into()])?;
        let sql = format!("SELECT id, name FROM origins WHERE id > $1 ORDER BY id LIMIT {ORIGINS_AT_ONCE}");
        let mut after = 0;
        loop {
            let origins: Vec<(i64, String)> =
                self.query(&sql, &[after.into()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let Some((last, _)) = origins.last() else { return Ok(()) };
            after = *last;
            let covered = origins.iter().filter(|(_, name)| globs.covers(name));
            let rows = covered.map(|&(id, _)| vec![team.into(), id.into()]).collect();
            insert(self, "team_origins", "team_id, origin_id", rows)?;
        }
    }

    /// Makes who brings an origin and who changes a team take turns; otherwise neither might see what the other did. SQLite has one writer only.
    fn lock_teams(&mut self, lock: Lock) -> Result<(), StoreError> {
        if self.dialect() == Dialect::Sqlite {
            return Ok(());
        }
        let strength = match lock {
            Lock::Shared => "SHARE",
            Lock::Exclusive => "UPDATE",
        };
        let sql = format!("SELECT value FROM meta WHERE name = 'teams' FOR {strength}");
        self.one(&sql, &[], |row| row.get::<String>(0))?;
        Ok(())
    }
}

/// How the teams are locked.
#[derive(Clone, Copy)]
enum Lock {
    Shared,
    Exclusive,
}
