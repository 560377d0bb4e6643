//! How far the audit trail was shipped, by destination.

use jiff::Timestamp;

use crate::{StoreError, Tx};

/// Who ships, and for how long nobody else does.
#[derive(Clone, Copy, Debug)]
pub struct Shipper<'s> {
    /// Where to.
    pub destination: &'s str,
    /// The server, by a name that no other has.
    pub by: &'s str,
    /// Until when it has the destination for itself.
    pub until: Timestamp,
}

impl Tx<'_> {
    /// Takes a destination for one server, or keeps it; gives the number of the newest entry that was shipped there. None while another has it.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn take_destination(
        &mut self,
        shipper: &Shipper<'_>,
        now: Timestamp,
    ) -> Result<Option<i64>, StoreError> {
        self.execute(
            "INSERT INTO trail_positions (destination, seq, told_at) VALUES ($1, 0, $2) ON CONFLICT (destination) DO NOTHING",
            &[shipper.destination.into(), now.into()],
        )?;
        self.one(
            "UPDATE trail_positions SET lease_by = $2, lease_until = $3 WHERE destination = $1 \
             AND (lease_by IS NULL OR lease_by = $2 OR lease_until < $4) RETURNING seq",
            &[shipper.destination.into(), shipper.by.into(), shipper.until.into(), now.into()],
            |row| row.get(0),
        )
    }

    /// Notes how far the trail was shipped. False if another has the destination by now.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn shipped(&mut self, shipper: &Shipper<'_>, seq: i64, now: Timestamp) -> Result<bool, StoreError> {
        let changed = self.execute(
            "UPDATE trail_positions SET seq = $3, told_at = $4 WHERE destination = $1 AND lease_by = $2",
            &[shipper.destination.into(), shipper.by.into(), seq.into(), now.into()],
        )?;
        Ok(changed > 0)
    }

    /// Lets another server ship to a destination.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn leave_destination(&mut self, shipper: &Shipper<'_>) -> Result<(), StoreError> {
        self.execute(
            "UPDATE trail_positions SET lease_by = NULL, lease_until = NULL WHERE destination = $1 AND lease_by = $2",
            &[shipper.destination.into(), shipper.by.into()],
        )?;
        Ok(())
    }

    /// Destinations, and the number of the newest entry that was shipped to each.
    ///
    /// # Errors
    ///
    /// If the database refuses.
    pub fn trail_shipped(&mut self) -> Result<Vec<(String, i64)>, StoreError> {
        self.query("SELECT destination, seq FROM trail_positions ORDER BY destination", &[], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }
}
