//! `stanch rules show`: all of one rule.

use std::io::{self, Write};

use anyhow::Context as _;
use stanch_engine::{ClassMarks, Context, Part, Rule, RuleSet};
use stanch_model::Class;

use super::{HEADING, Shape, entry::Entry, json};
use crate::{
    advice::listed, config::Config, policy::Status, printer::Printer, rulebook, settings::RuleSettings,
};

/// Show all of one rule
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The id of the rule
    id: String,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Shape,
    #[command(flatten)]
    rules: RuleSettings,
}

/// What to show, and how.
pub(crate) struct Options {
    rules: RuleSet,
    id: String,
    shape: Shape,
}

impl Args {
    pub(super) fn resolve(self, config: Config) -> anyhow::Result<Options> {
        let rules = rulebook::load(&self.rules.over(config.rules))?;
        rulebook::known(&rules, &self.id)?;
        Ok(Options { rules, id: self.id, shape: self.format })
    }
}

pub(super) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    let mut wanted = options.rules.rules().iter().filter(|rule| rule.info.id == options.id);
    let write = |out: &mut dyn Write| {
        wanted.try_for_each(|rule| match options.shape {
            Shape::Table => sheet(rule, out),
            Shape::Json => json(&Entry::from(rule), out),
        })
    };
    printer.print(write).context("standard output")?;
    Ok(Status::Clean)
}

fn sheet(rule: &Rule, out: &mut dyn Write) -> io::Result<()> {
    let info = &rule.info;
    writeln!(out, "{HEADING}{}{HEADING:#}\n{}\n\n{}\n", info.id, info.name, info.description)?;
    for (name, value) in facts(rule).iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
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

fn facts(rule: &Rule) -> [(&'static str, Option<String>); 14] {
    let info = &rule.info;
    let keywords = rule.keywords();
    let keywords = if keywords.is_empty() { "none: tried everywhere".to_owned() } else { listed(keywords) };
    [
        ("provider", Some(info.provider.clone())),
        ("severity", Some(info.severity.to_string())),
        ("confidence", Some(info.confidence.to_string())),
        ("class", class(info.class, &rule.class_marks)),
        ("connector", info.connector.clone()),
        ("check", rule.check.map(|check| check.name().to_owned())),
        ("entropy", (rule.entropy_min > 0.0).then(|| format!("at least {} bits per byte", rule.entropy_min))),
        ("context", rule.context.as_ref().map(context)),
        ("parts", (!rule.parts.is_empty()).then(|| listed(rule.parts.iter().map(part)))),
        ("paths", (!rule.paths().is_empty()).then(|| listed(rule.paths()))),
        ("allowed", allowed(rule)),
        ("tags", (!info.tags.is_empty()).then(|| listed(&info.tags))),
        ("pattern", Some(rule.pattern.clone())),
        ("keywords", Some(keywords)),
    ]
}

/// How many tables make a match no finding, and why as far as they say.
fn allowed(rule: &Rule) -> Option<String> {
    let reasons: Vec<&str> = rule.allows().filter_map(|allow| allow.reason.as_deref()).collect();
    let count = rule.allows().count();
    let tables = if count == 1 { "1 table".to_owned() } else { format!("{count} tables") };
    let told = if reasons.is_empty() { tables } else { format!("{tables}: {}", listed(reasons)) };
    (count > 0).then_some(told)
}

fn class(class: Option<Class>, marks: &ClassMarks) -> Option<String> {
    let mark = |class: Class, marks: &[String]| {
        (!marks.is_empty())
            .then(|| format!("{class} with {}", listed(marks.iter().map(|mark| format!("{mark:?}")))))
    };
    let told = [
        mark(Class::Test, &marks.test),
        mark(Class::Live, &marks.live),
        class.map(|class| class.to_string()),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join(", else "))
}

fn context(context: &Context) -> String {
    let words = listed(context.words.iter().map(|word| format!("{word:?}")));
    format!("one of {words} within {} bytes", context.within_bytes)
}

fn part(part: &Part) -> String {
    let needed = if part.required { " (required)" } else { "" };
    format!("{}{needed}", part.name)
}
