//! The life of an incident as a pure state machine: what may follow what, and which clock it stops.
//!
//! An incident is not in one state only: its **milestones** are reached one by one, and the [`State`] people see is the furthest of
//! them. So a replacement may be rolled out before the old secret is revoked (the usual order) or after it (contain first).

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Evidence, Reason};

/// Where an incident stands, as people see it; derived from its milestones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody has taken it yet.
    Open,
    /// It was over, and its secret was seen alive again; nobody has taken it yet.
    Reopened,
    /// Somebody works on it.
    Acknowledged,
    /// Harm is stopped for now, reversibly.
    Contained,
    /// The secret was ended where it was issued.
    Revoked,
    /// It was ended, and what used it has another.
    Rotated,
    /// It was shown that the secret opens nothing and nobody uses it.
    Proven,
    /// Over: revoked and proven.
    Closed,
    /// Over: there was nothing to revoke.
    Dismissed,
}

impl State {
    /// Every state, in the order of an incident's life.
    pub const ALL: [Self; 9] = [
        Self::Open,
        Self::Reopened,
        Self::Acknowledged,
        Self::Contained,
        Self::Revoked,
        Self::Rotated,
        Self::Proven,
        Self::Closed,
        Self::Dismissed,
    ];

    /// The name used in databases, the API and pages.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Reopened => "reopened",
            Self::Acknowledged => "acknowledged",
            Self::Contained => "contained",
            Self::Revoked => "revoked",
            Self::Rotated => "rotated",
            Self::Proven => "proven",
            Self::Closed => "closed",
            Self::Dismissed => "dismissed",
        }
    }

    /// Whether somebody still has something to do.
    pub fn is_active(self) -> bool {
        !matches!(self, Self::Closed | Self::Dismissed)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no state.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown state: expected one of {}", State::ALL.map(State::as_str).join(", "))]
pub struct StateError;

impl FromStr for State {
    type Err = StateError;

    fn from_str(text: &str) -> Result<Self, StateError> {
        Self::ALL.into_iter().find(|state| state.as_str() == text).ok_or(StateError)
    }
}

/// When each milestone was reached; a clock that stands still is a time, one that ticks is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestones {
    /// When somebody took it.
    pub acknowledged: Option<Timestamp>,
    /// When harm was stopped.
    pub contained: Option<Timestamp>,
    /// When the secret was ended.
    pub revoked: Option<Timestamp>,
    /// When whatever used it had another, or needed none.
    pub rotated: Option<Timestamp>,
    /// When it was shown to be dead and unused.
    pub proven: Option<Timestamp>,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// When it was dismissed.
    pub dismissed: Option<Timestamp>,
    /// When it was opened again last.
    pub reopened: Option<Timestamp>,
}

impl Milestones {
    /// The state they amount to.
    pub fn state(&self) -> State {
        let furthest = [
            (self.dismissed.is_some(), State::Dismissed),
            (self.closed.is_some(), State::Closed),
            (self.proven.is_some(), State::Proven),
            (self.revoked.is_some() && self.rotated.is_some(), State::Rotated),
            (self.revoked.is_some(), State::Revoked),
            (self.contained.is_some(), State::Contained),
            (self.acknowledged.is_some(), State::Acknowledged),
            (self.reopened.is_some(), State::Reopened),
        ];
        furthest
            .into_iter()
            .find_map(|(is_reached, state)| is_reached.then_some(state))
            .unwrap_or(State::Open)
    }

    /// What may happen next, in the order of an incident's life.
    pub fn next(&self) -> Vec<Step> {
        Step::ALL.into_iter().filter(|&step| self.refusal(step).is_none()).collect()
    }

    /// The milestones after this step.
    ///
    /// # Errors
    ///
    /// If the step may not follow, or if it needs evidence or a reason that is not given.
    pub fn after(self, transition: &Transition) -> Result<Self, Refused> {
        let step = transition.step();
        if let Some(refused) = self.refusal(step) {
            return Err(refused);
        }
        transition.demand()?;
        let at = Some(transition.at);
        let mut next = self;
        match step {
            Step::Acknowledge => next.acknowledged = at,
            Step::Contain => next.contained = at,
            Step::Revoke => {
                next.contained = next.contained.or(at);
                next.revoked = at;
            }
            Step::Rotate => next.rotated = at,
            Step::Prove => next.proven = at,
            Step::Close => next.closed = at,
            Step::Dismiss => next.dismissed = at,
            Step::Reopen => next = Self { reopened: at, ..Self::default() },
        }
        if !matches!(step, Step::Reopen | Step::Dismiss) {
            next.acknowledged = next.acknowledged.or(at);
        }
        Ok(next)
    }

