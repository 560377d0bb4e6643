//! Git histories, made with the `git` command in folders of their own.

mod credentials;
mod damage;
mod equality;
mod holders;
mod parts;
#[cfg(unix)]
mod pipes;
mod places;
mod push;
mod quarantine;
mod repo;
