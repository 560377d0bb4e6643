//! The server.

mod api;
mod auth;
