//! What a scan is given to work with, and how much of it it may use.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use stanch_engine::Scanner;
use stanch_model::Fingerprinter;

/// Everything a scan needs and does not own.
#[derive(Clone, Copy)]
pub struct Context<'c> {
    /// The compiled rules.
    pub scanner: &'c Scanner,
    /// Gives secrets their identity.
    pub fingerprinter: &'c Fingerprinter,
    /// Stops the scan early.
    pub cancel: &'c Cancel,
    /// Tells others how far it is.
    pub progress: &'c Progress,
    /// How much it may use.
    pub limits: Limits,
    /// Threads that scan at once; at least 1.
    pub threads: usize,
}

/// A limit on everything; hitting one is a named skip, never silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest blob that is scanned; standard input may be of any length.
    pub blob_bytes_max: u64,
    /// Findings kept in one run: of each target the first in report order, as long as there is room.
    pub findings_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { blob_bytes_max: 2 << 30, findings_max: 1_000_000 }
    }
}

/// A request to stop, shared between threads.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    /// Asks the scan to stop soon.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked to.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How far a scan is; read it from another thread.
#[derive(Debug, Default)]
pub struct Progress {
    blobs: AtomicU64,
    bytes: AtomicU64,
    findings: AtomicU64,
}

impl Progress {
    /// Blobs scanned so far.
    pub fn blobs(&self) -> u64 {
        self.blobs.load(Ordering::Relaxed)
    }

    /// Bytes scanned so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Findings so far.
    pub fn findings(&self) -> u64 {
        self.findings.load(Ordering::Relaxed)
    }

    pub(crate) fn passed(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn finished_blob(&self) {
        self.blobs.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn found(&self, findings: u64) {
        self.findings.fetch_add(findings, Ordering::Relaxed);
    }
}
