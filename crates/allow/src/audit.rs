//! What is wrong with exceptions themselves.

use std::fmt;

use jiff::civil::Date;
use stanch_model::{Dialect, KeyId, Reason};

use crate::{
    Allowance, Placed, Rulings, Subject, Usage,
    exceptions::{Comment, Outcome},
};

/// Secrets that one condition may let stay without being called broad.
const SECRETS_MAX: usize = 20;

/// What an audit knows beside the exceptions.
#[derive(Clone, Copy, Debug)]
pub struct Auditing<'a> {
    /// The day.
    pub today: Date,
    /// The keys that the run computed fingerprints under: the one in use, and the one before it.
    pub keys: [Option<KeyId>; 2],
    /// The findings of the run.
    pub placed: &'a [Placed<'a>],
    /// Whether the run saw all that exceptions may be about, so that one without use is told.
    pub saw_all: SawAll,
}

/// Whether a run saw all that exceptions may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SawAll {
    /// It did.
    Yes,
    /// It saw a part.
    No,
}

/// One exception that wants attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Which.
    pub source: Source,
    /// What is wrong.
    pub fault: Fault,
}

/// Where an exception is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// In the allow file.
    Entry {
        /// The line of its header, counted from 1.
        line: usize,
        /// The fingerprint or the name of the condition.
        name: String,
    },
    /// In a comment.
    Comment {
        /// The path of the file below the root of the project.
        path: String,
        /// The line, counted from 1.
        line: usize,
        /// Whose comment.
        dialect: Dialect,
    },
}

/// What is wrong with an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Its last day has passed.
    Expired {
        /// That day.
        on: Date,
        /// The findings that it would let stay.
        findings: usize,
    },
    /// It says that it was granted on a day to come.
    NotYet {
        /// That day.
        created: Date,
    },
    /// Nothing that was scanned needs it.
    Unused,
    /// Its path or its value tells nothing apart.
    Broad,
    /// It lets many different secrets stay.
    Many {
        /// How many.
        secrets: usize,
    },
    /// Nobody answers for it.
    Unowned,
    /// It was granted for longer than its reason allows.
    TooLong {
        /// The last day it is taken for; none where only a proof would do.
        until: Option<Date>,
    },
    /// Its fingerprint is of a key that this run does not have, so that it lets nothing stay.
    UnknownKey(KeyId),
    /// Its fingerprint is of the key before this one.
    FormerKey(KeyId),
    /// A comment that does not name its secret: the next one on that line will be let alone too.
    Unbound,
    /// A comment that has no effect.
    Idle(Idle),
}

/// Why a comment has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Idle {
    /// It says no reason that we know.
    NoReason,
    /// A day or an owner in it cannot be read.
    Garbled,
    /// It names another secret.
    OtherSecret,
    /// It names no secret, and there are several on the line.
    SeveralSecrets,
}

impl Fault {
    /// Its name in reports for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expired { .. } => "expired",
            Self::NotYet { .. } => "not-yet",
            Self::Unused => "unused",
            Self::Broad | Self::Many { .. } => "over-broad",
            Self::Unowned => "unowned",
            Self::TooLong { .. } => "too-long",
            Self::UnknownKey(_) => "unknown-key",
            Self::FormerKey(_) => "former-key",
            Self::Unbound => "unbound",
            Self::Idle(_) => "no-effect",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Expired { on, findings: 0 } => write!(f, "expired on {on}"),
            Self::Expired { on, findings: 1 } => {
                write!(f, "expired on {on}, and its finding is reported again")
            }
            Self::Expired { on, findings } => {
                write!(f, "expired on {on}, and its {findings} findings are reported again")
            }
            Self::NotYet { created } => {
                write!(f, "created on {created}, which is to come: lets nothing stay until then")
            }
            Self::Unused => f.write_str("nothing that was scanned needs it"),
            Self::Broad => {
                f.write_str("its path or value tells nothing apart: name a folder or file, or the secret")
            }
            Self::Many { secrets } => write!(f, "lets {secrets} different secrets stay"),
            Self::Unowned => f.write_str("nobody answers for it: owner is missing"),
            Self::TooLong { until: Some(until) } => {
                write!(f, "granted for longer than its reason allows, and taken as until {until}")
            }
            Self::TooLong { until: None } => f.write_str("granted for longer than its reason allows"),
            Self::UnknownKey(key) => {
                write!(
                    f,
                    "its fingerprint is of the key {key}, which this run does not have, so it lets nothing stay"
                )
            }
            Self::FormerKey(key) => {
                write!(f, "its fingerprint is of the former key {key}: stanch allow rekey")
            }
            Self::Unbound => {
                f.write_str("does not name its secret, so that a new one on this line would pass too")
            }
            Self::Idle(Idle::NoReason) => {
                write!(
                    f,
                    "has no effect: expected a reason after it: one of {}",
                    Reason::ALL.map(Reason::as_str).join(", ")
                )
            }
            Self::Idle(Idle::Garbled) => f.write_str("has no effect: its owner or its day cannot be read"),
            Self::Idle(Idle::OtherSecret) => {
                f.write_str("has no effect: it names another secret than this one")
            }
            Self::Idle(Idle::SeveralSecrets) => {
                f.write_str("has no effect: several secrets are on this line, and it names none")
            }
        }
    }
}

