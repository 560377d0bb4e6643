//! `stanch incident show`: all of an incident.

use serde_json::{Value as Json, json};

use super::{Common, screen, told::Case};
use crate::{config::Config, policy::Status, printer::Printer};

/// Most leaks that are shown.
const LEAKS_MAX: u32 = 50;
/// Most events that are shown.
const EVENTS_MAX: u32 = 20;

/// Show an incident: its state and clocks, leaks, checklist and latest events
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The number of the incident
    #[arg(value_name = "INCIDENT")]
    incident: u32,
    #[command(flatten)]
    common: Common,
}

/// Prints it.
pub(super) fn run(args: Args, config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let desk = args.common.desk(config, printer)?;
    let path = format!("/api/v1/incidents/{}", args.incident);
    let incident: Json = desk.api.get(&path)?;
    let of_incident = [("incident", args.incident.to_string()), ("limit", LEAKS_MAX.to_string())];
    let mut leaks: Json = desk.api.query("/api/v1/leaks", &of_incident)?;
    let tasks: Json = desk.api.get(&format!("{path}/tasks"))?;
    let latest = [("limit", EVENTS_MAX.to_string())];
    let mut events: Json = desk.api.query(&format!("{path}/events"), &latest)?;
    let case = json!({
        "incident": incident, "leaks": leaks["items"].take(), "tasks": tasks, "events": events["items"].take(),
    });
    desk.print(&case, |case: &Case, out| screen::case(case, out))
}
