//! Incidents as people read them.

use std::io::{self, Write};

use jiff::Timestamp;

use super::told::{Case, Event, Leak, Task, Told};
use crate::report::{printable::Printable, summary::count};

/// One line for each incident.
pub(super) fn table(incidents: &[Told], out: &mut dyn Write) -> io::Result<()> {
    if incidents.is_empty() {
        return writeln!(out, "no incidents");
    }
    for incident in incidents {
        writeln!(
            out,
            "{:>6} {:<8} {:<6} {:<12} {} {:<16} {}",
            incident.id,
            incident.severity,
            incident.urgency,
            incident.state,
            time(incident.clocks.detected),
            Printable(incident.commander.as_deref().unwrap_or("nobody")).to_string(),
            Printable(&incident.title),
        )?;
    }
    Ok(())
}

/// How an incident stands, in a line.
pub(super) fn standing(incident: &Told, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "incident {} is {}", incident.id, incident.state)?;
    if let Some(commander) = &incident.commander {
        write!(out, ", commanded by {}", Printable(commander))?;
    }
    if !incident.next.is_empty() {
        write!(out, "; next: {}", incident.next.join(", "))?;
    }
    writeln!(out)
}

/// All of an incident.
pub(super) fn case(case: &Case, out: &mut dyn Write) -> io::Result<()> {
    let Case { incident, leaks, tasks, events } = case;
    writeln!(out, "incident {}: {}", incident.id, Printable(&incident.title))?;
    facts(incident, out)?;
    writeln!(out, "\nleaks")?;
    leaks.iter().try_for_each(|each| leak(each, out))?;
    if !tasks.is_empty() {
        writeln!(out, "\nchecklist")?;
        tasks.iter().try_for_each(|each| task(each, out))?;
    }
    writeln!(out, "\nlatest events")?;
    events.iter().try_for_each(|each| event(each, out))
}

fn facts(incident: &Told, out: &mut dyn Write) -> io::Result<()> {
    let mut fact = |name: &str, value: &str| writeln!(out, "  {name:<13} {}", Printable(value));
    fact("state", &incident.state)?;
    if !incident.next.is_empty() {
        fact("next", &incident.next.join(", "))?;
    }
    fact("severity", &incident.severity)?;
    fact("urgency", &incident.urgency)?;
    if !incident.channels.is_empty() {
        fact("told", &incident.channels.join(", "))?;
    }
    let duties = [
        ("commander", &incident.commander),
        ("ops lead", &incident.ops_lead),
        ("liaison", &incident.liaison),
    ];
    for (duty, holder) in duties {
        fact(duty, holder.as_deref().unwrap_or("nobody"))?;
    }
    if incident.reopens > 0 {
        fact("reopened", &format!("{} times", incident.reopens))?;
    }
    let clocks = &incident.clocks;
    let reached = [
        ("leaked", clocks.leaked),
        ("detected", Some(clocks.detected)),
        ("acknowledged", clocks.acknowledged),
        ("contained", clocks.contained),
        ("revoked", clocks.revoked),
        ("rotated", clocks.rotated),
        ("proven", clocks.proven),
        ("closed", clocks.closed),
        ("dismissed", clocks.dismissed),
    ];
    for (name, at) in reached {
        if let Some(at) = at {
            fact(name, &time(at))?;
        }
    }
    Ok(())
}

fn leak(leak: &Leak, out: &mut dyn Write) -> io::Result<()> {
    write!(
        out,
        "  {:>6} {:<8} {:<9} {:<7} {} ({}), {} in {}",
        leak.id,
        leak.severity,
        leak.state,
        leak.liveness,
        Printable(&leak.title),
        Printable(&leak.preview),
        count(leak.exposures, "place"),
        count(leak.origins, "origin"),
    )?;
    match &leak.owner {
        Some(owner) => writeln!(out, ", owner {}", Printable(&owner.name)),
        None => writeln!(out),
    }
}

fn task(task: &Task, out: &mut dyn Write) -> io::Result<()> {
    let mark = if task.done_at.is_some() { 'x' } else { ' ' };
    write!(out, "  [{mark}] {} {}", task.id, Printable(&task.text))?;
    match &task.done_by {
        Some(who) => writeln!(out, " ({})", Printable(who)),
        None => writeln!(out),
    }
}

fn event(event: &Event, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "  {} {} by {}", time(event.at), event.kind, Printable(&event.actor))?;
    if event.reason.is_empty() { writeln!(out) } else { writeln!(out, ": {}", Printable(&event.reason)) }
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
