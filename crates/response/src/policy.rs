//! Severity and routing as a file: text and facts in, decisions with reasons out. No I/O, no clock.
//!
//! - [`Policy`]: the file, read; [`Policy::default`] is the one that comes with Stanch.
//! - [`Subject`]: all that is known of a leak.
//! - [`Decision`]: how bad it is, who is told and when, and which rules say so.
//! - [`GroupKey`]: what leaks of one incident have in common.
//! - [`Objectives`], [`Cost`]: what is promised, and what incidents cost.
//!
//! The format is documented in `docs/policy.md`.

mod condition;
mod cost;
mod decision;
mod grouping;
mod many;
mod mistake;
mod name;
mod objectives;
mod quiet;
mod remark;
mod replay;
mod rules;
mod span;
mod subject;
#[cfg(test)]
mod tests;
mod written;

use std::{cmp::Ordering, collections::BTreeSet, sync::Arc};

use jiff::Timestamp;
use stanch_engine::mistake_in;
use stanch_model::Severity;

pub use cost::{BySeverity, Cost};
pub use decision::{Because, Book, Decision, Escalation};
pub use grouping::{GroupBy, GroupKey, Grouping};
pub use objectives::{BurnAlert, Objectives, RevokeWithin};
pub use remark::Remark;
pub use replay::{Incident, Leak, Replay, ReplayError};
pub use span::spell;
pub use stanch_model::{Urgency, UrgencyError};
pub use subject::{Place, Privilege, PrivilegeError, Subject};

use condition::Case;
use quiet::Quiet;
use rules::{EnvironmentRule, PublicRule, Route, SeverityRule};
use written::{Sections, Shelf, Written};

/// Largest policy, in bytes.
const POLICY_BYTES_MAX: usize = 1 << 20;

/// Rules that tell how bad a leak is, who is told, and when.
///
/// ```
/// use stanch_model::{Liveness, Severity};
/// use stanch_response::policy::{Policy, Subject, Urgency};
///
/// let subject = Subject { severity: Severity::Critical, liveness: Liveness::Live, ..Subject::default() };
/// let decision = Policy::default().decide(&subject, "2026-11-27T03:00:00Z".parse()?);
/// assert_eq!(decision.urgency, Urgency::Page);
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    environments: Vec<EnvironmentRule>,
    publics: Vec<PublicRule>,
    severities: Vec<SeverityRule>,
    routes: Vec<Route>,
    quiet: Option<Quiet>,
    grouping: Grouping,
    objectives: Objectives,
    cost: Cost,
}

/// What is wrong with the text of a policy; no value of it is quoted.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{line}: {message}")]
pub struct PolicyError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, naming the field.
    pub message: String,
}

/// How many rules a policy has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Rules of environments.
    pub environments: usize,
    /// Rules of severity.
    pub severities: usize,
    /// Routes.
    pub routes: usize,
}

impl Default for Policy {
    /// The policy that comes with Stanch.
    fn default() -> Self {
        let sections = read(Self::DEFAULT, Book::Default).expect("the default policy is well-formed");
        Self {
            environments: sections.environments.expect("the default policy tells environments"),
            publics: sections.publics.expect("the default policy tells what is public"),
            severities: sections.severities.expect("the default policy has rules of severity"),
            routes: sections.routes.expect("the default policy has routes"),
            quiet: sections.quiet,
            grouping: sections.grouping.expect("the default policy groups"),
            objectives: sections.objectives.expect("the default policy has objectives"),
            cost: sections.cost.expect("the default policy has a cost"),
        }
    }
}

impl Policy {
    /// The text of the policy that comes with Stanch.
    pub const DEFAULT: &str = include_str!("policy/default.toml");

