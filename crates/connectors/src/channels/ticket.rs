//! What Jira, GitHub and GitLab have in common: one ticket for an incident, found again by a label.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::{Alert, AlertKind, DeliveryError, Receipt};

/// A ticket that is there.
pub(crate) struct Ticket {
    /// What its service calls it.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) reference: String,
    /// Its page.
    pub(crate) url: String,
    /// Its description.
    pub(crate) text: String,
    pub(crate) stand: Stand,
}

/// How far a ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    Open,
    /// Somebody works on it. Not every service has this.
    Taken,
    Closed,
}

/// A service that keeps tickets.
pub(crate) trait Tracker {
    /// The oldest ticket with the label.
    fn find(&self, label: &str) -> Result<Option<Ticket>, DeliveryError>;
    /// Makes a ticket with the label. `mark` is in its description.
    fn create(&self, alert: &Alert, label: &str, mark: &str) -> Result<Ticket, DeliveryError>;
    /// Whether a comment holds `mark`.
    fn has_said(&self, ticket: &Ticket, alert: &Alert, mark: &str) -> Result<bool, DeliveryError>;
    /// Adds a comment that holds `mark`.
    fn say(&self, ticket: &Ticket, alert: &Alert, mark: &str) -> Result<(), DeliveryError>;
    /// Brings the ticket to `stand`, from another one.
    fn bring(&self, ticket: &Ticket, stand: Stand) -> Result<(), DeliveryError>;
}

/// Delivers `alert` so that a second time changes nothing: the ticket is looked for before it is made, and what was said last
/// says that all before it was done.
pub(crate) fn deliver(tracker: &impl Tracker, alert: &Alert, prefix: &str) -> Result<Receipt, DeliveryError> {
    let label = format!("{prefix}{}", alert.subject());
    let mark = mark(alert);
    let ticket = match tracker.find(&label)? {
        Some(ticket) => ticket,
        // An incident that was over before anybody was told of it here needs no ticket.
        None if alert.kind == AlertKind::Resolve => return Ok(Receipt::default()),
        None if alert.kind == AlertKind::Trigger => {
            return Ok(receipt(tracker.create(alert, &label, &mark)?));
        }
        None => tracker.create(alert, &label, "")?,
    };
    if ticket.text.contains(&mark) || tracker.has_said(&ticket, alert, &mark)? {
        return Ok(receipt(ticket));
    }
    let wanted = stand(alert.kind, ticket.stand);
    let brought = if wanted == ticket.stand { Ok(()) } else { tracker.bring(&ticket, wanted) };
    if brought.as_ref().is_err_and(DeliveryError::is_retry) {
        return brought.map(|()| Receipt::default());
    }
    tracker.say(&ticket, alert, &mark)?;
    brought.map(|()| receipt(ticket))
}

/// What makes a message findable in a ticket. It holds no character that any markup knows.
fn mark(alert: &Alert) -> String {
    format!("stanch message {}", HEXLOWER.encode(&Sha256::digest(&alert.id)[..16]))
}

fn stand(kind: AlertKind, now: Stand) -> Stand {
    match kind {
        AlertKind::Trigger => Stand::Open,
        AlertKind::Update => now,
        AlertKind::Acknowledge => Stand::Taken,
        AlertKind::Resolve => Stand::Closed,
    }
}

fn receipt(ticket: Ticket) -> Receipt {
    Receipt { reference: Some(ticket.reference), url: Some(ticket.url) }
}
