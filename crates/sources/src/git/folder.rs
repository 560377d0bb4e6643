//! The entries of a tree object. Most trees are stored as a few changed entries of another one; only these are read.
//!
//! Format: each entry is `<mode> <name>\0<id>`, the id in bytes.

use super::delta::{Delta, Op};

/// An entry as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RawEntry<'b> {
    /// In octal digits.
    pub(super) mode: &'b [u8],
    pub(super) name: &'b [u8],
    pub(super) id: &'b [u8],
}

/// The entries of one tree, each with what the reader makes of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Folder<M> {
    /// Where each entry begins, and its meaning.
    entries: Vec<(u32, M)>,
    /// Where the bytes stop that are entries.
    end: usize,
    /// Whether these are all bytes.
    complete: bool,
}

impl<M: Copy> Folder<M> {
    /// Reads all entries; ids are `id_len` bytes long, and `meaning` is asked once for each entry.
    pub(super) fn read(bytes: &[u8], id_len: usize, meaning: impl FnMut(RawEntry<'_>) -> M) -> Self {
        let mut folder = Self { entries: Vec::new(), end: 0, complete: false };
        folder.complete = Reading { bytes, id_len, meaning }.read_to(bytes.len(), &mut folder);
        folder
    }

    /// Reads the entries of what `delta` makes out of `base`; `meaning` is asked for those that were not copied whole.
    pub(super) fn read_changed(
        bytes: &[u8],
        id_len: usize,
        delta: &Delta,
        base: &Self,
        meaning: impl FnMut(RawEntry<'_>) -> M,
    ) -> Self {
        let mut folder =
            Self { entries: Vec::with_capacity(base.entries.len() + 1), end: 0, complete: false };
        let mut reading = Reading { bytes, id_len, meaning };
        let mut made = 0;
        for op in delta.ops() {
            let end = made + op.len();
            if let Op::Copy { from, len } = *op {
                while folder.end < end && !folder.copy(base, from, made, len) {
                    if reading.read_entry(&mut folder).is_none() {
                        return folder;
                    }
                }
            }
            if !reading.read_to(end, &mut folder) {
                return folder;
            }
            made = end;
        }
        folder.complete = folder.end == bytes.len();
        folder
    }

    /// Whether the tree was read to its end.
    pub(super) fn is_complete(&self) -> bool {
        self.complete
    }

    /// What was made of the entries.
    pub(super) fn meanings(&self) -> impl Iterator<Item = &M> {
        self.entries.iter().map(|(_, meaning)| meaning)
    }

    /// Takes over the entries in the `len` bytes that were copied `from` the base to `to`, if one begins where this folder
    /// ends so far.
    fn copy(&mut self, base: &Self, from: usize, to: usize, len: usize) -> bool {
        let begin = self.end - to + from;
        let Ok(first) = base.entries.binary_search_by_key(&begin, |entry| entry.0 as usize) else {
            return false;
        };
        let starts = base.entries[first + 1..].iter().map(|entry| entry.0 as usize);
        let ends = starts.chain([base.end]);
        let whole = base.entries[first..].iter().zip(ends).take_while(|(_, end)| *end <= from + len);
        for (&(start, meaning), end) in whole {
            self.entries.push(((start as usize - from + to) as u32, meaning));
            self.end = end - from + to;
        }
        true
    }
}

/// Reads entries from bytes.
struct Reading<'b, F> {
    bytes: &'b [u8],
    id_len: usize,
    meaning: F,
}

impl<M, F: FnMut(RawEntry<'_>) -> M> Reading<'_, F> {
    /// Reads entries until one ends at or after `end`; false where the bytes stop within one.
    fn read_to(&mut self, end: usize, folder: &mut Folder<M>) -> bool {
        while folder.end < end {
            if self.read_entry(folder).is_none() {
                return false;
            }
        }
        true
    }

    fn read_entry(&mut self, folder: &mut Folder<M>) -> Option<()> {
        let rest = self.bytes.get(folder.end..)?;
        let space = memchr::memchr(b' ', rest)?;
        let nul = space + memchr::memchr(0, &rest[space..])?;
        let id = rest.get(nul + 1..nul + 1 + self.id_len)?;
        let entry = RawEntry { mode: &rest[..space], name: &rest[space + 1..nul], id };
        folder.entries.push((folder.end as u32, (self.meaning)(entry)));
        folder.end += nul + 1 + self.id_len;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a test makes of an entry: where its parts are is told by their sum, and its name by its length.
    fn meaning(entry: RawEntry<'_>) -> (u32, usize) {
        let bytes = [entry.mode, entry.name, entry.id].concat();
        (bytes.iter().map(|&byte| u32::from(byte)).sum(), entry.name.len())
    }

    fn entry(number: u8) -> Vec<u8> {
        let name = vec![b'a' + number % 26; 1 + usize::from(number) % 5];
        [b"100644 ", &name[..], b"\0", &[number; 4]].concat()
    }

    proptest! {
        #[test]
        fn changed_folders_read_like_whole_ones(
            base in prop::collection::vec(any::<u8>(), 0..12),
            program in prop::collection::vec((any::<u8>(), any::<u16>(), any::<u16>()), 1..8),
        ) {
            let base: Vec<u8> = base.into_iter().flat_map(entry).collect();
            let (delta, bytes) = Delta::made_of(&program, &base, entry);
            let whole = Folder::read(&bytes, 4, meaning);
            let base = Folder::read(&base, 4, meaning);
            prop_assert_eq!(Folder::read_changed(&bytes, 4, &delta, &base, meaning), whole);
        }
    }

    #[test]
    fn copied_entries_are_not_asked_for_again() {
        let base: Vec<u8> = [1, 2, 3].into_iter().flat_map(entry).collect();
        let changed = [1, 9, 3].into_iter().flat_map(entry).collect::<Vec<u8>>();
        let (one, two) = (entry(1).len(), entry(2).len());
        let delta = Delta::of(&base, &[(0, one), (one + two, base.len() - one - two)], &entry(9));
        let mut asked = 0;
        let base = Folder::read(&base, 4, meaning);
        let folder = Folder::read_changed(&changed, 4, &delta, &base, |entry| {
            asked += 1;
            meaning(entry)
        });
        assert_eq!((asked, folder.meanings().count(), folder.is_complete()), (1, 3, true));
    }

    #[test]
    fn a_folder_that_stops_within_an_entry_keeps_those_before() {
        let bytes = [entry(1), entry(2)].concat();
        let folder = Folder::read(&bytes[..bytes.len() - 1], 4, meaning);
        assert_eq!((folder.meanings().count(), folder.is_complete()), (1, false));
    }
}
