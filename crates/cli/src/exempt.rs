//! What may stay: the exceptions of a run as files and settings have them, and what comes of its findings.

use std::{
    collections::BTreeMap,
    env,
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, anyhow, ensure};
use clap::{
    Args,
    builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser as _},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, de::Error as _};
use stanch_allow::{
    AllowFile, Auditing, Baseline, Exceptions, Fault, Outcome, Placed, Remark, Ruling, Rulings, SawAll,
    Source, Subject, Why, audit,
};
use stanch_model::{Coverage, Dialect, Finding, Fingerprint, Fingerprinter, KeyId};

use crate::{printer::Printer, project::Project, report::summary::count};

/// The allow file in the folder of a project.
const FILE: &str = "allow.toml";
/// Largest allow file or baseline, in bytes.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// `[allow]`: what may stay.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[command(next_help_heading = "Exceptions")]
pub(crate) struct AllowSettings {
    /// Read allowances from FILE [default: .stanch/allow.toml of the project]
    #[arg(long, env = "STANCH_ALLOW_FILE", value_name = "FILE")]
    pub(crate) allow_file: Option<PathBuf>,
    /// Heed the comments of another scanner as well, where their line has one secret
    #[arg(long, env = "STANCH_HONOUR", value_name = "SCANNER", value_delimiter = ',', value_parser = dialect())]
    #[serde(deserialize_with = "dialects")]
    pub(crate) honour: Vec<Dialect>,
    /// Report only what is not in FILE, and what of it is gone
    #[arg(long, env = "STANCH_BASELINE", value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// List what may stay, with who says so; it is counted in any case
    #[arg(long, env = "STANCH_SHOW_ALLOWED", value_parser = BoolishValueParser::new())]
    pub(crate) show_allowed: bool,
}

impl AllowSettings {
    /// These settings, and those of `file` where these are silent.
    pub(crate) fn over(self, mut file: Self) -> Self {
        file.honour.extend(self.honour);
        Self {
            allow_file: self.allow_file.or(file.allow_file),
            honour: file.honour,
            baseline: self.baseline.or(file.baseline),
            show_allowed: self.show_allowed || file.show_allowed,
        }
    }
}

/// The scanners whose comments can be heeded.
fn others() -> impl Iterator<Item = Dialect> {
    Dialect::ALL.into_iter().filter(|dialect| *dialect != Dialect::Stanch)
}

fn dialect() -> impl clap::builder::TypedValueParser<Value = Dialect> {
    let by_name = |name: String| others().find(|dialect| dialect.as_str() == name);
    PossibleValuesParser::new(others().map(Dialect::as_str))
        .try_map(move |name| by_name(name).ok_or("expected the name of a scanner"))
}

fn dialects<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Dialect>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    let known = || others().map(Dialect::as_str).collect::<Vec<_>>().join(", ");
    let by_name = |name: String| {
        let found = others().find(|dialect| dialect.as_str() == name);
        found.ok_or_else(|| D::Error::custom(format!("unknown scanner, expected one of {}", known())))
    };
    names.into_iter().map(by_name).collect()
}

/// Where a project keeps its allowances: as seen from here, where that is inside.
pub(crate) fn allow_file(project: &Project) -> PathBuf {
    let file = project.folder().join(FILE);
    let near = env::current_dir().ok().and_then(|here| file.strip_prefix(here).ok().map(Path::to_owned));
    near.unwrap_or(file)
}

/// Today, in UTC: the same everywhere.
pub(crate) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// The exceptions of a run.
pub(crate) struct Grants {
    project: Option<Project>,
    /// The allow file, whether it is there or not; none where there is no project to have one.
    pub(crate) path: Option<PathBuf>,
    /// What it holds.
    pub(crate) file: AllowFile,
    exceptions: Exceptions,
    baseline: Option<(PathBuf, Baseline)>,
}

/// What a baseline that is written loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dropped {
    Nothing,
    /// What was not seen any more.
    Fixed,
}

/// What became of the findings of a run.
pub(crate) struct Judged {
    /// Those that nothing lets stay.
    pub(crate) reported: Vec<Finding>,
    /// The others.
    pub(crate) exempt: Exempt,
    /// What is wrong with the exceptions.
    pub(crate) remarks: Vec<Remark>,
}

