//! The rules of a policy, ready to be asked.

use std::sync::Arc;

use globset::GlobSet;
use stanch_model::{OriginKind, Severity};

use super::{Because, Escalation, Place, Urgency, condition::Condition};

/// Places that have something in common.
#[derive(Clone, Debug)]
pub(super) struct Somewhere {
    pub(super) kind: Option<Vec<OriginKind>>,
    pub(super) origin: Option<GlobSet>,
    pub(super) path: Option<GlobSet>,
}

impl Somewhere {
    /// Whether a place is one of them.
    pub(super) fn holds(&self, place: &Place) -> bool {
        self.kind.as_ref().is_none_or(|kinds| kinds.contains(&place.kind))
            && self.origin.as_ref().is_none_or(|globs| globs.is_match(&place.origin))
            && self.path.as_ref().is_none_or(|globs| globs.is_match(&place.path))
    }
}

/// What places serve.
#[derive(Clone, Debug)]
pub(super) struct EnvironmentRule {
    pub(super) name: Arc<str>,
    pub(super) place: Somewhere,
}

/// Places that everybody can read.
#[derive(Clone, Debug)]
pub(super) struct PublicRule(pub(super) Somewhere);

/// How bad it is.
#[derive(Clone, Debug)]
pub(super) struct SeverityRule {
    pub(super) because: Because,
    pub(super) condition: Condition,
    pub(super) outcome: Outcome,
}

/// What a rule makes of the severity that the scanner says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Is(Severity),
    AtLeast(Severity),
    AtMost(Severity),
}

impl Outcome {
    pub(super) fn of(self, severity: Severity) -> Severity {
        match self {
            Self::Is(fixed) => fixed,
            Self::AtLeast(least) => severity.max(least),
            Self::AtMost(most) => severity.min(most),
        }
    }
}

/// Who is told.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) because: Because,
    pub(super) condition: Condition,
    pub(super) urgency: Urgency,
    pub(super) channels: Vec<Arc<str>>,
    pub(super) escalations: Vec<Escalation>,
}
