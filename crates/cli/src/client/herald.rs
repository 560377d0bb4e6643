//! Tells a server what gates do. A gate never waits long for it, and never fails because of it.

use std::time::Duration;

use jiff::Timestamp;
use stanch_model::KeyKind;

use super::{
    actor::actor,
    api::Api,
    batch::{Batch, line},
    delivery::{Delivered, Delivery},
    gate_event::{GateEvent, GateFinding, GateOutcome, Notice},
    id::random_id,
    origin::{Place, origin},
    settings::{OriginSettings, ServerSettings},
    spool::Spool,
};
use crate::{
    advice::one_line,
    gate::bypass::{self, Record},
    printer::Printer,
    project::Project,
};

/// Where events of gates are sent.
const PATH: &str = "/api/v1/gate-events";
/// How long a gate waits for a server, for all that it sends.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tells one server of one gate.
pub(crate) struct Herald {
    gate: &'static str,
    server: ServerSettings,
    origin: OriginSettings,
}

impl Herald {
    /// A herald of `gate`; none where no server is named.
    pub(crate) fn new(gate: &'static str, server: ServerSettings, origin: OriginSettings) -> Option<Self> {
        server.url.is_some().then_some(Self { gate, server, origin })
    }

    /// Sends what the gate has to tell, and bypasses on record that were not sent before. What cannot be sent in time waits in
    /// the spool. Whatever is wrong is said, and changes nothing of how the gate ends.
    pub(crate) fn tell(&self, notice: Option<&Notice>, printer: &Printer) {
        let unsent = Project::here().map(|project| bypass::unsent(&project));
        let unsent = match unsent.transpose() {
            Ok(unsent) => unsent.unwrap_or_default(),
            Err(error) => {
                printer.note(format_args!("bypasses are not sent: {}", one_line(&error)));
                Vec::new()
            }
        };
        if notice.is_none() && unsent.is_empty() {
            return;
        }
        if let Err(error) = self.try_tell(notice, &unsent, printer) {
            printer.note(format_args!("the server is not told: {}", one_line(&error)));
        }
    }

    fn try_tell(&self, notice: Option<&Notice>, unsent: &[Record], printer: &Printer) -> anyhow::Result<()> {
        let Some(api) = self.server.api()? else { return Ok(()) };
        let repository = origin(&self.origin, &Place::Here)?.name;
        let api = api.for_at_most(PATIENCE);
        let mut post =
            Post { api: &api, spool: self.server.spool(), gate: self.gate, repository: &repository };
        if let Some(notice) = notice {
            post.send_notice(notice, printer)?;
        }
        let sent: Vec<&Record> = unsent.iter().filter(|record| post.send_record(record, printer)).collect();
        if let Some(project) = Project::here().filter(|_| !sent.is_empty()) {
            bypass::mark_sent(&project, &sent)?;
        }
        Ok(())
    }
}

/// What is sent goes one way.
struct Post<'p> {
    api: &'p Api,
    spool: Option<Spool>,
    gate: &'static str,
    repository: &'p str,
}

impl Post<'_> {
    fn send_notice(&mut self, notice: &Notice, printer: &Printer) -> anyhow::Result<()> {
        let actor = actor();
        let id = random_id()?;
        let event = GateEvent {
            id: &id,
            gate: self.gate,
            outcome: notice.outcome,
            repository: self.repository,
            actor: &actor,
            at: Timestamp::now(),
            findings: known(&notice.findings),
            reason: notice.reason.as_deref(),
        };
        if event.findings.len() < notice.findings.len() {
            printer.note("fingerprints under a salt mean nothing to the server: set STANCH_FINGERPRINT_KEY");
        }
        self.send(&event, printer);
        Ok(())
    }

    /// Sends a bypass on record; whether it is in the server's or the spool's hands.
    fn send_record(&mut self, record: &Record, printer: &Printer) -> bool {
        let event = GateEvent {
            id: &record.id,
            gate: &record.gate,
            outcome: GateOutcome::Bypassed,
            repository: self.repository,
            actor: &record.who,
            at: record.time,
            findings: known(&record.findings),
            reason: Some(&record.reason),
        };
        self.send(&event, printer) != Delivered::NotAll
    }

    fn send(&mut self, event: &GateEvent<'_>, printer: &Printer) -> Delivered {
        let mut delivery = Delivery::new(self.api, self.spool.clone());
        let key = event.id.to_owned();
        delivery.send(&Batch { path: PATH.to_owned(), key, body: line(event) });
        delivery.tell_trouble(printer);
        delivery.outcome()
    }
}

/// Those whose fingerprints a server may know.
fn known(findings: &[GateFinding]) -> Vec<&GateFinding> {
    findings.iter().filter(|finding| finding.fingerprint.key().kind() == KeyKind::Organisation).collect()
}
