//! The web pages: pure functions from what a page needs to HTML.
//!
//! Each page has a struct of plain data (its *view*) and a function `page(&Frame, &View) -> Markup`; nothing here asks a database,
//! a clock or a configuration. [`Frame`] is what every page needs: who looks, when, and the token that forms carry.
//!
//! All text goes through the escaping of `maud`. Addresses from data become links by [`link::link`] only. Styles and scripts are
//! files of [`assets`]; there is no inline style or script, so that the content security policy can forbid them.
//!
//! Forms are posts to the address named at each form, with the field `csrf`; filters are parameters of the address. What is
//! marked `data-live` and has an id is fetched anew by the script when the server says so on `/events` (an event named `changed`).

pub mod account;
pub mod allowances;
pub mod assets;
pub mod audit;
pub mod badge;
pub mod chart;
pub mod debug;
pub mod executive;
pub mod failure;
pub mod figure;
pub mod form;
pub mod icon;
pub mod incident;
pub mod incidents;
pub mod layout;
pub mod leak;
pub mod leaks;
pub mod link;
pub mod list;
pub mod login;
pub mod on_call;
pub mod query;
pub mod search;
pub mod settings;
pub mod table;
pub mod time;
pub mod view;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

pub use layout::Frame;
