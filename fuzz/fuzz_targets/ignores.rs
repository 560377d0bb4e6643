//! Any text as an ignore file or baseline of another scanner: it is read or refused, and what is read is looked for.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use stanch_import::{IgnoreFormat, outcomes, read_ignores};
use stanch_model::{
    Confidence, Finding, Fingerprinter, KeyKind, Location, Provenance, RuleInfo, Severity, Step,
};

fuzz_target!(|text: &str| {
    let findings = [finding("a/b", 1), finding("b", 2)];
    for format in IgnoreFormat::ALL {
        match read_ignores("any", text, Some(format)) {
            Ok(read) => {
                assert!(read.entries.iter().all(|entry| entry.line > 0));
                assert!(read.left_out.iter().all(|left| left.line > 0));
                assert_eq!(outcomes(&read.entries, &findings, "/a").len(), read.entries.len());
                let _ = format!("{:?} {:?}", read.entries, read.left_out);
            }
            Err(error) => assert!(error.to_string().starts_with("any:")),
        }
    }
    let _ = IgnoreFormat::guess("any", text);
});

/// A finding on a line.
fn finding(path: &str, line: usize) -> Finding {
    let rule = RuleInfo {
        id: "acme-key".to_owned(),
        provider: "Acme".to_owned(),
        name: "Acme key".to_owned(),
        description: "Opens everything.".to_owned(),
        severity: Severity::High,
        confidence: Confidence::High,
        class: None,
        connector: None,
        tags: Vec::new(),
        references: Vec::new(),
    };
    let location = Location {
        path: path.to_owned(),
        line,
        column: 1,
        end_line: line,
        end_column: 2,
        byte_start: 0,
        byte_end: 1,
    };
    let id = "0123456789012345678901234567890123456789".to_owned();
    let commit = Step::Commit { id, author: String::new(), time: String::new(), in_head: true };
    Finding {
        severity: rule.severity,
        class: None,
        confidence: rule.confidence,
        rule: Arc::new(rule),
        probability: None,
        secret: Fingerprinter::new(KeyKind::Once, &[0; 32]).seal(b"open sesame"),
        facts: Vec::new(),
        encodings: Vec::new(),
        location,
        provenance: Provenance(vec![commit]),
        snippet: None,
        parts: Vec::new(),
        marks: Vec::new(),
    }
}
