//! Every object of a repository, wherever it is kept.

use std::{
    collections::HashMap,
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use gix::{
    ObjectId,
    hash::{self, oid},
    objs::Kind,
    odb::loose,
};

use super::{
    damage::Damage,
    delta::Delta,
    pack::{Content, Inflater, Pack},
};

/// An object by its place among all objects of the store; an object that is kept twice has the number of its first place.
pub(super) type Number = u32;

/// Longest chain of deltas that is followed; Git itself writes at most 4,095.
pub(super) const CHAIN_MAX: usize = 10_000;

/// One pack, and the number of its first object in the order of its index.
pub(super) struct Packed {
    pub(super) pack: Pack,
    /// The folder of objects it is in.
    folder: usize,
    pub(super) first: Number,
}

/// One object kept in a file of its own.
#[derive(Clone, Copy)]
struct Loose {
    id: ObjectId,
    folder: usize,
}

/// A file of packed objects that cannot be used.
pub(super) struct Unusable {
    /// The name of the file.
    pub(super) item: String,
    /// Why.
    pub(super) damage: Damage,
}

/// All objects of a repository and of those it borrows from. Every packed object has a number; a loose one has it once it is
/// [listed](Store::list_loose) or [admitted](Store::admit), so that who wants few of them need not list all.
pub(super) struct Store {
    pub(super) packs: Vec<Packed>,
    loose: Vec<Loose>,
    /// Where each of them stands in `loose`.
    loose_places: HashMap<ObjectId, Number>,
    folders: Vec<loose::Store>,
    /// The number of the first loose object.
    loose_first: Number,
    hash: hash::Kind,
    limit: u64,
}

/// What one thread needs to read objects.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) inflater: Inflater,
    pub(super) delta: Delta,
    spare: Vec<u8>,
}

impl Store {
    /// Opens the packs of the folders of objects `folders`. Tells what is unusable.
    pub(super) fn open(folders: &[PathBuf], hash: hash::Kind) -> (Self, Vec<Unusable>) {
        let mut unusable = Vec::new();
        let mut store = Self {
            packs: Vec::new(),
            loose: Vec::new(),
            loose_places: HashMap::new(),
            folders: folders.iter().map(|folder| loose::Store::at(folder, hash)).collect(),
            loose_first: 0,
            hash,
            limit: u64::MAX,
        };
        let paths = |(place, folder): (usize, &PathBuf)| {
            packs_in(&folder.join("pack")).into_iter().map(move |path| (place, path))
        };
        for (folder, path) in folders.iter().enumerate().flat_map(paths) {
            match Pack::open(&path.with_extension("idx"), hash) {
                Ok(pack) => store.add_pack(pack, folder),
                Err(reason) => unusable.push(Unusable {
                    item: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                    damage: Damage::Pack(reason),
                }),
            }
        }
        (store, unusable)
    }

    /// The same, of which objects of more than `limit` bytes are not read.
    pub(super) fn within(self, limit: u64) -> Self {
        Self { limit, ..self }
    }

    fn add_pack(&mut self, pack: Pack, folder: usize) {
        let first = self.loose_first;
        self.loose_first += pack.len();
        self.packs.push(Packed { pack, folder, first });
    }

    /// Gives a number to every loose object that no pack holds.
    pub(super) fn list_loose(&mut self) {
        self.list_loose_in(0..self.folders.len());
    }

    fn list_loose_in(&mut self, folders: Range<usize>) {
        let ids = |folder: usize| {
            let all = self.folders[folder].iter().flatten().map(move |id| Loose { id, folder });
            all.filter(|loose| self.number(&loose.id).is_none()).collect::<Vec<_>>()
        };
        let mut found: Vec<Loose> = folders.flat_map(ids).collect();
        found.sort_by_key(|loose| loose.id);
        found.dedup_by_key(|loose| loose.id);
        for loose in found {
            self.add_loose(loose);
        }
    }

    fn add_loose(&mut self, loose: Loose) -> Number {
        let place = self.loose.len() as Number;
        self.loose_places.insert(loose.id, place);
        self.loose.push(loose);
        self.loose_first + place
    }

    /// The number of the object `id`, which may be a loose one that is given its number now.
    pub(super) fn admit(&mut self, id: &oid) -> Option<Number> {
        self.number(id).or_else(|| Some(self.add_loose(self.find_loose(id)?)))
    }