/// What a report tells of findings that may stay.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exempt {
    /// The findings, each with why.
    pub(crate) allowed: Vec<Allowed>,
    /// What the baseline knows and nobody saw.
    pub(crate) gone: Vec<Fingerprint>,
    /// Findings beside which another scanner's comment stands that is not heeded.
    pub(crate) unheeded: usize,
    /// Whether a report lists them.
    pub(crate) shown: bool,
}

/// A finding that may stay.
#[derive(Clone, Debug)]
pub(crate) struct Allowed {
    /// The finding.
    pub(crate) finding: Finding,
    /// Why.
    pub(crate) ruling: Ruling,
    /// The place of its target among those of the run, from 0.
    pub(crate) target: usize,
}

impl Grants {
    /// Reads what the settings name, and the allow file of the project if it has one. `baseline` tells what it means that there
    /// is none yet.
    ///
    /// # Errors
    /// A file that cannot be read or is wrong, by file, line and field; one that was named and is not there.
    pub(crate) fn load(
        settings: &AllowSettings,
        project: Option<Project>,
        baseline: Absence,
    ) -> anyhow::Result<Self> {
        let of_project = || project.as_ref().map(allow_file);
        let path = settings.allow_file.clone().or_else(of_project);
        let text = match (&path, &settings.allow_file) {
            (Some(path), named) => read(path, if named.is_some() { Absence::Error } else { Absence::Fine })?,
            (None, _) => None,
        };
        let file = match (&path, text) {
            (Some(path), Some(text)) => parse(path, &text)?,
            _ => AllowFile::default(),
        };
        let known = settings.baseline.as_deref().map(|path| read_baseline(path, baseline));
        let baseline = known.transpose()?;
        Ok(Self::of(file, path, project).honouring(&settings.honour).knowing(baseline))
    }

    /// Those of `file` alone.
    pub(crate) fn of(file: AllowFile, path: Option<PathBuf>, project: Option<Project>) -> Self {
        let exceptions = Exceptions::on(today()).with_allowances(file.allowances());
        Self { project, path, file, exceptions, baseline: None }
    }

    /// These and the allowances of another file.
    pub(crate) fn with(mut self, other: &AllowFile) -> Self {
        self.exceptions = self.exceptions.with_allowances(other.allowances());
        self
    }

    /// These without comments: where whoever wrote them is not to be believed.
    pub(crate) fn without_comments(mut self) -> Self {
        self.exceptions = self.exceptions.without_comments();
        self
    }

    fn honouring(mut self, dialects: &[Dialect]) -> Self {
        self.exceptions = self.exceptions.honouring(dialects.iter().copied());
        self
    }

    fn knowing(mut self, baseline: Option<(PathBuf, Baseline)>) -> Self {
        if let Some((_, known)) = &baseline {
            self.exceptions = self.exceptions.with_baseline(known.clone());
        }
        self.baseline = baseline;
        self
    }

    /// Writes the baseline: what is in it and what was found. What was not seen stays too, unless it is to be `dropped`; and then
    /// all the same where it is of another key, or `coverage` is not complete.
    ///
    /// # Errors
    /// The file cannot be written, by name.
    pub(crate) fn write_baseline(
        &self,
        judged: &Judged,
        (dropped, coverage): (Dropped, &Coverage),
        (fingerprinter, printer): (&Fingerprinter, &Printer),
    ) -> anyhow::Result<()> {
        let Some((path, before)) = &self.baseline else { return Ok(()) };
        let known = judged.exempt.allowed.iter().filter(|one| one.ruling.by == Why::Baseline);
        let is_kept = |print: &&Fingerprint| {
            let is_ours =
                [Some(fingerprinter.key()), fingerprinter.previous_key()].contains(&Some(print.key()));
            dropped == Dropped::Nothing || !is_ours || !coverage.is_complete()
        };
        let unseen = judged.exempt.gone.iter().filter(is_kept).copied();
        let after: Baseline = known.map(|one| *one.finding.fingerprint()).chain(unseen).collect();
        write(path, &after.render())?;
        let added =
            after.fingerprints().filter(|print| !before.fingerprints().any(|old| old == *print)).count();
        let size = count(after.fingerprints().count() as u64, "secret");
        printer.note(format_args!("{}: {size}, {added} of them new", path.display()));
        Ok(())
    }

