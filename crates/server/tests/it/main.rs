//! The server.

mod api;
mod auth;
mod browser;
mod matrix;
mod operations;
mod web;
