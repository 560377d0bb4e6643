//! The server.

mod api;
mod auth;
mod browser;
mod web;
