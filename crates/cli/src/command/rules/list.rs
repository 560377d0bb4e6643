//! `stanch rules list`: a line a rule.

use std::io::{self, Write};

use anyhow::Context as _;
use stanch_engine::{Rule, RuleSet};
use stanch_model::RuleInfo;

use super::{HEADING, Shape, entry::Entry, json};
use crate::{
    advice::listed, config::Config, policy::Status, printer::Printer, rulebook, settings::RuleSettings,
};

/// Keywords listed of a rule; the rest are counted.
const KEYWORDS_MAX: usize = 2;

/// List every active rule, with the keywords by which it is looked for
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Shape,
    #[command(flatten)]
    rules: RuleSettings,
}

/// What to list, and how.
pub(crate) struct Options {
    rules: RuleSet,
    shape: Shape,
}

impl Args {
    pub(super) fn resolve(self, config: Config) -> anyhow::Result<Options> {
        Ok(Options { rules: rulebook::load(&self.rules.over(config.rules))?, shape: self.format })
    }
}

pub(super) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    let rules = options.rules.rules();
    let write = |out: &mut dyn Write| match options.shape {
        Shape::Table => table(rules, out),
        Shape::Json => json(&rules.iter().map(Entry::from).collect::<Vec<_>>(), out),
    };
    printer.print(write).context("standard output")?;
    Ok(Status::Clean)
}

fn table(rules: &[Rule], out: &mut dyn Write) -> io::Result<()> {
    let width = |name: &str, text: fn(&RuleInfo) -> &str| {
        rules.iter().map(|rule| text(&rule.info).len()).max().unwrap_or(0).max(name.len())
    };
    let id = width("ID", |info| &info.id);
    let severity = width("SEVERITY", |info| info.severity.as_str());
    let confidence = width("CONFIDENCE", |info| info.confidence.as_str());
    let provider = width("PROVIDER", |info| &info.provider);
    let [ids, harms, trusts, providers] = ["ID", "SEVERITY", "CONFIDENCE", "PROVIDER"];
    let heading =
        format!("{ids:id$}  {harms:severity$}  {trusts:confidence$}  {providers:provider$}  KEYWORDS");
    writeln!(out, "{HEADING}{heading}{HEADING:#}")?;
    for rule in rules {
        let RuleInfo { id: name, provider: whose, severity: harm, confidence: trust, .. } = &*rule.info;
        let keywords = keywords(rule);
        writeln!(out, "{name:id$}  {harm:severity$}  {trust:confidence$}  {whose:provider$}  {keywords}")?;
    }
    Ok(())
}

fn keywords(rule: &Rule) -> String {
    let all = rule.keywords();
    let more = all.len().saturating_sub(KEYWORDS_MAX);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    if all.is_empty() { "none".to_owned() } else { listed(all.iter().take(KEYWORDS_MAX)) + &more }
}
