//! A scan of all that exceptions may be about.

use stanch_engine::{Isa, Rule};
use stanch_model::Coverage;
use stanch_sources::Target;

use crate::{
    config::Config,
    identity::IdentitySettings,
    policy::MinConfidence,
    printer::Printer,
    project::Project,
    rulebook,
    settings::RuleSettings,
    sweep::{self, Sweep, Swept},
};

/// What to scan.
#[derive(Debug, clap::Args)]
pub(super) struct Search {
    /// Where to look for what the exceptions are about [default: the files and the history of the project]
    #[arg(long = "in", value_name = "TARGET")]
    targets: Vec<String>,
    #[command(flatten)]
    rules: RuleSettings,
    #[command(flatten)]
    identity: IdentitySettings,
}

impl Search {
    /// Whether it is of the whole project and for all rules: what it does not see is nowhere.
    pub(super) fn sees_all(&self) -> bool {
        self.targets.is_empty() && self.rules.disable.is_empty()
    }

    /// Scans the targets, at the confidence that `stanch scan` has.
    ///
    /// # Errors
    /// A target, a rule file or a key that cannot be used.
    pub(super) fn run(self, config: &mut Config, printer: &Printer) -> anyhow::Result<Swept> {
        self.run_with(Vec::new(), config, printer)
    }

    /// The same with `more` rules.
    ///
    /// # Errors
    /// As of [`Search::run`].
    pub(super) fn run_with(
        self,
        more: Vec<Rule>,
        config: &mut Config,
        printer: &Printer,
    ) -> anyhow::Result<Swept> {
        let names = if self.targets.is_empty() { whole_project() } else { self.targets };
        let targets = names.iter().map(|text| Target::parse(text)).collect::<Result<Vec<_>, _>>()?;
        let mut rules = rulebook::load(&self.rules.over(std::mem::take(&mut config.rules)))?;
        rules.extend(more);
        let identity = self.identity.over(std::mem::take(&mut config.identity));
        let sweep = Sweep {
            opened: sweep::open_all(&targets, &config.sources, config.file.as_deref())?,
            rules,
            fingerprinter: identity.fingerprinter(&targets, printer)?,
            confidence_min: config.scan.min_confidence.unwrap_or(MinConfidence::DEFAULT),
            threads: sweep::threads(config.scan.threads)?,
            isa: config.scan.simd.map_or_else(Isa::default, Isa::from),
        };
        Ok(sweep.run(printer))
    }
}

/// The files and the history of the project, or only files where there is none.
fn whole_project() -> Vec<String> {
    match Project::here() {
        Some(project) => {
            let root = project.root().display();
            let files = (!project.is_bare()).then(|| format!("fs:{root}"));
            files.into_iter().chain([format!("git:{root}")]).collect()
        }
        None => vec![".".to_owned()],
    }
}

/// Whether a scan saw all that it was to see.
pub(super) fn tell_gaps(coverage: &Coverage, printer: &Printer) {
    if !coverage.is_complete() {
        printer.problem("not everything could be scanned: an exception may look unused that is not");
    }
}
