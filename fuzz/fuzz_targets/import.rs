//! Any text as a rule file of another scanner: it is read or refused, and what is written of it is read back and scans.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stanch_engine::{Match, RuleSet, Scanner};
use stanch_import::{Format, ImportError, Input, Options, import};

fuzz_target!(|text: &str| {
    for format in Format::ALL {
        let include = |_: &str| Some(text.to_owned());
        let options = Options { format: Some(format), include: Some(&include) };
        match import(&[Input { file: "any", text }], &options) {
            Ok(imported) => {
                let rules = RuleSet::parse("imported", &imported.text).expect("was read back");
                let scanner = Scanner::new(rules);
                let mut found: Vec<Match> = Vec::new();
                scanner.scan(&mut scanner.scratch(), text.as_bytes(), &mut found);
                scanner.settle_in(&mut found, "any");
            }
            Err(ImportError::Unreadable(error)) => panic!("not read back: {error}"),
            Err(ImportError::Unwritable(error)) => panic!("not written: {error}"),
            Err(error) => assert!(error.to_string().starts_with("any:")),
        }
    }
});
