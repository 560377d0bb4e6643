//! The engine as its users see it.

mod blobs;
mod rules;
mod wide;
