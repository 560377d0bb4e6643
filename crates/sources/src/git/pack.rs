//! Packs on disk: entries by their offsets, inflated on demand.

use std::path::Path;

use gix::{
    ObjectId,
    hash::{self, oid},
    odb::pack::{data, index},
};
use libdeflater::Decompressor;

use super::{damage::Damage, site};

/// Deflate makes at most this many bytes out of one: <https://zlib.net/zlib_tech.html>, "Maximum Compression Factor".
const INFLATION_MAX: u64 = 1032;

/// One pack with its index, both mapped into memory.
pub(super) struct Pack {
    name: String,
    index: index::File,
    data: data::File,
}

/// What an entry of a pack holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A whole object.
    Whole(gix::objs::Kind),
    /// A delta to the entry at this offset.
    DeltaToOffset(u64),
    /// A delta to the object of this id.
    DeltaToId(ObjectId),
}

/// One entry of a pack.
pub(super) struct Entry<'p> {
    /// What it holds.
    pub(super) content: Content,
    size: u64,
    deflated: &'p [u8],
}

impl Pack {
    /// Maps the pack whose index is at `path`.
    pub(super) fn open(path: &Path, hash: hash::Kind) -> Result<Self, String> {
        let data_path = path.with_extension("pack");
        for path in [path, &data_path] {
            site::look_at(path).map_err(|error| error.to_string())?;
        }
        let index = index::File::at(path, hash).map_err(|error| error.to_string())?;
        let data = data::File::at(data_path, hash).map_err(|error| error.to_string())?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, index, data })
    }

    /// The name of its file, without extension.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the server it came from may have left out objects: <https://git-scm.com/docs/partial-clone>.
    pub(super) fn is_partial(&self) -> bool {
        self.data.path().with_extension("promisor").exists()
    }

    /// How many objects the index lists.
    pub(super) fn len(&self) -> u32 {
        self.index.num_objects()
    }

    /// The offset of the object at `position` of the index.
    pub(super) fn offset(&self, position: u32) -> u64 {
        self.index.pack_offset_at_index(position)
    }

    /// The id of the object at `position` of the index.
    pub(super) fn id(&self, position: u32) -> &oid {
        self.index.oid_at_index(position)
    }

    /// The position in the index of the object `id`.
    pub(super) fn position(&self, id: &oid) -> Option<u32> {
        self.index.lookup(id)
    }

    /// The entry at `offset`, which ends before `end`.
    pub(super) fn entry(&self, offset: u64, end: Option<u64>) -> Result<Entry<'_>, Damage> {
        self.try_entry(offset, end).ok_or_else(|| Damage::Header { pack: self.name.clone(), offset })
    }

    fn try_entry(&self, offset: u64, end: Option<u64>) -> Option<Entry<'_>> {
        let pack_end = self.data.pack_end() as u64;
        let end = end.unwrap_or(pack_end).min(pack_end);
        let bytes = (offset < end).then(|| self.data.entry_slice(offset..end)).flatten()?;
        let entry = data::Entry::from_bytes(bytes, offset, self.data.object_hash()).ok()?;
        let content = match entry.header {
            data::entry::Header::OfsDelta { base_distance } => {
                Content::DeltaToOffset(offset.checked_sub(base_distance).filter(|base| *base < offset)?)
            }
            data::entry::Header::RefDelta { base_id } => Content::DeltaToId(base_id),
            whole => Content::Whole(whole.as_kind()?),
        };
        let header = usize::try_from(entry.data_offset - offset).ok()?;
        Some(Entry { content, size: entry.decompressed_size, deflated: bytes.get(header..)? })
    }
}

/// Inflates entries; one a thread.
pub(super) struct Inflater(Decompressor);

impl Default for Inflater {
    fn default() -> Self {
        Self(Decompressor::new())
    }
}

impl Inflater {
    /// Inflates `entry` into `out`, which then holds exactly its bytes; at most `limit`.
    pub(super) fn inflate(&mut self, entry: &Entry<'_>, limit: u64, out: &mut Vec<u8>) -> Result<(), Damage> {
        let size = entry.size;
        if size > limit {
            return Err(Damage::TooLarge { size, limit });
        }
        if size / INFLATION_MAX > entry.deflated.len() as u64 {
            return Err(Damage::Inflate { size });
        }
        out.resize(usize::try_from(size).map_err(|_| Damage::TooLarge { size, limit })?, 0);
        match self.0.zlib_decompress(entry.deflated, out) {
            Ok(made) if made == out.len() => Ok(()),
            _ => Err(Damage::Inflate { size }),
        }
    }
}
