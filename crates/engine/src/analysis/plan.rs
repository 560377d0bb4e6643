//! Everything that is known of a rule before it is compiled.

use regex_syntax::hir::{Hir, HirKind};
use serde::{Deserialize, Serialize};

use super::window::{Choice, WindowSet};

/// The longest match of a pattern without a bound of its own, in bytes: what goes beyond is cut off.
const LEN_MAX: u32 = 4096;

/// Where the secret stands within a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SecretAt {
    /// So many bytes after its start, and so many before its end.
    Fixed {
        /// Bytes of the match before the secret.
        before: u32,
        /// Bytes of the match after it.
        after: u32,
    },
    /// Wherever the group of that name matches.
    Group,
}

/// What decides how a rule is looked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Where to look; none where every position would have to be tried.
    pub(crate) windows: Option<WindowSet>,
    /// The longest match, in bytes.
    pub(crate) len_max: u32,
    /// Whether [`Plan::len_max`] cuts longer matches off.
    pub(crate) cut: bool,
    /// Where the secret is.
    pub(crate) secret: SecretAt,
    /// The longest match of the pattern of each other part, in bytes.
    pub(crate) part_lens: Vec<u32>,
}

/// The words of which one must stand near a match.
#[derive(Clone, Copy)]
pub(crate) struct ContextWords<'r> {
    /// The words.
    pub(crate) words: &'r [String],
    /// How far off they may be, in bytes.
    pub(crate) within_bytes: usize,
}

/// Works out the plan of a pattern. `group` names the group that holds the secret.
pub(crate) fn plan(hir: &Hir, group: &str, context: Option<ContextWords<'_>>) -> Plan {
    let bound = hir.properties().maximum_len().and_then(|len| u32::try_from(len).ok());
    let len_max = bound.unwrap_or(LEN_MAX);
    let own = Choice::of(hir);
    let words = context.and_then(|context| {
        let within = i32::try_from(context.within_bytes).ok()?;
        Choice::of_words(context.words, within, i32::try_from(len_max).ok()?)
    });
    let cheapest = match (own, words) {
        (Some(own), Some(words)) => Some(if words.cost() < own.cost() { words } else { own }),
        (own, words) => own.or(words),
    };
    let (windows, secret) = (cheapest.map(Choice::pack), locate(hir, group));
    Plan { windows, len_max, cut: bound.is_none(), secret, part_lens: Vec::new() }
}

fn locate(hir: &Hir, group: &str) -> SecretAt {
    let mut parts = Vec::new();
    outline(hir, group, &mut parts);
    let Some(at) = parts.iter().position(|part| part.is_secret) else {
        let whole = SecretAt::Fixed { before: 0, after: 0 };
        return if names(hir, group) { SecretAt::Group } else { whole };
    };
    let total = |parts: &[Part]| parts.iter().map(|part| part.len).sum::<Option<u32>>();
    match (total(&parts[..at]), total(&parts[at + 1..])) {
        (Some(before), Some(after)) => SecretAt::Fixed { before, after },
        _ => SecretAt::Group,
    }
}

/// A part of the pattern's outermost sequence.
struct Part {
    /// Its length, where that is always the same.
    len: Option<u32>,
    is_secret: bool,
}

fn outline(hir: &Hir, group: &str, parts: &mut Vec<Part>) {
    match hir.kind() {
        HirKind::Concat(subs) => subs.iter().for_each(|sub| outline(sub, group, parts)),
        HirKind::Capture(capture) if capture.name.as_deref() != Some(group) => {
            outline(&capture.sub, group, parts);
        }
        kind => {
            let (least, most) = (hir.properties().minimum_len(), hir.properties().maximum_len());
            let len = if least == most { least.and_then(|len| u32::try_from(len).ok()) } else { None };
            parts.push(Part { len, is_secret: matches!(kind, HirKind::Capture(_)) });
        }
    }
}

/// Whether the pattern holds the group anywhere.
pub(crate) fn names(hir: &Hir, group: &str) -> bool {
    match hir.kind() {
        HirKind::Capture(capture) => capture.name.as_deref() == Some(group) || names(&capture.sub, group),
        HirKind::Repetition(repetition) => names(&repetition.sub, group),
        HirKind::Concat(subs) | HirKind::Alternation(subs) => subs.iter().any(|sub| names(sub, group)),
        _ => false,
    }
}
