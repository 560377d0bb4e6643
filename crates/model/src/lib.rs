//! The vocabulary of Stanch: what a secret, a finding and the place of a finding are.
//!
//! No I/O and no async live here; every other crate speaks in these types.
//!
//! - [`Secret`]: a raw value that cannot be printed by accident, with its [`Fingerprint`].
//! - [`normal_form`]: what is one secret in whatever form it is written.
//! - [`Finding`]: a secret seen in one place, with rule, [`Severity`], [`Confidence`], [`Location`] and [`Provenance`].
//! - [`Class`]: whether it is a test key or a live one.
//! - [`Encoding`]: how a secret was written down, where it does not stand there as it is.
//! - [`Fact`]: what the form of a secret says of itself, such as the day it expires.
//! - [`Part`]: what belongs to the secret of a finding, an id or a user.
//! - [`Mark`]: a comment beside a secret that asks for it to be let alone, for a [`Reason`].
//! - [`SecretGroup`]: one secret with all its findings; [`group`] makes them.
//! - [`Milestones`]: the life of an incident as a pure state machine, [`Duty`]: who answers for what in it.
//! - [`ReportLine`]: what a client tells a server of findings, [`Origin`]: of what.
//! - [`Coverage`]: what was scanned, and each [`Skip`]: what was not, and why.
//!
//! ```
//! use stanch_model::{Fingerprinter, KeyKind};
//!
//! let printer = Fingerprinter::new(KeyKind::Salt, &[7; 32]);
//! let secret = printer.seal(b"correct horse battery staple");
//! assert_eq!(secret.fingerprint(), printer.seal(b"correct horse battery staple").fingerprint());
//! assert!(!format!("{secret:?}").contains("horse"));
//! ```

mod actor;
mod class;
mod connector;
mod coverage;
mod duty;
mod encoding;
mod evidence;
mod fact;
mod finding;
mod fingerprint;
mod grouping;
mod incident;
mod liveness;
mod location;
mod mark;
mod normal;
mod origin;
mod part;
mod preview;
mod probability;
mod provenance;
mod rating;
mod reason;
mod reported;
mod rule;
mod secret;
mod urgency;

pub use actor::{Actor, ActorKind};
pub use class::Class;
pub use connector::CONNECTORS;
pub use coverage::{Coverage, Skip, SkipReason, TargetCoverage};
pub use duty::{Duty, DutyError};
pub use encoding::Encoding;
pub use evidence::{Evidence, EvidenceKind};
pub use fact::Fact;
pub use finding::{Finding, Snippet};
pub use fingerprint::{Fingerprint, FingerprintError, Fingerprinter, KeyError, KeyId, KeyKind};
pub use grouping::{SecretGroup, group};
pub use incident::{Change, Milestones, Refused, State, StateError, Step as IncidentStep, Transition};
pub use liveness::{Liveness, LivenessError};
pub use location::{Location, Span};
pub use mark::{Dialect, Mark};
pub use normal::normal_form;
pub use origin::{Origin, OriginKind, OriginKindError};
pub use part::{Part, PartValue};
pub use preview::Preview;
pub use probability::{Probability, ProbabilityError};
pub use provenance::{Provenance, Step};
pub use rating::{Confidence, RatingError, Severity};
pub use reason::{Reason, ReasonError};
pub use reported::{ReportLine, ReportedFinding, ReportedPart, ReportedSummary, ScanHeader};
pub use rule::RuleInfo;
pub use secret::Secret;
pub use urgency::{Urgency, UrgencyError};
