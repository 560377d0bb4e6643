//! `stanch audit verify`: whether a trail is whole.

use std::{path::PathBuf, str::FromStr};

use anyhow::Context as _;
use stanch_server::trail::{TrailError, check_files};
use stanch_store::{Store, StoreError, Verifier};

use crate::{command::serve::StandingArgs, policy::Status, printer::Printer, report::printable::Printable};

/// Entries read at once.
const PAGE: usize = 1000;

/// Follow a trail from its first entry to its last, and tell whether it is whole
///
/// Exit code 1 says that it is not: an entry was changed, taken out, put in, or cut off the end. Needs no server; reads only.
#[derive(Debug, clap::Args)]
#[command(
    after_long_help = "Examples:\n  stanch audit verify\n  stanch audit verify --data /var/lib/stanch --expect-head 4711:9f86d0…\n  stanch audit verify --file trail.jsonl.5000 --file trail.jsonl"
)]
pub(super) struct Args {
    #[command(flatten)]
    place: StandingArgs,
    /// Check files that the trail was shipped to, in their order, instead of the database
    ///
    /// Signatures are checked under server.key of the folder, if it is there.
    #[arg(long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Fail unless the trail has this entry: its number and hash, as another run told, or a head that was kept elsewhere
    #[arg(long, value_name = "SEQ:HASH")]
    expect_head: Option<Anchor>,
}

/// An entry that must be there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Anchor {
    seq: i64,
    hash: String,
}

impl FromStr for Anchor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const EXPECTED: &str = "expected the number of an entry, a colon and 64 hexadecimal digits";
        let (seq, hash) = text.split_once(':').ok_or(EXPECTED)?;
        let seq = seq.parse().ok().filter(|seq| *seq > 0).ok_or(EXPECTED)?;
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash { Ok(Self { seq, hash: hash.to_ascii_lowercase() }) } else { Err(EXPECTED) }
    }
}

/// What became of the check.
struct Told {
    /// What was checked.
    what: String,
    entries: u64,
    head: (i64, String),
    /// What else there is to know.
    remark: &'static str,
    /// Why it is not whole.
    broken: Option<String>,
}

/// Checks it.
pub(super) fn run(args: &Args, printer: &Printer) -> anyhow::Result<Status> {
    let told = if args.files.is_empty() { of_register(args)? } else { of_files(args)? };
    let is_whole = told.broken.is_none();
    printer
        .print(|out| {
            let (seq, hash) = &told.head;
            writeln!(
                out,
                "{}",
                Printable(&format!("{}: {} entries{}", told.what, told.entries, told.remark))
            )?;
            if *seq > 0 {
                writeln!(out, "{} {seq}:{hash}", if is_whole { "head" } else { "whole up to" })?;
            }
            match &told.broken {
                None => writeln!(out, "✓ the trail is whole"),
                Some(why) => writeln!(out, "✗ {}", Printable(why)),
            }
        })
        .context("standard output")?;
    Ok(if is_whole { Status::Clean } else { Status::Found })
}

fn of_register(args: &Args) -> anyhow::Result<Told> {
    let store = args.place.open()?;
    let anchor = args.expect_head.as_ref();
    let mut check = RegisterCheck { verifier: Verifier::default(), anchor, broken: None };
    let head = check.follow(&store)?;
    if check.broken.is_none() {
        check.broken = check.verifier.end(head.0).err().map(|broken| broken.to_string());
    }
    let (seq, hash) = check.verifier.position();
    if check.broken.is_none() && hash != head.1 {
        check.broken = Some(format!("the head of the audit trail is another entry {seq}"));
    }
    if let Some(anchor) = anchor.filter(|anchor| check.broken.is_none() && anchor.seq > seq) {
        check.broken = Some(cut(seq, anchor));
    }
    Ok(Told {
        what: format!("audit trail of {}", store.database()),
        entries: seq.unsigned_abs(),
        head: (seq, hash.to_owned()),
        remark: "",
        broken: check.broken,
    })
}

fn cut(found: i64, anchor: &Anchor) -> String {
    format!("the audit trail ends at entry {found}, and entry {} was expected", anchor.seq)
}

/// Follows the trail in a register.
struct RegisterCheck<'a> {
    verifier: Verifier,
    anchor: Option<&'a Anchor>,
    broken: Option<String>,
}

impl RegisterCheck<'_> {
    /// Follows it to its end or to the first entry that does not fit; gives what its head said as this began.
    fn follow(&mut self, store: &Store) -> Result<(i64, String), StoreError> {
        let head = store.read(|tx| tx.trail_head())?;
        while self.broken.is_none() {
            let next = self.verifier.position().0 + 1;
            // Servers may go on meanwhile: what they add is not looked at.
            let mut entries = store.read(|tx| tx.trail_from(next, PAGE))?;
            entries.retain(|entry| entry.seq <= head.0);
            if entries.is_empty() {
                break;
            }
            for entry in &entries {
                let taken = self.verifier.take(entry);
                let expected = self.anchor.filter(|anchor| anchor.seq == entry.seq);
                self.broken = match taken {
                    Err(broken) => Some(broken.to_string()),
                    Ok(()) => expected.and_then(|anchor| other(&entry.hash, anchor)),
                };
                if self.broken.is_some() {
                    break;
                }
            }
        }
        Ok(head)
    }
}

/// Why an entry is not the one that was expected.
fn other(hash: &str, anchor: &Anchor) -> Option<String> {
    (hash != anchor.hash)
        .then(|| format!("entry {} of the audit trail is not the one that was expected", anchor.seq))
}

fn of_files(args: &Args) -> anyhow::Result<Told> {
    let key = args.place.server_key()?;
    let what = format!("{} of the audit trail", files(args.files.len()));
    let remark = if key.is_some() { ", signatures checked" } else { "; no key, so no signature was checked" };
    let anchor = args.expect_head.as_ref().map(|anchor| (anchor.seq, anchor.hash.as_str()));
    match check_files(&args.files, key.as_ref(), anchor) {
        Ok(checked) => Ok(Told { what, entries: checked.entries, head: checked.head, remark, broken: None }),
        Err(error @ TrailError::File { .. }) => Err(error.into()),
        Err(error) => {
            Ok(Told { what, entries: 0, head: (0, String::new()), remark, broken: Some(error.to_string()) })
        }
    }
}

fn files(count: usize) -> String {
    if count == 1 { "a file".to_owned() } else { format!("{count} files") }
}
