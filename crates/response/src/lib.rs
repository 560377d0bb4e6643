//! From a finding to a leak to an incident to an alert.

pub mod catalogue;
pub mod owner;
pub mod policy;
