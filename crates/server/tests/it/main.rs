//! The server.

mod auth;