/// What is wrong with the exceptions that `rulings` were made by; `lines` are the headers of the allowances in their order.
pub fn audit(allowances: &[(usize, &Allowance)], rulings: &Rulings, auditing: &Auditing<'_>) -> Vec<Remark> {
    let mut remarks = Vec::new();
    for ((line, allowance), usage) in allowances.iter().zip(&rulings.usage) {
        let source = || Source::Entry { line: *line, name: allowance.name() };
        let faults = faults(allowance, usage, auditing);
        remarks.extend(faults.into_iter().map(|fault| Remark { source: source(), fault }));
    }
    for comment in &rulings.comments {
        let Placed { finding, path } = &auditing.placed[comment.finding];
        let dialect = comment.mark.dialect;
        let source = Source::Comment { path: path.clone(), line: finding.location.line, dialect };
        let faults = comment_faults(comment).into_iter();
        remarks.extend(faults.map(|fault| Remark { source: source.clone(), fault }));
    }
    remarks.sort_by(|a, b| a.source.cmp(&b.source));
    remarks.dedup();
    remarks
}

fn faults(allowance: &Allowance, usage: &Usage, auditing: &Auditing<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let key_fault = key_fault(allowance, auditing);
    if allowance.is_of_the_future(auditing.today) {
        faults.push(Fault::NotYet { created: allowance.created });
    }
    let end = allowance.end().filter(|end| *end < auditing.today);
    faults.extend(end.map(|on| Fault::Expired { on, findings: usage.findings }));
    if usage.findings == 0
        && auditing.saw_all == SawAll::Yes
        && !matches!(key_fault, Some(Fault::UnknownKey(_)))
    {
        faults.push(Fault::Unused);
    }
    if let Subject::Condition(condition) = &allowance.subject {
        let value_is_broad = condition.value.as_ref().is_some_and(|value| !value.is_narrow());
        if value_is_broad || !condition.path.is_narrow() {
            faults.push(Fault::Broad);
        }
        if usage.secrets.len() > SECRETS_MAX {
            faults.push(Fault::Many { secrets: usage.secrets.len() });
        }
    }
    if allowance.owner.is_none() {
        faults.push(Fault::Unowned);
    }
    if allowance.is_too_long() {
        faults.push(Fault::TooLong { until: allowance.end() });
    }
    faults.extend(key_fault);
    faults
}

fn key_fault(allowance: &Allowance, auditing: &Auditing<'_>) -> Option<Fault> {
    let Subject::Secret(fingerprint) = &allowance.subject else { return None };
    let key = fingerprint.key();
    match auditing.keys {
        [Some(current), _] if key == current => None,
        [_, Some(former)] if key == former => Some(Fault::FormerKey(key)),
        _ => Some(Fault::UnknownKey(key)),
    }
}

fn comment_faults(comment: &Comment) -> Vec<Fault> {
    let mark = &comment.mark;
    match comment.outcome {
        Outcome::NotHonoured => Vec::new(),
        Outcome::NoReason => vec![Fault::Idle(Idle::NoReason)],
        Outcome::Garbled => vec![Fault::Idle(Idle::Garbled)],
        Outcome::OtherSecret => vec![Fault::Idle(Idle::OtherSecret)],
        Outcome::SeveralSecrets => vec![Fault::Idle(Idle::SeveralSecrets)],
        Outcome::Expired => mark.until.map(|on| Fault::Expired { on, findings: 1 }).into_iter().collect(),
        Outcome::Heeded => {
            let unowned = mark.owner.is_none().then_some(Fault::Unowned);
            let unbound = mark.short.is_none().then_some(Fault::Unbound);
            unowned.into_iter().chain(unbound).collect()
        }
    }
}
