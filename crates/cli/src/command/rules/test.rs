//! `stanch rules test`: whether rules keep their promises, and what they cost.

mod cost;
mod report;
mod sample;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::builder::BoolishValueParser;
use stanch_engine::{Failure, Level, Lint, Rule, lint_ids};

use self::{
    cost::{Cost, Ground},
    report::Report,
};
use super::{Shape, json};
use crate::{config::Config, policy::Status, printer::Printer, rulebook, settings::RuleSettings};

/// Try each rule on its examples and negatives, look for what is doubtful, and tell what it costs
///
/// The exit code is 1 where a text fails or a lint is an error, with --strict also where it is a warning.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Test only the rules of these files, or of the .toml files of these folders [default: every active rule]
    #[arg(value_name = "FILE|DIR")]
    places: Vec<PathBuf>,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Shape,
    /// Fail on warnings too
    #[arg(long, value_parser = BoolishValueParser::new())]
    strict: bool,
    /// Measure the time each rule adds, too: it is scanned for alone, in turn with a rule that is never found
    #[arg(long, value_parser = BoolishValueParser::new())]
    cost: bool,
    /// Count and measure on FILE instead of a made text that resembles source code and logs
    #[arg(long, value_name = "FILE")]
    cost_on: Option<PathBuf>,
    #[command(flatten)]
    rules: RuleSettings,
}

/// Which rules to test, and how.
pub(crate) struct Options {
    rules: Vec<Rule>,
    /// Lints that need other rules, by the place of the rule.
    id_lints: Vec<(usize, Lint)>,
    ground: Ground,
    shape: Shape,
    strict: bool,
    measures_time: bool,
}

impl Args {
    pub(super) fn resolve(self, config: Config) -> anyhow::Result<Options> {
        let (rules, id_lints) = if self.places.is_empty() {
            (rulebook::load(&self.rules.over(config.rules))?.rules().to_vec(), Vec::new())
        } else {
            let rules = rulebook::read(&self.places)?;
            let id_lints = lint_ids(&rules);
            (rules, id_lints)
        };
        let ground = self.cost_on.as_deref().map_or_else(|| Ok(Ground::made()), Ground::read)?;
        Ok(Options {
            rules,
            id_lints,
            ground,
            shape: self.format,
            strict: self.strict,
            measures_time: self.cost,
        })
    }
}

pub(super) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    let report = Report { ground: &options.ground, results: results(options) };
    let write = |out: &mut dyn std::io::Write| match options.shape {
        Shape::Table => report.table(out),
        Shape::Json => json(&report.record(), out),
    };
    printer.print(write).context("standard output")?;
    let passes = |result: &Tested<'_>| result.passes(options.strict);
    Ok(if report.results.iter().all(passes) { Status::Clean } else { Status::Found })
}

/// What came of one rule.
struct Tested<'r> {
    rule: &'r Rule,
    failures: Vec<Failure>,
    lints: Vec<Lint>,
    cost: Cost,
}

impl Tested<'_> {
    /// Nothing failed, and no lint is as bad as to fail.
    fn passes(&self, strict: bool) -> bool {
        let fails = |lint: &Lint| strict || lint.level() == Level::Error;
        self.failures.is_empty() && !self.lints.iter().any(fails)
    }
}

fn results(options: &Options) -> Vec<Tested<'_>> {
    let mut costs = options.ground.count(&options.rules);
    if options.measures_time {
        options.ground.measure(&options.rules, &mut costs);
    }
    let tested = |(at, (rule, cost)): (usize, (_, _))| {
        let rule: &Rule = rule;
        let of_id = options.id_lints.iter().filter(|(place, _)| *place == at).map(|(_, lint)| lint.clone());
        let lints = rule.lints().into_iter().chain(of_id).collect();
        Tested { rule, failures: rule.failures(), lints, cost }
    };
    options.rules.iter().zip(costs).enumerate().map(tested).collect()
}
