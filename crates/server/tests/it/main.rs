//! The server.

mod api;
mod auth;
mod browser;
mod demo;
mod matrix;
mod operations;
mod web;
