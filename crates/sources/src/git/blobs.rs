//! Finds the matches of every blob, scanning of each only what its base does not have.

use std::sync::{Mutex, PoisonError};

use gix::objs::Kind;
use stanch_engine::{Match, Reach};
use stanch_model::{Fingerprint, SkipReason, Span};

use super::{
    census::{self, Census, Object, Visitor},
    delta::Delta,
    inherit,
    store::{Number, Store},
};
use crate::{Crew, Worker};

/// How deltas are made use of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DeltaUse {
    /// Scan what a delta adds to its base.
    #[default]
    Only,
    /// Scan each blob whole; slower, finds the same.
    Whole,
}

/// One match in one blob, small enough to keep one for each version of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hit {
    /// The blob.
    pub(super) blob: Number,
    /// The match.
    pub(super) found: Match,
    /// The identity of the secret.
    pub(super) fingerprint: Fingerprint,
}

/// Scans the blobs for which `wanted` holds on all threads, and gives the matches by ascending blob.
pub(super) fn scan(
    census: &Census<'_>,
    crew: &Crew<'_>,
    deltas: DeltaUse,
    wanted: &(impl Fn(Number) -> bool + Sync),
) -> Vec<Hit> {
    let hits = Mutex::new(Vec::new());
    let start = || Blobs { store: census.store, wanted, deltas, regions: Vec::new(), hits: Vec::new() };
    census.visit(Kind::Blob, crew, start, |mut visitor| {
        hits.lock().unwrap_or_else(PoisonError::into_inner).append(&mut visitor.hits);
    });
    sorted(hits)
}

/// Scans the blobs `numbers`, each whole, and gives the matches by ascending blob.
pub(super) fn scan_some(store: &Store, crew: &Crew<'_>, numbers: &[Number]) -> Vec<Hit> {
    let hits = Mutex::new(Vec::new());
    census::read_each(store, crew, numbers, |object, worker| {
        let (wanted, deltas) = (&|_| true, DeltaUse::Whole);
        let mut blobs = Blobs { store, wanted, deltas, regions: Vec::new(), hits: Vec::new() };
        blobs.whole(object, worker);
        hits.lock().unwrap_or_else(PoisonError::into_inner).append(&mut blobs.hits);
    });
    sorted(hits)
}

fn sorted(hits: Mutex<Vec<Hit>>) -> Vec<Hit> {
    let mut hits = hits.into_inner().unwrap_or_else(PoisonError::into_inner);
    hits.sort_unstable_by_key(|hit| (hit.blob, hit.found));
    hits
}

/// Scans blobs.
struct Blobs<'v, W> {
    store: &'v Store,
    wanted: &'v W,
    deltas: DeltaUse,
    regions: Vec<Span>,
    hits: Vec<Hit>,
}

impl<W: Fn(Number) -> bool> Blobs<'_, W> {
    fn record(&mut self, object: Object<'_>, scanned: Scanned, worker: &mut Worker<'_>) -> Scanned {
        if let Some(number) = object.number.filter(|&number| (self.wanted)(number)) {
            if let Some(shortfall) = worker.scratch.shortfall() {
                worker.skip(self.store.id(number).to_string(), SkipReason::Limit, shortfall.detail());
            }
            scanned.record(worker, number, object.bytes, &mut self.hits);
        }
        scanned
    }
}

impl<W: Fn(Number) -> bool> Visitor for Blobs<'_, W> {
    type State = Scanned;

    fn whole(&mut self, object: Object<'_>, worker: &mut Worker<'_>) -> Scanned {
        let scanned = Scanned::whole(worker, object.bytes);
        self.record(object, scanned, worker)
    }

    fn derived(
        &mut self,
        object: Object<'_>,
        delta: &Delta,
        base: &Scanned,
        worker: &mut Worker<'_>,
    ) -> Scanned {
        let scanned = match base {
            Scanned::ByParts(_) if self.deltas == DeltaUse::Whole => Scanned::whole(worker, object.bytes),
            base => Scanned::after(base, worker, object.bytes, (delta, &mut self.regions)),
        };
        self.record(object, scanned, worker)
    }
}

/// What is known of a scanned blob.
pub(super) enum Scanned {
    /// Every match depends on its surroundings only: by ascending start, before overlaps are resolved.
    ByParts(Vec<Match>),
    /// Parts cannot be scanned by themselves, neither of this blob nor of those made out of it: its final matches.
    AtOnce(Vec<Match>),
}

impl Scanned {
    /// Scans a blob by itself.
    pub(super) fn whole(worker: &mut Worker<'_>, bytes: &[u8]) -> Self {
        let all = [Span::new(0, bytes.len())];
        Self::regions(worker, bytes, &all, Vec::new())
    }

    /// Scans a blob that `delta` makes out of `base`; `regions` is room to work in.
    pub(super) fn after(
        base: &Self,
        worker: &mut Worker<'_>,
        bytes: &[u8],
        (delta, regions): (&Delta, &mut Vec<Span>),
    ) -> Self {
        match base {
            Self::ByParts(matches) => Self::derived(worker, bytes, delta, matches, regions),
            Self::AtOnce(_) => Self::at_once(worker, bytes),
        }
    }

    /// What matches, before overlaps are resolved where that is known.
    pub(super) fn matches(&self) -> &[Match] {
        match self {
            Self::ByParts(matches) | Self::AtOnce(matches) => matches,
        }
    }

    fn derived(
        worker: &mut Worker<'_>,
        bytes: &[u8],
        delta: &Delta,
        base: &[Match],
        regions: &mut Vec<Span>,
    ) -> Self {
        let scanner = worker.scanner();
        regions.clear();
        inherit::regions(delta, scanner.margin(), regions);
        let mut raw = Vec::new();
        inherit::inherit(scanner, delta, base, &mut raw);
        Self::regions(worker, bytes, regions, raw)
    }

    fn regions(worker: &mut Worker<'_>, bytes: &[u8], regions: &[Span], mut raw: Vec<Match>) -> Self {
        match worker.scanner().scan_regions(&mut worker.scratch, bytes, regions, &mut raw) {
            Reach::Local => {
                raw.sort_unstable();
                raw.dedup();
                Self::ByParts(raw)
            }
            Reach::Whole => Self::at_once(worker, bytes),
        }
    }

    fn at_once(worker: &mut Worker<'_>, bytes: &[u8]) -> Self {
        let mut matches = Vec::new();
        worker.scanner().scan(&mut worker.scratch, bytes, &mut matches);
        Self::AtOnce(matches)
    }

    /// Counts the blob as scanned and keeps what was found in it.
    fn record(&self, worker: &mut Worker<'_>, blob: Number, bytes: &[u8], hits: &mut Vec<Hit>) {
        worker.count(bytes.len() as u64);
        let settled;
        let matches = match self {
            Self::ByParts(raw) if raw.is_empty() => return,
            Self::ByParts(raw) => {
                let mut matches = raw.clone();
                worker.scanner().settle(&mut matches);
                settled = matches;
                &settled
            }
            Self::AtOnce(matches) => matches,
        };
        let fingerprinter = worker.context().fingerprinter;
        let values = worker.scanner().values(bytes, matches);
        hits.extend(matches.iter().zip(values).map(|(&found, value)| Hit {
            blob,
            found,
            fingerprint: *fingerprinter.seal(&value.bytes).fingerprint(),
        }));
    }
}
