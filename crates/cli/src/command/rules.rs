//! `stanch rules`: what is looked for, and why something is found.

mod explain;

use std::io::{self, Write};

use anstyle::Style;
use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use serde::Serialize;
use stanch_engine::{Context, Part, Rule, RuleSet};
use stanch_model::RuleInfo;

use crate::{
    advice::listed, config::Config, policy::Status, printer::Printer, rulebook, settings::RuleSettings,
};

const HEADING: Style = Style::new().bold();

/// Show what is looked for
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    question: Question,
}

/// What to show.
#[derive(Debug, Subcommand)]
enum Question {
    /// List every active rule
    List {
        /// For people or for programs
        #[arg(long, value_name = "FORMAT", default_value = "table")]
        format: Shape,
        #[command(flatten)]
        rules: RuleSettings,
    },
    /// Show all of one rule
    Show {
        /// The id of the rule
        id: String,
        /// For people or for programs
        #[arg(long, value_name = "FORMAT", default_value = "table")]
        format: Shape,
        #[command(flatten)]
        rules: RuleSettings,
    },
    Explain(explain::Args),
}

/// How rules are printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shape {
    /// For people
    Table,
    /// For programs
    Json,
}

/// What to do, with the rules at hand.
pub(crate) enum Options {
    /// Print rules.
    Print(Printed),
    /// Tell why a line is a finding.
    Explain(explain::Options),
}

/// What to print, and how.
pub(crate) struct Printed {
    rules: RuleSet,
    /// The one rule to show; none lists them all.
    id: Option<String>,
    shape: Shape,
}

impl Args {
    /// Loads the rules.
    ///
    /// # Errors
    /// A rule file that cannot be used; an unknown id.
    pub(crate) fn resolve(self, config: Config) -> anyhow::Result<Options> {
        let (id, shape, settings) = match self.question {
            Question::List { format, rules } => (None, format, rules),
            Question::Show { id, format, rules } => (Some(id), format, rules),
            Question::Explain(args) => return Ok(Options::Explain(args.resolve(config)?)),
        };
        let rules = rulebook::load(&settings.over(config.rules))?;
        id.as_deref().map_or(Ok(()), |id| rulebook::known(&rules, id))?;
        Ok(Options::Print(Printed { rules, id, shape }))
    }
}

/// Prints the rules, or explains.
pub(crate) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    match options {
        Options::Print(printed) => print(printed, printer),
        Options::Explain(options) => explain::run(options, printer),
    }
}

fn print(options: &Printed, printer: &Printer) -> anyhow::Result<Status> {
    let wanted = |rule: &&Rule| options.id.as_ref().is_none_or(|id| rule.info.id == *id);
    let rules: Vec<_> = options.rules.rules().iter().filter(wanted).collect();
    let write = |out: &mut dyn Write| match (options.shape, &options.id) {
        (Shape::Table, None) => table(&rules, out),
        (Shape::Table, Some(_)) => rules.iter().try_for_each(|rule| sheet(rule, out)),
        (Shape::Json, None) => json(&rules.iter().copied().map(Entry::from).collect::<Vec<_>>(), out),
        (Shape::Json, Some(_)) => rules.iter().try_for_each(|rule| json(&Entry::from(*rule), out)),
    };
    printer.print(write).context("standard output")?;
    Ok(Status::Clean)
}

/// A rule as programs read it.
#[derive(Serialize)]
struct Entry<'r> {
    #[serde(flatten)]
    info: &'r RuleInfo,
    pattern: &'r str,
    entropy_min: f32,
    check: Option<&'static str>,
    context: Option<&'r Context>,
    parts: &'r [Part],
    examples: &'r [String],
    negatives: &'r [String],
}

impl<'r> From<&'r Rule> for Entry<'r> {
    fn from(rule: &'r Rule) -> Self {
        Self {
            info: &rule.info,
            pattern: &rule.pattern,
            entropy_min: rule.entropy_min,
            check: rule.check.map(stanch_engine::Check::name),
            context: rule.context.as_ref(),
            parts: &rule.parts,
            examples: &rule.examples,
            negatives: &rule.negatives,
        }
    }
}

fn json(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

fn table(rules: &[&Rule], out: &mut dyn Write) -> io::Result<()> {
    let width = |text: fn(&RuleInfo) -> &str| rules.iter().map(|r| text(&r.info).len()).max().unwrap_or(0);
    let (id, severity, confidence) = (
        width(|info| &info.id),
        width(|info| info.severity.as_str()),
        width(|info| info.confidence.as_str()),
    );
    let (severity, confidence) = (severity.max("SEVERITY".len()), confidence.max("CONFIDENCE".len()));
    let heading = format!("{:id$}  {:severity$}  {:confidence$}  PROVIDER", "ID", "SEVERITY", "CONFIDENCE");
    writeln!(out, "{HEADING}{heading}{HEADING:#}")?;
    for RuleInfo { id: name, provider, severity: harm, confidence: trust, .. } in
        rules.iter().map(|rule| &*rule.info)
    {
        writeln!(out, "{name:id$}  {harm:severity$}  {trust:confidence$}  {provider}")?;
    }
    Ok(())
}

fn sheet(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let info = &rule.info;
    writeln!(out, "{HEADING}{}{HEADING:#}\n{}\n\n{}\n", info.id, info.name, info.description)?;
    let context = |context: &Context| {
        let words = listed(context.words.iter().map(|word| format!("{word:?}")));
        format!("one of {words} within {} bytes", context.within_bytes)
    };
    let part = |part: &Part| {
        let needed = if part.required { " (required)" } else { "" };
        format!("{}{needed}", part.name)
    };
    let facts = [
        ("provider", Some(info.provider.clone())),
        ("severity", Some(info.severity.to_string())),
        ("confidence", Some(info.confidence.to_string())),
        ("check", rule.check.map(|check| check.name().to_owned())),
        ("entropy", (rule.entropy_min > 0.0).then(|| format!("at least {} bits per byte", rule.entropy_min))),
        ("context", rule.context.as_ref().map(context)),
        ("parts", (!rule.parts.is_empty()).then(|| listed(rule.parts.iter().map(part)))),
        ("tags", (!info.tags.is_empty()).then(|| listed(&info.tags))),
        ("pattern", Some(rule.pattern.clone())),
    ];
    for (name, value) in facts.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        writeln!(out, "{HEADING}{name:10}{HEADING:#}  {value}")?;
    }
    let lists =
        [("matches", &rule.examples), ("does not match", &rule.negatives), ("references", &info.references)];
    for (name, items) in lists.iter().filter(|(_, items)| !items.is_empty()) {
        writeln!(out, "\n{HEADING}{name}{HEADING:#}")?;
        items.iter().try_for_each(|item| writeln!(out, "  {item}"))?;
    }
    Ok(())
}
