//! Which commit first brought a blob, and under which path: one walk over commits, oldest first, over what is in memory;
//! then over the folders that no commit holds.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
};

use super::{
    commits::Commits,
    refs::Refs,
    store::Number,
    trees::{NAME_FOUND, NameId, Target, Trees},
};

/// A folder by its path.
type FolderId = u32;

/// The folder without a name.
const ROOT: FolderId = 0;

/// How a commit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Era {
    /// From a branch, a tag, or any other reference but notes.
    Referenced,
    /// From the references that hold notes only.
    Notes,
    /// Not at all: only a reflog knows it, or nothing.
    Unreachable,
}

/// What a path leads down from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Top {
    /// A commit, by its place in [`Commits::list`].
    Commit(usize),
    /// A folder that no commit holds.
    Tree(Number),
}

/// Where something was seen first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// How what holds it is reached.
    pub(super) era: Era,
    /// The rank of what holds it: commits, oldest first, then folders without one.
    pub(super) rank: u32,
    /// What holds it.
    pub(super) top: Top,
    folder: FolderId,
    name: NameId,
    /// What was seen there.
    pub(super) target: Target,
    /// Whether it is the name itself that was looked for.
    pub(super) by_name: bool,
}

impl Place {
    /// Tells paths apart.
    pub(super) fn path_id(&self) -> (u32, NameId) {
        (self.folder, self.name)
    }

    /// The last part of the path.
    pub(super) fn name_id(&self) -> NameId {
        self.name
    }
}

/// A file of which it is known what brought it.
pub(super) struct Brought {
    /// Its content; a plain target where that is absent.
    pub(super) content: Target,
    /// What brought it.
    pub(super) top: Top,
    /// The rank of that: commits, oldest first, then folders without one.
    pub(super) rank: u32,
    /// The whole path.
    pub(super) path: NameId,
}

/// What the heads of branches hold.
#[derive(Default)]
struct InHead {
    blobs: HashSet<Number>,
    names: HashSet<NameId>,
}

/// What the walk found.
pub(super) struct Attribution {
    /// By ascending rank.
    pub(super) places: Vec<Place>,
    in_head: InHead,
    /// How each commit is reached, by its place in [`Commits::list`].
    pub(super) eras: Vec<Era>,
    /// Commits reached from the head of a branch.
    pub(super) in_branch: Vec<bool>,
    folders: Vec<(FolderId, NameId)>,
    names: Vec<Box<[u8]>>,
}

impl Attribution {
    /// Walks over all `commits`, and finds the first place of everything that `trees` holds.
    pub(super) fn walk(commits: &Commits, trees: &Trees, names: Vec<Box<[u8]>>, refs: &Refs) -> Self {
        let reach = |tips: &[Number]| reached(commits, tips);
        let (referenced, notes) = (reach(&refs.tips), reach(&refs.notes));
        let era = |commit: usize| match (referenced[commit], notes[commit]) {
            (true, _) => Era::Referenced,
            (_, true) => Era::Notes,
            _ => Era::Unreachable,
        };
        let eras: Vec<Era> = (0..commits.list.len()).map(era).collect();
        let mut walk = Walk::new(trees);
        if trees.any_target {
            let mut order = oldest_first(commits);
            order.sort_by_key(|&commit| eras[commit]);
            for (rank, &commit) in order.iter().enumerate() {
                if let Some(tree) = commits.list[commit].tree {
                    walk.enter(tree, (eras[commit], rank as u32, Top::Commit(commit)));
                }
            }
            walk.enter_stray(refs, order.len() as u32);
        }
        let heads = refs.heads.iter().filter_map(|&head| commits.list[commits.place(head)?].tree);
        let in_head = InHead::of(trees, heads);
        let Walk { places, folders, .. } = walk;
        Self { places, in_head, eras, in_branch: reach(&refs.heads), folders, names }
    }

    /// What is known without a walk: each of `files` where it was brought, under the name that is its path.
    /// `in_head` are the blobs that are in the head of a branch.
    pub(super) fn of_files(
        commits: &Commits,
        files: impl Iterator<Item = Brought>,
        paths: Vec<Box<[u8]>>,
        in_head: HashSet<Number>,
    ) -> Self {
        let place = |file: Brought| Place {
            era: Era::Referenced,
            rank: file.rank,
            top: file.top,
            folder: ROOT,
            name: file.path,
            target: file.content,
            by_name: file.path & NAME_FOUND != 0,
        };
        Self {
            places: files.map(place).collect(),
            in_head: InHead { blobs: in_head, names: HashSet::new() },
            eras: vec![Era::Referenced; commits.list.len()],
            in_branch: vec![true; commits.list.len()],
            folders: vec![(ROOT, 0)],
            names: paths,
        }
    }

    /// Whether the blob is in the head of a branch.
    pub(super) fn is_in_head(&self, blob: Number) -> bool {
        self.in_head.blobs.contains(&blob)
    }

    /// Whether the name, in which something was found, is in the head of a branch.
    pub(super) fn is_name_in_head(&self, name: NameId) -> bool {
        self.in_head.names.contains(&name)
    }

