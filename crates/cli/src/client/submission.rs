//! What a scan found, on its way to a server.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;
use stanch_model::{Coverage, Finding, Origin, ReportLine, ReportedSummary, ScanHeader, TargetCoverage};
use stanch_response::owner::CodeOwners;
use stanch_sources::{SourceConfigs, Target};

use super::{
    api::Api,
    batch::Cutter,
    delivery::Delivery,
    id::random_id,
    origin::{Job, Place, origin},
    owners::owners,
    permalink::Site,
    reported::reported,
    settings::{OriginSettings, ServerSettings},
    spool::Spool,
};
use crate::{printer::Printer, project::Project};

/// Where findings are sent.
const PATH: &str = "/api/v1/findings";
/// Name and version of this scanner.
const TOOL: &str = concat!("stanch ", env!("CARGO_PKG_VERSION"));
/// Settings of the Git source that leave out some of a history.
const NARROWING: [&str; 5] = ["since", "branch", "range", "new", "known"];

/// What one target is to a server.
pub(crate) struct Aim {
    /// What it is called.
    pub(crate) origin: Origin,
    /// What part of it is scanned.
    pub(crate) scope: &'static str,
    /// Whether that is all of the scope.
    pub(crate) is_whole: bool,
    /// The commit that the files are of; none where that is not known.
    pub(crate) commit: Option<String>,
    /// How its forge writes addresses; none where that is not known.
    pub(super) site: Option<Site>,
    /// Where the files are; none for a history.
    pub(super) project: Option<Project>,
    /// Who owns which path.
    pub(super) owners: CodeOwners,
}

impl Aim {
    /// What `target` is to a server.
    ///
    /// # Errors
    /// Nothing tells what it is called.
    pub(crate) fn of(
        target: &Target,
        sources: &SourceConfigs,
        (settings, printer): (&OriginSettings, &Printer),
    ) -> anyhow::Result<Self> {
        let path = PathBuf::from(target.rest());
        let place = match target.source().name() {
            "stdin" => Place::Stream,
            _ => Place::Folder(path.clone()),
        };
        let has =
            |key: &str| sources.get(target.source().name()).is_some_and(|config| config.contains_key(key));
        let is_tree = target.source().name() == "fs";
        let project = if place == Place::Stream { None } else { Project::holding(&path) };
        let is_root = || project.as_ref().is_some_and(|project| project.is_at(&path));
        let (scope, is_whole) = match target.source().name() {
            "fs" => ("tree", is_root() && !has("exclude")),
            "git" if has("staged") => ("staged", false),
            "git" => ("history", !NARROWING.into_iter().any(has)),
            _ => ("stream", false),
        };
        let origin = origin(settings, &place)?;
        let job = Job::of(&place).filter(|job| job.name == origin.name);
        let site = job.as_ref().map(|job| job.site).or_else(|| Site::of(&origin.name));
        let commit = job.and_then(|job| job.commit).filter(|_| is_tree);
        let owners = owners(project.as_ref(), site, printer);
        let project = project.filter(|_| is_tree);
        Ok(Self { origin, scope, is_whole, commit, site, project, owners })
    }
}

/// A server, and what each target of a scan is to it.
pub(crate) struct Submission {
    api: Api,
    spool: Option<Spool>,
    aims: Vec<Aim>,
    /// Whether every rule is looked for at the usual confidence, so that what is not found is gone.
    looks_for_all: bool,
}

/// What was found.
#[derive(Clone, Copy)]
pub(crate) struct Told<'t> {
    /// What nothing lets stay, target by target.
    pub(crate) findings: &'t [Finding],
    /// What was scanned; `findings` of a target is how many are its own.
    pub(crate) coverage: &'t Coverage,
    /// What may stay, of each target.
    pub(crate) allowed: &'t [Vec<&'t Finding>],
    /// When the scan began.
    pub(crate) started: Timestamp,
}

