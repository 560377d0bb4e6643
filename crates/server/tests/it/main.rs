//! The server.

mod auth;
mod web;