    /// The findings with their paths below the root of the project.
    pub(crate) fn placed<'f>(&self, findings: &'f [Finding]) -> Vec<Placed<'f>> {
        let path = |finding: &Finding| match &self.project {
            Some(project) => project.path_of(finding),
            None => finding.location.path.clone(),
        };
        findings.iter().map(|finding| Placed { finding, path: path(finding) }).collect()
    }

    /// Rules over findings.
    pub(crate) fn rule(&self, placed: &[Placed<'_>]) -> Rulings {
        self.exceptions.rule(placed)
    }

    /// Parts `findings`, which come target by target as `coverage` counts them, into those that are reported and those that
    /// may stay.
    pub(crate) fn judge(
        &self,
        findings: Vec<Finding>,
        coverage: &mut Coverage,
        fingerprinter: &Fingerprinter,
    ) -> Judged {
        let placed = self.placed(&findings);
        let rulings = self.rule(&placed);
        let remarks = self.audit(&placed, &rulings, fingerprinter, SawAll::No);
        let unheeded = rulings.comments.iter().filter(|comment| comment.outcome == Outcome::NotHonoured);
        let mut exempt = Exempt { unheeded: unheeded.count(), gone: rulings.gone, ..Exempt::default() };
        let mut reported = Vec::new();
        let mut judged = findings.into_iter().zip(rulings.each);
        for (number, target) in coverage.targets.iter_mut().enumerate() {
            let before = reported.len();
            for (finding, ruling) in judged.by_ref().take(target.findings) {
                match ruling {
                    Some(ruling) => exempt.allowed.push(Allowed { finding, ruling, target: number }),
                    None => reported.push(finding),
                }
            }
            target.findings = reported.len() - before;
        }
        Judged { reported, exempt, remarks }
    }

    /// What is wrong with the exceptions.
    pub(crate) fn audit(
        &self,
        placed: &[Placed<'_>],
        rulings: &Rulings,
        fingerprinter: &Fingerprinter,
        saw_all: SawAll,
    ) -> Vec<Remark> {
        let keys = [Some(fingerprinter.key()), fingerprinter.previous_key()];
        let lines: Vec<_> = self.file.lines().collect();
        audit(&lines, rulings, &Auditing { today: today(), keys, placed, saw_all })
    }

    /// A remark in a line: file, line, what is wrong with which exception.
    pub(crate) fn line(&self, remark: &Remark) -> String {
        let (file, line, name) = self.whereabouts(remark);
        let name = name.map(|name| format!(" {name}")).unwrap_or_default();
        format!("{file}:{line}: {}{name}: {}", remark.fault.as_str(), remark.fault)
    }

    /// The file, the line and the name of what a remark is about.
    pub(crate) fn whereabouts<'r>(&self, remark: &'r Remark) -> (String, usize, Option<&'r str>) {
        match &remark.source {
            Source::Entry { line, name } => {
                let file = self.path.as_ref().map(|path| path.display().to_string());
                (file.unwrap_or_default(), *line, Some(name))
            }
            Source::Comment { path, line, .. } => (path.clone(), *line, None),
        }
    }

    /// The keys of allowances and of the baseline that `fingerprinter` does not have, with how many entries each: they let
    /// nothing stay.
    pub(crate) fn strange_keys(&self, fingerprinter: &Fingerprinter) -> BTreeMap<KeyId, usize> {
        let of_allowance = |subject: &Subject| match subject {
            Subject::Secret(fingerprint) => Some(fingerprint.key()),
            Subject::Condition(_) => None,
        };
        let allowances = self.exceptions.allowances().iter();
        let allowed = allowances.filter_map(|allowance| of_allowance(&allowance.subject));
        let known = self.baseline.iter().flat_map(|(_, known)| known.fingerprints()).map(Fingerprint::key);
        let ours = [Some(fingerprinter.key()), fingerprinter.previous_key()];
        let mut strange = BTreeMap::new();
        for key in allowed.chain(known).filter(|key| !ours.contains(&Some(*key))) {
            *strange.entry(key).or_default() += 1;
        }
        strange
    }
}

impl Judged {
    /// Exceptions whose findings are reported because their day has passed.
    pub(crate) fn expired(&self) -> impl Iterator<Item = &Remark> {
        self.remarks.iter().filter(|remark| matches!(remark.fault, Fault::Expired { findings: 1.., .. }))
    }

