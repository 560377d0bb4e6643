//! Scans every blob of each repository named, once by what deltas add and once whole, and tells whether both find the same:
//! `cargo run --release -p stanch-sources --example compare_history -- PATH…`

use std::{
    env,
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use stanch_engine::{RuleSet, Scanner};
use stanch_model::{Fingerprinter, KeyKind};
use stanch_sources::{Cancel, Context, Limits, Progress, git_matches};

fn main() -> io::Result<ExitCode> {
    let scanner = Scanner::new(RuleSet::embedded());
    let fingerprinter = Fingerprinter::new(KeyKind::Once, &[0; 32]);
    let (cancel, progress) = (Cancel::default(), Progress::default());
    let context = Context {
        scanner: &scanner,
        fingerprinter: &fingerprinter,
        cancel: &cancel,
        progress: &progress,
        limits: Limits::default(),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
    };
    let mut equal = true;
    for path in env::args().skip(1) {
        let matches = |whole| git_matches(Path::new(&path), whole, &context).map_err(io::Error::other);
        let ((deltas, coverage), (whole, _)) = (matches(false)?, matches(true)?);
        equal &= deltas == whole;
        let differing = deltas.symmetric_difference(&whole).count();
        writeln!(
            io::stdout(),
            "{path}: {} blobs; {} matches by deltas, {} whole; {differing} differ",
            coverage.blobs,
            deltas.len(),
            whole.len(),
        )?;
    }
    Ok(if equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
