//! The register on both databases: every test runs on each.

mod each;
mod outbox;
mod register;
mod trail;
