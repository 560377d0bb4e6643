//! `stanch send`: gives a server what other scanners found, or what waits for it.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use jiff::Timestamp;
use stanch_import::{ForeignReport, ReportFormat, read_report};
use stanch_model::{Fingerprinter, Origin, ReportLine, ReportedFinding, ReportedSummary, ScanHeader, Step};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::{
    client::{
        Api, Delivered, Delivery, OriginSettings, Place, ServerSettings, Site, Spool, check_identity,
        lines_of, origin, permalink, random_id, send_lines,
    },
    config::Config,
    identity::IdentitySettings,
    policy::Status,
    printer::Printer,
    report::summary::count,
};

/// Largest report, in bytes.
const REPORT_BYTES_MAX: u64 = 256 << 20;
/// Entries that are named of those that are not carried over; the rest are counted.
const LOST_SHOWN_MAX: usize = 20;

/// Send a server what other scanners found, or what waits for it
///
/// Reports of gitleaks, betterleaks, trufflehog, kingfisher, and SARIF become findings: the value of each entry gives it its
/// fingerprint and goes no further. Without a REPORT, what waits in the spool is sent.
#[derive(Debug, clap::Args)]
#[command(after_long_help = AFTER_HELP)]
pub(crate) struct Args {
    /// Reports of other scanners, or - for standard input
    #[arg(value_name = "REPORT")]
    reports: Vec<PathBuf>,
    /// Whose reports they are [default: as their content tells]
    #[arg(long, value_name = "FORMAT", value_parser = format(), requires = "reports")]
    from: Option<ReportFormat>,
    /// Write the lines that a server would be sent to FILE instead, or to standard output as -
    #[arg(short, long, value_name = "FILE", requires = "reports")]
    output: Option<PathBuf>,
    #[command(flatten)]
    server: ServerSettings,
    #[command(flatten)]
    origin: OriginSettings,
    #[command(flatten)]
    identity: IdentitySettings,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  everything was sent, or waits in the spool with the reports read
  2  something was refused, or what waits could not be sent

Examples:
  gitleaks git . --report-format json --report-path leaks.json; stanch send leaks.json
  trufflehog git file://. --json | stanch send - --from trufflehog
  stanch send
  stanch send leaks.json --output findings.jsonl";

/// What is done.
pub(crate) enum Options {
    /// Reports are read, and sent or written.
    Reports(Box<Reports>),
    /// What waits is sent.
    Waiting(Api, Option<Spool>),
}

/// Reports, and where they go.
pub(crate) struct Reports {
    files: Vec<PathBuf>,
    from: Option<ReportFormat>,
    fingerprinter: Fingerprinter,
    origin: Origin,
    to: To,
}

/// Where findings go.
enum To {
    Server(Api, Option<Spool>),
    File(PathBuf),
}

fn format() -> impl clap::builder::TypedValueParser<Value = ReportFormat> {
    PossibleValuesParser::new(ReportFormat::ALL.map(ReportFormat::as_str))
        .try_map(|name| name.parse::<ReportFormat>())
}

impl Args {
    /// Finds the server and its key, so that a mistake costs no reading.
    ///
    /// # Errors
    /// No server, or one that cannot be used; nothing that tells what the reports are about; a key that is not the server's.
    pub(crate) fn resolve(self, config: Config, printer: &Printer) -> anyhow::Result<Options> {
        let server = self.server.over(config.server);
        if self.reports.is_empty() {
            let api = server.required()?;
            return Ok(Options::Waiting(api, server.spool()));
        }
        let fingerprinter = self.identity.over(config.identity).fingerprinter(&[], printer)?;
        // A report is about the repository it was made in, which is most often the one here.
        let origin = origin(&self.origin.over(config.origin), &Place::Folder(PathBuf::from(".")))?;
        let to = if let Some(file) = self.output {
            To::File(file)
        } else {
            let api = server.required()?;
            check_identity(&api, &fingerprinter, printer)?;
            To::Server(api, server.spool())
        };
        let (files, from) = (self.reports, self.from);
        Ok(Options::Reports(Box::new(Reports { files, from, fingerprinter, origin, to })))
    }
}

/// Does it.
///
/// # Errors
/// A report that cannot be read, or a file that cannot be written.
pub(crate) fn run(options: &Options, printer: &Printer) -> anyhow::Result<Status> {
    match options {
        Options::Waiting(api, spool) => Ok(send_waiting(api, spool.as_ref(), printer)),
        Options::Reports(reports) => reports.run(printer),
    }
}

fn send_waiting(api: &Api, spool: Option<&Spool>, printer: &Printer) -> Status {
    let mut delivery = Delivery::new(api, spool.cloned());
    delivery.flush(printer);
    delivery.tell(printer);
    match delivery.outcome() {
        Delivered::All => Status::Clean,
        Delivered::Later | Delivered::NotAll => Status::Failed,
    }
}

impl Reports {
    fn run(&self, printer: &Printer) -> anyhow::Result<Status> {
        // All are read before any is sent: a mistake in the last must not leave half of them sent.
        let read: Vec<_> =
            self.files.iter().map(|file| self.read(file, printer)).collect::<anyhow::Result<_>>()?;
        match &self.to {
            To::File(file) => {
                self.write(file, read, printer).with_context(|| file.display().to_string())?;
                Ok(Status::Clean)
            }
            To::Server(api, spool) => self.send((api, spool.clone()), read, printer),
        }
    }