    /// The numbers of all objects of the last folder, but for packed ones that other packs hold too.
    pub(super) fn list_last_folder(&mut self) -> Vec<Number> {
        let last = self.folders.len() - 1;
        self.list_loose_in(last..last + 1);
        let packed = self.packs.iter().filter(|packed| packed.folder == last);
        let packed = packed.flat_map(|packed| {
            let numbers = (0..packed.pack.len()).map(|position| packed.first + position);
            numbers.filter(|&number| self.number(self.id(number)) == Some(number))
        });
        let loose =
            self.loose_numbers().filter(|&number| self.loose(number).is_some_and(|at| at.folder == last));
        packed.chain(loose).collect()
    }

    /// Whether the last folder holds the object `id`, and no other does.
    pub(super) fn is_in_last_folder(&self, id: &oid) -> bool {
        let last = self.folders.len() - 1;
        match self.number(id).filter(|&number| number < self.loose_first) {
            Some(number) => self.packed(number).folder == last && self.is_in_last_folder_only(number),
            None => self.find_loose(id).is_some_and(|loose| loose.folder == last),
        }
    }

    /// Whether no other folder holds the object `number` of the last one in a file of its own.
    pub(super) fn is_in_last_folder_only(&self, number: Number) -> bool {
        let last = self.folders.len() - 1;
        self.find_loose(self.id(number)).is_none_or(|loose| loose.folder == last)
    }

    /// Whether the object `id` is there.
    pub(super) fn holds(&self, id: &oid) -> bool {
        self.number(id).is_some() || self.find_loose(id).is_some()
    }

    /// Looks for the file of the object `id`.
    fn find_loose(&self, id: &oid) -> Option<Loose> {
        if id.kind() != self.hash {
            return None;
        }
        let is_there = |folder: &loose::Store| fs::symlink_metadata(folder.object_path(id)).is_ok();
        let folder = self.folders.iter().position(is_there)?;
        Some(Loose { id: id.to_owned(), folder })
    }

    /// The number of the object `id`, if it has one.
    pub(super) fn number(&self, id: &oid) -> Option<Number> {
        let packed = |packed: &Packed| Some(packed.first + packed.pack.position(id)?);
        let loose = || Some(self.loose_first + *self.loose_places.get(id)?);
        self.packs.iter().find_map(packed).or_else(loose)
    }

    /// The id of object `number`.
    pub(super) fn id(&self, number: Number) -> &oid {
        if let Some(place) = number.checked_sub(self.loose_first) {
            return &self.loose[place as usize].id;
        }
        let packed = self.packed(number);
        packed.pack.id(number - packed.first)
    }

    /// How many objects there are.
    pub(super) fn len(&self) -> Number {
        self.loose_first + self.loose.len() as Number
    }

    /// The numbers of loose objects that no pack holds.
    pub(super) fn loose_numbers(&self) -> Range<Number> {
        self.loose_first..self.len()
    }

    fn loose(&self, number: Number) -> Option<Loose> {
        Some(self.loose[number.checked_sub(self.loose_first)? as usize])
    }

    fn packed(&self, number: Number) -> &Packed {
        &self.packs[self.packs.partition_point(|packed| packed.first <= number) - 1]
    }

    /// How objects are named.
    pub(super) fn hash(&self) -> hash::Kind {
        self.hash
    }

    /// Most bytes an object may have.
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// Whether some pack came from a server that may have left out objects.
    pub(super) fn is_partial(&self) -> bool {
        self.packs.iter().any(|packed| packed.pack.is_partial())
    }

    /// The kind and size of the loose object `number`.
    pub(super) fn loose_header(&self, number: Number) -> Result<(Kind, u64), Damage> {
        self.header_of(self.loose(number).ok_or(Damage::Gone)?)
    }

    fn header_of(&self, loose: Loose) -> Result<(Kind, u64), Damage> {
        let folder = &self.folders[loose.folder];
        // A pipe in the place of an object would be waited for without end.
        if fs::metadata(folder.object_path(&loose.id)).is_ok_and(|data| !data.is_file()) {
            return Err(Damage::Loose("not a regular file".to_owned()));
        }
        match folder.try_header(&loose.id) {
            Ok(Some((size, kind))) => Ok((kind, size)),
            Ok(None) => Err(Damage::Gone),
            Err(error) => Err(Damage::Loose(error.to_string())),
        }
    }

