//! Which leaks are one incident.

use std::{collections::BTreeSet, fmt};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Subject, span::Span};

/// Most keys of a leak: what stands in more origins is grouped by the first of them.
const KEYS_MAX: usize = 64;

/// What leaks of one incident have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupBy {
    /// They belong to one account of one provider.
    Account,
    /// One commit brought them.
    Commit,
    /// They stand in one repository, image or other origin.
    Repository,
}

impl GroupBy {
    /// The name used in policies.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Commit => "commit",
            Self::Repository => "repository",
        }
    }
}

/// Something that a leak has; leaks that have the same belong together.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub struct GroupKey {
    /// What it is.
    pub by: GroupBy,
    /// Which one: `aws:…`, the id of a commit, `repository:github.com/acme/shop`.
    pub value: String,
}

impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.by.as_str(), self.value)
    }
}

/// When a leak joins an incident that has one of its keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Grouping {
    /// What leaks of one incident have in common; the first that fits counts.
    pub same: Vec<GroupBy>,
    /// How long after its last leak an incident takes another one.
    pub window: SignedDuration,
    /// Most leaks of an incident.
    pub leaks_max: usize,
}

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    same: BTreeSet<GroupBy>,
    window: Span,
    leaks_max: LeaksMax,
}

/// From 1 to 10,000.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "i64")]
struct LeaksMax(usize);

impl TryFrom<i64> for LeaksMax {
    type Error = &'static str;

    fn try_from(number: i64) -> Result<Self, &'static str> {
        let fits = usize::try_from(number).ok().filter(|number| (1..=10_000).contains(number));
        fits.map(Self).ok_or("expected a number from 1 to 10000")
    }
}

impl From<Written> for Grouping {
    fn from(written: Written) -> Self {
        Self {
            same: written.same.into_iter().collect(),
            window: written.window.0,
            leaks_max: written.leaks_max.0,
        }
    }
}

impl Grouping {
    /// The keys of a leak, those that bind closest first; none where it has nothing in common with any.
    pub fn keys(&self, subject: &Subject) -> Vec<GroupKey> {
        let keys = self
            .same
            .iter()
            .flat_map(|&by| values(by, subject).into_iter().map(move |value| GroupKey { by, value }));
        keys.take(KEYS_MAX).collect()
    }

    /// Whether an incident with so many leaks, the last of them added at `last`, takes another one at `now`.
    pub fn admits(&self, leaks: usize, last: Timestamp, now: Timestamp) -> bool {
        leaks < self.leaks_max && now.duration_since(last) <= self.window
    }
}

fn values(by: GroupBy, subject: &Subject) -> BTreeSet<String> {
    match by {
        GroupBy::Account => {
            let issuer = subject.connector.as_deref().unwrap_or(&subject.rule);
            subject.account.iter().map(|account| format!("{issuer}:{account}")).collect()
        }
        GroupBy::Commit => subject.places.iter().filter_map(|place| place.commit.clone()).collect(),
        GroupBy::Repository => {
            let named = subject.places.iter().filter(|place| !place.origin.is_empty());
            named.map(|place| format!("{}:{}", place.kind, place.origin)).collect()
        }
    }
}
