//! Any bytes, any regions: scanning neither panics nor depends on how a blob is cut; parts stand beside their secret.

#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use stanch_engine::{Match, RuleSet, Scanner, ScannerOptions, Scratch};
use stanch_fuzz::assert_same_however_cut;
use stanch_model::{Probability, Span};

thread_local! {
    static ENGINE: RefCell<(Scanner, Scratch)> = RefCell::new({
        // With nothing too unlikely, every candidate of the finder counts.
        let options = ScannerOptions { floor: Probability::thousandths(0), ..ScannerOptions::default() };
        let scanner = Scanner::with_options(RuleSet::embedded(), options);
        let scratch = scanner.scratch();
        (scanner, scratch)
    });
}

fuzz_target!(|input: &[u8]| {
    // The first two bytes say where to cut, so that the fuzzer can move the cut about.
    let Some((cut, bytes)) = input.split_first_chunk() else { return };
    let cut = usize::from(u16::from_le_bytes(*cut)).min(bytes.len());
    ENGINE.with_borrow_mut(|(scanner, scratch)| check(scanner, scratch, bytes, cut));
});

fn check(scanner: &Scanner, scratch: &mut Scratch, bytes: &[u8], cut: usize) {
    let mut scanned: Vec<Match> = Vec::new();
    scanner.scan(scratch, bytes, &mut scanned);
    for found in &scanned {
        let blob = Span::new(0, bytes.len());
        assert!(blob.contains(found.span) && found.span.contains(found.secret), "{found:?}");
    }
    for credential in scanner.credentials(bytes, &scanned) {
        let secret = credential.found.secret;
        let is_apart = |span: Span| span.end <= bytes.len() && !span.is_empty() && !span.overlaps(secret);
        assert!(credential.parts.iter().all(|part| is_apart(part.span)), "{credential:?}");
    }
    assert_same_however_cut(scanner, scratch, (bytes, cut), &scanned);
}
