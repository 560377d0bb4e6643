//! The register at work, on both databases.

mod allow;
mod desk;
mod ingest;
mod respond;
