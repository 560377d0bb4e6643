//! What `git filter-repo` would do to each commit beside taking a secret out of it: it drops signatures and other headers that
//! it cannot write, and follows ids of commits in messages.

use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use gix::{ObjectId, hash::Prefix, objs::Kind};

use crate::{
    Crew, Worker,
    git::{
        census::{Census, Object, Visitor},
        commits::{self, Commits},
        delta::Delta,
        store::{Number, Store},
    },
};

/// Fewest digits of an id that is followed in a message.
const ID_DIGITS_MIN: usize = 7;

/// What is known of commits and tags, commits by their place in [`Commits::list`].
pub(super) struct Lineage {
    /// Signed commits.
    pub(super) signed: Vec<bool>,
    /// Commits that would not stay as they are.
    pub(super) altered: Vec<bool>,
    /// Commits that each message names, of those that name one.
    pub(super) mentions: HashMap<usize, Vec<usize>>,
    /// Signed tags.
    pub(super) signed_tags: HashSet<Number>,
}

impl Lineage {
    /// Reads all commits and tags.
    pub(super) fn read(census: &Census<'_>, crew: &Crew<'_>, commits: &Commits) -> Self {
        let all = Mutex::new(Vec::new());
        for kind in [Kind::Commit, Kind::Tag] {
            census.visit(
                kind,
                crew,
                || Heads { found: Vec::new() },
                |mut heads| {
                    all.lock().unwrap_or_else(PoisonError::into_inner).append(&mut heads.found);
                },
            );
        }
        let len = commits.list.len();
        let mut lineage = Self {
            signed: vec![false; len],
            altered: vec![false; len],
            mentions: HashMap::new(),
            signed_tags: HashSet::new(),
        };
        let ids = Ids::of(commits, census.store);
        for (number, head) in all.into_inner().unwrap_or_else(PoisonError::into_inner) {
            lineage.add(number, &head, (commits, &ids));
        }
        lineage
    }

    fn add(&mut self, number: Number, head: &Head, (commits, ids): (&Commits, &Ids)) {
        let Some(place) = commits.place(number) else {
            if head.is_signed {
                self.signed_tags.insert(number);
            }
            return;
        };
        self.signed[place] = head.is_signed;
        self.altered[place] = head.is_altered;
        let named: Vec<usize> = head.mentions.iter().filter_map(|prefix| ids.find(prefix)).collect();
        if !named.is_empty() {
            self.mentions.insert(place, named);
        }
    }
}

/// The ids of commits, sorted, and their places.
struct Ids(Vec<(ObjectId, usize)>);

impl Ids {
    fn of(commits: &Commits, store: &Store) -> Self {
        let list = commits.list.iter().enumerate();
        let mut ids: Vec<_> =
            list.map(|(place, commit)| (store.id(commit.number).to_owned(), place)).collect();
        ids.sort_unstable();
        Self(ids)
    }

    /// The place of the only commit whose id begins so.
    fn find(&self, prefix: &Prefix) -> Option<usize> {
        // A message may quote ids of SHA-256 where the repository has others.
        self.0.first().filter(|(id, _)| prefix.hex_len() <= id.kind().len_in_hex())?;
        let first = self.0.partition_point(|(id, _)| prefix.cmp_oid(id) == Ordering::Greater);
        let fits = |at: usize| self.0.get(at).is_some_and(|(id, _)| prefix.cmp_oid(id) == Ordering::Equal);
        (fits(first) && !fits(first + 1)).then(|| self.0[first].1)
    }
}

/// What matters of one commit or tag.
struct Head {
    is_signed: bool,
    is_altered: bool,
    mentions: Vec<Prefix>,
}

/// Reads commits and tags.
struct Heads {
    found: Vec<(Number, Head)>,
}

impl Visitor for Heads {
    type State = ();

    fn whole(&mut self, object: Object<'_>, _: &mut Worker<'_>) {
        let Some(number) = object.number else { return };
        let (header, message) = commits::split(object.bytes);
        let message = if message.len() < object.bytes.len() { message } else { b"" };
        self.found.push((number, Head::read(header, message)));
    }

    fn derived(&mut self, object: Object<'_>, _: &Delta, (): &(), worker: &mut Worker<'_>) {
        self.whole(object, worker);
    }
}

impl Head {
    fn read(header: &[u8], message: &[u8]) -> Self {
        let names =
            || header.split(|&byte| byte == b'\n').filter_map(|line| line.split(|&byte| byte == b' ').next());
        // A tag has its signature at the end of its message.
        let signed_text = memchr::memmem::find(message, b"-----BEGIN PGP SIGNATURE-----").is_some()
            || memchr::memmem::find(message, b"-----BEGIN SSH SIGNATURE-----").is_some()
            || memchr::memmem::find(message, b"-----BEGIN SIGNED MESSAGE-----").is_some();
        let is_tag = names().next() == Some(b"object");
        let kept: [&[u8]; 5] = [b"tree", b"parent", b"author", b"committer", b""];
        Self {
            is_signed: if is_tag { signed_text } else { names().any(|name| name.starts_with(b"gpgsig")) },
            is_altered: !is_tag && names().any(|name| !kept.contains(&name)),
            mentions: mentions(message),
        }
    }
}

/// The words of a message that may be ids.
fn mentions(message: &[u8]) -> Vec<Prefix> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let words = message.split(|byte| !is_word(byte)).filter(|word| word.len() >= ID_DIGITS_MIN);
    let hex = words.filter(|word| word.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    hex.filter_map(|word| Prefix::from_hex(str::from_utf8(word).ok()?).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_another_kind_is_none_of_these() {
        let id = ObjectId::from_hex(&[b'a'; 40]).expect("hex");
        let ids = Ids(vec![(id, 7)]);
        let find = |digits: usize| ids.find(&Prefix::from_hex(&"a".repeat(digits)).expect("hex"));
        assert_eq!([find(7), find(40), find(64)], [Some(7), Some(7), None]);
    }

    #[test]
    fn what_cannot_stay_is_told_from_what_can() {
        let plain =
            Head::read(b"tree 1\nparent 2\nauthor A\ncommitter B", b"see 0123abc and 12345, 0123ABCD");
        assert!(!plain.is_signed && !plain.is_altered);
        assert_eq!(plain.mentions, [Prefix::from_hex("0123abc").expect("hex")]);
        let signed = Head::read(b"tree 1\nauthor A\ncommitter B\ngpgsig -----BEGIN\n line\n line", b"");
        assert!(signed.is_signed && signed.is_altered);
        let recoded = Head::read(b"tree 1\nauthor A\ncommitter B\nencoding latin1", b"");
        assert!(!recoded.is_signed && recoded.is_altered);
        let tag = Head::read(b"object 1\ntype commit\ntag v1", b"v1\n-----BEGIN PGP SIGNATURE-----\nx");
        assert!(tag.is_signed && !tag.is_altered);
    }
}
