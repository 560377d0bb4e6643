//! What a secret says of itself, as a tail of a line.

use std::fmt::Write as _;

use stanch_model::{Class, Finding};

/// That `finding` is a test key, if it is one, then each of its facts in the order the check read them, each after a dot; empty
/// where there is nothing to tell.
pub(super) fn facts(finding: &Finding) -> String {
    let class = if finding.class == Some(Class::Test) { " · test key" } else { "" };
    finding.facts.iter().fold(class.to_owned(), |mut tail, fact| {
        let _ = write!(tail, " · {fact}");
        tail
    })
}
