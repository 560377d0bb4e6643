//! The register at work, on both databases.

mod desk;
mod ingest;
mod respond;
