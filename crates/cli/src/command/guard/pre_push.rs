//! `stanch guard pre-push`: looks at the commits that the remote lacks.

use std::collections::BTreeSet;

use super::{
    hooked, push_source,
    pushed::{self, Order},
};
use crate::{
    config::Config,
    exempt::{Absence, AllowSettings, Grants},
    gate::{Gate, GateArgs, Stop, Verdict},
    policy::Status,
    printer::Printer,
    project::Project,
};

/// Look at the commits that a push would bring and the remote lacks: the hook of that name
///
/// Reads from standard input what git tells the hook.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The name of the remote, or its address
    remote: Option<String>,
    /// Its address
    #[arg(hide = true)]
    url: Option<String>,
    #[command(flatten)]
    pub(super) gate: GateArgs,
    #[command(flatten)]
    allow: AllowSettings,
}

/// Lets the push pass or stops it.
pub(super) fn run(args: Args, mut config: Config, printer: &Printer) -> anyhow::Result<Verdict> {
    let pushed = pushed::read(Order::PrePush)?;
    let new: BTreeSet<String> = pushed.iter().filter_map(|push| push.new.clone()).collect();
    if new.is_empty() {
        return Ok(Status::Clean.into());
    }
    let names = pushed::names(&pushed).opened();
    let mut known: Vec<String> = pushed.into_iter().filter_map(|push| push.old).collect();
    let named = args.remote.filter(|remote| is_remote_name(remote));
    known.extend(named.map(|remote| format!("refs/remotes/{remote}/")));
    let mut opened = push_source(&hooked()?, new.into_iter().collect(), known, &mut config)?;
    opened.push(names);
    let allow = args.allow.over(config.allow.clone());
    let grants = Grants::load(&allow, Project::here(), Absence::Error)?;
    Ok(Gate::new(Stop::PrePush, opened, grants, (args.gate, config), printer)?.judge(printer))
}

/// Git gives the address where a remote has no name.
fn is_remote_name(text: &str) -> bool {
    !text.is_empty() && !text.contains([':', '\\']) && !text.starts_with(['.', '/'])
}
