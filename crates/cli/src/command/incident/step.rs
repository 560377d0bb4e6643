//! `stanch incident step`: takes an incident one step on.

use clap::ValueEnum;
use serde_json::json;
use stanch_model::IncidentStep;

use super::{Common, desk::Method, evidence::Evidence};
use crate::{config::Config, policy::Status, printer::Printer};

/// Take an incident one step on: contain, revoke, rotate, prove or reopen
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The number of the incident
    #[arg(value_name = "INCIDENT")]
    incident: u32,
    /// What was done
    #[arg(value_name = "STEP")]
    step: Step,
    /// What shows it; a link at the end of the text is kept as one
    ///
    /// Needed to revoke and to prove, and to rotate without a reason. Several times for several pieces.
    #[arg(long, value_name = "TEXT")]
    evidence: Vec<Evidence>,
    /// Why; needed to reopen
    #[arg(long, value_name = "WORDS", default_value = "")]
    reason: String,
    #[command(flatten)]
    common: Common,
}

/// A step that needs nothing but evidence or a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Harm was stopped
    Contain,
    /// The secret was ended where it was issued
    Revoke,
    /// Whatever used it has another, or needs none
    Rotate,
    /// It was shown that it opens nothing and nobody uses it
    Prove,
    /// It is not over after all
    Reopen,
}

impl From<Step> for IncidentStep {
    fn from(step: Step) -> Self {
        match step {
            Step::Contain => Self::Contain,
            Step::Revoke => Self::Revoke,
            Step::Rotate => Self::Rotate,
            Step::Prove => Self::Prove,
            Step::Reopen => Self::Reopen,
        }
    }
}

/// Takes it.
pub(super) fn run(args: Args, config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let desk = args.common.desk(config, printer)?;
    let body = json!({
        "step": IncidentStep::from(args.step).as_str(), "reason": args.reason, "evidence": Evidence::body(&args.evidence),
    });
    desk.change(Method::Post, (args.incident, "steps"), &body)
}