    fn read(&self, file: &Path, printer: &Printer) -> anyhow::Result<ForeignReport> {
        let name =
            if file == Path::new("-") { "standard input".to_owned() } else { file.display().to_string() };
        let bytes = read_bytes(file).with_context(|| name.clone())?;
        let report = read_report(&name, &bytes, self.from, &self.fingerprinter)?;
        for lost in report.lost.iter().take(LOST_SHOWN_MAX) {
            printer.problem(format_args!("{name}: {lost}"));
        }
        if report.lost.len() > LOST_SHOWN_MAX {
            let more = report.lost.len() - LOST_SHOWN_MAX;
            printer.problem(format_args!("{name}: {more} more not carried over"));
        }
        let (found, lost) = (count(report.findings.len() as u64, "finding"), report.lost.len());
        let allowed = match report.allowed {
            0 => String::new(),
            number => format!(", {number} allowed there"),
        };
        printer.note(format_args!("{name}: {found} of {}, {lost} not carried over{allowed}", report.tool));
        Ok(report)
    }

    fn send(
        &self,
        (api, spool): (&Api, Option<Spool>),
        reports: Vec<ForeignReport>,
        printer: &Printer,
    ) -> anyhow::Result<Status> {
        let mut delivery = Delivery::new(api, spool);
        delivery.flush(printer);
        for report in reports {
            let (header, summary) = self.frame(&report)?;
            send_lines(&header, self.located(report.findings), summary, &mut delivery)?;
        }
        delivery.tell(printer);
        Ok(if delivery.outcome() == Delivered::NotAll { Status::Failed } else { Status::Clean })
    }

    fn write(&self, file: &Path, reports: Vec<ForeignReport>, printer: &Printer) -> anyhow::Result<()> {
        let write = |out: &mut dyn io::Write| -> anyhow::Result<()> {
            for report in reports {
                let (header, summary) = self.frame(&report)?;
                for line in lines_of(&header, self.located(report.findings), summary) {
                    serde_json::to_writer(&mut *out, &line)?;
                    out.write_all(b"\n")?;
                }
            }
            Ok(())
        };
        if file == Path::new("-") {
            return Ok(printer.print(|out| write(out).map_err(io::Error::other))?);
        }
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
        let mut whole = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        let mut out = io::BufWriter::new(whole.as_file_mut());
        write(&mut out)?;
        out.flush()?;
        drop(out);
        whole.persist(file).map_err(|error| error.error)?;
        Ok(())
    }

    /// What goes before and after the findings of a report. Nobody knows what of its target another scanner left out, so what
    /// it does not find is not gone.
    fn frame(&self, report: &ForeignReport) -> anyhow::Result<(ScanHeader, ReportedSummary)> {
        let is_commit = |step: &Step| matches!(step, Step::Commit { .. });
        let is_history = report.findings.iter().any(|finding| finding.provenance.0.iter().any(is_commit));
        let header = ScanHeader {
            id: random_id()?,
            tool: report.tool.clone(),
            origin: self.origin.clone(),
            scope: if is_history { "history" } else { "tree" }.to_owned(),
            started: Timestamp::now(),
        };
        let summary = ReportedSummary { findings: report.findings.len(), complete: false };
        Ok((header, summary))
    }

    /// The findings with an address where a person can look at them.
    fn located(&self, findings: Vec<ReportedFinding>) -> impl Iterator<Item = ReportLine> {
        let name = self.origin.name.clone();
        findings.into_iter().map(move |mut finding| {
            let place = (&finding.location, &finding.provenance);
            finding.url = finding.url.take().or_else(|| permalink((&name, Site::of(&name)), place, None));
            ReportLine::Finding(Box::new(finding))
        })
    }
}

/// The bytes of a report: they hold secrets, and are wiped.
fn read_bytes(file: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    let limit = REPORT_BYTES_MAX + 1;
    if file == Path::new("-") {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else {
        File::open(file)?.take(limit).read_to_end(&mut bytes)?;
    }
    ensure!(bytes.len() as u64 <= REPORT_BYTES_MAX, "is larger than {REPORT_BYTES_MAX} bytes");
    Ok(bytes)
}
