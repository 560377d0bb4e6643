//! What gates did is noted.

use jiff::Timestamp;
use serde_json::json;
use stanch_model::{Actor, Origin, OriginKind};
use stanch_store::GateEvent;

use super::{Register, RegisterError};

impl Register {
    /// Notes what gates did; gives how many events were not known before.
    ///
    /// # Errors
    ///
    /// If the database refuses: nothing is noted then.
    pub fn note_gates(
        &self,
        events: &[GateEvent],
        actor: &Actor,
        now: Timestamp,
    ) -> Result<usize, RegisterError> {
        self.work(actor, now, |desk| {
            let mut new = 0;
            for gate in events {
                let origin = Origin {
                    kind: OriginKind::Repository,
                    name: gate.origin.clone(),
                    public: None,
                    environment: None,
                    url: None,
                };
                let origin = desk.tx.origin_told(&origin, desk.now)?;
                if desk.tx.gate_told(gate, origin.id)? {
                    new += 1;
                    let detail =
                        json!({ "gate": gate.gate, "origin": gate.origin, "who": gate.actor, "at": gate.at });
                    let event =
                        desk.event(format!("gate.{}", gate.outcome)).reason(&gate.reason).detail(detail);
                    desk.tx.record(event);
                }
            }
            Ok(new)
        })
    }
}