    /// Reads a policy. A section that it leaves out is that of the default policy.
    ///
    /// # Errors
    /// The first mistake, by line and field.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let (own, default) = (read(text, Book::Own)?, Self::default());
        Ok(Self {
            environments: own.environments.unwrap_or(default.environments),
            publics: own.publics.unwrap_or(default.publics),
            severities: own.severities.unwrap_or(default.severities),
            routes: own.routes.unwrap_or(default.routes),
            quiet: own.quiet.or(default.quiet),
            grouping: own.grouping.unwrap_or(default.grouping),
            objectives: own.objectives.unwrap_or(default.objectives),
            cost: own.cost.unwrap_or(default.cost),
        })
    }

    /// Decides about a leak: in each place it was seen in, and of these decisions the worst.
    pub fn decide(&self, subject: &Subject, now: Timestamp) -> Decision {
        let nowhere = [Place::default()];
        let places = if subject.places.is_empty() { &nowhere[..] } else { &subject.places };
        let rulings = places.iter().enumerate().map(|(at, place)| self.rule(subject, (at, place), now));
        let worst = rulings.reduce(|worst, next| match next.rank().cmp(&worst.rank()) {
            Ordering::Greater => next,
            _ => worst,
        });
        let ruling = worst.expect("there is a place");
        let Route { because, urgency, channels, escalations, .. } = match ruling.route {
            Some(route) => route.clone(),
            None => Route::last_resort(),
        };
        let quiet = self.quiet.as_ref().filter(|_| urgency == Urgency::Ticket);
        Decision {
            severity: ruling.severity,
            severity_because: ruling.because.cloned().unwrap_or_else(Because::nothing),
            urgency,
            urgency_because: because,
            channels,
            escalations,
            not_before: quiet.and_then(|quiet| quiet.end(now)),
            environment: ruling.environment,
            public: ruling.public,
            place: ruling.place,
        }
    }

    /// What leaks of one incident have in common with this one, what binds closest first.
    pub fn group_keys(&self, subject: &Subject) -> Vec<GroupKey> {
        self.grouping.keys(subject)
    }

    /// What a place serves: by the first rule that matches, else as the scan says.
    pub fn environment(&self, place: &Place) -> Option<Arc<str>> {
        let rule = self.environments.iter().find(|rule| rule.place.holds(place));
        rule.map(|rule| rule.name.clone()).or_else(|| place.environment.as_deref().map(Arc::from))
    }

    /// Whether everybody can read a place: if a rule or the scan says so.
    pub fn is_public(&self, place: &Place) -> Option<bool> {
        if self.publics.iter().any(|rule| rule.0.holds(place)) { Some(true) } else { place.public }
    }

    /// Which leaks are one incident.
    pub fn grouping(&self) -> &Grouping {
        &self.grouping
    }

    /// What is promised.
    pub fn objectives(&self) -> &Objectives {
        &self.objectives
    }

    /// What incidents cost.
    pub fn cost(&self) -> &Cost {
        &self.cost
    }

    /// Names of all channels that a route may tell, or that are told of objectives.
    pub fn channels(&self) -> BTreeSet<&str> {
        let mut names = BTreeSet::new();
        for Route { channels, escalations, .. } in &self.routes {
            let later = escalations.iter().flat_map(|step| &step.channels);
            names.extend(channels.iter().chain(later).map(|name| &**name));
        }
        names.extend(self.objectives.notify.iter().map(String::as_str));
        names
    }

    /// How many rules it has.
    pub fn counts(&self) -> Counts {
        Counts {
            environments: self.environments.len(),
            severities: self.severities.len(),
            routes: self.routes.len(),
        }
    }

    fn rule(&self, subject: &Subject, (at, place): (usize, &Place), now: Timestamp) -> Ruling<'_> {
        let environment = self.environment(place);
        let public = self.is_public(place);
        let name = environment.as_deref();
        let mut case = Case { subject, place, severity: subject.severity, environment: name, public, now };
        let rule = self.severities.iter().find(|rule| rule.condition.holds(&case));
        case.severity = rule.map_or(subject.severity, |rule| rule.outcome.of(subject.severity));
        let route = self.routes.iter().find(|route| route.condition.holds(&case));
        let severity = case.severity;
        Ruling { severity, because: rule.map(|rule| &rule.because), route, environment, public, place: at }
    }
}

/// What is decided about one place.
struct Ruling<'p> {
    severity: Severity,
    because: Option<&'p Because>,
    route: Option<&'p Route>,
    environment: Option<Arc<str>>,
    public: Option<bool>,
    place: usize,
}

impl Ruling<'_> {
    fn rank(&self) -> (Urgency, Severity) {
        (self.route.map_or(Urgency::Ticket, |route| route.urgency), self.severity)
    }
}

impl Because {
    fn nothing() -> Self {
        Self { rule: None, line: 0, book: Book::Own }
    }
}

impl Route {
    /// What no route takes must not be lost.
    fn last_resort() -> Self {
        Self {
            because: Because::nothing(),
            condition: condition::Condition::default(),
            urgency: Urgency::Ticket,
            channels: Vec::new(),
            escalations: Vec::new(),
        }
    }
}

fn read(text: &str, book: Book) -> Result<Sections, PolicyError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > POLICY_BYTES_MAX {
        return Err(PolicyError { line: 1, message: format!("is larger than {POLICY_BYTES_MAX} bytes") });
    }
    let written: Written = toml::from_str(text).map_err(|error| {
        let (line, message) = mistake_in(text, &error);
        PolicyError { line, message }
    })?;
    let shelf = Shelf { text, book };
    written.sections(&shelf).map_err(|(at, mistake)| PolicyError {
        line: shelf.line_of(at, mistake.field),
        message: format!("{}: {}", mistake.field, mistake.problem),
    })
}
