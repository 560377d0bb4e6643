//! Git histories, made with the `git` command in folders of their own.

mod damage;
mod equality;
mod parts;
mod places;
mod repo;
