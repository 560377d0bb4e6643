//! The subcommands: what is typed, what it resolves to, and what is done.

pub(crate) mod allow;
pub(crate) mod audit;
pub(crate) mod completions;
pub(crate) mod fingerprint;
pub(crate) mod guard;
pub(crate) mod history;
pub(crate) mod incident;
pub(crate) mod man;
pub(crate) mod policy;
pub(crate) mod register;
pub(crate) mod rules;
pub(crate) mod scan;
pub(crate) mod send;
pub(crate) mod serve;
