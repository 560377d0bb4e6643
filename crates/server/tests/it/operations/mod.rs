//! How a server is watched and kept.

mod backup;
mod burning;
mod metrics;
mod retention;
mod rules;
mod trail;
mod watched;
