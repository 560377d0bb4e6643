//! The server.

mod api;
mod auth;
mod matrix;
mod web;
