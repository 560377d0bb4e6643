//! Messages that were given up are tried again.

use jiff::Timestamp;
use serde_json::json;
use stanch_model::Actor;
use stanch_store::Sight;

use super::{Register, RegisterError};

impl Register {
    /// Makes a message that was given up due again.
    ///
    /// # Errors
    ///
    /// If there is none such, or its incident may not be seen.
    pub fn retry_message(
        &self,
        id: i64,
        actor: &Actor,
        sight: &Sight,
        now: Timestamp,
    ) -> Result<(), RegisterError> {
        self.work(actor, now, |desk| {
            let message = desk.tx.message(id)?.ok_or(RegisterError::NoMessage(id))?;
            let is_seen = match message.incident {
                Some(incident) => desk.tx.incident(incident, sight)?.is_some(),
                // What is promised is about everything.
                None => *sight == Sight::All,
            };
            if !is_seen || !desk.tx.revive_message(id, desk.now)? {
                return Err(RegisterError::NoMessage(id));
            }
            let detail = json!({ "channel": message.channel, "message": id });
            let mut event = desk.event("alert.retried").detail(detail);
            event.incident = message.incident;
            desk.tx.record(event);
            Ok(())
        })
    }
}