    /// What was reported, target by target as `coverage` counts it, is known from now on.
    pub(crate) fn adopt(mut self, coverage: &mut Coverage) -> Self {
        let known = Ruling { by: Why::Baseline, reason: None, owner: None, until: None };
        let mut reported = self.reported.drain(..);
        for (number, target) in coverage.targets.iter_mut().enumerate() {
            let own = reported.by_ref().take(std::mem::take(&mut target.findings));
            let adopted = own.map(|finding| Allowed { finding, ruling: known.clone(), target: number });
            self.exempt.allowed.extend(adopted);
        }
        drop(reported);
        self
    }
}

impl Exempt {
    /// Those of the target at this place among those of the run.
    pub(crate) fn of_target(&self, target: usize) -> Vec<&Finding> {
        self.allowed.iter().filter(|one| one.target == target).map(|one| &one.finding).collect()
    }

    /// How many may stay, by what: `3 allowed (2 by allowance, 1 by comment)`; none where there is nothing to tell.
    pub(crate) fn tally(&self) -> Option<String> {
        let mut by: BTreeMap<&str, usize> = BTreeMap::new();
        for allowed in &self.allowed {
            *by.entry(means(allowed.ruling.by)).or_default() += 1;
        }
        let means: Vec<_> = by.iter().map(|(means, count)| format!("{count} {means}")).collect();
        let mut parts = Vec::new();
        if !means.is_empty() {
            parts.push(format!("{} allowed ({})", self.allowed.len(), means.join(", ")));
        }
        if !self.gone.is_empty() {
            parts.push(format!("{} fixed since the baseline", self.gone.len()));
        }
        if self.unheeded > 0 {
            parts.push(format!("{} of other scanners not heeded", count(self.unheeded as u64, "comment")));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// What lets a finding stay, in the words of a tally.
fn means(by: Why) -> &'static str {
    match by {
        Why::Allowance(_) => "by allowance",
        Why::Comment(_) => "by comment",
        Why::Baseline => "in the baseline",
    }
}

impl Allowed {
    /// Who says so and why: `test-credential, owner platform, until 2027-02-24, by a comment`.
    pub(crate) fn grounds(&self) -> String {
        let Ruling { by, reason, owner, until } = &self.ruling;
        let by = match by {
            Why::Allowance(_) => None,
            Why::Comment(Dialect::Stanch) => Some("by a comment".to_owned()),
            Why::Comment(dialect) => Some(format!("by a comment for {}", dialect.as_str())),
            Why::Baseline => Some("in the baseline".to_owned()),
        };
        let reason = reason.map(|reason| reason.to_string());
        let owner = owner.as_ref().map(|owner| format!("owner {owner}"));
        let until = until.map(|until| format!("until {until}"));
        [reason, owner, until, by].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// What it means that a file is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Absence {
    Fine,
    Error,
}

/// The text of a file of exceptions.
///
/// # Errors
/// It cannot be read, by name.
pub(crate) fn read(path: &Path, absence: Absence) -> anyhow::Result<Option<String>> {
    match read_text(path) {
        Err(error) if absence == Absence::Fine && is_absent(&error) => Ok(None),
        result => result.map(Some).with_context(|| path.display().to_string()),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn read_text(path: &Path) -> io::Result<String> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("is not a file"));
    }
    let mut text = String::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if text.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other(format!("is larger than {FILE_BYTES_MAX} bytes")));
    }
    Ok(text)
}

/// Reads the text of an allow file, and names file, line and field of a mistake.
///
/// # Errors
/// The first mistake.
pub(crate) fn parse(path: &Path, text: &str) -> anyhow::Result<AllowFile> {
    AllowFile::parse(text).map_err(|error| anyhow!("{}:{error}", path.display()))
}

/// A baseline that is not there yet knows nothing.
fn read_baseline(path: &Path, absence: Absence) -> anyhow::Result<(PathBuf, Baseline)> {
    let text = read(path, absence)?.unwrap_or_default();
    let baseline = Baseline::parse(&text).with_context(|| path.display().to_string())?;
    Ok((path.to_owned(), baseline))
}

/// Writes a file of exceptions whole or not at all.
///
/// # Errors
/// It cannot be written, by name.
pub(crate) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let in_place = || -> anyhow::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let is_link = fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink());
        ensure!(!is_link, "is a symbolic link");
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
        let mut file = builder.tempfile_in(folder)?;
        io::Write::write_all(&mut file, text.as_bytes())?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    in_place().with_context(|| path.display().to_string())
}
