//! `stanch incident ack`: somebody takes an incident.

use serde_json::json;

use super::{Common, desk::Method};
use crate::{config::Config, policy::Status, printer::Printer};

/// Acknowledge an incident: nobody else is woken for it
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The number of the incident
    #[arg(value_name = "INCIDENT")]
    incident: u32,
    /// In words
    #[arg(long, value_name = "WORDS", default_value = "")]
    reason: String,
    #[command(flatten)]
    common: Common,
}

/// Acknowledges it.
pub(super) fn run(args: Args, config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let desk = args.common.desk(config, printer)?;
    let body = json!({ "step": "acknowledge", "reason": args.reason });
    desk.change(Method::Post, (args.incident, "steps"), &body)
}
