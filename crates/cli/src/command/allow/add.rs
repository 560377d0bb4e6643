//! `stanch allow add`: grants an exception.

use anyhow::{Context as _, bail};
use stanch_allow::{Allowance, Condition, PathGlob, Subject, ValuePattern};
use stanch_model::{Fingerprint, KeyKind, Reason};

use super::{Book, Place, reason, search::Search, term::Term};
use crate::{advice::advise, config::Config, exempt::today, policy::Status, printer::Printer};

/// Let a secret stay, or what meets a narrow condition
///
/// Name a secret by its fingerprint, as reports and `stanch fingerprint` give it. Its short form of eight characters is
/// looked up by a scan of the project.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "Examples:
  stanch allow add k3mabcde --reason test-credential --owner platform
  stanch allow add --condition fixtures --rule generic-password --path 'tests/fixtures/**' \\
      --reason test-credential --owner platform --expires 30d")]
pub(super) struct Args {
    /// The fingerprint of the secret, or its short form
    #[arg(required_unless_present = "condition", conflicts_with = "condition")]
    fingerprint: Option<String>,
    /// Let stay what meets a condition, and call it NAME
    #[arg(long, value_name = "NAME", requires = "rule", requires = "path")]
    condition: Option<String>,
    /// The rule that the condition is about
    #[arg(long, requires = "condition")]
    rule: Option<String>,
    /// The paths it is about, below the root of the project
    #[arg(long, value_name = "GLOB", requires = "condition")]
    path: Option<String>,
    /// The values it is about: a regular expression for all of one
    #[arg(long, value_name = "REGEX", requires = "condition")]
    value: Option<String>,
    #[command(flatten)]
    grant: Grant,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    search: Search,
}

/// Why, until when, and who answers for it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Grant")]
struct Grant {
    /// Why it may stay
    #[arg(long, value_parser = reason())]
    reason: Reason,
    /// Who answers for it: a person or a team
    #[arg(long, value_name = "NAME")]
    owner: String,
    /// Who agreed
    #[arg(long, value_name = "NAME")]
    approver: Option<String>,
    /// Where it was discussed
    #[arg(long, value_name = "TICKET")]
    ticket: Option<String>,
    /// What else there is to say
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// The last day it is good for: 2027-01-31, 30d, or never for what is proven dead [default: 90d]
    #[arg(long, value_name = "DAY")]
    expires: Option<Term>,
    /// What proves that a revoked secret is dead
    #[arg(long, value_name = "TEXT")]
    proof: Option<String>,
}

/// Grants it and writes the file.
pub(super) fn run(args: Args, mut config: Config, printer: &Printer) -> anyhow::Result<Status> {
    let mut book = Book::open(args.place, &config)?;
    let subject = match (&args.fingerprint, args.condition) {
        (Some(text), _) => Subject::Secret(named(text, args.search, &mut config, printer)?),
        (None, Some(name)) => Subject::Condition(Condition {
            name,
            rule: args.rule.unwrap_or_default(),
            path: PathGlob::new(&args.path.unwrap_or_default()).context("--path")?,
            value: args.value.map(|text| ValuePattern::new(&text)).transpose().context("--value")?,
        }),
        (None, None) => bail!("a fingerprint or --condition is needed"),
    };
    warn(&subject, printer);
    let allowance = args.grant.of(subject)?;
    let (name, end) = (allowance.name(), allowance.end());
    book.edit(|file| file.add(allowance))?;
    let until = end.map_or_else(|| "for ever".to_owned(), |end| format!("until {end}"));
    printer.note(format_args!("{name} may stay {until}: {}", book.path.display()));
    Ok(Status::Clean)
}

impl Grant {
    fn of(self, subject: Subject) -> anyhow::Result<Allowance> {
        let created = today();
        let expires = Some(Term::end(self.expires, self.reason, created, self.proof.as_deref())?);
        Ok(Allowance {
            subject,
            reason: self.reason,
            owner: Some(self.owner),
            approver: self.approver,
            ticket: self.ticket,
            note: self.note,
            created,
            expires,
            proof: self.proof,
        })
    }
}

/// The fingerprint that `text` is or is the short form of.
fn named(text: &str, search: Search, config: &mut Config, printer: &Printer) -> anyhow::Result<Fingerprint> {
    if text.starts_with("sf1:") {
        return text
            .parse::<Fingerprint>()
            .map_err(|error| advise(error.to_string(), "stanch scan --format json"));
    }
    let swept = search.run(config, printer)?;
    let mut found: Vec<Fingerprint> = swept.findings.iter().map(|finding| *finding.fingerprint()).collect();
    found.retain(|fingerprint| fingerprint.short() == text);
    found.sort_unstable();
    found.dedup();
    match found[..] {
        [only] => Ok(only),
        [] => Err(advise(
            "no secret in the project has this short fingerprint",
            "stanch scan, or name it in full",
        )),
        _ => Err(advise(
            "several secrets have this short fingerprint",
            "name it in full: stanch scan --format json",
        )),
    }
}

/// Says what the one who grants it may not know.
fn warn(subject: &Subject, printer: &Printer) {
    match subject {
        Subject::Secret(fingerprint) if fingerprint.key().kind() != KeyKind::Organisation => printer.note(
            "its fingerprint is of a salt: it counts in this clone only, unless STANCH_FINGERPRINT_KEY is set everywhere",
        ),
        Subject::Condition(condition)
            if !condition.path.is_narrow() || condition.value.as_ref().is_some_and(|value| !value.is_narrow()) =>
        {
            printer.note("the condition is broad, and stanch allow check will say so: name a folder or a file");
        }
        _ => {}
    }
}
