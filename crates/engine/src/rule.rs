//! One rule: how one kind of secret looks.

use std::sync::Arc;

use memchr::memmem;
use stanch_model::{CONNECTORS, Class, RuleInfo, Span};

use crate::{
    Allow, Check, ClassMarks, Context, Part,
    allow::{self, Exception, Patterns, Pending},
    analysis::{plan::Plan, window::Window},
    check, generic,
    part::{self, Seeker},
    rule_text::{Finder, PlannedRule, parse_pattern},
};

/// How one kind of secret looks, as read from a rule file.
#[derive(Clone)]
pub struct Rule {
    /// What people read.
    pub info: Arc<RuleInfo>,
    /// The regular expression over bytes: ASCII classes, no Unicode.
    pub pattern: String,
    /// What reads on from where the pattern matches; without it the pattern matches everything.
    pub finder: Option<Finder>,
    /// Texts in a match that tell a test key from a live one.
    pub class_marks: ClassMarks,
    /// Whether it is meant to take the place of an embedded rule with its id.
    pub replaces: bool,
    /// Least Shannon entropy of the secret, bits per byte; 0 for none.
    pub entropy_min: f32,
    /// The offline check.
    pub check: Option<&'static dyn Check>,
    /// Words that must stand near.
    pub context: Option<Context>,
    /// The other parts of the credential.
    pub parts: Vec<Part>,
    /// Texts in which the rule must match, in the language of [`crate::expand`].
    pub examples: Vec<String>,
    /// Texts in which it must not.
    pub negatives: Vec<String>,
    /// How the pattern is looked for.
    pub(crate) plan: Arc<Plan>,
    /// What looks for each of `parts`.
    pub(crate) seekers: Arc<[Seeker]>,
    /// Where the rule counts; everywhere where there are none.
    pub(crate) places: Arc<Patterns>,
    /// When a match is no finding.
    pub(crate) exceptions: Vec<Arc<Exception>>,
}

/// Why a rule cannot be used, and in which of its fields.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct RuleProblem {
    /// The field of the rule.
    pub field: &'static str,
    /// The part that has this field, from 1; none where it is the rule's own.
    pub part: Option<usize>,
    /// What is wrong with it.
    pub problem: String,
}

impl RuleProblem {
    pub(crate) fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self { field, part: None, problem: problem.into() }
    }

    pub(crate) fn of_part(self, number: usize) -> Self {
        Self { part: Some(number), ..self }
    }
}

impl TryFrom<PlannedRule> for Rule {
    type Error = RuleProblem;

    fn try_from(planned: PlannedRule) -> Result<Self, RuleProblem> {
        let PlannedRule { provider, text, plan } = planned;
        Ok(Self {
            info: Arc::new(RuleInfo {
                id: text.id,
                provider,
                name: text.name,
                description: text.description,
                severity: text.severity,
                confidence: text.confidence,
                class: text.class,
                connector: text.connector,
                tags: text.tags,
                references: text.references,
            }),
            seekers: Seeker::all(&text.part, &text.pattern, &plan.part_lens),
            pattern: text.pattern,
            finder: text.finder,
            class_marks: text.class_marks,
            replaces: text.replaces,
            entropy_min: text.entropy_min,
            check: text.check.map(|name| known_check(&name)).transpose()?,
            context: text.context,
            parts: text.part,
            places: Arc::new(Patterns::new(text.paths)),
            exceptions: text.allow.into_iter().map(|allow| Arc::new(Exception::new(allow))).collect(),
            examples: text.examples,
            negatives: text.negatives,
            plan: Arc::new(plan),
        })
    }
}

impl Rule {
    /// Tests what a parser of the file format cannot see.
    ///
    /// # Errors
    /// The first field that is wrong.
    pub fn validate(&self) -> Result<(), RuleProblem> {
        let id = &self.info.id;
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
            return Err(RuleProblem::new(
                "id",
                format!("id {id:?} has other characters than a-z, 0-9 and -"),
            ));
        }
        let hir = parse_pattern(&self.pattern).map_err(|problem| RuleProblem::new("pattern", problem))?;
        if !(0.0..=8.0).contains(&self.entropy_min) {
            return Err(RuleProblem::new("entropy_min", "entropy_min is not between 0 and 8 bits per byte"));
        }
        self.context.as_ref().map_or(Ok(()), validate_context)?;
        validate_connector(self.info.connector.as_deref())?;
        validate_marks(&self.class_marks)?;
        self.places.validate().map_err(|problem| RuleProblem::new("paths", problem))?;
        self.exceptions.iter().try_for_each(|exception| exception.validate())?;
        self.validate_count()?;
        part::validate(&self.parts, &hir)
    }

    /// Tests how many `allow` tables there are, with those of the file.
    pub(crate) fn validate_count(&self) -> Result<(), RuleProblem> {
        let problem = || format!("more than {} allow tables, with those of the file", Allow::COUNT_MAX);
        let fits = self.exceptions.len() <= Allow::COUNT_MAX;
        fits.then_some(()).ok_or_else(|| RuleProblem::new("allow", problem()))
    }
}

