//! Makes a foreign pattern one of ours: bounded, ASCII, with the secret in a group of that name.

use std::ops::Range;

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::{
    dialect,
    foreign::{Pattern, SecretGroup},
    groups::{Group, Outline, holds},
    report::Note,
};

/// The longest pattern that is read, in bytes.
pub(crate) const PATTERN_BYTES_MAX: usize = 64 << 10;
/// How often something may repeat whose repeats have no bound, as long as the whole stays short enough: letters of a token.
const REPEATS: u32 = 1024;
/// The same for what crosses lines: blocks such as keys.
const BLOCK_REPEATS: u32 = 4096;
/// The same for white space.
const SPACES: u32 = 64;
/// The longest match of a rule, in bytes: what rule files allow.
pub(crate) const RULE_LEN_MAX: usize = 1 << 16;

/// A pattern of ours.
#[derive(Debug)]
pub(crate) struct Ours {
    pub(crate) pattern: String,
    /// Other groups of it, by their names.
    pub(crate) parts: Vec<String>,
    pub(crate) notes: Vec<Note>,
}

/// What to make of a pattern.
#[derive(Clone, Copy)]
pub(crate) struct Purpose {
    /// The name of the group that matters.
    pub(crate) group: &'static str,
    /// The longest match, in bytes.
    pub(crate) len_max: usize,
}

/// Makes a pattern ours; several where it has the secret in several places, of which one matches.
///
/// # Errors
/// Why it cannot be expressed, without the pattern.
pub(crate) fn ours(foreign: &Pattern, purpose: Purpose) -> Result<Vec<Ours>, String> {
    if foreign.text.len() > PATTERN_BYTES_MAX {
        return Err(format!("pattern is over the limit of {PATTERN_BYTES_MAX} bytes"));
    }
    let (text, mut notes) = dialect::translate(&foreign.text, foreign.dialect);
    let outline = Outline::of(&text)?;
    let chosen = choose(&outline, &text, foreign.secret)?;
    let rewriter = Rewriter {
        text: &text,
        outline: &outline,
        bounds: outline.repeats.iter().map(|repeat| loosest(&text[repeat.operand.clone()])).collect(),
        purpose,
        keeps_parts: keeps_parts(foreign.secret),
    };
    notes.extend(rewriter.ascii_notes()?);
    if chosen.len() > 1 {
        let count = chosen.len();
        notes.push(Note::changed(format!("the secret stands in one of {count} groups: a rule for each")));
    }
    if chosen.is_empty() {
        return Ok(vec![rewriter.bounded(None, &[], &notes)?]);
    }
    chosen.iter().map(|&group| rewriter.bounded(Some(group), &chosen, &notes)).collect()
}

fn keeps_parts(secret: SecretGroup) -> bool {
    matches!(secret, SecretGroup::Token | SecretGroup::Longest)
}

/// The groups that are the secret, of which never two match.
fn choose(outline: &Outline, text: &str, secret: SecretGroup) -> Result<Vec<usize>, String> {
    let count = outline.groups.len();
    let first = match secret {
        SecretGroup::Number(0) => return Ok(Vec::new()),
        SecretGroup::Number(number) => {
            let at = number as usize - 1;
            return if at < count { Ok(vec![at]) } else { Err(format!("secretGroup: no group {number}")) };
        }
        _ if count == 0 => return Ok(Vec::new()),
        SecretGroup::First => 0,
        SecretGroup::Token => {
            let is_token =
                |group: &Group| group.name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case("token"));
            outline.groups.iter().position(is_token).unwrap_or(0)
        }
        SecretGroup::Longest => {
            let len = |at: usize| longest(&text[outline.groups[at].span.clone()]);
            (0..count).max_by_key(|&at| (len(at), at)).unwrap_or(0)
        }
    };
    let mut chosen = vec![first];
    for other in 0..count {
        if chosen.iter().all(|&group| outline.exclude(group, other)) {
            chosen.push(other);
        }
    }
    Ok(chosen)
}

/// The longest match of a piece of a pattern, in bytes.
fn longest(text: &str) -> usize {
    parse(text).ok().and_then(|hir| hir.properties().maximum_len()).unwrap_or(usize::MAX)
}

