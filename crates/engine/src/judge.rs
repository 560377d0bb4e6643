//! What a match must survive after its pattern matched. All of it looks only at the match and a bounded distance around.

use memchr::memmem;
use stanch_model::{Confidence, Span};

use crate::{
    Context, Rule, Verdict,
    value::{entropy, is_placeholder},
};

/// The confidence that a match of `rule` at `span` with its secret at `secret` deserves; none where it does not count.
pub(crate) fn judge(rule: &Rule, bytes: &[u8], span: Span, secret: Span) -> Option<Confidence> {
    let value = &bytes[secret.range()];
    if entropy(value) < rule.entropy_min || is_placeholder(value) {
        return None;
    }
    if !rule.context.as_ref().is_none_or(|context| has_word_near(context, bytes, span)) {
        return None;
    }
    if !rule.has_required_parts(bytes, span, secret) {
        return None;
    }
    match rule.check.map_or(Verdict::Unknown, |check| check.test(value)) {
        Verdict::Passed => Some(Confidence::Certain),
        Verdict::Failed => None,
        Verdict::Unknown => Some(rule.info.confidence),
    }
}

/// The match and its secret without what is none of it, where the rule's check reads its length.
pub(crate) fn trim(rule: &Rule, bytes: &[u8], span: Span, secret: Span) -> (Span, Span) {
    let len = rule.check.and_then(|check| check.extent(&bytes[secret.range()]));
    match len.map(|len| secret.start + len) {
        Some(end) if end < secret.end => (Span::new(span.start, end), Span::new(secret.start, end)),
        _ => (span, secret),
    }
}

fn has_word_near(context: &Context, bytes: &[u8], span: Span) -> bool {
    let from = span.start.saturating_sub(context.within_bytes);
    let to = (span.end + context.within_bytes).min(bytes.len());
    let near = bytes[from..to].to_ascii_lowercase();
    let holds = |word: &String| memmem::find(&near, word.to_ascii_lowercase().as_bytes()).is_some();
    context.words.iter().any(holds)
}