    /// Why the step may not follow; none if it may.
    fn refusal(&self, step: Step) -> Option<Refused> {
        let state = self.state();
        let is_over = !state.is_active();
        let already = match step {
            Step::Acknowledge => self.acknowledged.is_some(),
            Step::Contain => self.contained.is_some(),
            Step::Revoke => self.revoked.is_some(),
            Step::Rotate => self.rotated.is_some(),
            Step::Prove => self.proven.is_some(),
            Step::Close | Step::Dismiss | Step::Reopen => false,
        };
        match step {
            Step::Reopen => (!is_over).then_some(Refused::NotOver { state }),
            _ if is_over => Some(Refused::Over { state }),
            _ if already => Some(Refused::Already { step, state }),
            Step::Prove if self.revoked.is_none() => Some(Refused::Missing { step, needs: Step::Revoke }),
            Step::Prove if self.rotated.is_none() => Some(Refused::Missing { step, needs: Step::Rotate }),
            Step::Close if self.proven.is_none() => Some(Refused::Missing { step, needs: Step::Prove }),
            Step::Dismiss if self.revoked.is_some() => Some(Refused::Already { step: Step::Revoke, state }),
            _ => None,
        }
    }
}

/// A kind of change to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Take it.
    Acknowledge,
    /// Stop harm, reversibly.
    Contain,
    /// End the secret.
    Revoke,
    /// Give what used it another.
    Rotate,
    /// Show that it is dead and unused.
    Prove,
    /// End the incident.
    Close,
    /// End it, because there is nothing to revoke.
    Dismiss,
    /// Take up one that was over.
    Reopen,
}

impl Step {
    /// Every step, in the order of an incident's life.
    pub const ALL: [Self; 8] = [
        Self::Acknowledge,
        Self::Contain,
        Self::Revoke,
        Self::Rotate,
        Self::Prove,
        Self::Close,
        Self::Dismiss,
        Self::Reopen,
    ];

    /// The verb used in the API, on the command line and in events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Contain => "contain",
            Self::Revoke => "revoke",
            Self::Rotate => "rotate",
            Self::Prove => "prove",
            Self::Close => "close",
            Self::Dismiss => "dismiss",
            Self::Reopen => "reopen",
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is done to an incident, with what is needed for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// When it happened.
    pub at: Timestamp,
    /// Why, in words; empty where the step needs none.
    pub reason: String,
    /// What shows it.
    pub evidence: Vec<Evidence>,
    /// The change.
    pub change: Change,
}

/// A change to an incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Change {
    /// Take it.
    Acknowledge,
    /// Stop harm, reversibly.
    Contain,
    /// End the secret; needs evidence.
    Revoke,
    /// Give what used it another; needs evidence, or a reason why nothing needs another.
    Rotate,
    /// Show that it is dead and unused; needs evidence.
    Prove,
    /// End the incident.
    Close,
    /// End it, because there is nothing to revoke; needs a reason in words too.
    Dismiss {
        /// Why there is nothing to revoke.
        why: Reason,
    },
    /// Take up one that was over; needs a reason.
    Reopen,
}

impl Transition {
    /// The kind of change.
    pub fn step(&self) -> Step {
        match self.change {
            Change::Acknowledge => Step::Acknowledge,
            Change::Contain => Step::Contain,
            Change::Revoke => Step::Revoke,
            Change::Rotate => Step::Rotate,
            Change::Prove => Step::Prove,
            Change::Close => Step::Close,
            Change::Dismiss { .. } => Step::Dismiss,
            Change::Reopen => Step::Reopen,
        }
    }

    /// Whether what the step needs is given.
    fn demand(&self) -> Result<(), Refused> {
        let step = self.step();
        let (has_evidence, has_reason) = (!self.evidence.is_empty(), !self.reason.trim().is_empty());
        match step {
            Step::Revoke | Step::Prove if !has_evidence => Err(Refused::NoEvidence { step }),
            Step::Rotate if !has_evidence && !has_reason => Err(Refused::NoEvidence { step }),
            Step::Dismiss | Step::Reopen if !has_reason => Err(Refused::NoReason { step }),
            _ => Ok(()),
        }
    }
}

