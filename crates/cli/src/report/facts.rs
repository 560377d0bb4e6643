//! What a secret says of itself, as a tail of a line.

use std::fmt::Write as _;

use stanch_model::Finding;

/// Each fact of `finding` after a dot, in the order the check read them; empty where there is none.
pub(super) fn facts(finding: &Finding) -> String {
    finding.facts.iter().fold(String::new(), |mut tail, fact| {
        let _ = write!(tail, " · {fact}");
        tail
    })
}
