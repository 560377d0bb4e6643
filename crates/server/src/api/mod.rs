//! The API under `/api/v1`: one file a resource. Documented by the document of the API, which is made from this code.
#![allow(unused_qualifications, reason = "the macros of utoipa write them")]

pub(crate) mod act;
pub(crate) mod allowances;
pub(crate) mod body;
pub(crate) mod findings;
pub(crate) mod gates;
pub(crate) mod idempotent;
pub(crate) mod identity;
pub(crate) mod incidents;
pub(crate) mod inventory;
pub(crate) mod leaks;
pub(crate) mod measures;
pub(crate) mod messages;
pub(crate) mod origins;
pub(crate) mod own_origins;
pub(crate) mod paging;
pub(crate) mod people;
pub(crate) mod state;
pub(crate) mod teams;
pub(crate) mod tokens;
pub(crate) mod trail;
pub(crate) mod view;
