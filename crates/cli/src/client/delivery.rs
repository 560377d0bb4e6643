//! Sending batches: to the server, or to the spool while it is away.

use serde::Deserialize;

use super::{
    api::{Api, ApiError, Payload},
    batch::{Batch, MEDIA_TYPE},
    spool::{Spool, SpoolError},
};
use crate::{advice::listed, printer::Printer, report::summary::count};

/// Most lines that a server did not take which are told one by one.
const REJECTED_SHOWN_MAX: usize = 5;

/// Batches on their way.
pub(crate) struct Delivery<'d> {
    api: &'d Api,
    spool: Option<Spool>,
    /// Why the server takes nothing now; it is not asked again.
    away: Option<String>,
    tally: Tally,
}

/// What came of it.
#[derive(Default)]
struct Tally {
    sent: Receipt,
    /// Batches that waited and were sent.
    unspooled: usize,
    spooled: usize,
    /// Each with its reason.
    refused: Vec<String>,
    /// Batches that are lost, with why they are not kept.
    lost: Vec<String>,
}

/// What a server says it did with a batch.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Receipt {
    received: u64,
    new_leaks: u64,
    new_exposures: u64,
    seen_again: u64,
    gone: u64,
    new_incidents: u64,
    regressions: u64,
    rejected_count: u64,
    rejected: Vec<Rejected>,
}

/// A line that it did not take.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Rejected {
    line: usize,
    error: String,
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// The server has everything.
    All,
    /// Something waits in the spool.
    Later,
    /// The server refused something, or something could be neither sent nor kept.
    NotAll,
}

impl<'d> Delivery<'d> {
    /// A delivery to the server of `api`; without a spool, what it does not take is lost and said to be.
    pub(crate) fn new(api: &'d Api, spool: Option<Spool>) -> Self {
        Self { api, spool, away: None, tally: Tally::default() }
    }

    /// Sends what waits for this server, oldest first. What waits for another one stays.
    pub(crate) fn flush(&mut self, printer: &Printer) {
        let Some(spool) = self.spool.clone() else { return };
        if let Err(error) = self.flush_spool(&spool, printer) {
            printer.problem(format_args!("spool: {error}"));
        }
    }

    fn flush_spool(&mut self, spool: &Spool, printer: &Printer) -> Result<(), SpoolError> {
        if spool.waiting()?.is_empty() {
            return Ok(());
        }
        let Some(_turn) = spool.turn()? else {
            printer.detail(format_args!("{spool}: another process sends what waits"));
            return Ok(());
        };
        for file in spool.waiting()? {
            let Some(waiting) = spool.read(&file)? else {
                self.tally.refused.push(format!("{} is damaged", file.display()));
                spool.put_aside(&file, "damaged")?;
                continue;
            };
            if waiting.server != self.api.address().as_str() {
                continue;
            }
            match self.post(&waiting.batch) {
                Ok(()) => {
                    self.tally.unspooled += 1;
                    spool.sent(&file)?;
                }
                Err(error) if error.may_pass() => {
                    self.away = Some(error.why());
                    return Ok(());
                }
                Err(error) => {
                    self.tally.refused.push(error.why());
                    spool.put_aside(&file, &error.why())?;
                }
            }
        }
        Ok(())
    }

    /// Sends a batch, or keeps it. Once the server takes nothing, it is not asked again: batches stay in their order.
    pub(crate) fn send(&mut self, batch: &Batch) {
        if self.away.is_none() {
            match self.post(batch) {
                Ok(()) => return,
                Err(error) if error.may_pass() => self.away = Some(error.why()),
                Err(error) => return self.keep_refused(batch, &error.why()),
            }
        }
        let kept = match &self.spool {
            Some(spool) => spool.keep(self.api.address().as_str(), batch).map_err(|error| error.to_string()),
            None => Err("there is no folder for a spool: set --spool DIR".to_owned()),
        };
        match kept {
            Ok(()) => self.tally.spooled += 1,
            Err(why) => self.tally.lost.push(why),
        }
    }

    fn keep_refused(&mut self, batch: &Batch, reason: &str) {
        self.tally.refused.push(reason.to_owned());
        let server = self.api.address().as_str();
        let kept = self.spool.as_ref().map(|spool| spool.refuse(server, batch, reason));
        if let Some(Err(error)) = kept {
            self.tally.lost.push(error.to_string());
        }
    }