    /// The path of a place, with `/` between folders.
    pub(super) fn path(&self, place: &Place) -> String {
        let text = |name: NameId| &self.names[(name & !NAME_FOUND) as usize];
        let mut parts = vec![text(place.name)];
        let mut folder = place.folder;
        while folder != ROOT {
            let (parent, name) = self.folders[folder as usize];
            parts.push(text(name));
            folder = parent;
        }
        let path: Vec<u8> = parts.iter().rev().map(|part| &part[..]).collect::<Vec<_>>().join(&b'/');
        String::from_utf8_lossy(&path).into_owned()
    }
}

/// Which commits `tips` reach, by their place.
pub(super) fn reached(commits: &Commits, tips: &[Number]) -> Vec<bool> {
    let mut seen = vec![false; commits.list.len()];
    let mut pending: Vec<usize> = tips.iter().filter_map(|&tip| commits.place(tip)).collect();
    while let Some(commit) = pending.pop() {
        if !std::mem::replace(&mut seen[commit], true) {
            pending.extend(commits.list[commit].parents.iter().map(|&parent| parent as usize));
        }
    }
    seen
}

/// All commits by their place: parents before children, otherwise by committer time.
pub(super) fn oldest_first(commits: &Commits) -> Vec<usize> {
    let all = &commits.list;
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); all.len()];
    let mut missing = vec![0u32; all.len()];
    for (child, commit) in all.iter().enumerate() {
        for &parent in &commit.parents {
            children[parent as usize].push(child as u32);
            missing[child] += 1;
        }
    }
    let entry = |commit: usize| Reverse((all[commit].time, commit));
    let mut ready: BinaryHeap<_> = (0..all.len()).filter(|&c| missing[c] == 0).map(entry).collect();
    let mut order = Vec::with_capacity(all.len());
    while let Some(Reverse((_, commit))) = ready.pop() {
        order.push(commit);
        for &child in &children[commit] {
            missing[child as usize] -= 1;
            if missing[child as usize] == 0 {
                ready.push(entry(child as usize));
            }
        }
    }
    order
}

impl InHead {
    /// What the folders `roots` hold, at any depth.
    fn of(trees: &Trees, roots: impl Iterator<Item = Number>) -> Self {
        let (mut all, mut seen) = (Self::default(), HashSet::new());
        let mut pending: Vec<Number> = roots.collect();
        while let Some(tree) = pending.pop() {
            if !seen.insert(tree) {
                continue;
            }
            for held in trees.held(tree) {
                if held.is_named() {
                    all.names.insert(held.name);
                }
                match held.target {
                    Target::Tree(tree) => pending.push(tree),
                    Target::Blob(blob) => drop(all.blobs.insert(blob)),
                    Target::Submodule | Target::Plain => {}
                }
            }
        }
        all
    }
}

/// The state of a walk: every folder is entered once, at the path where it was seen first.
struct Walk<'t> {
    trees: &'t Trees,
    /// By number.
    entered: Vec<bool>,
    folder_ids: HashMap<(FolderId, NameId), FolderId>,
    folders: Vec<(FolderId, NameId)>,
    placed: HashSet<(Target, FolderId, NameId)>,
    places: Vec<Place>,
}

impl<'t> Walk<'t> {
    fn new(trees: &'t Trees) -> Self {
        Self {
            trees,
            entered: vec![false; trees.numbers()],
            folder_ids: HashMap::new(),
            folders: vec![(ROOT, 0)],
            placed: HashSet::new(),
            places: Vec::new(),
        }
    }

    /// Enters the folders that no commit leads to, from those down that no other of them holds. Damage may have made them
    /// hold each other in a circle; then the first of them is as good a start as any.
    fn enter_stray(&mut self, refs: &Refs, first_rank: u32) {
        let is_stray = |tree: &Number| !self.entered[*tree as usize] && !self.trees.held(*tree).is_empty();
        let stray: Vec<Number> = (0..self.trees.numbers() as Number).filter(is_stray).collect();
        let held =
            stray.iter().flat_map(|&tree| self.trees.held(tree)).filter_map(|held| match held.target {
                Target::Tree(tree) => Some(tree),
                _ => None,
            });
        let held: HashSet<Number> = held.collect();
        let (inner, outer): (Vec<_>, Vec<_>) = stray.into_iter().partition(|tree| held.contains(tree));
        for (rank, tree) in (first_rank..).zip(outer.into_iter().chain(inner)) {
            let era = if refs.tips.contains(&tree) { Era::Referenced } else { Era::Unreachable };
            self.enter(tree, (era, rank, Top::Tree(tree)));
        }
    }

    fn enter(&mut self, root: Number, (era, rank, top): (Era, u32, Top)) {
        let mut pending = vec![(root, ROOT)];
        while let Some((tree, folder)) = pending.pop() {
            if std::mem::replace(&mut self.entered[tree as usize], true) {
                continue;
            }
            for held in self.trees.held(tree) {
                let by_name = held.is_named();
                if let Target::Tree(child) = held.target {
                    if !self.entered[child as usize] {
                        pending.push((child, self.folder_id(folder, held.name)));
                    }
                    if !by_name {
                        continue;
                    }
                }
                if self.placed.insert((held.target, folder, held.name)) {
                    let (name, target) = (held.name, held.target);
                    self.places.push(Place { era, rank, top, folder, name, target, by_name });
                }
            }
        }
    }

    fn folder_id(&mut self, parent: FolderId, name: NameId) -> FolderId {
        *self.folder_ids.entry((parent, name)).or_insert_with(|| {
            self.folders.push((parent, name));
            (self.folders.len() - 1) as FolderId
        })
    }
}
