//! `stanch policy test`: replays a report and tells who would be told.

use std::{
    collections::HashMap,
    io::{self, Read as _, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, anyhow, ensure};
use jiff::Timestamp;
use serde::Serialize;
use stanch_engine::RuleSet;
use stanch_response::policy::{Decision, GroupKey, Incident, Policy, Replay, Urgency};

use super::{Shape, read, screen};
use crate::{policy::Status, printer::Printer, report::printable::Printable};

/// Largest report on standard input, in bytes.
const INPUT_BYTES_MAX: u64 = 64 << 20;

/// Replay a report and show what would page, become a ticket or be silent
///
/// Findings are grouped into the incidents they would be if all were seen at the same time.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The report, of stanch scan --format jsonl, or - for standard input
    #[arg(long, value_name = "FILE")]
    findings: PathBuf,
    /// The policy to try [default: the one that comes with Stanch]
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// When the findings are seen, as 2026-11-27T03:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,
    /// For people or for programs
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Shape,
}

fn time(text: &str) -> Result<Timestamp, &'static str> {
    text.parse().map_err(|_| "expected a time with a zone, as 2026-11-27T03:00:00Z")
}

/// What was tried.
pub(super) struct Trial {
    /// The name of the policy, for people.
    pub(super) policy: String,
    /// When the findings are seen.
    pub(super) at: Timestamp,
    pub(super) findings: usize,
    /// The worst first.
    pub(super) incidents: Vec<Incident>,
}

impl Trial {
    /// The incidents of an urgency.
    pub(super) fn of(&self, urgency: Urgency) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().filter(move |incident| incident.decision().urgency == urgency)
    }

    /// How many secrets there are.
    pub(super) fn leaks(&self) -> usize {
        self.incidents.iter().map(|incident| incident.leaks.len()).sum()
    }
}

/// Replays the report.
pub(super) fn run(args: &Args, printer: &Printer) -> anyhow::Result<Status> {
    let (name, policy) = load(args.policy.as_deref())?;
    let at = args.at.unwrap_or_else(Timestamp::now);
    let report = Printable(&args.findings.display().to_string()).to_string();
    let mut replay = Replay::read(&findings(&args.findings)?).map_err(|error| anyhow!("{report}:{error}"))?;
    name_connectors(&mut replay);
    let findings = replay.findings();
    let trial = Trial { policy: name, at, findings, incidents: replay.incidents(&policy, at) };
    printer
        .print(|out| match args.format {
            Shape::Text => screen::write(&trial, out),
            Shape::Json => json(&trial, out),
        })
        .context("standard output")?;
    Ok(Status::Clean)
}

fn load(path: Option<&Path>) -> anyhow::Result<(String, Policy)> {
    let Some(path) = path else {
        return Ok(("the default policy".to_owned(), Policy::default()));
    };
    let shown = Printable(&path.display().to_string()).to_string();
    let policy = Policy::parse(&read(path)?).map_err(|error| anyhow!("{shown}:{error}"))?;
    Ok((shown, policy))
}

fn findings(path: &Path) -> anyhow::Result<String> {
    if path != Path::new("-") {
        return read(path);
    }
    let mut text = String::new();
    io::stdin().lock().take(INPUT_BYTES_MAX + 1).read_to_string(&mut text).context("standard input")?;
    ensure!(text.len() as u64 <= INPUT_BYTES_MAX, "standard input: is larger than {INPUT_BYTES_MAX} bytes");
    Ok(text)
}

/// A report does not tell which provider's account is meant; the rule does.
fn name_connectors(replay: &mut Replay) {
    let rules = RuleSet::embedded();
    let of_rule: HashMap<&str, &str> = rules
        .rules()
        .iter()
        .filter_map(|rule| Some((rule.info.id.as_str(), rule.info.connector.as_deref()?)))
        .collect();
    for leak in replay.leaks_mut() {
        leak.subject.connector = of_rule.get(leak.subject.rule.as_str()).map(|&name| name.to_owned());
    }
}

/// A trial for programs.
#[derive(Serialize)]
struct Record<'t> {
    policy: &'t str,
    at: Timestamp,
    findings: usize,
    leaks: usize,
    incidents: Vec<IncidentRecord<'t>>,
}

#[derive(Serialize)]
struct IncidentRecord<'t> {
    #[serde(flatten)]
    decision: DecisionRecord<'t>,
    joined_by: Vec<&'t GroupKey>,
    leaks: Vec<LeakRecord<'t>>,
}

#[derive(Serialize)]
struct LeakRecord<'t> {
    fingerprint: String,
    rule: &'t str,
    preview: &'t str,
    places: usize,
    #[serde(flatten)]
    decision: DecisionRecord<'t>,
}

/// Who is told of what, and why.
#[derive(Serialize)]
struct DecisionRecord<'t> {
    urgency: &'static str,
    urgency_because: String,
    severity: &'static str,
    severity_because: String,
    channels: &'t [Arc<str>],
    escalations: Vec<EscalationRecord<'t>>,
    not_before: Option<Timestamp>,
    environment: Option<&'t str>,
    public: Option<bool>,
}

#[derive(Serialize)]
struct EscalationRecord<'t> {
    after_s: i64,
    channels: &'t [Arc<str>],
}

impl<'t> From<&'t Decision> for DecisionRecord<'t> {
    fn from(decision: &'t Decision) -> Self {
        let escalations = decision.escalations.iter();
        Self {
            urgency: decision.urgency.as_str(),
            urgency_because: decision.urgency_because.to_string(),
            severity: decision.severity.as_str(),
            severity_because: decision.severity_because.to_string(),
            channels: &decision.channels,
            escalations: escalations
                .map(|step| EscalationRecord { after_s: step.after.as_secs(), channels: &step.channels })
                .collect(),
            not_before: decision.not_before,
            environment: decision.environment.as_deref(),
            public: decision.public,
        }
    }
}

fn json(trial: &Trial, out: &mut dyn Write) -> io::Result<()> {
    let record = Record {
        policy: &trial.policy,
        at: trial.at,
        findings: trial.findings,
        leaks: trial.leaks(),
        incidents: trial.incidents.iter().map(record).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &record)?;
    out.write_all(b"\n")
}

fn record(incident: &Incident) -> IncidentRecord<'_> {
    let leaks = incident.leaks.iter().map(|(leak, decision)| LeakRecord {
        fingerprint: leak.fingerprint.to_string(),
        rule: &leak.subject.rule,
        preview: &leak.preview,
        places: leak.subject.places.len(),
        decision: decision.into(),
    });
    IncidentRecord {
        decision: incident.decision().into(),
        joined_by: incident.joined_by.iter().collect(),
        leaks: leaks.collect(),
    }
}

/// A time to the minute in UTC, for people.
pub(super) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
