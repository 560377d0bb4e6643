//! From a finding to a leak to an incident to an alert.

pub mod catalogue;
pub mod owner;
pub mod playbook;
pub mod policy;
pub mod template;