impl Rule {
    /// What the secret of a match was made for, where its format tells; `matched` is all that the pattern matched.
    pub fn class_of(&self, matched: &[u8]) -> Option<Class> {
        let holds = |mark: &String| memmem::find(matched, mark.as_bytes()).is_some();
        let ClassMarks { test, live } = &self.class_marks;
        if test.iter().any(holds) {
            Some(Class::Test)
        } else if live.iter().any(holds) {
            Some(Class::Live)
        } else {
            self.info.class
        }
    }

    /// Expressions of which one must be in the path of a file for the rule to count there; none where it counts everywhere.
    pub fn paths(&self) -> &[String] {
        self.places.texts()
    }

    /// When a match is no finding: its own tables, then those of its file.
    pub fn allows(&self) -> impl Iterator<Item = &Allow> {
        self.exceptions.iter().map(|exception| exception.allow())
    }

    /// What of the verdict on a match waits for the path; none where the match is allowed anyway.
    pub(crate) fn pending(&self, bytes: &[u8], span: Span, secret: Span) -> Option<Pending> {
        if self.exceptions.is_empty() {
            return Some(Pending::default());
        }
        allow::pending(self.exceptions.iter().map(Arc::as_ref), bytes, (span, secret))
    }

    /// Whether the path of the file has a say over any match.
    pub(crate) fn heeds_paths(&self) -> bool {
        !self.places.is_empty() || self.allows().any(|allow| !allow.paths.is_empty())
    }

    /// Whether the path of the file has a say over a match.
    pub(crate) fn waits_for_path(&self, pending: Pending) -> bool {
        !self.places.is_empty() || pending.waits()
    }

    /// Whether a match counts in a file of this path.
    pub(crate) fn counts_in(&self, path: &str, pending: Pending) -> bool {
        let exceptions = || self.exceptions.iter().map(Arc::as_ref);
        (self.places.is_empty() || self.places.found_in(path.as_bytes()))
            && !(pending.waits() && allow::holds_in(exceptions(), pending, path))
    }

    /// The bytes on which a match depends: from so many before its start to so many after it.
    pub(crate) fn influence(&self) -> (usize, usize) {
        let line = self.exceptions.iter().map(|exception| exception.reach()).max().unwrap_or(0);
        if self.finder == Some(Finder::Assignment) {
            let (before, after) = generic::INFLUENCE;
            return (before + line, after + line);
        }
        let context = self.context.as_ref().map_or(0, |context| context.within_bytes);
        let part = self.required_seekers().map(Seeker::reach).max().unwrap_or(0);
        let judged = self.finder.map_or((0, 0), |_| generic::MATCH_INFLUENCE);
        let around = context.max(part).max(line) + 1;
        (around.max(judged.0), self.plan.len_max as usize + around.max(judged.1))
    }

    /// Whether every part without which a match does not count is there.
    pub(crate) fn has_required_parts(&self, bytes: &[u8], span: Span, secret: Span) -> bool {
        self.required_seekers().all(|seeker| seeker.seek(bytes, span, secret).is_some())
    }

    fn required_seekers(&self) -> impl Iterator<Item = &Seeker> {
        let parts = self.parts.iter().zip(&*self.seekers);
        parts.filter(|(part, _)| part.required).map(|(_, seeker)| seeker)
    }

    /// Whether a match may depend on bytes more than `margin` away from the window by which it is found.
    pub(crate) fn looks_beyond(&self, margin: usize) -> bool {
        let (before, after) = self.influence();
        let too_far = |window: &Window| {
            let (least, most) = window.before;
            let far_before = margin.checked_add_signed(-(most as isize)).is_none_or(|left| left < before);
            let far_after = margin.checked_add_signed(least as isize).is_none_or(|left| left < after);
            far_before || far_after
        };
        let windows = self.plan.windows.as_ref();
        windows.map_or(before.max(after) > margin, |set| set.windows.iter().any(too_far))
    }
}

fn validate_context(context: &Context) -> Result<(), RuleProblem> {
    if context.words.is_empty() || context.words.iter().any(String::is_empty) {
        return Err(RuleProblem::new("context", "context needs at least one word, none of them empty"));
    }
    if context.within_bytes > Context::WITHIN_BYTES_MAX {
        let problem = format!("within_bytes is over the limit of {}", Context::WITHIN_BYTES_MAX);
        return Err(RuleProblem::new("context", problem));
    }
    Ok(())
}

fn validate_connector(name: Option<&str>) -> Result<(), RuleProblem> {
    match name {
        Some(name) if !CONNECTORS.contains(&name) => {
            let problem = format!("unknown connector {name:?}: expected one of {}", CONNECTORS.join(", "));
            Err(RuleProblem::new("connector", problem))
        }
        _ => Ok(()),
    }
}

fn validate_marks(marks: &ClassMarks) -> Result<(), RuleProblem> {
    if marks.test.iter().chain(&marks.live).any(String::is_empty) {
        return Err(RuleProblem::new("class_marks", "a mark is empty, and so in every match"));
    }
    Ok(())
}

fn known_check(name: &str) -> Result<&'static dyn Check, RuleProblem> {
    check::by_name(name).ok_or_else(|| {
        let known: Vec<_> = check::CHECKS.iter().map(|check| check.name()).collect();
        RuleProblem::new("check", format!("unknown check {name:?}: expected one of {}", known.join(", ")))
    })
}
