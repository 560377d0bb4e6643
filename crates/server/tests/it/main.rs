//! The server.

mod api;
mod auth;
mod operations;
mod web;
