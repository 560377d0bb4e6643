//! From matches and their places to findings: each secret once a path, at the commit that brought it there first.

use std::collections::HashMap;

use gix::{actor::SignatureRef, objs::Kind};
use stanch_engine::{Match, RuleId, Scanner};
use stanch_model::{Fingerprint, Provenance, Step};

use super::{
    attribution::{Attribution, Era, Place, Top},
    blobs::Hit,
    commits::{self, Commits, Part, Wording},
    pool::Pool,
    refs::Refs,
    store::{Number, Reader, Store},
    trees::{InNames, NameId, Target},
};
use crate::{Crew, Origin, Worker, sighting};

/// All that is known once everything has been read.
pub(super) struct Knowledge<'k> {
    pub(super) store: &'k Store,
    pub(super) commits: &'k Commits,
    pub(super) attribution: &'k Attribution,
    pub(super) refs: &'k Refs,
    /// The path of the repository as the user named it.
    pub(super) repository: &'k str,
}

/// A blob whose matches are reported at one place.
struct Chosen {
    blob: Number,
    place: Option<Place>,
    in_head: bool,
    matches: Vec<Match>,
}

/// Reports all that was found.
pub(super) fn all(
    knowledge: &Knowledge<'_>,
    crew: &Crew<'_>,
    hits: &[Hit],
    in_names: &InNames,
    in_wordings: &[Wording],
) {
    blobs(knowledge, crew, hits);
    crew.run(std::iter::once(()), |(), worker| {
        names(knowledge, worker, in_names);
        wordings(knowledge, worker, in_wordings);
    });
}

/// Reports what was found in blobs.
fn blobs(knowledge: &Knowledge<'_>, crew: &Crew<'_>, hits: &[Hit]) {
    let chosen = choose(knowledge, crew.context().scanner, hits);
    let readers = Pool::<Reader>::default();
    crew.run(chosen.chunk_by(|a, b| a.blob == b.blob), |same_blob, worker| {
        readers.with(|reader| {
            let all = matches_in(hits, same_blob[0].blob);
            let mut bytes = std::mem::take(&mut worker.buffer);
            match knowledge.store.read(same_blob[0].blob, reader, &mut bytes) {
                Ok(_) => same_blob.iter().for_each(|chosen| {
                    let sightings = sighting::sight_chosen(&bytes, &all, &chosen.matches, worker.context());
                    let origin = knowledge.blob_origin(chosen, reader);
                    worker.report(sightings, &origin);
                }),
                Err(damage) => {
                    let id = knowledge.store.id(same_blob[0].blob).to_string();
                    worker.skip(id, damage.reason(), damage.to_string());
                }
            }
            worker.buffer = bytes;
        });
    });
}

/// All matches of `blob`: those that are reported elsewhere must not be shown here either.
fn matches_in(hits: &[Hit], blob: Number) -> Vec<Match> {
    let first = hits.partition_point(|hit| hit.blob < blob);
    hits[first..].iter().take_while(|hit| hit.blob == blob).map(|hit| hit.found).collect()
}

/// A secret at a path, which is reported once. A blob without a place stands for its path.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Exposure {
    fingerprint: Fingerprint,
    rule: RuleId,
    path: Result<(u32, NameId), Number>,
}

impl Exposure {
    fn of(hit: &Hit, place: Option<&Place>) -> Self {
        let path = place.map(Place::path_id).ok_or(hit.blob);
        Self { fingerprint: hit.fingerprint, rule: hit.found.rule, path }
    }
}

/// What all blobs with one exposure amount to.
struct Summary {
    /// The first of them.
    first: Age,
    /// Whether one of them is in the head of a branch.
    in_head: bool,
}

/// What comes first: by how it is reached, then by age; the blob decides between equals.
type Age = (Era, u32, Number);

fn age(place: Option<&Place>, blob: Number) -> Age {
    let (era, rank) = place.map_or((Era::Unreachable, u32::MAX), |place| (place.era, place.rank));
    (era, rank, blob)
}

