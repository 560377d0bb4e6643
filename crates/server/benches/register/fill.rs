//! Findings to fill a register with.

use std::{fmt::Write as _, time::Instant};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use stanch_model::{Actor, ActorKind, Evidence, Fingerprinter};
use stanch_response::{Batch, Closing, Register, Request};
use stanch_store::Sight;

use crate::Result;

/// Findings of a batch, as clients send them.
pub(crate) const BATCH: usize = 1_000;
/// Clients that send at once, and batches that are made before they begin.
pub(crate) const CLIENTS: usize = 2;
const ROUND: usize = 50;
/// Places of each secret, secrets of each incident, and repositories.
const PLACES: usize = 20;
const OF_INCIDENT: usize = 10;
const REPOSITORIES: usize = 400;

/// What is put in.
pub(crate) struct Fill {
    findings: usize,
}

impl Fill {
    pub(crate) fn of(findings: usize) -> Self {
        Self { findings }
    }

    pub(crate) fn secrets(&self) -> usize {
        self.findings / PLACES
    }

    pub(crate) fn incidents(&self) -> usize {
        self.secrets() / OF_INCIDENT
    }

    /// Takes everything in, from some clients at once; gives how many findings a second that were. The lines are made while no clock runs.
    pub(crate) fn ingest(&self, register: &Register, printer: &Fingerprinter) -> Result<f64> {
        let (mut seconds, batches) = (0.0, self.findings / BATCH);
        for first in (0..batches).step_by(ROUND) {
            let round = first..(first + ROUND).min(batches);
            let texts: Vec<(usize, String)> = round.map(|number| (number, batch(number, printer))).collect();
            let start = Instant::now();
            std::thread::scope(|scope| {
                let share = |client| texts.iter().skip(client).step_by(CLIENTS);
                let work = |client| {
                    scope.spawn(move || share(client).try_for_each(|one| take_in(register, one, batches)))
                };
                let clients: Vec<_> = (0..CLIENTS).map(work).collect();
                clients
                    .into_iter()
                    .try_for_each(|client| client.join().map_err(|_| "a client panicked".to_owned())?)
            })?;
            seconds += start.elapsed().as_secs_f64();
        }
        Ok(self.findings as f64 / seconds)
    }

    /// Nine of ten incidents are closed.
    pub(crate) fn respond(&self, register: &Register) -> Result<()> {
        let actor = Actor { kind: ActorKind::User, name: "ada".to_owned() };
        let closing = Closing {
            revoked: vec![Evidence::note("deleted in the console")],
            no_rotation: "nothing used it".to_owned(),
            proven: vec![Evidence::note("401 from the API")],
            ..Closing::default()
        };
        for incident in (1..=i64::try_from(self.incidents())?).filter(|incident| incident % 10 != 0) {
            let found =
                register.store().read(|tx| tx.incident(incident, &Sight::All))?.ok_or("an incident")?;
            let now = found.detected_at + SignedDuration::from_mins(20 + incident % 300);
            let request = Request { incident, actor: &actor, sight: &Sight::All, version: None, now };
            register.close(&request, &closing)?;
        }
        Ok(())
    }
}

/// Takes one batch in. The newest is of today, the first of half a year ago.
fn take_in(
    register: &Register,
    (number, text): &(usize, String),
    batches: usize,
) -> std::result::Result<(), String> {
    let actor = Actor { kind: ActorKind::Token, name: "ci".to_owned() };
    let minutes = i64::try_from((batches - number) * 250_000 / batches).map_err(|error| error.to_string())?;
    let at = Timestamp::now() - SignedDuration::from_mins(minutes);
    let batch = Batch::parse(text.as_bytes()).map_err(|error| error.to_string())?;
    register.ingest(batch, &actor, at).map(drop).map_err(|error| error.to_string())
}

/// A batch: `BATCH / PLACES` new secrets, each in some files of one repository.
fn batch(number: usize, printer: &Fingerprinter) -> String {
    let secrets = BATCH / PLACES;
    let mut text = json!({
        "type": "scan", "id": format!("scan-{number}"), "tool": "stanch 0.1.0", "scope": "history", "started": "2026-01-15T08:00:00Z",
        "origin": { "kind": "repository", "name": format!("git.example/acme/r{}", number % REPOSITORIES) },
    })
    .to_string();
    for secret in (number * secrets)..((number + 1) * secrets) {
        let sealed = printer.seal(format!("secret {secret}").as_bytes());
        let fingerprint = sealed.fingerprint().to_string();
        for place in 0..PLACES {
            let _ = write!(text, "\n{}", finding(&fingerprint, secret, place));
        }
    }
    text
}

fn finding(fingerprint: &str, secret: usize, place: usize) -> Json {
    let path = format!("src/module{}/file{place}.py", secret % 97);
    let severity = ["low", "medium", "high", "critical"][secret % 4];
    json!({
        "type": "finding", "rule": format!("rule-{}", secret % 200), "severity": severity, "confidence": "high",
        "fingerprint": fingerprint, "preview": "ex********",
        "location": { "path": path, "line": place + 1, "column": 1, "end_line": place + 1, "end_column": 9, "byte_start": 0, "byte_end": 8 },
        "provenance": [
            { "kind": "repository", "path": "." },
            {
                "kind": "commit", "id": format!("{:040x}", secret / OF_INCIDENT), "author": format!("Dev {} <dev@acme.example>", secret % 60),
                "time": "2026-01-14T08:00:00Z", "in_head": true,
            },
            { "kind": "path", "path": path },
        ],
    })
}
