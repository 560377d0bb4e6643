//! `stanch incident note`: adds a note.

use serde_json::json;

use super::{Common, desk::Method};
use crate::{config::Config, policy::Status, printer::Printer};

/// Add a note, or a link, to an incident
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The number of the incident
    #[arg(value_name = "INCIDENT")]
    incident: u32,
    /// What it says; never the secret
    #[arg(value_name = "TEXT")]
    text: String,
    /// Where it leads
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    common: Common,
}

/// Adds it.
pub(super) fn run(args: Args, config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let desk = args.common.desk(config, printer)?;
    let body = json!({ "text": args.text, "url": args.url });
    desk.change(Method::Post, (args.incident, "notes"), &body)
}
