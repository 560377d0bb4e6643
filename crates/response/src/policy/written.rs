//! A policy as TOML has it.

use globset::GlobSet;
use serde::Deserialize;
use stanch_model::{OriginKind, Severity};
use toml::Spanned;

use super::{
    Because, Book, Cost, Escalation, Grouping, Objectives, Urgency,
    condition::{Condition, Pattern, UNKNOWN, When, compile},
    cost, grouping,
    many::Many,
    mistake::Mistake,
    name::Name,
    objectives,
    quiet::{self, Quiet},
    rules::{EnvironmentRule, Outcome, PublicRule, Route, SeverityRule, Somewhere},
    span::Span,
};

/// Most rules of a kind.
const RULES_MAX: usize = 500;
/// Most channels of a route, and most escalations.
const CHANNELS_MAX: usize = 20;

/// The whole file. What it leaves out is as in the default policy, section by section.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Written {
    environment: Option<Vec<Spanned<WrittenEnvironment>>>,
    public: Option<Vec<Spanned<WrittenSomewhere>>>,
    severity: Option<Vec<Spanned<WrittenSeverity>>>,
    route: Option<Vec<Spanned<WrittenRoute>>>,
    quiet: Option<Spanned<quiet::Written>>,
    grouping: Option<Spanned<grouping::Written>>,
    objectives: Option<Spanned<objectives::Written>>,
    cost: Option<Spanned<cost::Written>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEnvironment {
    name: Name,
    kind: Option<Many<OriginKind>>,
    origin: Option<Many<Pattern>>,
    path: Option<Many<Pattern>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSomewhere {
    kind: Option<Many<OriginKind>>,
    origin: Option<Many<Pattern>>,
    path: Option<Many<Pattern>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSeverity {
    name: Name,
    #[serde(default)]
    when: When,
    then: Option<Severity>,
    at_least: Option<Severity>,
    at_most: Option<Severity>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRoute {
    name: Name,
    #[serde(default)]
    when: When,
    urgency: Urgency,
    #[serde(default)]
    channels: Vec<Name>,
    #[serde(default)]
    escalate: Vec<WrittenEscalation>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEscalation {
    after: Span,
    channels: Vec<Name>,
}

/// The sections of a file that it has.
pub(super) struct Sections {
    pub(super) environments: Option<Vec<EnvironmentRule>>,
    pub(super) publics: Option<Vec<PublicRule>>,
    pub(super) severities: Option<Vec<SeverityRule>>,
    pub(super) routes: Option<Vec<Route>>,
    pub(super) quiet: Option<Quiet>,
    pub(super) grouping: Option<Grouping>,
    pub(super) objectives: Option<Objectives>,
    pub(super) cost: Option<Cost>,
}

/// The byte of the text where something is wrong, and what.
pub(super) type Misplaced = (usize, Mistake);

/// Where a rule stands.
pub(super) struct Shelf<'t> {
    pub(super) text: &'t str,
    pub(super) book: Book,
}

impl Shelf<'_> {
    /// The line of a byte, from 1.
    pub(super) fn line(&self, offset: usize) -> usize {
        1 + self.text[..offset].matches('\n').count()
    }

    /// The line that sets a field of the table whose header is at a byte; that of the header where none does.
    pub(super) fn line_of(&self, offset: usize, field: &str) -> usize {
        let rest = self.text[offset..].lines().enumerate();
        let mut table = rest.take_while(|(at, line)| *at == 0 || !line.starts_with('['));
        let sets = |line: &str| {
            line.trim_start()
                .strip_prefix(field)
                .is_some_and(|rest| rest.trim_start().starts_with(['=', '.']))
        };
        let found = table.find(|(_, line)| sets(line));
        self.line(offset) + found.map_or(0, |(at, _)| at)
    }

    fn because(&self, name: Name, offset: usize) -> Because {
        Because { rule: Some(name.0), line: self.line(offset), book: self.book }
    }
}

impl Written {
    /// Compiles each section.
    ///
    /// # Errors
    /// What TOML does not know to be wrong.
    pub(super) fn sections(self, shelf: &Shelf<'_>) -> Result<Sections, Misplaced> {
        Ok(Sections {
            environments: rules(self.environment, "environment", |rule, _| environment(rule))?,
            publics: rules(self.public, "public", |rule, _| public(rule))?,
            severities: rules(self.severity, "severity", |rule, at| severity(rule, at, shelf))?,
            routes: rules(self.route, "route", |rule, at| route(rule, at, shelf))?,
            quiet: section(self.quiet, Quiet::new)?,
            grouping: section(self.grouping, |written| Ok(written.into()))?,
            objectives: section(self.objectives, Objectives::try_from)?,
            cost: section(self.cost, Cost::try_from)?,
        })
    }
}

fn section<W, T>(
    written: Option<Spanned<W>>,
    read: impl FnOnce(W) -> Result<T, Mistake>,
) -> Result<Option<T>, Misplaced> {
    let Some(written) = written else { return Ok(None) };
    let at = written.span().start;
    read(written.into_inner()).map(Some).map_err(|mistake| (at, mistake))
}

fn rules<W, T>(
    written: Option<Vec<Spanned<W>>>,
    field: &'static str,
    read: impl Fn(W, usize) -> Result<T, Mistake>,
) -> Result<Option<Vec<T>>, Misplaced> {
    let Some(written) = written else { return Ok(None) };
    if let Some(extra) = written.get(RULES_MAX) {
        return Err((extra.span().start, Mistake::of(field, format!("more than {RULES_MAX} rules"))));
    }
    let each = written.into_iter().map(|rule| {
        let at = rule.span().start;
        read(rule.into_inner(), at).map_err(|mistake| (at, mistake))
    });
    each.collect::<Result<_, _>>().map(Some)
}

fn globs(field: &'static str, patterns: Option<Many<Pattern>>) -> Result<Option<GlobSet>, Mistake> {
    patterns.map(compile).transpose().map_err(|problem| Mistake::of(field, problem))
}

fn environment(rule: WrittenEnvironment) -> Result<EnvironmentRule, Mistake> {
    let WrittenEnvironment { name, kind, origin, path } = rule;
    if &*name.0 == UNKNOWN {
        return Err(Mistake::of("name", "unknown is what conditions call an environment nobody told"));
    }
    Ok(EnvironmentRule { name: name.0, place: public(WrittenSomewhere { kind, origin, path })?.0 })
}

fn public(rule: WrittenSomewhere) -> Result<PublicRule, Mistake> {
    if rule.kind.is_none() && rule.origin.is_none() && rule.path.is_none() {
        return Err(Mistake::of("origin", "is missing, and so are path and kind"));
    }
    Ok(PublicRule(Somewhere {
        kind: rule.kind.map(|kinds| kinds.0),
        origin: globs("origin", rule.origin)?,
        path: globs("path", rule.path)?,
    }))
}

fn severity(rule: WrittenSeverity, at: usize, shelf: &Shelf<'_>) -> Result<SeverityRule, Mistake> {
    let outcome = match (rule.then, rule.at_least, rule.at_most) {
        (Some(severity), None, None) => Outcome::Is(severity),
        (None, Some(severity), None) => Outcome::AtLeast(severity),
        (None, None, Some(severity)) => Outcome::AtMost(severity),
        _ => return Err(Mistake::of("then", "expected one of then, at_least and at_most")),
    };
    let condition = Condition::new(rule.when).map_err(|problem| Mistake::of("when", problem))?;
    Ok(SeverityRule { because: shelf.because(rule.name, at), condition, outcome })
}

fn route(rule: WrittenRoute, at: usize, shelf: &Shelf<'_>) -> Result<Route, Mistake> {
    if rule.channels.len() > CHANNELS_MAX || rule.escalate.len() > CHANNELS_MAX {
        return Err(Mistake::of("channels", format!("more than {CHANNELS_MAX} of them, or of escalations")));
    }
    match rule.urgency {
        Urgency::Page if rule.channels.is_empty() => {
            return Err(Mistake::of("channels", "is missing: a page goes somewhere"));
        }
        Urgency::None if !rule.channels.is_empty() || !rule.escalate.is_empty() => {
            return Err(Mistake::of("channels", "belongs to a page or a ticket: urgency none tells nobody"));
        }
        _ => {}
    }
    if !rule.escalate.is_sorted_by(|a, b| a.after < b.after) {
        return Err(Mistake::of("escalate", "expected each to be later than the one before it"));
    }
    if rule.escalate.iter().any(|step| step.channels.is_empty() || step.channels.len() > CHANNELS_MAX) {
        return Err(Mistake::of("escalate", format!("channels: expected 1 to {CHANNELS_MAX} of them")));
    }
    let names = |names: Vec<Name>| names.into_iter().map(|name| name.0).collect::<Vec<_>>();
    let escalation =
        |step: WrittenEscalation| Escalation { after: step.after.0, channels: names(step.channels) };
    Ok(Route {
        because: shelf.because(rule.name, at),
        condition: Condition::new(rule.when).map_err(|problem| Mistake::of("when", problem))?,
        urgency: rule.urgency,
        channels: names(rule.channels),
        escalations: rule.escalate.into_iter().map(escalation).collect(),
    })
}
