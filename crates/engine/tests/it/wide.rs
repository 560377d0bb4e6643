//! UTF-16 content: matches stand where the text stands.

use proptest::prelude::*;
use stanch_engine::{Match, RuleSet, Scanner, expand};
use stanch_model::Span;

const RULE: &str = r#"
provider = "Acme"

[[rule]]
id = "acme-token"
name = "Acme token"
description = "opens Acme"
pattern = '''token = (?P<secret>[a-z0-9]{20})\b'''
severity = "high"
confidence = "high"
references = []
examples = []
negatives = []
"#;

const NAME: &str = "token = ";

fn scan(bytes: &[u8]) -> Vec<Match> {
    let scanner = Scanner::new(RuleSet::parse("acme.toml", RULE).expect("a valid rule"));
    let mut matches = Vec::new();
    scanner.scan(&mut scanner.scratch(), bytes, &mut matches);
    matches
}

fn text() -> String {
    String::from_utf8(expand("token = ${lowernum:20}", 5, None).expect("valid")).expect("ASCII")
}

type Widen = fn(u16) -> [u8; 2];

fn widen(text: &str, unit: Widen) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

#[test]
fn whole_files_scan_in_either_byte_order() {
    for unit in [u16::to_le_bytes as Widen, u16::to_be_bytes] {
        for mark in ["", "\u{feff}"] {
            let before = format!("{mark}first line \u{e9}\u{4f60}\r\n");
            let bytes = widen(&format!("{before}{};\r\n\u{4f60}\u{597d}", text()), unit);
            let start = widen(&before, unit).len();
            let found = scan(&bytes);
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].span, Span::new(start, start + 2 * text().len()));
            assert_eq!(found[0].secret, Span::new(start + 2 * NAME.len(), start + 2 * text().len()));
        }
    }
}

#[test]
fn narrow_and_wide_text_in_one_blob_are_each_found_once() {
    let bytes =
        [text().into_bytes(), vec![1, 0, 1], widen(&text(), u16::to_le_bytes), vec![0, 0, 7]].concat();
    let starts: Vec<usize> = scan(&bytes).iter().map(|found| found.span.start).collect();
    assert_eq!(starts, [0, text().len() + 3]);
}

#[test]
fn a_long_file_is_found_to_its_end() {
    let line = format!("{};\n", text());
    let bytes = widen(&line.repeat(60_000), u16::to_be_bytes);
    let found = scan(&bytes);
    assert_eq!(found.len(), 60_000);
    assert!(found.iter().enumerate().all(|(at, found)| found.span.start == at * 2 * line.len()));
}

proptest! {
    #[test]
    fn planted_text_is_found_at_its_place(
        before in prop::collection::vec(any::<u8>(), 0..300),
        after in prop::collection::vec(any::<u8>(), 0..300),
        is_big in any::<bool>(),
    ) {
        let unit = if is_big { u16::to_be_bytes as Widen } else { u16::to_le_bytes };
        // Between other NULs, nothing would tell the two byte orders apart.
        let bytes = [before, vec![0x81], widen(&text(), unit), vec![0x81], after].concat();
        let start = bytes.windows(4).position(|at| at == widen("to", unit)).expect("planted");
        let found: Vec<Span> = scan(&bytes).iter().map(|found| found.span).collect();
        prop_assert_eq!(found, [Span::new(start, start + 2 * text().len())]);
    }
}