/// Parses as the engine does: over bytes, ASCII classes.
pub(crate) fn parse(text: &str) -> Result<Hir, String> {
    let mut parser = regex_syntax::ParserBuilder::new();
    parser.unicode(false).utf8(false).build().parse(text).map_err(|error| match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "not a regular expression".to_owned(),
    })
}

struct Rewriter<'p> {
    text: &'p str,
    outline: &'p Outline,
    /// How often each repeat without a bound repeats at most, before it is tightened.
    bounds: Vec<u32>,
    purpose: Purpose,
    /// Whether other groups become parts.
    keeps_parts: bool,
}

/// A stretch of the text, and what takes its place.
type Edit = (Range<usize>, String);

impl Rewriter<'_> {
    /// The pattern with the tightest of some bounds that keep its matches short enough.
    fn bounded(&self, secret: Option<usize>, chosen: &[usize], notes: &[Note]) -> Result<Ours, String> {
        let mut tightness = 1;
        let (pattern, parts) = loop {
            let (pattern, parts) = self.rewritten(secret, chosen, tightness)?;
            let hir = parse(&pattern)?;
            let len = hir.properties().maximum_len().unwrap_or(0);
            if len <= self.purpose.len_max {
                break (pattern, parts);
            }
            if tightness >= REPEATS || self.outline.repeats.is_empty() {
                return Err(format!("matches are over the limit of {} bytes", self.purpose.len_max));
            }
            tightness *= 4;
        };
        let mut notes = notes.to_vec();
        notes.extend(self.bound_note(tightness));
        Ok(Ours { pattern, parts, notes })
    }

    fn bound_note(&self, tightness: u32) -> Option<Note> {
        let mut bounds: Vec<u32> = self.tightened(tightness).collect();
        bounds.sort_unstable();
        bounds.dedup();
        let listed: Vec<_> = bounds.iter().map(ToString::to_string).collect();
        let text = format!("repeats without a bound end after {}", listed.join(" or "));
        (!bounds.is_empty()).then(|| Note::changed(text))
    }

    fn rewritten(
        &self,
        secret: Option<usize>,
        chosen: &[usize],
        tightness: u32,
    ) -> Result<(String, Vec<String>), String> {
        let mut edits: Vec<Edit> = Vec::new();
        for (repeat, bound) in self.outline.repeats.iter().zip(self.tightened(tightness)) {
            let lazy = if repeat.greedy { "" } else { "?" };
            edits.push((repeat.operator.clone(), format!("{{{},{bound}}}{lazy}", repeat.least)));
        }
        for (span, is_bracketed) in &self.outline.classes {
            edits.push((span.clone(), ascii_class(&self.text[span.clone()], *is_bracketed)?));
        }
        edits.extend(self.outline.letters.iter().map(|span| (span.clone(), String::new())));
        let parts = self.name_groups(secret, chosen, &mut edits);
        let dropped = self.dropped_branches(secret, chosen);
        Ok((apply(self.text, edits, &dropped), parts))
    }

    /// How often each repeat without a bound repeats at most.
    fn tightened(&self, tightness: u32) -> impl Iterator<Item = u32> {
        self.outline.repeats.iter().zip(&self.bounds).map(move |(repeat, loosest)| {
            let least = repeat.least;
            let more = least.saturating_mul(2).min(least.saturating_add(REPEATS / tightness));
            (loosest / tightness).max(more).max(1)
        })
    }

    /// Names the secret's group, makes parts of those beside it, and no groups of all others. Returns the parts.
    fn name_groups(&self, secret: Option<usize>, chosen: &[usize], edits: &mut Vec<Edit>) -> Vec<String> {
        let groups = &self.outline.groups;
        let mut parts = Vec::new();
        for (at, group) in groups.iter().enumerate() {
            let beside = secret.is_some_and(|secret| {
                let (own, other) = (&groups[secret].span, &group.span);
                !chosen.contains(&at)
                    && !holds(own, other)
                    && !holds(other, own)
                    && !self.outline.exclude(secret, at)
            });
            let opening = if Some(at) == secret {
                format!("(?P<{}>", self.purpose.group)
            } else if beside && self.keeps_parts {
                parts.push(part_name(group.name.as_deref(), at + 1, &parts));
                format!("(?P<{}>", group_name(&parts[parts.len() - 1]))
            } else {
                "(?:".to_owned()
            };
            edits.push((group.opening.clone(), opening));
        }
        parts
    }

    /// The branches that have another secret in them, with the flags they leave behind.
    fn dropped_branches(&self, secret: Option<usize>, chosen: &[usize]) -> Vec<Edit> {
        let Some(secret) = secret else { return Vec::new() };
        let groups = &self.outline.groups;
        let is_first = chosen.first() == Some(&secret);
        let mut dropped = Vec::new();
        for choice in self.outline.choices.iter().filter(|_| chosen.len() > 1) {
            let has = |at: usize, group: usize| holds(&choice[at].span, &groups[group].span);
            let has_own = (0..choice.len()).any(|at| has(at, secret));
            let goes = |at: usize| {
                let has_other = chosen.iter().any(|&other| other != secret && has(at, other));
                !has(at, secret) && (has_other || has_own && !is_first)
            };
            let mut kept_before = false;
            for at in 0..choice.len() {
                if !goes(at) {
                    kept_before = true;
                    continue;
                }
                let span = &choice[at].span;
                let next = choice.get(at + 1).map_or(span.end, |next| next.span.start);
                let whole = if kept_before { choice[at - 1].span.end..span.end } else { span.start..next };
                // A choice that goes with all its branches is a branch of one that goes.
                dropped.push((whole, if kept_before { String::new() } else { choice[at].flags.clone() }));
            }
        }
        dropped
    }

    /// What is said of Unicode.
    fn ascii_notes(&self) -> Result<Option<Note>, String> {
        for (span, is_bracketed) in &self.outline.classes {
            ascii_class(&self.text[span.clone()], *is_bracketed)?;
        }
        let has_unicode = !self.outline.classes.is_empty() || !self.outline.letters.is_empty();
        Ok(has_unicode.then(|| Note::changed("Unicode classes are ASCII ones")))
    }
}

