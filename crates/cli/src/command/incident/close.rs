//! `stanch incident close`: the steps that are missing, and the end.

use serde_json::json;

use super::{Common, desk::Method, evidence::Evidence};
use crate::{config::Config, policy::Status, printer::Printer};

/// Close an incident: the steps that are missing are done one after the other, or none
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The number of the incident
    #[arg(value_name = "INCIDENT")]
    incident: u32,
    /// What shows that the secret was ended; needed unless it is revoked
    #[arg(long, value_name = "TEXT")]
    revoked: Vec<Evidence>,
    /// What shows that whatever used it has another; needed unless it is rotated
    #[arg(long, value_name = "TEXT")]
    rotated: Vec<Evidence>,
    /// Why nothing needs another, if that is so
    #[arg(long, value_name = "WORDS", default_value = "")]
    no_rotation: String,
    /// What shows that it opens nothing and nobody uses it; needed unless it is proven
    #[arg(long, value_name = "TEXT")]
    proven: Vec<Evidence>,
    /// In words
    #[arg(long, value_name = "WORDS", default_value = "")]
    reason: String,
    #[command(flatten)]
    common: Common,
}

/// Closes it.
pub(super) fn run(args: Args, config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let desk = args.common.desk(config, printer)?;
    let body = json!({
        "revoked": Evidence::body(&args.revoked),
        "rotated": Evidence::body(&args.rotated),
        "no_rotation": args.no_rotation,
        "proven": Evidence::body(&args.proven),
        "reason": args.reason,
    });
    desk.change(Method::Post, (args.incident, "close"), &body)
}
