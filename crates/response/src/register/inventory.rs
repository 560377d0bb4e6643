//! What other systems tell of credentials and secret stores.

use jiff::Timestamp;
use serde_json::json;
use stanch_model::Actor;
use stanch_store::InventoryItem;

use super::{Register, RegisterError};

impl Register {
    /// Notes an inventory; what was told of the same thing before is replaced.
    ///
    /// # Errors
    ///
    /// If the database refuses: nothing is noted then.
    pub fn note_inventory(
        &self,
        items: &[InventoryItem],
        actor: &Actor,
        now: Timestamp,
    ) -> Result<(), RegisterError> {
        self.work(actor, now, |desk| {
            desk.tx.inventory_told(items, desk.now)?;
            let good = items.iter().filter(|item| item.good).count();
            let event = desk.event("inventory.told").detail(json!({ "items": items.len(), "good": good }));
            desk.tx.record(event);
            Ok(())
        })
    }
}