/// The text with `edits` made, but for those within what is `dropped`.
fn apply(text: &str, edits: Vec<Edit>, dropped: &[Edit]) -> String {
    let mut outer: Vec<Edit> = Vec::new();
    for edit in dropped {
        if !dropped.iter().any(|other| other.0 != edit.0 && holds(&other.0, &edit.0)) {
            outer.push(edit.clone());
        }
    }
    let lost =
        |span: &Range<usize>| outer.iter().any(|(gone, _)| gone.start <= span.start && span.start < gone.end);
    let mut all: Vec<Edit> = edits.into_iter().filter(|(span, _)| !lost(span)).chain(outer.clone()).collect();
    all.sort_by_key(|(span, _)| (span.start, span.end));
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for (span, replacement) in all {
        if span.start >= done {
            out.push_str(&text[done..span.start]);
            out.push_str(&replacement);
            done = span.end;
        }
    }
    out + &text[done..]
}

/// How often a piece of a pattern may repeat, by what it is made of.
fn loosest(operand: &str) -> u32 {
    let Ok(hir) = parse(operand) else { return REPEATS };
    let HirKind::Class(Class::Bytes(class)) = hir.kind() else {
        let is_space = |literal: &[u8]| literal.iter().all(u8::is_ascii_whitespace);
        return if matches!(hir.kind(), HirKind::Literal(literal) if is_space(&literal.0)) {
            SPACES
        } else {
            REPEATS
        };
    };
    let has = |byte: u8| class.iter().any(|range| (range.start()..=range.end()).contains(&byte));
    let has_letter = (b'!'..=b'~').any(has);
    match (has_letter, has(b'\n')) {
        (false, _) => SPACES,
        (true, true) => BLOCK_REPEATS,
        (true, false) => REPEATS,
    }
}

