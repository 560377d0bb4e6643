//! Looks for the other parts of a credential around its secret.

use std::sync::{Arc, OnceLock};

use memchr::{memchr, memchr_iter};
use regex_automata::{Anchored, Input, Span as Range, meta, util::captures::Captures};
use regex_syntax::hir::Hir;
use stanch_model::Span;

use crate::{
    Context, Part,
    analysis::plan::names,
    confirm,
    rule::RuleProblem,
    rule_text::{SECRET_GROUP, parse_pattern},
    value::{is_placeholder, is_template},
};

/// The group that holds a part; without it the whole match is the part.
const VALUE_GROUP: &str = "value";

/// Looks for one part.
pub(crate) struct Seeker {
    pattern: String,
    group: String,
    place: Place,
    regex: OnceLock<meta::Regex>,
}

/// Where a part can be.
#[derive(Clone, Copy)]
enum Place {
    /// In the match of the rule.
    Within,
    /// Up to `within` bytes before or after it, and `len_max` bytes long.
    Near { within: usize, len_max: usize },
}

impl Seeker {
    /// What looks for each of `parts` of a rule with this pattern.
    pub(crate) fn all(parts: &[Part], rule_pattern: &str, lens: &[u32]) -> Arc<[Self]> {
        parts.iter().zip(lens).map(|(part, len)| Self::new(part, rule_pattern, *len as usize)).collect()
    }

    fn new(part: &Part, rule_pattern: &str, len_max: usize) -> Self {
        let within = part.within_bytes.unwrap_or(Part::WITHIN_BYTES_DEFAULT);
        let (pattern, place) = match &part.pattern {
            Some(pattern) => (pattern.as_str(), Place::Near { within, len_max }),
            None => (rule_pattern, Place::Within),
        };
        Self {
            pattern: pattern.to_owned(),
            group: part.group.as_deref().unwrap_or(VALUE_GROUP).to_owned(),
            place,
            regex: OnceLock::new(),
        }
    }

    /// How far before or after a match the part may lie, in bytes.
    pub(crate) fn reach(&self) -> usize {
        match self.place {
            Place::Within => 0,
            Place::Near { within, len_max } => within + len_max,
        }
    }

    /// The part of the match at `span` whose secret is at `secret`: of several the one that the least stands between, as
    /// [`distance`] tells. Stand-ins are none.
    pub(crate) fn seek(&self, bytes: &[u8], span: Span, secret: Span) -> Option<Span> {
        let regex = self.regex.get_or_init(|| confirm::regex(&self.pattern));
        let reach = self.reach();
        let area = span.start.saturating_sub(reach)..(span.end.saturating_add(reach)).min(bytes.len());
        let counts = |value: &Span| {
            !value.is_empty() && !value.overlaps(secret) && !is_stand_in(&bytes[value.range()])
        };
        match self.place {
            Place::Within => {
                let mut captures = regex.create_captures();
                regex.captures(Input::new(bytes).range(area).anchored(Anchored::Yes), &mut captures);
                captures.get_group_by_name(&self.group).map(span_of).filter(counts)
            }
            Place::Near { within, .. } => {
                let is_near = |whole: Span| {
                    whole.end.saturating_add(within) >= span.start && whole.start <= span.end + within
                };
                let near = regex.captures_iter(Input::new(bytes).range(area)).filter_map(|captures| {
                    let whole = span_of(captures.get_match()?.span());
                    is_near(whole).then(|| (whole, self.value(&captures, whole)))
                });
                let nearest = near.filter(|(_, value)| counts(value)).min_by_key(|(whole, value)| {
                    // What shares bytes with the match is of one piece with it: the host of the same address.
                    (!whole.overlaps(span), distance(bytes, *value, secret))
                });
                nearest.map(|(_, value)| value)
            }
        }
    }

    fn value(&self, captures: &Captures, whole: Span) -> Span {
        captures.get_group_by_name(&self.group).map_or(whole, span_of)
    }
}

/// Shorter names of people and hosts may well look like stand-ins.
const NAME_LEN: usize = 12;

