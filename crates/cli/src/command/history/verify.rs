//! `stanch history verify`: whether anything in a repository still holds a secret.

use std::io::{self, IsTerminal as _, Read as _, Write};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use stanch_model::{Fingerprinter, Probability, Secret};
use stanch_sources::{Holders, Sought, Wanted};
use zeroize::Zeroizing;

use super::{
    Shape, plan,
    screen::Screen,
    search::{Search, SearchArgs, check_key},
};
use crate::{advice::advise, config::Config, policy::Status, printer::Printer};

/// Most bytes of a value on standard input.
const VALUE_BYTES_MAX: usize = 16 << 10;

/// Prove that nothing in a repository holds a secret any more, or tell what does
///
/// Every object is looked at, whether anything leads to it or not: in packs, in files of their own, in folders that the
/// repository borrows from; and so are indices, reflogs, and the files of the repository itself.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(super) struct Args {
    /// The secrets: their fingerprints as plan and reports write them, sf1:…
    #[arg(value_name = "FINGERPRINT", required_unless_present = "stdin")]
    fingerprints: Vec<Wanted>,
    /// Read the value from standard input, and search for its bytes too: this depends on no rule
    ///
    /// One line break at its end does not count. Searched for are the bytes themselves, and in base64, percent-encoding,
    /// hexadecimal, JSON and UTF-16.
    #[arg(long)]
    stdin: bool,
    #[command(flatten)]
    search: SearchArgs,
}

const AFTER_HELP: &str = "Exit codes:
  0  nothing holds it, and everything could be looked through
  1  something still holds it
  2  not proven: something could not be read, or the run failed

Examples:
  stanch history verify sf1:…
  (read -rs V; printf %s \"$V\") | stanch history verify sf1:… --stdin";

/// What to look for, and where.
pub(crate) struct Options {
    wanted: Vec<Wanted>,
    stdin: bool,
    search: Search,
}

impl Args {
    pub(super) fn resolve(self, config: Config) -> anyhow::Result<Options> {
        Ok(Options { wanted: self.fingerprints, stdin: self.stdin, search: self.search.resolve(config)? })
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing holds it.
    Gone,
    /// Something does.
    Held,
    /// Something could not be looked through.
    Unproven,
}

impl Verdict {
    fn of(holders: &Holders) -> Self {
        match (holders.objects.is_empty() && holders.files.is_empty(), holders.is_complete()) {
            (false, _) => Self::Held,
            (true, true) => Self::Gone,
            (true, false) => Self::Unproven,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Held => "held",
            Self::Unproven => "unproven",
        }
    }
}

/// What is told.
pub(super) struct Proof<'p> {
    pub(super) holders: &'p Holders,
    pub(super) verdict: Verdict,
    /// The fingerprints as they were asked for.
    pub(super) wanted: Vec<String>,
    /// Whether the bytes of the value were searched for.
    pub(super) by_value: bool,
    pub(super) search: &'p Search,
}

pub(super) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    let Options { wanted, stdin, search } = options;
    let fingerprinter = search.fingerprinter(printer)?;
    wanted.iter().try_for_each(|wanted| check_key(wanted, &fingerprinter))?;
    let values = if *stdin { vec![value(&fingerprinter)?] } else { Vec::new() };
    check_named(wanted, &values)?;
    let names = if wanted.is_empty() {
        values.iter().map(|value| Wanted::Full(*value.fingerprint())).collect()
    } else {
        wanted.clone()
    };
    let sought = Sought { names, values };
    let holders = search.find(&sought, (&fingerprinter, Probability::thousandths(0)), printer)?;
    let proof = Proof {
        verdict: Verdict::of(&holders),
        holders: &holders,
        wanted: sought.names.iter().map(ToString::to_string).collect(),
        by_value: *stdin,
        search,
    };
    let print = |out: &mut dyn Write| match search.shape {
        Shape::Text => Screen { out, width: Printer::width() }.proof(&proof),
        Shape::Json => super::json(&document(&proof), out),
    };
    printer.print(print).context("standard output")?;
    Ok(match proof.verdict {
        Verdict::Gone => Status::Clean,
        Verdict::Held => Status::Found,
        Verdict::Unproven => Status::Failed,
    })
}

/// The value on standard input. Where it is typed it would be seen.
fn value(fingerprinter: &Fingerprinter) -> anyhow::Result<Secret> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let remedy = "(read -rs V; printf %s \"$V\") | stanch history verify FINGERPRINT --stdin";
        return Err(advise("standard input is a terminal, which shows what is typed", remedy));
    }
    // With room for all of it from the start, as what is left behind where bytes move is not wiped.
    let mut bytes = Zeroizing::new(Vec::with_capacity(VALUE_BYTES_MAX + 2));
    let limit = VALUE_BYTES_MAX as u64 + 1;
    stdin.lock().take(limit).read_to_end(&mut bytes).context("standard input")?;
    if bytes.len() > VALUE_BYTES_MAX {
        bail!("standard input: a value has at most {VALUE_BYTES_MAX} bytes");
    }
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    Ok(fingerprinter.seal(line.strip_suffix(b"\r").unwrap_or(line)))
}

/// Makes sure that not finding anything means something.
fn check_named(wanted: &[Wanted], values: &[Secret]) -> anyhow::Result<()> {
    if let Some(value) =
        values.iter().find(|value| !wanted.is_empty() && !wanted.iter().any(|wanted| wanted.is(value)))
    {
        bail!("the value on standard input has another fingerprint: {}", value.fingerprint());
    }
    let short = wanted.iter().find(|wanted| matches!(wanted, Wanted::Short(_)));
    match short.filter(|wanted| !values.iter().any(|value| wanted.is(value))) {
        None => Ok(()),
        Some(short) => Err(advise(
            format!(
                "{short}: a short fingerprint does not tell its key, so that finding nothing would prove nothing"
            ),
            "the whole fingerprint, sf1:…, as stanch history plan shows it",
        )),
    }
}

/// The same for programs.
fn document(proof: &Proof<'_>) -> Value {
    json!({
        "verdict": proof.verdict.as_str(),
        "fingerprints": proof.wanted,
        "by_value": proof.by_value,
        "objects": plan::objects(proof.holders),
        "kept_by": plan::keepers(proof.holders),
        "files": plan::files(proof.holders),
        "coverage": plan::coverage(proof.holders),
    })
}
