//! When a run counts as failed.

use std::{process::ExitCode, str::FromStr};

use serde::Deserialize;
use stanch_model::{Confidence, Finding, Probability, Severity};

use crate::report::Report;

/// How a run ended, as its exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// 0: nothing to act on.
    Clean,
    /// 1: findings at or above the failing severity.
    Found,
    /// 2: the run failed, or was incomplete where that matters.
    Failed,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Clean => 0,
            Status::Found => 1,
            Status::Failed => 2,
        })
    }
}

/// The lowest severity that fails a run; none for never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct FailOn(Option<Severity>);

impl FailOn {
    const NEVER: &str = "never";

    /// Every name, for help and completions.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Severity::ALL.iter().map(|severity| severity.as_str()).chain([Self::NEVER])
    }

    fn fails(self, finding: &Finding) -> bool {
        self.0.is_some_and(|lowest| finding.severity >= lowest)
    }
}

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == Self::NEVER {
            return Ok(Self(None));
        }
        text.parse().map(|severity| Self(Some(severity))).map_err(|error| format!("{error}, {}", Self::NEVER))
    }
}

impl TryFrom<String> for FailOn {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// How sure we must be of what is reported, or of what fails a run: a tier, or a probability from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenConfidence")]
pub(crate) struct MinConfidence(Probability);

impl MinConfidence {
    /// What is more likely a secret than not.
    pub(crate) const DEFAULT: Self = Self(Confidence::Low.probability_min());

    /// The least probability.
    pub(crate) fn probability(self) -> Probability {
        self.0
    }

    /// Whether we are this sure of a finding: by the learned judge where it was asked, else by its tier.
    pub(crate) fn admits(self, finding: &Finding) -> bool {
        finding.probability.unwrap_or(finding.confidence.probability_min()) >= self.0
    }
}

/// A confidence as settings write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenConfidence {
    Number(f64),
    Name(String),
}

impl FromStr for MinConfidence {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let tier = || text.parse::<Confidence>().map(Confidence::probability_min);
        let read = text.parse::<Probability>().or_else(|_| tier());
        read.map(Self).map_err(|error| format!("{error}, or a number from 0 to 1"))
    }
}

impl TryFrom<WrittenConfidence> for MinConfidence {
    type Error = String;

    fn try_from(written: WrittenConfidence) -> Result<Self, String> {
        match written {
            WrittenConfidence::Number(number) => number.to_string().parse(),
            WrittenConfidence::Name(name) => name.parse(),
        }
    }
}

/// What the user lets pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Policy {
    pub(crate) fail_on: FailOn,
    /// The least sure finding that fails the run; none for whatever is reported.
    pub(crate) fail_on_confidence: Option<MinConfidence>,
    /// Findings never fail the run.
    pub(crate) exit_zero: bool,
    /// Gaps fail the run.
    pub(crate) strict: bool,
}

impl Policy {
    /// The lowest severity: what is not worth failing for is better disabled than got used to.
    pub(crate) const FAIL_ON: FailOn = FailOn(Some(Severity::Low));

    /// Whether a finding fails the run.
    pub(crate) fn fails(self, finding: &Finding) -> bool {
        self.fail_on.fails(finding) && self.fail_on_confidence.is_none_or(|least| least.admits(finding))
    }

    /// How a run with this report ended.
    pub(crate) fn judge(self, report: &Report<'_>) -> Status {
        let broken = report.coverage.targets.iter().any(|target| target.error.is_some());
        let incomplete = self.strict && !report.coverage.is_complete();
        if broken || incomplete || report.coverage.cancelled {
            Status::Failed
        } else if !self.exit_zero && report.findings.iter().any(|finding| self.fails(finding)) {
            Status::Found
        } else {
            Status::Clean
        }
    }
}
