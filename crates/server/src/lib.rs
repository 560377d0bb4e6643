//! HTTP API, ingestion and web pages of the register.

pub mod auth;
pub mod pages;
