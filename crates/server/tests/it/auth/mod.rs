//! Who may use the server.

mod account;
mod browser;
mod forgery;
mod house;
mod limits;
mod login;
mod oidc;
mod permissions;
mod provider;
mod second_factor;
mod setup;
mod tokens;