/// Why a change was refused.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// The incident is over.
    #[error("the incident is {state}: reopen it first")]
    Over {
        /// How it ended.
        state: State,
    },
    /// It is not over, so it cannot be reopened.
    #[error("the incident is {state}: only one that is over can be reopened")]
    NotOver {
        /// Where it stands.
        state: State,
    },
    /// The milestone was reached before.
    #[error("cannot {step}: that was done before, and the incident is {state}")]
    Already {
        /// What was done before.
        step: Step,
        /// Where the incident stands.
        state: State,
    },
    /// Another step must come first.
    #[error("cannot {step} before {needs}")]
    Missing {
        /// What was asked for.
        step: Step,
        /// What must come first.
        needs: Step,
    },
    /// The step needs evidence.
    #[error("cannot {step} without evidence")]
    NoEvidence {
        /// What was asked for.
        step: Step,
    },
    /// The step needs a reason.
    #[error("cannot {step} without a reason")]
    NoReason {
        /// What was asked for.
        step: Step,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn transition(change: Change, second: i64) -> Transition {
        Transition {
            at: Timestamp::from_second(second).expect("a time"),
            reason: "because".to_owned(),
            evidence: vec![Evidence::note("seen in the console")],
            change,
        }
    }

    fn changes() -> impl Strategy<Value = Change> {
        prop_oneof![
            Just(Change::Acknowledge),
            Just(Change::Contain),
            Just(Change::Revoke),
            Just(Change::Rotate),
            Just(Change::Prove),
            Just(Change::Close),
            Just(Change::Dismiss { why: Reason::FalsePositive }),
            Just(Change::Reopen),
        ]
    }

    fn walk(changes: &[Change]) -> Result<Milestones, Refused> {
        changes.iter().zip(1..).try_fold(Milestones::default(), |milestones, (&change, second)| {
            milestones.after(&transition(change, second))
        })
    }

    #[test]
    fn the_usual_life_and_the_replacement_first() {
        use Change::{Acknowledge, Close, Contain, Prove, Revoke, Rotate};
        let usual = walk(&[Acknowledge, Contain, Revoke, Rotate, Prove, Close]).expect("allowed");
        assert_eq!(usual.state(), State::Closed);
        let overlap = walk(&[Acknowledge, Rotate, Revoke]).expect("allowed");
        assert_eq!(overlap.state(), State::Rotated);
        assert_eq!(overlap.contained, overlap.revoked, "what is revoked is contained");
    }

    #[test]
    fn what_must_come_first_is_named() {
        let refused = walk(&[Change::Acknowledge, Change::Close]).expect_err("not proven");
        assert_eq!(refused.to_string(), "cannot close before prove");
        let refused = walk(&[Change::Revoke, Change::Prove]).expect_err("not rotated");
        assert_eq!(refused.to_string(), "cannot prove before rotate");
        let refused = walk(&[Change::Reopen]).expect_err("not over");
        assert_eq!(refused.to_string(), "the incident is open: only one that is over can be reopened");
    }

    #[test]
    fn evidence_and_reasons_are_demanded() {
        let bare =
            |change| Transition { reason: " ".to_owned(), evidence: Vec::new(), ..transition(change, 1) };
        let fresh = Milestones::default();
        assert_eq!(fresh.after(&bare(Change::Revoke)), Err(Refused::NoEvidence { step: Step::Revoke }));
        let dismiss = bare(Change::Dismiss { why: Reason::TestCredential });
        assert_eq!(fresh.after(&dismiss), Err(Refused::NoReason { step: Step::Dismiss }));
    }

    proptest! {
        #[test]
        fn no_walk_closes_what_is_not_revoked_and_proven(walk in prop::collection::vec(changes(), 0..30)) {
            let mut now = Milestones::default();
            for (&change, second) in walk.iter().zip(1..) {
                let transition = transition(change, second);
                let offered = now.next().contains(&transition.step());
                match now.after(&transition) {
                    Ok(next) => {
                        prop_assert!(offered);
                        now = next;
                    }
                    Err(_) => prop_assert!(!offered),
                }
                if now.closed.is_some() {
                    prop_assert!(now.contained <= now.revoked && now.revoked <= now.proven);
                    prop_assert!(now.rotated.is_some() && now.proven <= now.closed);
                }
                prop_assert!(now.closed.is_none() || now.dismissed.is_none());
            }
        }
    }
}
