//! HTTP API, ingestion and web pages of the register.

pub mod pages;