impl Submission {
    /// What is sent to the server of the settings; none where none is named.
    ///
    /// # Errors
    /// The server's address or token cannot be used, or nothing tells what a target is called.
    pub(crate) fn new(
        server: &ServerSettings,
        settings: &OriginSettings,
        (targets, sources): (&[Target], &SourceConfigs),
        printer: &Printer,
    ) -> anyhow::Result<Option<Self>> {
        let Some(api) = server.api()? else { return Ok(None) };
        let aims = targets.iter().map(|target| Aim::of(target, sources, (settings, printer)));
        let aims = aims.collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Some(Self { api, spool: server.spool(), aims, looks_for_all: true }))
    }

    /// The same of a scan that does not look for everything: what it does not find is not gone.
    pub(crate) fn looking_for_some(self) -> Self {
        Self { looks_for_all: false, ..self }
    }

    /// The server.
    pub(crate) fn api(&self) -> &Api {
        &self.api
    }

    /// Sends what waits, and then what was found; what the server does not take now waits for it. How it went is said on
    /// standard error.
    pub(crate) fn send(&self, told: Told<'_>, printer: &Printer) {
        let mut delivery = Delivery::new(&self.api, self.spool.clone());
        delivery.flush(printer);
        let mut findings = told.findings.iter();
        for (at, (aim, target)) in self.aims.iter().zip(&told.coverage.targets).enumerate() {
            let own: Vec<_> = findings.by_ref().take(target.findings).collect();
            let allowed = told.allowed.get(at).map(Vec::as_slice).unwrap_or_default();
            let sent = self.send_target(aim, (target, &own, allowed), told, &mut delivery);
            if let Err(error) = sent {
                printer.problem(format_args!("{}: not sent: {error:#}", self.api.address()));
            }
        }
        delivery.tell(printer);
    }

    fn send_target(
        &self,
        aim: &Aim,
        (target, findings, allowed): (&TargetCoverage, &[&Finding], &[&Finding]),
        told: Told<'_>,
        delivery: &mut Delivery<'_>,
    ) -> anyhow::Result<()> {
        let header = ScanHeader {
            id: random_id()?,
            tool: TOOL.to_owned(),
            origin: aim.origin.clone(),
            scope: aim.scope.to_owned(),
            started: told.started,
        };
        let is_through = !told.coverage.cancelled && target.gaps == 0 && target.error.is_none();
        let summary = ReportedSummary {
            findings: findings.len(),
            complete: aim.is_whole && is_through && self.looks_for_all,
        };
        let line = |finding: &&Finding| Box::new(reported(finding, aim));
        let findings = findings.iter().map(|finding| ReportLine::Finding(line(finding)));
        let allowed = allowed.iter().map(|finding| ReportLine::Allowed(line(finding)));
        send_lines(&header, findings.chain(allowed), summary, delivery)
    }
}

/// Sends the lines of a scan in batches.
///
/// # Errors
/// A line is over the limit; the others are sent all the same.
pub(crate) fn send_lines(
    header: &ScanHeader,
    lines: impl Iterator<Item = ReportLine>,
    summary: ReportedSummary,
    delivery: &mut Delivery<'_>,
) -> anyhow::Result<()> {
    let mut cutter = Cutter::new(PATH, &header.id, &ReportLine::Scan(header.clone()));
    let mut too_long = None;
    let mut left_out = 0;
    for line in lines {
        match cutter.push(&line) {
            Ok(batch) => batch.iter().for_each(|batch| delivery.send(batch)),
            Err(error) => {
                left_out += usize::from(matches!(line, ReportLine::Finding(_)));
                too_long = Some(error);
            }
        }
    }
    // What is left out was found, and must not be taken for gone.
    let summary = ReportedSummary {
        findings: summary.findings - left_out,
        complete: summary.complete && too_long.is_none(),
    };
    if let Some(batch) = cutter.push(&ReportLine::Summary(summary))? {
        delivery.send(&batch);
    }
    delivery.send(&cutter.finish());
    too_long.map_or(Ok(()), |error| Err(error.into()))
}

/// The lines of a scan as they are sent, for a file.
pub(crate) fn lines_of(
    header: &ScanHeader,
    lines: impl Iterator<Item = ReportLine>,
    summary: ReportedSummary,
) -> impl Iterator<Item = impl Serialize> {
    [ReportLine::Scan(header.clone())].into_iter().chain(lines).chain([ReportLine::Summary(summary)])
}
