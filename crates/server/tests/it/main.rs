//! The server.

mod api;
mod auth;
mod web;
