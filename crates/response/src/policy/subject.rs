//! What is judged: all that is known of a leak, as plain data.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use stanch_model::{Class, Confidence, Liveness, OriginKind, Severity};

/// A leak as the policy sees it: one secret and each place it was seen in.
///
/// ```
/// use stanch_response::policy::{Place, Subject};
///
/// let subject = Subject {
///     rule: "acme-key".to_owned(),
///     places: vec![Place { origin: "github.com/acme/shop".to_owned(), ..Place::default() }],
///     ..Subject::default()
/// };
/// assert_eq!(subject.places.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Id of the rule that found it.
    pub rule: String,
    /// The connector of that rule, where it has one.
    pub connector: Option<String>,
    /// How much harm it can do, as the scanner says.
    pub severity: Severity,
    /// How sure the scanner is.
    pub confidence: Confidence,
    /// What it was made for, where its format tells.
    pub class: Option<Class>,
    /// Whether its provider accepts it.
    pub liveness: Liveness,
    /// What it lets its holder do, where somebody asked.
    pub privilege: Privilege,
    /// The account it belongs to, where its form or its provider tells.
    pub account: Option<String>,
    /// Who answers for it, the likeliest first.
    pub owners: Vec<String>,
    /// Teams whose origins it stands in.
    pub teams: Vec<String>,
    /// When it leaked first; none where that is not known.
    pub leaked: Option<Timestamp>,
    /// Where it was seen; the worst place decides.
    pub places: Vec<Place>,
}

impl Default for Subject {
    /// Nothing is known of it: a secret of medium severity and confidence.
    fn default() -> Self {
        Self {
            rule: String::new(),
            connector: None,
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            class: None,
            liveness: Liveness::Unknown,
            privilege: Privilege::Unknown,
            account: None,
            owners: Vec::new(),
            teams: Vec::new(),
            leaked: None,
            places: Vec::new(),
        }
    }
}

/// One place of a leak.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// What kind of thing it stands in.
    pub kind: OriginKind,
    /// The name of that thing: `github.com/acme/shop`.
    pub origin: String,
    /// The path in it, with `/` between folders.
    pub path: String,
    /// Whether everybody can read it, as far as the scan says.
    pub public: Option<bool>,
    /// What it serves, as far as the scan says.
    pub environment: Option<String>,
    /// The commit that brought it, where it has one.
    pub commit: Option<String>,
}

impl Default for Place {
    /// A place of which nothing is known.
    fn default() -> Self {
        Self {
            kind: OriginKind::Other,
            origin: String::new(),
            path: String::new(),
            public: None,
            environment: None,
            commit: None,
        }
    }
}

/// What a secret lets its holder do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Privilege {
    /// Nobody asked, or there was no answer.
    #[default]
    Unknown,
    /// It reads.
    Read,
    /// It changes things.
    Write,
    /// It rules: creates users, changes rights, reads everything.
    Admin,
}

impl Privilege {
    /// Every privilege, lowest first.
    pub const ALL: [Self; 4] = [Self::Unknown, Self::Read, Self::Write, Self::Admin];

    /// The name used in policies, reports and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no privilege.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown privilege: expected one of {}", Privilege::ALL.map(Privilege::as_str).join(", "))]
pub struct PrivilegeError;

impl FromStr for Privilege {
    type Err = PrivilegeError;

    fn from_str(text: &str) -> Result<Self, PrivilegeError> {
        Self::ALL.into_iter().find(|privilege| privilege.as_str() == text).ok_or(PrivilegeError)
    }
}