fn is_stand_in(value: &[u8]) -> bool {
    is_template(value) || value.len() >= NAME_LEN && is_placeholder(value)
}

fn span_of(range: Range) -> Span {
    Span::new(range.start, range.end)
}

/// What stands between two parts of a credential.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Border {
    /// Nothing: they are on one line.
    None,
    /// The end of a line.
    Line,
    /// The end of a table, an object, an item or a paragraph.
    Block,
}

/// On which side of a secret a part stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Before,
    After,
}

/// How far `value` is from `secret`: by what stands between them, by lines, by side (an id comes before its secret, as a
/// rule), by bytes.
fn distance(bytes: &[u8], value: Span, secret: Span) -> (Border, usize, Side, usize, Span) {
    let (side, between) = if value.end <= secret.start {
        (Side::Before, &bytes[value.end..secret.start])
    } else {
        (Side::After, bytes.get(secret.end..value.start).unwrap_or_default())
    };
    (border(between), memchr_iter(b'\n', between).count(), side, between.len(), value)
}

fn border(between: &[u8]) -> Border {
    let ends_block = |line: &[u8]| line.is_empty() || line.starts_with(b"[") || line.starts_with(b"- ");
    let Some(end) = memchr(b'\n', between) else {
        return if between.contains(&b'}') { Border::Block } else { Border::None };
    };
    let mut lines = between[end + 1..].rsplit(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_start);
    // The last line is only begun here: what there is of it may well be blank.
    let begins_item = lines.next().is_some_and(|line| line.starts_with(b"- "));
    if begins_item || between.contains(&b'}') || lines.any(ends_block) { Border::Block } else { Border::Line }
}

/// Tests the parts of a rule whose pattern is `hir`.
///
/// # Errors
/// The first field that is wrong, and of which part.
pub(crate) fn validate(parts: &[Part], hir: &Hir) -> Result<(), RuleProblem> {
    if parts.len() > Part::COUNT_MAX {
        let problem = format!("more than the limit of {} parts", Part::COUNT_MAX);
        return Err(RuleProblem::new("part", problem));
    }
    for (at, part) in parts.iter().enumerate() {
        let known = parts[..at].iter().any(|other| other.name == part.name);
        let name = if known { Err("a part of this name is there already") } else { valid_name(&part.name) };
        let valid = name.map_err(|problem| RuleProblem::new("name", problem));
        valid.and_then(|()| valid_source(part, hir)).map_err(|problem| problem.of_part(at + 1))?;
    }
    Ok(())
}

fn valid_name(name: &str) -> Result<(), &'static str> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.is_empty() || name.len() > Part::NAME_MAX || !name.bytes().all(fits) {
        return Err("name is not 1 to 32 characters of a-z, 0-9 and -");
    }
    Ok(())
}

fn valid_source(part: &Part, hir: &Hir) -> Result<(), RuleProblem> {
    match (&part.pattern, &part.group) {
        (Some(pattern), None) => {
            let len = parse_pattern(pattern).map(|hir| hir.properties().maximum_len());
            let len = len.map_err(|problem| RuleProblem::new("pattern", problem))?;
            if len.is_none_or(|len| len > Part::LEN_MAX) {
                let problem = format!("pattern matches texts over the limit of {} bytes", Part::LEN_MAX);
                return Err(RuleProblem::new("pattern", problem));
            }
        }
        (None, Some(group)) if group == SECRET_GROUP || !names(hir, group) => {
            return Err(RuleProblem::new("group", "the rule's pattern has no such group beside its secret"));
        }
        (None, Some(_)) if part.within_bytes.is_some() => {
            return Err(RuleProblem::new("within_bytes", "within_bytes needs a pattern of the part"));
        }
        (None, Some(_)) => {}
        _ => return Err(RuleProblem::new("pattern", "a part needs either pattern or group")),
    }
    if part.within_bytes.is_some_and(|within| within > Context::WITHIN_BYTES_MAX) {
        let problem = format!("within_bytes is over the limit of {}", Context::WITHIN_BYTES_MAX);
        return Err(RuleProblem::new("within_bytes", problem));
    }
    Ok(())
}
