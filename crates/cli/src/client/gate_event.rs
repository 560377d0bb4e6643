//! What a gate did, as a server is told it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_model::{Finding, Fingerprint, Severity};

/// Most secrets that one event names.
const FINDINGS_MAX: usize = 1000;

/// How a gate ended that did not just let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GateOutcome {
    /// It stopped what wanted to pass.
    Blocked,
    /// Somebody passed on record.
    Bypassed,
    /// It could not judge, and was told to let pass then.
    PassedOpen,
}

/// A secret that a gate saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GateFinding {
    /// Its identity.
    pub(crate) fingerprint: Fingerprint,
    /// Id of the rule.
    pub(crate) rule: String,
    /// How much harm it can do.
    pub(crate) severity: Severity,
}

impl GateFinding {
    /// One entry a secret, by the rule that says most of it, in the order of fingerprints; at most a thousand.
    pub(crate) fn of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Vec<Self> {
        let of_one = |finding: &Finding| Self {
            fingerprint: *finding.fingerprint(),
            rule: finding.rule.id.clone(),
            severity: finding.severity,
        };
        let mut all: Vec<_> = findings.into_iter().map(of_one).collect();
        all.sort_by(|a, b| (a.fingerprint, b.severity).cmp(&(b.fingerprint, a.severity)));
        all.dedup_by_key(|finding| finding.fingerprint);
        all.truncate(FINDINGS_MAX);
        all
    }
}

/// What a gate has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// How it ended.
    pub(crate) outcome: GateOutcome,
    /// What it saw.
    pub(crate) findings: Vec<GateFinding>,
    /// Why it let pass, where it did.
    pub(crate) reason: Option<String>,
}

/// One line of what is sent.
#[derive(Serialize)]
pub(super) struct GateEvent<'e> {
    /// The same for the same event, however often it is sent.
    pub(super) id: &'e str,
    /// Which gate.
    pub(super) gate: &'e str,
    pub(super) outcome: GateOutcome,
    /// The name of the origin.
    pub(super) repository: &'e str,
    /// Who wanted to pass.
    pub(super) actor: &'e str,
    pub(super) at: Timestamp,
    pub(super) findings: Vec<&'e GateFinding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<&'e str>,
}
