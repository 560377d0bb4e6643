//! Whole blobs: dense, empty, and made to be slow.

use stanch_engine::{CHECKS, Isa, Match, Reach, RuleSet, Scanner, ScannerOptions, expand};
use stanch_model::Span;

fn scan(scanner: &Scanner, bytes: &[u8]) -> Vec<Match> {
    let mut matches = Vec::new();
    scanner.scan(&mut scanner.scratch(), bytes, &mut matches);
    matches
}

/// A GitHub token: its checksum leaves no doubt.
fn token(seed: u64) -> Vec<u8> {
    let check = CHECKS.iter().find(|check| check.name() == "crc32-base62").expect("a known check");
    expand("gh${}p_${alnum:30}${checksum}", seed, Some(*check)).expect("well-formed")
}

fn key(seed: u64) -> Vec<u8> {
    expand("AK${}IA${base32:16}", seed, None).expect("well-formed")
}

#[test]
fn every_one_of_thousands_of_secrets_is_found_in_its_place() {
    let scanner = Scanner::new(RuleSet::embedded());
    let lines: Vec<Vec<u8>> = (0..5000).map(token).collect();
    let text = lines.join(&b'\n');
    let found: Vec<Span> = scan(&scanner, &text).iter().map(|found| found.secret).collect();
    let expected: Vec<Span> = (0..5000).map(|line| Span::new(line * 41, line * 41 + 40)).collect();
    // A few random tokens hold what only stand-ins hold.
    assert!(found.len() > 4950 && found.iter().all(|secret| expected.contains(secret)));
}

#[test]
fn floods_of_beginnings_hold_the_one_secret_among_them() {
    for isa in Isa::ALL {
        let scanner = Scanner::with_options(
            RuleSet::embedded(),
            ScannerOptions { isa: *isa, ..ScannerOptions::default() },
        );
        for start in [concat!("AK", "IA"), concat!("gh", "p_"), "\"", "-----BEGIN ", "a"] {
            let flood = start.repeat(200_000 / start.len());
            let text = [flood.as_bytes(), b" ", &key(7), b" ", flood.as_bytes()].concat();
            let secrets: Vec<Span> = scan(&scanner, &text).iter().map(|found| found.secret).collect();
            assert_eq!(secrets, [Span::new(flood.len() + 1, flood.len() + 21)], "{isa:?} {start}");
        }
    }
}

#[test]
fn a_region_finds_what_is_anchored_in_it() {
    let scanner = Scanner::new(RuleSet::embedded());
    let text = [&b" ".repeat(1000)[..], &key(1), &b" ".repeat(1000)[..], &key(2)].concat();
    let in_region = |region: Span| {
        let mut raw = Vec::new();
        let reach = scanner.scan_regions(&mut scanner.scratch(), &text, &[region], &mut raw);
        (reach, raw)
    };
    let whole = scan(&scanner, &text);
    assert_eq!(in_region(Span::new(990, 1030)), (Reach::Local, vec![whole[0]]));
    assert_eq!(in_region(Span::new(1001, 2020)), (Reach::Local, vec![]));
    assert_eq!(in_region(Span::new(0, 0)), (Reach::Local, vec![]));
    let (before, after) = scanner.influence(&whole[0]);
    assert!((1..=scanner.margin()).contains(&before) && (21..=scanner.margin()).contains(&after));
}

#[test]
fn every_embedded_rule_has_windows() {
    let scanner = Scanner::new(RuleSet::embedded());
    let slow: Vec<_> = scanner.slow_rules().iter().map(|id| &scanner.info(*id).id).collect();
    assert!(slow.is_empty(), "{slow:?}");
}
