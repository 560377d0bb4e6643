//! Any text as a rule file: it is read or refused with its place, and what is read can be scanned with.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stanch_engine::{Match, RuleSet, Scanner};

fuzz_target!(|text: &str| {
    match RuleSet::parse("any.toml", text) {
        Ok(rules) => {
            let scanner = Scanner::new(rules);
            let mut found: Vec<Match> = Vec::new();
            scanner.scan(&mut scanner.scratch(), text.as_bytes(), &mut found);
            scanner.credentials(text.as_bytes(), &found);
        }
        Err(error) => assert!(error.to_string().starts_with("any.toml:")),
    }
});
