//! The register: leaks, incidents, outbox, people and the audit trail, in SQLite or PostgreSQL.