    fn post(&mut self, batch: &Batch) -> Result<(), ApiError> {
        let payload = Payload { media_type: MEDIA_TYPE, bytes: &batch.body, key: &batch.key };
        let receipt: Receipt = self.api.post(&batch.path, &payload)?;
        self.tally.add(receipt);
        Ok(())
    }

    /// How it went so far.
    pub(crate) fn outcome(&self) -> Delivered {
        if !self.tally.refused.is_empty() || !self.tally.lost.is_empty() || self.tally.sent.rejected_count > 0
        {
            Delivered::NotAll
        } else if self.away.is_some() {
            Delivered::Later
        } else {
            Delivered::All
        }
    }

    /// Says on standard error how it went; in a line, where nothing is wrong.
    pub(crate) fn tell(&self, printer: &Printer) {
        if let Some(told) = self.tally.told() {
            printer.note(format_args!("{}: {told}", self.api.address()));
        }
        self.tell_trouble(printer);
    }

    /// Says what was not sent, and what becomes of it.
    pub(super) fn tell_trouble(&self, printer: &Printer) {
        let (address, tally) = (self.api.address(), &self.tally);
        let batches = |number: usize| match number {
            1 => "1 batch".to_owned(),
            number => format!("{number} batches"),
        };
        if let (Some(why), Some(spool)) = (&self.away, &self.spool) {
            let left = spool.waiting().map_or(tally.spooled, |files| files.len());
            let waits = if left == 1 { "waits" } else { "wait" };
            printer.problem(format_args!(
                "{address}: {why}; {} {waits} in {spool} and will be sent by the next run, or by stanch send",
                batches(left)
            ));
        }
        if let Some(why) = tally.lost.first() {
            printer.problem(format_args!(
                "{address}: {} not sent and not kept: {why}",
                batches(tally.lost.len())
            ));
        }
        if let Some(why) = tally.refused.first() {
            let kept = self
                .spool
                .as_ref()
                .map(|spool| format!("; kept in {}", spool.folder().join("refused").display()));
            printer.problem(format_args!(
                "{address}: {} refused: {why}{}",
                batches(tally.refused.len()),
                kept.unwrap_or_default()
            ));
        }
        if tally.sent.rejected_count > 0 {
            let shown = tally.sent.rejected.iter().map(|one| format!("line {}: {}", one.line, one.error));
            printer.problem(format_args!(
                "{address}: {} not taken: {}",
                count(tally.sent.rejected_count, "line"),
                listed(shown)
            ));
        }
    }
}

impl Tally {
    fn add(&mut self, receipt: Receipt) {
        let sent = &mut self.sent;
        for (sum, more) in [
            (&mut sent.received, receipt.received),
            (&mut sent.new_leaks, receipt.new_leaks),
            (&mut sent.new_exposures, receipt.new_exposures),
            (&mut sent.seen_again, receipt.seen_again),
            (&mut sent.gone, receipt.gone),
            (&mut sent.new_incidents, receipt.new_incidents),
            (&mut sent.regressions, receipt.regressions),
            (&mut sent.rejected_count, receipt.rejected_count.max(receipt.rejected.len() as u64)),
        ] {
            *sum = sum.saturating_add(more);
        }
        let room = REJECTED_SHOWN_MAX.saturating_sub(sent.rejected.len());
        sent.rejected.extend(receipt.rejected.into_iter().take(room));
    }

    /// What the server did; none where nothing was sent.
    fn told(&self) -> Option<String> {
        let sent = &self.sent;
        if sent.received == 0 && self.unspooled == 0 {
            return None;
        }
        let mut parts = vec![format!("{} received", sent.received)];
        let named = [
            (sent.new_leaks, "new leak"),
            (sent.new_exposures, "new exposure"),
            (sent.new_incidents, "new incident"),
            (sent.regressions, "regression"),
        ];
        let counted = named.into_iter().filter(|(number, _)| *number > 0);
        parts.extend(counted.map(|(number, name)| count(number, name)));
        for (number, what) in [(sent.seen_again, "seen again"), (sent.gone, "gone")] {
            if number > 0 {
                parts.push(format!("{number} {what}"));
            }
        }
        if self.unspooled > 0 {
            parts.push(format!("{} from the spool", self.unspooled));
        }
        Some(parts.join(", "))
    }
}
