//! Any bytes, as they are and as keys are written, to every offline check: a verdict, no panic, no more of it than there is.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stanch_engine::CHECKS;
use stanch_fuzz::base64;

fuzz_target!(|input: &[u8]| {
    // The first byte says how the rest is written.
    let Some((how, bytes)) = input.split_first() else { return };
    let secret = match how % 4 {
        0 => bytes.to_vec(),
        1 => base64(bytes),
        2 => armoured("PRIVATE KEY", bytes),
        _ => armoured("OPENSSH PRIVATE KEY", bytes),
    };
    for check in CHECKS {
        check.test(&secret);
        check.facts(&secret);
        check.plain(&secret);
        assert!(check.extent(&secret).is_none_or(|len| len <= secret.len()), "{}", check.name());
    }
});

/// A block as RFC 7468 has it, on one line.
fn armoured(label: &str, bytes: &[u8]) -> Vec<u8> {
    let dashes = "-----";
    let (head, tail) = (format!("{dashes}BEGIN {label}{dashes}\n"), format!("\n{dashes}END {label}{dashes}"));
    [head.as_bytes(), &base64(bytes), tail.as_bytes()].concat()
}
