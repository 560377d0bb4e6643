//! `stanch incident list`: incidents, one a line.

use serde::Deserialize;
use serde_json::Value as Json;
use stanch_model::{Severity, State};

use super::{Common, Desk, screen, told::Told};
use crate::{client::ApiError, config::Config, policy::Status, printer::Printer};

/// Most incidents of one answer.
const PAGE_MAX: u32 = 500;

/// List incidents, newest first
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Those that are over, too
    #[arg(long)]
    all: bool,
    /// Only those in this state
    #[arg(long, value_name = "STATE")]
    state: Option<State>,
    /// Only those of this severity
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<Severity>,
    /// Only those in which this person has a duty
    #[arg(long, value_name = "NAME")]
    holder: Option<String>,
    /// Only those with these words in the title
    #[arg(long, value_name = "WORDS")]
    title: Option<String>,
    /// How many at most
    #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    common: Common,
}

/// A page of a list.
#[derive(Deserialize)]
struct Page {
    items: Vec<Json>,
    next: Option<String>,
}

/// Prints them.
pub(super) fn run(args: Args, config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let wanted = [
        // A state says itself whether it is over.
        ("active", (!args.all && args.state.is_none()).then(|| "true".to_owned())),
        ("state", args.state.map(|state| state.to_string())),
        ("severity", args.severity.map(|severity| severity.to_string())),
        ("holder", args.holder),
        ("q", args.title),
    ];
    let wanted: Vec<_> = wanted.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let desk = args.common.desk(config, printer)?;
    let incidents = incidents(&desk, &wanted, args.limit)?;
    desk.print(&Json::Array(incidents), |incidents: &Vec<Told>, out| screen::table(incidents, out))
}

fn incidents(desk: &Desk<'_>, wanted: &[(&str, String)], limit: u32) -> Result<Vec<Json>, ApiError> {
    let mut incidents = Vec::new();
    let mut after = None;
    loop {
        let left = limit - u32::try_from(incidents.len()).unwrap_or(limit).min(limit);
        let mut parameters = wanted.to_vec();
        parameters.push(("limit", left.min(PAGE_MAX).to_string()));
        parameters.extend(after.map(|after| ("after", after)));
        let page: Page = desk.api.query("/api/v1/incidents", &parameters)?;
        incidents.extend(page.items.into_iter().take(left as usize));
        after = page.next;
        if after.is_none() || incidents.len() >= limit as usize {
            return Ok(incidents);
        }
    }
}
