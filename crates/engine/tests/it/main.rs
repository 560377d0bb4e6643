//! The engine as its users see it.

mod blobs;
mod parts;
mod rules;
mod structure;
mod wide;
