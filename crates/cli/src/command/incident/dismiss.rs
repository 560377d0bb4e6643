//! `stanch incident dismiss`: there is nothing to revoke.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::json;
use stanch_model::Reason;

use super::{Common, desk::Method};
use crate::{config::Config, policy::Status, printer::Printer};

/// Dismiss an incident: there is nothing to revoke; its secrets get an exception that ends
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The number of the incident
    #[arg(value_name = "INCIDENT")]
    incident: u32,
    /// Why
    #[arg(long, value_name = "REASON", value_parser = reason())]
    why: Reason,
    /// The same in words
    #[arg(long, value_name = "WORDS")]
    reason: String,
    /// Who answers for it [default: whoever the token is of]
    #[arg(long, value_name = "NAME")]
    owner: Option<String>,
    #[command(flatten)]
    common: Common,
}

fn reason() -> impl TypedValueParser<Value = Reason> {
    PossibleValuesParser::new(Reason::ALL.map(Reason::as_str)).try_map(|name| name.parse::<Reason>())
}

/// Dismisses it.
pub(super) fn run(args: Args, config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let desk = args.common.desk(config, printer)?;
    let body = json!({ "step": "dismiss", "why": args.why, "reason": args.reason, "owner": args.owner });
    desk.change(Method::Post, (args.incident, "steps"), &body)
}
