//! Channels as the services meet them that they deliver to, and webhooks as these send them.

mod alertmanager;
mod conformance;
mod contract;
mod inbound;
mod inbound_any;
mod jira;
mod mail;
mod payload;
mod sample;
mod service;
mod settings;
mod sidecar;
mod tickets;
