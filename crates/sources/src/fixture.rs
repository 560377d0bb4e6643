//! What the tests of this crate stand on.

use std::{
    collections::VecDeque,
    io::{self, Read},
};

use stanch_engine::{RuleSet, Scanner, expand};
use stanch_model::{Finding, Fingerprinter, KeyKind, TargetCoverage};

use crate::{Cancel, Context, Crew, Limits, Progress};

/// Rules of a secret and of its id, without a check, so that tests need only random letters.
const RULES: &str = r#"
provider = "Test"

[[rule]]
id = "test-token"
name = "Test token"
description = "Opens nothing."
pattern = '''\b(?P<secret>tok_[a-z0-9]{24})\b'''
severity = "low"
confidence = "high"
tags = []
references = ["https://example.org"]
examples = ["tok_${lowernum:24}"]
negatives = ["tok_${lowernum:20}"]

[[rule.part]]
name = "id"
pattern = '\bid_[a-z0-9]{8}\b'

[[rule]]
id = "test-id"
name = "Test id"
description = "Names a token."
pattern = '\bid_[a-z0-9]{8}\b'
severity = "low"
confidence = "high"
tags = []
references = ["https://example.org"]
examples = ["id_${lowernum:8}"]
negatives = ["id_${lowernum:7}"]
"#;

/// What came of a target.
pub(crate) struct Outcome {
    pub(crate) findings: Vec<Finding>,
    pub(crate) coverage: TargetCoverage,
}

/// A secret that the test rule finds.
pub(crate) fn secret(seed: u64) -> String {
    String::from_utf8(expand("tok_${lowernum:24}", seed, None).expect("valid")).expect("ASCII")
}

/// The id of a secret.
pub(crate) fn id(seed: u64) -> String {
    String::from_utf8(expand("id_${lowernum:8}", seed, None).expect("valid")).expect("ASCII")
}

/// Lets `action` use a context, on two threads.
pub(crate) fn with_context<R>(action: impl FnOnce(&Context<'_>) -> R) -> R {
    let scanner = Scanner::new(RuleSet::parse("test.toml", RULES).expect("valid rules"));
    let fingerprinter = Fingerprinter::new(KeyKind::Once, &[0; 32]);
    let (cancel, progress) = (Cancel::default(), Progress::default());
    action(&Context {
        scanner: &scanner,
        fingerprinter: &fingerprinter,
        cancel: &cancel,
        progress: &progress,
        limits: Limits::default(),
        threads: 2,
    })
}

/// Lets `action` use a crew, and returns what came of it.
pub(crate) fn outcome<R>(action: impl FnOnce(&Crew<'_>) -> R) -> (R, Outcome) {
    with_context(|context| {
        let crew = Crew::new(*context);
        let result = action(&crew);
        let (findings, coverage) = crew.finish();
        (result, Outcome { findings, coverage })
    })
}

/// A reader that gives one piece a call.
pub(crate) struct Pieces(VecDeque<io::Result<Vec<u8>>>);

impl Pieces {
    pub(crate) fn new(pieces: Vec<io::Result<Vec<u8>>>) -> Self {
        Self(pieces.into())
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(piece) = self.0.pop_front() else { return Ok(0) };
        let piece = piece?;
        let count = piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&piece[..count]);
        if count < piece.len() {
            self.0.push_front(Ok(piece[count..].to_vec()));
        }
        Ok(count)
    }
}
