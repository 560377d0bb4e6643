//! The server.

mod api;
mod auth;
mod browser;
mod matrix;
mod web;
