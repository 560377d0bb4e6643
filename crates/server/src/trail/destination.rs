//! The contract between the shipping of the trail and whatever it is shipped to.

use std::io;

use stanch_store::Entry;

use super::line::Position;

/// Whatever the trail is shipped to.
pub(super) trait Destination: Send {
    /// What the database calls it; servers that share a destination share its name.
    fn name(&self) -> &str;

    /// How far it has the trail, if it can tell itself; the database may lag behind it by what was shipped when a server died.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    fn shipped(&mut self) -> io::Result<Option<i64>>;

    /// Ships entries, which follow `before`. When this returns, they are there as safely as the destination can tell.
    ///
    /// # Errors
    ///
    /// If it takes none, or not all of them.
    fn ship(&mut self, before: &Position, entries: &[Entry]) -> io::Result<()>;
}
