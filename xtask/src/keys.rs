//! How often ordinary text holds four bytes in a row: what the sieve looks for should be rare, and the shares of letters
//! say nothing about words, or about lines of hyphens.

use std::{
    collections::HashMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use data_encoding::HEXLOWER;

use crate::shell::{root, say};

/// Where the engine reads them from.
const FREQUENT: &str = "crates/engine/src/analysis/frequent.txt";
/// What is rarer than that, in a million positions, need not be known.
const PER_MILLION_MIN: u64 = 100;
/// The bit by which capitals and small letters differ, in each byte.
const FOLD: u32 = 0x2020_2020;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Ordinary text: all files in there.
    dir: PathBuf,
}

#[derive(Default)]
struct Counts {
    keys: HashMap<u32, u64>,
    positions: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut counts = Counts::default();
    counts.read(&args.dir)?;
    let mut lines: Vec<String> = counts.frequent().map(|(key, share)| line(key, share)).collect();
    lines.sort_unstable();
    fs::write(root().join(FREQUENT), lines.concat()).context(FREQUENT)?;
    say(&format!("{FREQUENT}: {} keys, counted at {} positions", lines.len(), counts.positions));
    Ok(())
}

impl Counts {
    fn read(&mut self, path: &Path) -> Result<()> {
        let kind = fs::symlink_metadata(path).with_context(|| path.display().to_string())?;
        if kind.is_dir() {
            for entry in fs::read_dir(path)? {
                self.read(&entry?.path())?;
            }
        } else if kind.is_file() {
            self.count(&fs::read(path)?);
        }
        Ok(())
    }

    fn count(&mut self, text: &[u8]) {
        for four in text.windows(4).filter_map(<[u8]>::first_chunk) {
            *self.keys.entry(u32::from_be_bytes(*four) | FOLD).or_default() += 1;
        }
        self.positions += text.len() as u64;
    }

    /// The keys that are frequent, and how often in a million.
    fn frequent(&self) -> impl Iterator<Item = (u32, u64)> {
        let per_million = |count: u64| count * 1_000_000 / self.positions.max(1);
        let all = self.keys.iter().map(move |(key, count)| (*key, per_million(*count)));
        all.filter(|(_, share)| *share >= PER_MILLION_MIN)
    }
}

/// A line of the file; all are of one length.
fn line(key: u32, per_million: u64) -> String {
    let mut line = HEXLOWER.encode(&key.to_be_bytes());
    writeln!(line, " {per_million:06}").expect("a text takes what is written");
    line
}
