//! The register on both databases: every test runs on each.

mod each;
mod lists;
mod logins;
mod outbox;
mod people;
mod register;
mod teams;
mod trail;
