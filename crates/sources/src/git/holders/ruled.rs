//! What rules find of the secrets that are looked for: in every version of every file, in messages and in names, whatever a
//! path would make of it.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, PoisonError},
};

use gix::objs::Kind;
use stanch_model::{Fingerprint, Fingerprinter, RuleInfo, Secret, SkipReason, Span};

use super::sought::Sought;
use crate::{
    Crew, Sighting, Worker,
    git::{
        blobs::Scanned,
        census::{Census, Object, Visitor},
        commits::{self, Commits, Part},
        delta::Delta,
        store::{Number, Reader, Store},
        trees::{InNames, NAME_FOUND},
    },
};

/// What rules found.
#[derive(Default)]
pub(super) struct Values {
    /// One secret for each fingerprint.
    pub(super) secrets: BTreeMap<Fingerprint, Secret>,
    /// The objects that hold one in their content.
    pub(super) held: BTreeMap<Number, (Kind, BTreeSet<Fingerprint>)>,
    /// The bytes as they stand in objects.
    forms: Vec<(Fingerprint, Secret)>,
    rules: BTreeMap<String, Arc<RuleInfo>>,
}

/// One value.
pub(super) struct Found {
    rule: Arc<RuleInfo>,
    secret: Secret,
    /// As it stands there.
    form: Secret,
}

impl Found {
    /// What was seen in `text`, which is all that was scanned.
    pub(super) fn of(sighting: &Sighting, text: &[u8], fingerprinter: &Fingerprinter) -> Self {
        let form = fingerprinter.seal(&text[sighting.found.secret.range()]);
        Self { rule: Arc::clone(&sighting.rule), secret: sighting.secret.clone(), form }
    }
}

impl Values {
    /// Looks at all blobs.
    pub(super) fn read_blobs(&mut self, census: &Census<'_>, crew: &Crew<'_>, sought: &Sought) {
        let all = Mutex::new(Vec::new());
        let hasher = RandomState::new();
        let start = || Blobs {
            store: census.store,
            sought,
            regions: Vec::new(),
            others: HashSet::new(),
            hasher: &hasher,
            found: Vec::new(),
        };
        census.visit(Kind::Blob, crew, start, |mut blobs| {
            all.lock().unwrap_or_else(PoisonError::into_inner).append(&mut blobs.found);
        });
        for (number, found) in all.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.hold(number, Kind::Blob, &found);
            self.add(found);
        }
    }

    /// Looks at what was found in commits and tags.
    pub(super) fn read_wordings(
        &mut self,
        commits: &Commits,
        store: &Store,
        (sought, fingerprinter): (&Sought, &Fingerprinter),
    ) {
        let (mut reader, mut bytes) = (Reader::default(), Vec::new());
        for wording in &commits.wordings {
            for sighting in wording.sightings.iter().filter(|sighting| sought.names(&sighting.secret)) {
                if store.read(wording.number, &mut reader, &mut bytes).is_err() {
                    continue;
                }
                let (header, message) = commits::split(&bytes);
                let part = if wording.part == Part::Header { header } else { message };
                let found = Found::of(sighting, part, fingerprinter);
                let kind = commits.place(wording.number).map_or(Kind::Tag, |_| Kind::Commit);
                self.hold(wording.number, kind, &found);
                self.add(found);
            }
        }
    }

    /// Looks at what was found in names of files and folders. Tells whether there is more than before.
    pub(super) fn read_names(
        &mut self,
        in_names: &InNames,
        names: &[Box<[u8]>],
        (sought, fingerprinter): (&Sought, &Fingerprinter),
    ) -> bool {
        let before = self.forms.len();
        for (id, sightings) in in_names {
            let name = &names[(id & !NAME_FOUND) as usize];
            for sighting in sightings.iter().filter(|sighting| sought.names(&sighting.secret)) {
                self.add(Found::of(sighting, name, fingerprinter));
            }
        }
        self.forms.len() > before
    }

    fn hold(&mut self, number: Number, kind: Kind, found: &Found) {
        let entry = self.held.entry(number).or_insert_with(|| (kind, BTreeSet::new()));
        entry.1.insert(*found.secret.fingerprint());
    }

    /// Takes one more, and tells whose it is.
    pub(super) fn add(&mut self, found: Found) -> Fingerprint {
        let print = *found.secret.fingerprint();
        let same = |form: &(Fingerprint, Secret)| form.1.expose() == found.form.expose();
        if !self.forms.iter().any(same) {
            self.forms.push((print, found.form));
        }
        self.secrets.entry(print).or_insert(found.secret);
        self.rules.entry(found.rule.id.clone()).or_insert(found.rule);
        print
    }

    /// The bytes as they stand in objects, and whose they are; sorted, so that they do not depend on threads.
    pub(super) fn forms(&self) -> Vec<&(Fingerprint, Secret)> {
        let mut forms: Vec<_> = self.forms.iter().collect();
        forms.sort_by(|a, b| (a.0, a.1.expose()).cmp(&(b.0, b.1.expose())));
        forms
    }

    /// The rules, by id.
    pub(super) fn rules(&self) -> Vec<Arc<RuleInfo>> {
        self.rules.values().cloned().collect()
    }
}

/// Scans blobs, and keeps what is looked for.
struct Blobs<'v> {
    store: &'v Store,
    sought: &'v Sought,
    regions: Vec<Span>,
    /// Hashes of values that are not looked for: one value stands in many versions of a file.
    others: HashSet<u64>,
    hasher: &'v RandomState,
    found: Vec<(Number, Found)>,
}

impl Blobs<'_> {
    fn record(&mut self, object: Object<'_>, scanned: Scanned, worker: &mut Worker<'_>) -> Scanned {
        let Some(number) = object.number else { return scanned };
        if let Some(shortfall) = worker.scratch.shortfall() {
            worker.skip(self.store.id(number).to_string(), SkipReason::Limit, shortfall.detail());
        }
        worker.count(object.bytes.len() as u64);
        let scanner = worker.scanner();
        let values = scanner.values(object.bytes, scanned.matches());
        for (found, value) in scanned.matches().iter().zip(values) {
            let hash = self.hasher.hash_one(&*value.bytes);
            if self.others.contains(&hash) {
                continue;
            }
            let fingerprinter = worker.context().fingerprinter;
            let secret = fingerprinter.seal(&value.bytes);
            if !self.sought.names(&secret) {
                self.others.insert(hash);
                continue;
            }
            let rule = Arc::clone(scanner.info(found.rule));
            let form = fingerprinter.seal(&object.bytes[found.secret.range()]);
            self.found.push((number, Found { rule, secret, form }));
        }
        scanned
    }
}

impl Visitor for Blobs<'_> {
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
        let scanned = Scanned::after(base, worker, object.bytes, (delta, &mut self.regions));
        self.record(object, scanned, worker)
    }
}