/// The ASCII letters of a Unicode class, as it would stand in its place.
fn ascii_class(text: &str, is_bracketed: bool) -> Result<String, String> {
    let parsed = regex_syntax::parse(text).map_err(|_| "a Unicode class of an unknown name".to_owned())?;
    let in_class = |letter: char| match parsed.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().any(|range| (range.start()..=range.end()).contains(&letter))
        }
        _ => false,
    };
    let letters: Vec<char> = ('\0'..='\x7f').filter(|&letter| in_class(letter)).collect();
    if letters.is_empty() {
        return Err("a Unicode class without ASCII letters".to_owned());
    }
    let runs = letters.chunk_by(|a, b| *a as u32 + 1 == *b as u32);
    let range = |run: &[char]| format!("\\x{:02X}-\\x{:02X}", run[0] as u32, run[run.len() - 1] as u32);
    let ranges = runs.map(range).collect::<Vec<_>>().concat();
    Ok(if is_bracketed { ranges } else { format!("[{ranges}]") })
}

/// The name of a part that no other has.
fn part_name(group: Option<&str>, number: usize, taken: &[String]) -> String {
    let name: String = group
        .unwrap_or_default()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' })
        .take(24)
        .collect();
    let name = name.trim_matches('-').to_owned();
    if name.is_empty() || name == "secret" || taken.contains(&name) {
        format!("group-{number}")
    } else {
        name
    }
}

/// The name of the group of a part.
pub(crate) fn group_name(part: &str) -> String {
    format!("part_{}", part.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::foreign::Dialect;

    fn made(text: &str, secret: SecretGroup) -> Result<Vec<Ours>, String> {
        let pattern = Pattern { text: text.to_owned(), dialect: Dialect::Rust, secret };
        ours(&pattern, Purpose { group: "secret", len_max: RULE_LEN_MAX })
    }

    fn one(text: &str, secret: SecretGroup) -> String {
        let mut all = made(text, secret).expect("expressible");
        assert_eq!(all.len(), 1);
        all.remove(0).pattern
    }

    #[test]
    fn repeats_are_bounded_by_what_they_repeat() {
        assert_eq!(one("a+b{3,}?", SecretGroup::First), "a{1,1024}b{3,1024}?");
        assert_eq!(one("a\\s*b[ \\t]+", SecretGroup::First), "a\\s{0,64}b[ \\t]{1,64}");
        assert_eq!(one("a[\\s\\S]*b", SecretGroup::First), "a[\\s\\S]{0,4096}b");
        assert_eq!(one("(?x) a + # one\n b", SecretGroup::First), "(?x) a {1,1024} # one\n b");
        assert_eq!(one("a(?:b+c)+", SecretGroup::First), "a(?:b{1,64}c){1,64}");
    }

    #[test]
    fn the_group_of_the_secret_has_its_name() {
        assert_eq!(one("a(b)(c)", SecretGroup::First), "a(?P<secret>b)(?:c)");
        assert_eq!(one("a(b)(?P<x>c)", SecretGroup::Number(2)), "a(?:b)(?P<secret>c)");
        assert_eq!(one("a(b)(?<TOKEN>c)", SecretGroup::Token), "a(?P<part_group_1>b)(?P<secret>c)");
        assert_eq!(one("(?<user>b{2}):(c{9})", SecretGroup::Longest), "(?P<part_user>b{2}):(?P<secret>c{9})");
        assert!(made("a(b)", SecretGroup::Number(2)).is_err());
    }

    #[test]
    fn groups_of_a_choice_make_a_rule_each() {
        let made = made("(?:(?i)x(a)|y(b)|z)w", SecretGroup::First).expect("expressible");
        let patterns: Vec<_> = made.iter().map(|ours| ours.pattern.as_str()).collect();
        assert_eq!(patterns, ["(?:(?i)x(?P<secret>a)|z)w", "(?:(?i)y(?P<secret>b))w"]);
    }

    #[test]
    fn unicode_classes_are_made_ascii() {
        assert_eq!(one("\\p{Lu}x", SecretGroup::First), "[\\x41-\\x5A]x");
        assert_eq!(one("[\\pN\u{e9}-]x", SecretGroup::First), "[\\x30-\\x39-]x");
        assert!(made("\\p{Greek}", SecretGroup::First).is_err());
    }

    #[test]
    fn what_is_wrong_is_told_without_the_pattern() {
        let error = made("tok_7007(", SecretGroup::First).expect_err("unclosed");
        assert!(error.contains("unclosed group") && !error.contains("7007"), "{error}");
    }
}
