//! Findings that may stay, in formats for programs: documented in `docs/formats.md`.

use serde::Serialize;
use stanch_allow::Why;
use stanch_model::{Fingerprint, Reason};

use super::record::Record;
use crate::exempt::{Allowed, Exempt};

/// How many may stay, and by what.
#[derive(Serialize)]
pub(super) struct Counts<'r> {
    allowed: usize,
    by_allowance: usize,
    by_comment: usize,
    in_baseline: usize,
    /// What the baseline knows and nobody saw.
    fixed: &'r [Fingerprint],
    comments_not_heeded: usize,
}

impl<'r> From<&'r Exempt> for Counts<'r> {
    fn from(exempt: &'r Exempt) -> Self {
        let count = |of: fn(Why) -> bool| exempt.allowed.iter().filter(|one| of(one.ruling.by)).count();
        Self {
            allowed: exempt.allowed.len(),
            by_allowance: count(|why| matches!(why, Why::Allowance(_))),
            by_comment: count(|why| matches!(why, Why::Comment(_))),
            in_baseline: count(|why| why == Why::Baseline),
            fixed: &exempt.gone,
            comments_not_heeded: exempt.unheeded,
        }
    }
}

/// A finding that may stay.
#[derive(Serialize)]
pub(super) struct AllowedRecord<'r> {
    #[serde(flatten)]
    finding: Record<'r>,
    by: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
}

impl<'r> From<&'r Allowed> for AllowedRecord<'r> {
    fn from(allowed: &'r Allowed) -> Self {
        let ruling = &allowed.ruling;
        Self {
            finding: (&allowed.finding).into(),
            by: by(ruling.by),
            reason: ruling.reason,
            owner: ruling.owner.as_deref(),
            until: ruling.until.map(|until| until.to_string()),
        }
    }
}

fn by(why: Why) -> &'static str {
    match why {
        Why::Allowance(_) => "allowance",
        Why::Comment(_) => "comment",
        Why::Baseline => "baseline",
    }
}
