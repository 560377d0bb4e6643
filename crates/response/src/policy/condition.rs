//! `when`: the conditions of a rule. All that are given must hold.

use globset::{Glob, GlobBuilder, GlobSet};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use stanch_model::{Class, Confidence, Liveness, OriginKind, Severity};

use super::{Place, Privilege, Subject, many::Many, name::Name, span::Span};

/// Longest glob, in bytes.
const PATTERN_BYTES_MAX: usize = 200;

/// The name that stands for an environment nobody told.
pub(super) const UNKNOWN: &str = "unknown";

/// Conditions as written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct When {
    severity: Option<Many<Severity>>,
    confidence: Option<Many<Confidence>>,
    class: Option<Many<ClassIs>>,
    liveness: Option<Many<Liveness>>,
    privilege: Option<Many<Privilege>>,
    kind: Option<Many<OriginKind>>,
    public: Option<bool>,
    environment: Option<Many<Name>>,
    team: Option<Many<Name>>,
    owner: Option<Many<Pattern>>,
    rule: Option<Many<Pattern>>,
    origin: Option<Many<Pattern>>,
    path: Option<Many<Pattern>>,
    age_below: Option<Span>,
    age_above: Option<Span>,
}

/// What a secret was made for, or that it is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ClassIs {
    Test,
    Live,
    Unknown,
}

/// A glob: `*` and `?` stay within a folder, `**` does not.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Pattern(Glob);

impl TryFrom<String> for Pattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.is_empty() || text.len() > PATTERN_BYTES_MAX {
            return Err("expected a glob of 1 to 200 bytes");
        }
        let glob = GlobBuilder::new(&text).literal_separator(true).build();
        glob.map(Self).map_err(|_| "not a glob")
    }
}

/// Several globs as one.
///
/// # Errors
/// They are too large together.
pub(super) fn compile(patterns: Many<Pattern>) -> Result<GlobSet, &'static str> {
    let mut set = GlobSet::builder();
    for Pattern(glob) in patterns.0 {
        set.add(glob);
    }
    set.build().map_err(|_| "globs that are too large together")
}

/// Conditions ready to be asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Condition {
    when: When,
    owner: Option<GlobSet>,
    rule: Option<GlobSet>,
    origin: Option<GlobSet>,
    path: Option<GlobSet>,
}

/// What is known where a rule is asked.
pub(super) struct Case<'c> {
    pub(super) subject: &'c Subject,
    pub(super) place: &'c Place,
    /// The scanner's where severity is decided, the decided one where the route is.
    pub(super) severity: Severity,
    pub(super) environment: Option<&'c str>,
    pub(super) public: Option<bool>,
    pub(super) now: Timestamp,
}

impl Condition {
    /// Compiles the globs.
    ///
    /// # Errors
    /// Globs that are too large together.
    pub(super) fn new(mut when: When) -> Result<Self, &'static str> {
        let owner = when.owner.take().map(compile).transpose()?;
        let rule = when.rule.take().map(compile).transpose()?;
        let origin = when.origin.take().map(compile).transpose()?;
        let path = when.path.take().map(compile).transpose()?;
        Ok(Self { when, owner, rule, origin, path })
    }

    /// Whether all of them hold.
    pub(super) fn holds(&self, case: &Case<'_>) -> bool {
        let Case { subject, place, .. } = case;
        let when = &self.when;
        let rated = one_of(when.severity.as_ref(), &case.severity)
            && one_of(when.confidence.as_ref(), &subject.confidence)
            && one_of(when.class.as_ref(), &ClassIs::from(subject.class))
            && one_of(when.liveness.as_ref(), &subject.liveness)
            && one_of(when.privilege.as_ref(), &subject.privilege)
            && one_of(when.kind.as_ref(), &place.kind);
        rated && self.is_about(case) && self.is_of_age(case) && self.matches(case)
    }

    /// Whether nothing is asked, so that it always holds.
    pub(super) fn is_empty(&self) -> bool {
        let When { severity, confidence, class, liveness, privilege, kind, .. } = &self.when;
        let When { public, environment, team, age_below, age_above, .. } = &self.when;
        let globs = [&self.owner, &self.rule, &self.origin, &self.path];
        let rated = severity.is_none() && confidence.is_none() && class.is_none() && liveness.is_none();
        let placed = privilege.is_none() && kind.is_none() && public.is_none() && environment.is_none();
        let timed = team.is_none() && age_below.is_none() && age_above.is_none();
        rated && placed && timed && globs.iter().all(|glob| glob.is_none())
    }

    fn is_about(&self, case: &Case<'_>) -> bool {
        let environment = case.environment.unwrap_or(UNKNOWN);
        let is_named = |names: &Many<Name>, name: &str| names.0.iter().any(|known| &*known.0 == name);
        self.when.public.is_none_or(|public| public == case.public.unwrap_or(false))
            && self.when.environment.as_ref().is_none_or(|names| is_named(names, environment))
            && self
                .when
                .team
                .as_ref()
                .is_none_or(|names| case.subject.teams.iter().any(|team| is_named(names, team)))
    }

    /// Of what leaked at an unknown time no age is known, so that neither bound holds.
    fn is_of_age(&self, case: &Case<'_>) -> bool {
        let age = case.subject.leaked.map(|leaked| case.now.duration_since(leaked).max(SignedDuration::ZERO));
        self.when.age_below.is_none_or(|Span(bound)| age.is_some_and(|age| age < bound))
            && self.when.age_above.is_none_or(|Span(bound)| age.is_some_and(|age| age > bound))
    }

    fn matches(&self, case: &Case<'_>) -> bool {
        let covers = |set: &Option<GlobSet>, text: &str| set.as_ref().is_none_or(|set| set.is_match(text));
        covers(&self.rule, &case.subject.rule)
            && covers(&self.origin, &case.place.origin)
            && covers(&self.path, &case.place.path)
            && self
                .owner
                .as_ref()
                .is_none_or(|set| case.subject.owners.iter().any(|owner| set.is_match(owner)))
    }
}

fn one_of<T: PartialEq>(known: Option<&Many<T>>, value: &T) -> bool {
    known.is_none_or(|known| known.0.contains(value))
}

impl From<Option<Class>> for ClassIs {
    fn from(class: Option<Class>) -> Self {
        match class {
            Some(Class::Test) => Self::Test,
            Some(Class::Live) => Self::Live,
            None => Self::Unknown,
        }
    }
}