    fn read_loose(&self, loose: Loose, out: &mut Vec<u8>) -> Result<Kind, Damage> {
        let (_, size) = self.header_of(loose)?;
        if size > self.limit {
            return Err(Damage::TooLarge { size, limit: self.limit });
        }
        match self.folders[loose.folder].try_find(&loose.id, out) {
            Ok(Some(object)) => Ok(object.kind),
            Ok(None) => Err(Damage::Gone),
            Err(error) => Err(Damage::Loose(error.to_string())),
        }
    }

    /// Reads the object `id`, whether it has a number or not; none where it is nowhere.
    pub(super) fn read_id(
        &self,
        id: &oid,
        reader: &mut Reader,
        out: &mut Vec<u8>,
    ) -> Result<Option<Kind>, Damage> {
        match self.number(id) {
            Some(number) => self.read(number, reader, out).map(Some),
            None => self.find_loose(id).map(|loose| self.read_loose(loose, out)).transpose(),
        }
    }

    /// Reads object `number` into `out`, link by link of its chain of deltas, and tells its kind.
    pub(super) fn read(
        &self,
        number: Number,
        reader: &mut Reader,
        out: &mut Vec<u8>,
    ) -> Result<Kind, Damage> {
        let Reader { inflater, delta, spare } = reader;
        let (chain, root) = self.chain(number)?;
        let kind = match root {
            Root::Loose(loose) => self.read_loose(loose, out)?,
            Root::Packed(pack, offset, kind) => {
                inflater.inflate(&pack.entry(offset, None)?, self.limit, out)?;
                kind
            }
        };
        for (pack, offset) in chain.into_iter().rev() {
            inflater.inflate(&pack.entry(offset, None)?, self.limit, &mut delta.instructions)?;
            delta.parse_within(self.limit)?;
            delta.apply(out, spare)?;
            std::mem::swap(out, spare);
        }
        Ok(kind)
    }

    /// The deltas by which object `number` is made, last one first, and what they begin with.
    fn chain(&self, number: Number) -> Result<(Vec<Link<'_>>, Root<'_>), Damage> {
        let mut chain = Vec::new();
        let mut next = number;
        loop {
            if let Some(loose) = self.loose(next) {
                return Ok((chain, Root::Loose(loose)));
            }
            let packed = self.packed(next);
            let mut offset = packed.pack.offset(next - packed.first);
            let base = loop {
                match packed.pack.entry(offset, None)?.content {
                    Content::Whole(kind) => return Ok((chain, Root::Packed(&packed.pack, offset, kind))),
                    _ if chain.len() > CHAIN_MAX => return Err(Damage::Endless),
                    Content::DeltaToId(id) => break id,
                    Content::DeltaToOffset(base) => {
                        chain.push((&packed.pack, offset));
                        offset = base;
                    }
                }
            };
            chain.push((&packed.pack, offset));
            let here = packed.pack.position(&base).map(|position| packed.first + position);
            let Some(number) = here.or_else(|| self.number(&base)) else {
                let loose = self.find_loose(&base).ok_or(Damage::NoBase(base))?;
                return Ok((chain, Root::Loose(loose)));
            };
            next = number;
        }
    }

    /// The kind of object `number`.
    pub(super) fn kind_of(&self, number: Number) -> Result<Kind, Damage> {
        match self.chain(number)?.1 {
            Root::Loose(loose) => self.header_of(loose).map(|header| header.0),
            Root::Packed(_, _, kind) => Ok(kind),
        }
    }

    /// The kind of object `id`.
    pub(super) fn kind(&self, id: &oid) -> Result<Kind, Damage> {
        self.kind_of(self.number(id).ok_or(Damage::Gone)?)
    }
}

/// A delta, by its pack and offset.
type Link<'s> = (&'s Pack, u64);

/// What a chain of deltas begins with.
enum Root<'s> {
    Loose(Loose),
    Packed(&'s Pack, u64, Kind),
}

/// The packs in `folder`, in the order of their names.
fn packs_in(folder: &Path) -> Vec<PathBuf> {
    let is_pack = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        name.starts_with(b"pack-") && name.ends_with(b".pack")
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_pack).collect();
    paths.sort();
    paths
}
