//! How fast one thread scans files, all embedded rules at once, beside a newline count over the same bytes.
//!
//! ```text
//! cargo run --release -p stanch-engine --example throughput -- FILE…
//! ```
//!
//! Each round reads no disk: the files are joined in memory first. Times are those of the thread, not of the clock on the
//! wall (Linux: `/proc/thread-self/schedstat`), and the contenders take turns; the median round is printed.

use std::{
    env, fs,
    hint::black_box,
    io::{self, Write},
};

use stanch_engine::{Isa, Match, RuleSet, Scanner, ScannerOptions};

/// Times that each contender has its turn.
const ROUNDS: usize = 7;

/// Goes through a text and counts what it finds.
type Run = Box<dyn FnMut(&[u8]) -> usize>;

fn main() -> io::Result<()> {
    let texts = env::args_os().skip(1).map(fs::read).collect::<io::Result<Vec<_>>>()?;
    let text = texts.concat();
    let mut contenders: [(&str, Run); 3] = [
        ("newlines", Box::new(|text| memchr::memchr_iter(b'\n', text).count())),
        ("auto", scan_with(Isa::Auto)),
        ("scalar", scan_with(Isa::Scalar)),
    ];
    let mut times = [const { Vec::new() }; 3];
    let mut results = [0; 3];
    for _ in 0..ROUNDS {
        for (index, (_, run)) in contenders.iter_mut().enumerate() {
            let before = thread_time_ns()?;
            results[index] = black_box(run(black_box(&text)));
            times[index].push(thread_time_ns()? - before);
        }
    }
    let mut out = io::stdout().lock();
    let rules = RuleSet::embedded().rules().len();
    writeln!(out, "{} bytes, {rules} rules, median of {ROUNDS} rounds", text.len())?;
    for (index, (name, _)) in contenders.iter().enumerate() {
        times[index].sort_unstable();
        let speed = text.len() as f64 / times[index][ROUNDS / 2] as f64;
        writeln!(out, "{name:10} {speed:7.2} GB/s   {} found", results[index])?;
    }
    Ok(())
}

fn scan_with(isa: Isa) -> Run {
    let scanner =
        Scanner::with_options(RuleSet::embedded(), ScannerOptions { isa, ..ScannerOptions::default() });
    let mut scratch = scanner.scratch();
    let mut matches: Vec<Match> = Vec::new();
    Box::new(move |text| {
        matches.clear();
        scanner.scan(&mut scratch, text, &mut matches);
        matches.len()
    })
}

/// Nanoseconds that this thread has run.
fn thread_time_ns() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    text.split(' ').next().and_then(|field| field.parse().ok()).ok_or(io::ErrorKind::InvalidData.into())
}
