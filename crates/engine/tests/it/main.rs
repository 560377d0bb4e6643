//! The engine as its users see it.

mod allow;
mod blobs;
mod class;
mod encoded;
mod parts;
mod rules;
mod structure;
mod wide;
