//! Puts together what belongs together: a secret, its id, its user, its host.
//!
//! Parts are looked for around final matches, so text without secrets costs nothing. They depend on the match and on bytes
//! near it only. Where a part is a match itself, the two become one credential: the one that does more harm keeps the other.
//! A match that the path of the file may yet drop keeps none: one of the learned judge, one of a rule that heeds paths.
//! Around what is encoded nothing is looked for: its parts would be encoded too, and have no place of their own.

use std::{cmp::Reverse, sync::Arc};

use stanch_model::{Confidence, RuleInfo, Span};

use crate::{
    Match, Rule, Scanner,
    part::Seeker,
    text::{Narrowed, plain},
};

/// A match with the other parts of its credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The match, as the scan reported it.
    pub found: Match,
    /// How sure it is, after its parts: a pair is as sure as the surer of its matches.
    pub confidence: Confidence,
    /// In the order of the rule; those that are near.
    pub parts: Vec<FoundPart>,
    /// The place in the list of the credential of which this one is a part.
    pub part_of: Option<usize>,
}

/// A part of a credential in a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPart {
    /// What it is, for instance `access-key-id`.
    pub name: Arc<str>,
    /// Where it stands.
    pub span: Span,
    /// Whether it must not be shown: it is a secret, or tells one.
    pub secret: bool,
}

impl Scanner {
    /// The credential of each of `matches`, which are all final ones in `bytes`, in their order.
    pub fn credentials(&self, bytes: &[u8], matches: &[Match]) -> Vec<Credential> {
        let whole = |found: &Match| Credential {
            found: *found,
            confidence: found.confidence,
            parts: parts(self.rule(found), bytes, found),
            part_of: None,
        };
        let mut credentials: Vec<Credential> = matches.iter().map(whole).collect();
        if credentials.iter().any(|credential| !credential.parts.is_empty()) {
            let infos: Vec<&RuleInfo> = matches.iter().map(|found| &**self.info(found.rule)).collect();
            join(&mut credentials, &infos);
            hide(&mut credentials, bytes);
        }
        credentials
    }

    fn rule(&self, found: &Match) -> &Rule {
        &self.rules().rules()[found.rule.0 as usize]
    }
}

/// The parts around one match.
fn parts(rule: &Rule, bytes: &[u8], found: &Match) -> Vec<FoundPart> {
    if rule.parts.is_empty() || found.inner.is_some() {
        return Vec::new();
    }
    let reach = rule.seekers.iter().map(Seeker::reach).max().unwrap_or(0);
    let narrowed = Narrowed::around(bytes, found.span, reach);
    let seek = |seeker: &Seeker| match &narrowed {
        None => seeker.seek(bytes, found.span, found.secret),
        Some(text) => {
            let part = seeker.seek(&text.bytes, text.narrow(found.span), text.narrow(found.secret));
            part.map(|part| text.widen(part))
        }
    };
    let parts = rule.parts.iter().zip(&*rule.seekers);
    parts
        .filter_map(|(part, seeker)| {
            Some(FoundPart { name: part.name.as_str().into(), span: seek(seeker)?, secret: part.secret })
        })
        .collect()
}

/// Makes matches that are parts of another rule's credential known as such. The worse of two keeps the other, then the
/// surer, then that of the earlier rule; what is part of another keeps nothing. As the same rule keeps none of its own, such
/// chains are short, and what is far away decides nothing.
fn join(credentials: &mut [Credential], infos: &[&RuleInfo]) {
    let mut by_place: Vec<usize> = (0..credentials.len()).collect();
    by_place.sort_unstable_by_key(|&at| credentials[at].found.secret);
    let mut by_harm = by_place.clone();
    by_harm.sort_by_key(|&at| {
        let found = &credentials[at].found;
        (Reverse((infos[at].severity, found.confidence)), found.rule)
    });
    let mut has_come = vec![false; credentials.len()];
    for whole in by_harm {
        has_come[whole] = true;
        let found = &credentials[whole].found;
        if credentials[whole].part_of.is_some() || found.odds.is_some() || found.pending.is_open() {
            continue;
        }
        let parts = credentials[whole].parts.iter();
        let matches = parts.flat_map(|part| matches_in(part.span, credentials, &by_place));
        let is_free = |at: &usize| {
            let other = &credentials[*at];
            !has_come[*at] && other.part_of.is_none() && other.found.rule != credentials[whole].found.rule
        };
        let own: Vec<usize> = matches.filter(is_free).collect();
        for at in own {
            credentials[at].part_of = Some(whole);
            let surer = credentials[whole].confidence.max(credentials[at].confidence);
            credentials[whole].confidence = surer;
        }
    }
}

/// The matches whose secret is within `span`.
fn matches_in(span: Span, credentials: &[Credential], by_place: &[usize]) -> impl Iterator<Item = usize> {
    let secret = |at: usize| credentials[at].found.secret;
    let first = by_place.partition_point(|&at| secret(at).start < span.start);
    let near = by_place[first..].iter().copied().take_while(move |&at| secret(at).start < span.end);
    near.filter(move |&at| span.contains(secret(at)))
}

/// Marks as secret each part that would tell a secret: one that shares bytes with a match of its own standing, and one
/// that spells the secret beside it, or a piece of it.
fn hide(credentials: &mut [Credential], bytes: &[u8]) {
    let alone = credentials.iter().filter(|credential| credential.part_of.is_none());
    let mut secrets: Vec<Span> = alone.map(|credential| credential.found.secret).collect();
    secrets.sort_unstable();
    let shares = |span: Span| {
        let before = secrets.partition_point(|secret| secret.start < span.end);
        before.checked_sub(1).is_some_and(|last| secrets[last].overlaps(span))
    };
    for credential in credentials {
        let secret = credential.found.secret;
        let others: Vec<Span> =
            credential.parts.iter().filter(|part| part.secret).map(|part| part.span).collect();
        for part in &mut credential.parts {
            let mut values = others.iter().copied().chain([secret]);
            part.secret |= shares(part.span) || values.any(|value| tells(bytes, part.span, value));
        }
    }
}

/// Whether whoever knows `part` knows a good deal of `secret`, or the other way around.
fn tells(bytes: &[u8], part: Span, secret: Span) -> bool {
    let lower = |span: Span| plain(&bytes[span.range()]).to_ascii_lowercase();
    let (part, secret) = (lower(part), lower(secret));
    let (short, long) = if part.len() < secret.len() { (part, secret) } else { (secret, part) };
    memchr::memmem::find(&long, &short).is_some()
}