/// The places of each blob.
struct Places<'k>(HashMap<Number, Vec<&'k Place>>);

impl<'k> Places<'k> {
    fn new(attribution: &'k Attribution) -> Self {
        let mut places: HashMap<Number, Vec<&Place>> = HashMap::new();
        for place in &attribution.places {
            if let Target::Blob(blob) = place.target {
                places.entry(blob).or_default().push(place);
            }
        }
        Self(places)
    }

    /// The places of `blob`; none of all for one that has no place.
    fn of(&self, blob: Number) -> impl Iterator<Item = Option<&'k Place>> {
        let known = self.0.get(&blob).map_or(&[][..], Vec::as_slice);
        known.iter().map(|place| Some(*place)).chain(known.is_empty().then_some(None))
    }
}

/// Picks for every exposure the first blob and place; by ascending blob.
fn choose(knowledge: &Knowledge<'_>, scanner: &Scanner, hits: &[Hit]) -> Vec<Chosen> {
    let places = Places::new(knowledge.attribution);
    let mut summaries: HashMap<Exposure, Summary> = HashMap::new();
    for of_blob in hits.chunk_by(|a, b| a.blob == b.blob) {
        let blob = of_blob[0].blob;
        let in_head = knowledge.attribution.is_in_head(blob);
        for place in places.of(blob) {
            let age = age(place, blob);
            for hit in knowledge.standing(of_blob, place, scanner) {
                let fresh = Summary { first: age, in_head };
                let summary = summaries.entry(Exposure::of(hit, place)).or_insert(fresh);
                summary.first = summary.first.min(age);
                summary.in_head |= in_head;
            }
        }
    }
    let mut chosen = Vec::new();
    for of_blob in hits.chunk_by(|a, b| a.blob == b.blob) {
        let blob = of_blob[0].blob;
        for place in places.of(blob) {
            let standing = knowledge.standing(of_blob, place, scanner);
            for in_head in [true, false] {
                let is_first = |hit: &&&Hit| {
                    let summary = &summaries[&Exposure::of(hit, place)];
                    summary.first == age(place, blob) && summary.in_head == in_head
                };
                let matches: Vec<Match> = standing.iter().filter(is_first).map(|hit| hit.found).collect();
                if !matches.is_empty() {
                    chosen.push(Chosen { blob, place: place.copied(), in_head, matches });
                }
            }
        }
    }
    chosen
}

/// Reports what was found in names of files and folders.
fn names(knowledge: &Knowledge<'_>, worker: &mut Worker<'_>, sightings: &InNames) {
    let mut reader = Reader::default();
    for place in knowledge.attribution.places.iter().filter(|place| place.by_name) {
        let Some(sightings) = sightings.get(&place.name_id()) else { continue };
        let path = knowledge.attribution.path(place);
        let in_head = knowledge.attribution.is_name_in_head(place.name_id());
        let provenance =
            knowledge.to_top(place, in_head, &mut reader).then(Step::Path { path: path.clone() });
        worker.report(sightings.clone(), &Origin { path, provenance }.in_name());
    }
}

/// Reports what was found in commits and tags themselves.
fn wordings(knowledge: &Knowledge<'_>, worker: &mut Worker<'_>, wordings: &[Wording]) {
    let mut reader = Reader::default();
    for wording in wordings {
        let id = knowledge.store.id(wording.number).to_string();
        let commit = knowledge.commits.place(wording.number);
        let to_object = if let Some(commit) = commit {
            let in_head = knowledge.attribution.in_branch[commit];
            knowledge.to_commit(knowledge.attribution.eras[commit], commit, in_head, &mut reader)
        } else {
            let referenced = knowledge.refs.tags.contains(&wording.number);
            let era = if referenced { Era::Referenced } else { Era::Unreachable };
            knowledge.to_era(era).then(object(Kind::Tag, id.clone()))
        };
        let provenance = to_object.then(text(match (commit, wording.part) {
            (Some(_), Part::Header) => "commit-header",
            (Some(_), Part::Message) => "commit-message",
            (None, Part::Header) => "tag-header",
            (None, Part::Message) => "tag-message",
        }));
        worker.report(wording.sightings.clone(), &Origin { path: id, provenance });
    }
}

