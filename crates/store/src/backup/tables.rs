//! What a backup holds.

/// A table, and what its rows are ordered by.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) key: &'static [&'static str],
}

const fn table(name: &'static str, key: &'static [&'static str]) -> Table {
    Table { name, key }
}

/// Every table that is kept, in an order in which rows can be put in: what others refer to comes first.
pub(crate) const TABLES: &[Table] = &[
    table("meta", &["name"]),
    table("origins", &["id"]),
    table("teams", &["id"]),
    table("team_origins", &["team_id", "origin_id"]),
    table("people", &["id"]),
    table("recovery_codes", &["person_id", "hash"]),
    table("team_members", &["team_id", "person_id"]),
    table("api_tokens", &["id"]),
    table("scans", &["id"]),
    table("incidents", &["id"]),
    table("incident_groups", &["key", "incident_id"]),
    table("leaks", &["id"]),
    table("fingerprints", &["fingerprint"]),
    table("exposures", &["id"]),
    table("leak_origins", &["leak_id", "origin_id"]),
    table("events", &["seq"]),
    table("trail_head", &["id"]),
    table("outbox", &["id"]),
    table("timers", &["id"]),
    table("tasks", &["id"]),
    table("allowances", &["id"]),
    table("gate_events", &["id"]),
    table("daily_counts", &["day", "origin_id"]),
    table("inventory", &["id"]),
    table("idempotency", &["key"]),
    table("objective_burns", &["objective"]),
    table("trail_positions", &["destination"]),
];

/// Tables that are left out: what is in them ends with the server, or opens it.
#[cfg(test)]
pub(crate) const LEFT_OUT: &[&str] = &["migrations", "sessions", "login_steps", "setup_links", "throttles"];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Database, Store};

    /// A table that a migration adds is in backups, or somebody said why not.
    #[test]
    fn no_table_is_forgotten() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&Database::Sqlite(folder.path().join("r.db"))).expect("a register");
        let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        let there: Vec<String> = store.read(|tx| tx.query(sql, &[], |row| row.get(0))).expect("tables");
        let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
        let told: BTreeSet<&str> =
            TABLES.iter().map(|table| table.name).chain(LEFT_OUT.iter().copied()).collect();
        assert_eq!(there, told);
    }
}
