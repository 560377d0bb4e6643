//! Who may use the server.

mod account;
pub(crate) mod browser;
mod forgery;
pub(crate) mod house;
mod limits;
mod login;
mod oidc;
mod permissions;
mod provider;
mod second_factor;
mod setup;
mod tokens;