fn text(what: &str) -> Step {
    Step::Text { what: what.to_owned() }
}

fn object(kind: Kind, id: String) -> Step {
    Step::Object { object: kind.to_string(), id }
}

impl Knowledge<'_> {
    fn to_repository(&self) -> Provenance {
        Provenance(vec![Step::Repository { path: self.repository.to_owned() }])
    }

    /// The repository, and what is said of what nothing reaches.
    fn to_era(&self, era: Era) -> Provenance {
        let provenance = self.to_repository();
        if era == Era::Unreachable { provenance.then(Step::Unreachable) } else { provenance }
    }

    fn to_top(&self, place: &Place, in_head: bool, reader: &mut Reader) -> Provenance {
        match place.top {
            Top::Commit(commit) => self.to_commit(place.era, commit, in_head, reader),
            Top::Tree(tree) => {
                self.to_era(place.era).then(object(Kind::Tree, self.store.id(tree).to_string()))
            }
        }
    }

    fn to_commit(&self, era: Era, commit: usize, in_head: bool, reader: &mut Reader) -> Provenance {
        let provenance = self.to_era(era);
        let number = self.commits.list[commit].number;
        let mut bytes = Vec::new();
        let read = self.store.read(number, reader, &mut bytes);
        let header = commits::split(&bytes).0;
        let author = read.ok().and_then(|_| commits::field(header, b"author").next()).and_then(signed);
        let (author, time) = author.unwrap_or_default();
        provenance.then(Step::Commit { id: self.store.id(number).to_string(), author, time, in_head })
    }

    /// The hits of one blob that count at a place.
    fn standing<'h>(&self, of_blob: &'h [Hit], place: Option<&Place>, scanner: &Scanner) -> Vec<&'h Hit> {
        let mut standing: Vec<&Hit> = of_blob.iter().collect();
        if scanner.heeds_paths() {
            let mut matches: Vec<Match> = of_blob.iter().map(|hit| hit.found).collect();
            scanner.settle_in(&mut matches, &self.blob_path(of_blob[0].blob, place));
            standing.retain(|hit| matches.binary_search(&hit.found).is_ok());
        }
        standing
    }

    /// What a report calls the path of a blob.
    fn blob_path(&self, blob: Number, place: Option<&Place>) -> String {
        match place {
            None => self.store.id(blob).to_string(),
            Some(place) if place.era == Era::Notes => self.attribution.path(place).replace('/', ""),
            Some(place) => self.attribution.path(place),
        }
    }

    fn blob_origin(&self, chosen: &Chosen, reader: &mut Reader) -> Origin {
        let Some(place) = &chosen.place else { return self.unplaced(chosen.blob) };
        let provenance = self.to_top(place, chosen.in_head, reader);
        let path = self.blob_path(chosen.blob, Some(place));
        if place.era == Era::Notes {
            return Origin { provenance: provenance.then(text("note")), path };
        }
        Origin { provenance: provenance.then(Step::Path { path: path.clone() }), path }
    }

    /// A blob that no folder holds.
    fn unplaced(&self, blob: Number) -> Origin {
        let id = self.store.id(blob).to_string();
        let referenced = self.refs.tips.contains(&blob);
        let era = if referenced { Era::Referenced } else { Era::Unreachable };
        Origin { path: id.clone(), provenance: self.to_era(era).then(object(Kind::Blob, id)) }
    }
}

/// `Name <mail>` and the time in RFC 3339.
pub(super) fn signed(signature: &[u8]) -> Option<(String, String)> {
    let signature = SignatureRef::from_bytes(signature).ok()?;
    let time = signature.time().ok()?;
    let author = format!("{} <{}>", signature.name, signature.email);
    Some((author, time.format(gix::date::time::format::ISO8601_STRICT).ok()?))
}
