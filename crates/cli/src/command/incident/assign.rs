//! `stanch incident assign`: gives a duty to somebody.

use serde_json::json;
use stanch_model::Duty;

use super::{Common, desk::Method};
use crate::{config::Config, policy::Status, printer::Printer};

/// Give a duty in an incident to somebody, or to nobody
#[derive(Debug, clap::Args)]
#[command(
    override_usage = "stanch incident assign [OPTIONS] <INCIDENT> <NAME|--nobody>",
    group(clap::ArgGroup::new("whom").args(["holder", "nobody"]).required(true))
)]
pub(super) struct Args {
    /// The number of the incident
    #[arg(value_name = "INCIDENT")]
    incident: u32,
    /// Whom it is given to
    #[arg(value_name = "NAME")]
    holder: Option<String>,
    /// Take it away
    #[arg(long)]
    nobody: bool,
    /// Which duty: commander, ops-lead or liaison
    #[arg(long, value_name = "DUTY", default_value = "commander")]
    duty: Duty,
    #[command(flatten)]
    common: Common,
}

/// Gives it.
pub(super) fn run(args: Args, config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let desk = args.common.desk(config, printer)?;
    let body = json!({ "holder": args.holder });
    desk.change(Method::Put, (args.incident, &format!("duties/{}", args.duty)), &body)
}
