//! A trial of a policy as one screen: who would be told of what, and why.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use anstyle::{AnsiColor, Style};
use stanch_model::{OriginKind, Severity};
use stanch_response::policy::{Decision, Incident, Leak, Place, Urgency, spell};

use super::test::{Trial, minute};
use crate::{
    advice::listed,
    report::{printable::Printable, summary::count},
};

const HEADING: Style = Style::new().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const FAINT: Style = Style::new().dimmed();

/// Most incidents of an urgency, secrets of an incident and places of a secret that are listed; the rest is counted.
const INCIDENTS_MAX: usize = 20;
const LEAKS_MAX: usize = 5;
const PLACES_MAX: usize = 2;
/// Columns before what is told of an incident.
const INDENT: &str = "            ";

/// Writes it.
pub(super) fn write(trial: &Trial, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "By {}, at {}\n", trial.policy, minute(trial.at))?;
    for (urgency, name) in [(Urgency::Page, "PAGE"), (Urgency::Ticket, "TICKET"), (Urgency::None, "SILENT")] {
        section(trial, (urgency, name), out)?;
    }
    let tally = |urgency, what| format!("{} {what}", trial.of(urgency).count());
    let told =
        [tally(Urgency::Page, "page"), tally(Urgency::Ticket, "ticket"), tally(Urgency::None, "silent")];
    let found = count(trial.findings as u64, "finding");
    let leaks = count(trial.leaks() as u64, "secret");
    let incidents = count(trial.incidents.len() as u64, "incident");
    writeln!(out, "{found}, {leaks}, {incidents}: {}", listed(told))
}

fn section(trial: &Trial, (urgency, name): (Urgency, &str), out: &mut dyn Write) -> io::Result<()> {
    let total = trial.of(urgency).count();
    if total == 0 {
        return Ok(());
    }
    writeln!(out, "{HEADING}{name}{HEADING:#}  {}\n", count(total as u64, "incident"))?;
    for incident in trial.of(urgency).take(INCIDENTS_MAX) {
        tell(incident, out)?;
    }
    match total.saturating_sub(INCIDENTS_MAX) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more; --format json lists all\n"),
    }
}

fn tell(incident: &Incident, out: &mut dyn Write) -> io::Result<()> {
    let decision = incident.decision();
    let worst = &incident.leaks[incident.worst].0;
    let style = if decision.severity >= Severity::High { BAD } else { Style::new() };
    let severity = decision.severity;
    let place = worst.subject.places.get(decision.place);
    let title = format!("{} in {}", worst.subject.rule, place.map_or_else(nowhere, name));
    writeln!(out, "  {style}{severity:8}{style:#}  {}", Printable(&title))?;
    let leaks = count(incident.leaks.len() as u64, "secret");
    let places = count(incident.places() as u64, "place");
    writeln!(out, "{INDENT}{leaks} in {places}{}", Printable(&shared(incident)))?;
    writeln!(out, "{INDENT}{severity}: {}", Printable(&rated(decision)))?;
    writeln!(out, "{INDENT}{}", Printable(&routed(decision)))?;
    for (leak, _) in incident.leaks.iter().take(LEAKS_MAX) {
        writeln!(out, "{INDENT}{FAINT}{}{FAINT:#}", Printable(&line(leak)))?;
    }
    match incident.leaks.len().saturating_sub(LEAKS_MAX) {
        0 => {}
        more => writeln!(out, "{INDENT}{FAINT}and {more} more{FAINT:#}")?,
    }
    writeln!(out)
}

/// What a place is in: `repository github.com/acme/shop`.
fn name(place: &Place) -> String {
    match place.kind {
        _ if place.origin.is_empty() => nowhere(),
        OriginKind::Other => place.origin.clone(),
        kind => format!("{kind} {}", place.origin),
    }
}

fn nowhere() -> String {
    "an unknown place".to_owned()
}

/// Which rule made it so severe.
fn rated(decision: &Decision) -> String {
    match decision.severity_because.rule {
        Some(_) => decision.severity_because.to_string(),
        None => "as the scanner says, because no rule matches".to_owned(),
    }
}

/// What its leaks have in common: `, one incident by commit and repository`.
fn shared(incident: &Incident) -> String {
    let by: BTreeSet<_> = incident.joined_by.iter().map(|key| key.by.as_str()).collect();
    if by.is_empty() { String::new() } else { format!(", one incident by {}", listed(by)) }
}

/// `page: production (line 12) → on-call; after 15m escalation`.
fn routed(decision: &Decision) -> String {
    let urgency = if decision.urgency == Urgency::None { "silent" } else { decision.urgency.as_str() };
    let mut told = format!("{urgency}: {}", decision.urgency_because);
    if !decision.channels.is_empty() {
        told = format!("{told} → {}", listed(&decision.channels));
    }
    for step in &decision.escalations {
        told = format!("{told}; after {} {}", spell(step.after), listed(&step.channels));
    }
    match decision.not_before {
        Some(at) => format!("{told}; not before {}", minute(at)),
        None => told,
    }
}

fn line(leak: &Leak) -> String {
    let paths: BTreeSet<&str> = leak.subject.places.iter().map(|place| place.path.as_str()).collect();
    let shown = listed(paths.iter().take(PLACES_MAX));
    let more = leak.subject.places.len().saturating_sub(paths.len().min(PLACES_MAX));
    let more = if more > 0 { format!(" and {}", count(more as u64, "more place")) } else { String::new() };
    format!("{}  {}  {shown}{more}", leak.preview, leak.subject.rule)
}
