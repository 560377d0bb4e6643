//! Any bytes, and the same encoded: values stand where they are said to, and no cut of the blob changes what is found.

#![no_main]

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use stanch_engine::{Match, RuleSet, Scanner, Scratch};
use stanch_fuzz::{assert_same_however_cut, base64};

thread_local! {
    static ENGINE: RefCell<(Scanner, Scratch)> = RefCell::new({
        // Whatever four letters or digits stand behind a `=` are a secret, so that the fuzzer meets many.
        let rules = "provider = \"Fuzz\"\n[[rule]]\nid = \"fuzz\"\nname = \"n\"\ndescription = \"d\"\n\
                     pattern = '=(?P<secret>[a-z0-9]{4})'\nseverity = \"low\"\nconfidence = \"low\"\n\
                     references = []\nexamples = []\nnegatives = []\n";
        let scanner = Scanner::new(RuleSet::parse("fuzz.toml", rules).expect("a valid rule"));
        let scratch = scanner.scratch();
        (scanner, scratch)
    });
}

fuzz_target!(|input: &[u8]| {
    // The first bytes say where to cut and how the rest is encoded.
    let Some(([cut, how], bytes)) = input.split_first_chunk() else { return };
    let bytes = match how % 4 {
        0 => bytes.to_vec(),
        1 => bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect(),
        2 => bytes.iter().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect(),
        _ => base64(bytes),
    };
    let cut = (usize::from(*cut) * 8).min(bytes.len());
    ENGINE.with_borrow_mut(|(scanner, scratch)| check(scanner, scratch, &bytes, cut));
});

fn check(scanner: &Scanner, scratch: &mut Scratch, bytes: &[u8], cut: usize) {
    let mut whole: Vec<Match> = Vec::new();
    scanner.scan(scratch, bytes, &mut whole);
    for (found, value) in whole.iter().zip(scanner.values(bytes, &whole)) {
        assert!(found.span.contains(found.secret) && found.span.end <= bytes.len(), "{found:?}");
        assert_eq!(value.bytes.len(), 4, "{found:?}");
        assert!(value.encodings.len() <= 4, "{found:?}");
    }
    assert_same_however_cut(scanner, scratch, (bytes, cut), &whole);
}
