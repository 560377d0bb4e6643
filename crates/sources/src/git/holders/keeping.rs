//! What leads to what: from references, reflogs and indices over commits and folders to the objects that hold something.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{
    CommitInfo, Holders, HoldingCommits, Rewrite,
    lineage::Lineage,
    needles::Needles,
    seek::Seeking,
    tips::{KeptBy, Tip, Tips},
};
use crate::git::{
    attribution::{self, oldest_first},
    commits::{self, Commits},
    report,
    store::{Number, Reader, Store},
    trees::{NAME_FOUND, Target, Trees},
};

/// Something that leads to an object with a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Keeper {
    /// What it is.
    pub kept_by: KeptBy,
    /// The name of the reference, the reflog, or the folder of the work tree; a secret in it is masked.
    pub name: String,
    /// Whether what it points to now holds it, rather than only something before.
    pub holds_now: bool,
}

/// What holds something, by how it hangs together.
pub(super) struct Keeping<'k> {
    commits: &'k Commits,
    trees: &'k Trees,
    seeking: &'k Seeking,
    lineage: &'k Lineage,
    /// Folders that hold something at any depth, by number.
    tree_holds: Vec<bool>,
    /// Commits that hold something, by place.
    commit_holds: Vec<bool>,
    /// Commits that hold something or descend from one that does.
    below: Vec<bool>,
    /// Places of commits, parents first.
    order: Vec<usize>,
}

impl<'k> Keeping<'k> {
    /// Looks at each folder and each commit once.
    pub(super) fn new(
        commits: &'k Commits,
        trees: &'k Trees,
        seeking: &'k Seeking,
        lineage: &'k Lineage,
    ) -> Self {
        let tree_holds = trees_that_hold(trees, seeking);
        let holds = |commit: &commits::Commit| {
            seeking.holds(commit.number) || commit.tree.is_some_and(|tree| tree_holds[tree as usize])
        };
        let commit_holds: Vec<bool> = commits.list.iter().map(holds).collect();
        let order = oldest_first(commits);
        let mut below = commit_holds.clone();
        for &place in &order {
            below[place] |= commits.list[place].parents.iter().any(|&parent| below[parent as usize]);
        }
        Self { commits, trees, seeking, lineage, tree_holds, commit_holds, below, order }
    }

    /// What a root is after its tags were followed: the tags that hold something, and what they lead to.
    fn peel(&self, root: Number) -> (Vec<Number>, Number) {
        let (mut tags, mut target) = (Vec::new(), root);
        for _ in 0..self.commits.tags.len() {
            let Some(&next) = self.commits.tags.get(&target) else { break };
            tags.push(target);
            target = next;
        }
        (tags, target)
    }

    /// Whether `root` leads to something that holds.
    fn leads(&self, root: Number) -> bool {
        let (tags, target) = self.peel(root);
        let is_held = |number: &Number| self.seeking.holds(*number);
        tags.iter().any(is_held)
            || is_held(&target)
            || self.tree_holds[target as usize]
            || self.commits.place(target).is_some_and(|place| self.below[place])
    }

    /// Whether what `root` points to holds something itself.
    fn holds_now(&self, root: Number) -> bool {
        let (tags, target) = self.peel(root);
        tags.iter().any(|&tag| self.seeking.holds(tag))
            || self.seeking.holds(target)
            || self.tree_holds[target as usize]
            || self.commits.place(target).is_some_and(|place| self.commit_holds[place])
    }

    /// What leads to something, in the order of `tips`; `mask` hides secrets in names.
    pub(super) fn keepers(&self, tips: &Tips, needles: &Needles) -> Vec<Keeper> {
        let keeper = |tip: &Tip| Keeper {
            kept_by: tip.kept_by,
            name: needles.mask(&tip.name),
            holds_now: !tip.is_log && tip.roots.iter().any(|&root| self.holds_now(root)),
        };
        let leading = tips.list.iter().filter(|tip| tip.roots.iter().any(|&root| self.leads(root)));
        let mut keepers: Vec<Keeper> = leading.map(keeper).collect();
        // The newest stash is in its reflog too.
        keepers.sort_by(|a, b| (a.kept_by, &a.name, b.holds_now).cmp(&(b.kept_by, &b.name, a.holds_now)));
        keepers.dedup_by(|a, b| (a.kept_by, &a.name) == (b.kept_by, &b.name));
        keepers
    }

    /// What keeps each object.
    pub(super) fn kept(&self, tips: &Tips) -> BTreeMap<Number, BTreeSet<KeptBy>> {
        let mut kept: BTreeMap<Number, BTreeSet<KeptBy>> = BTreeMap::new();
        for of_kind in tips.list.chunk_by(|a, b| a.kept_by == b.kept_by) {
            let roots = of_kind.iter().flat_map(|tip| &tip.roots).copied();
            for number in self.reached(roots) {
                kept.entry(number).or_default().insert(of_kind[0].kept_by);
            }
        }
        kept
    }

    /// The objects with something in them that `roots` lead to.
    fn reached(&self, roots: impl Iterator<Item = Number>) -> HashSet<Number> {
        let mut found = HashSet::new();
        let mut seen = HashSet::new();
        let mut pending = Vec::new();
        for root in roots.filter(|&root| self.leads(root)) {
            let (tags, target) = self.peel(root);
            found.extend(tags.into_iter().filter(|&tag| self.seeking.holds(tag)));
            pending.push(target);
        }
        while let Some(number) = pending.pop() {
            if !seen.insert(number) {
                continue;
            }
            if self.seeking.holds(number) {
                found.insert(number);
            }
            if let Some(place) = self.commits.place(number) {
                let commit = &self.commits.list[place];
                let parents = commit.parents.iter().map(|&parent| parent as usize);
                pending.extend(
                    parents
                        .filter(|&parent| self.below[parent])
                        .map(|parent| self.commits.list[parent].number),
                );
                pending.extend(commit.tree.filter(|&tree| self.tree_holds[tree as usize]));
            }
            for held in self.trees.held(number) {
                match held.target {
                    Target::Tree(tree) if self.tree_holds[tree as usize] => pending.push(tree),
                    Target::Blob(blob) => pending.push(blob),
                    _ => {}
                }
            }
        }
        found
    }

    /// The commits that everything a rewrite changes reaches, by place.
    fn rewritten(&self, tips: &Tips) -> Vec<bool> {
        let roots = tips.list.iter().filter(|tip| tip.kept_by.is_rewritten()).flat_map(|tip| &tip.roots);
        let targets: Vec<Number> = roots.map(|&root| self.peel(root).1).collect();
        attribution::reached(self.commits, &targets)
    }

    /// The commits that hold something.
    pub(super) fn holding(&self, tips: &Tips, store: &Store, needles: &Needles) -> HoldingCommits {
        let referenced = self.rewritten(tips);
        let count = |wanted: bool| {
            let all = referenced.iter().zip(&self.commit_holds);
            all.filter(|(is_referenced, holds)| **is_referenced == wanted && **holds).count() as u64
        };
        let (reached, stray) = (count(true), count(false));
        let mut told =
            self.order.iter().filter(|&&p| self.commit_holds[p] && (reached == 0 || referenced[p]));
        let info = |place: Option<&usize>| self.info(*place?, store, needles);
        let first = info(told.next());
        let last = info(told.next_back()).or_else(|| first.clone());
        HoldingCommits { referenced: reached, unreferenced: stray, first, last }
    }

    fn info(&self, place: usize, store: &Store, needles: &Needles) -> Option<CommitInfo> {
        let number = self.commits.list[place].number;
        let mut bytes = Vec::new();
        store.read(number, &mut Reader::default(), &mut bytes).ok()?;
        let author = commits::field(commits::split(&bytes).0, b"author").next().and_then(report::signed);
        let (author, time) = author.unwrap_or_default();
        Some(CommitInfo { id: store.id(number).to_string(), author: needles.mask(&author), time })
    }

    /// The commits that would get another id, by place. A message may name a commit of another branch, which this order of
    /// commits knows nothing of; so it is gone through until nothing is added.
    fn changed(&self) -> Vec<bool> {
        let mut changed = vec![false; self.commits.list.len()];
        loop {
            let mut is_stable = true;
            for &place in &self.order {
                let parents = &self.commits.list[place].parents;
                let named = self.lineage.mentions.get(&place).map_or(&[][..], Vec::as_slice);
                let now = self.commit_holds[place]
                    || self.lineage.altered[place]
                    || parents.iter().any(|&parent| changed[parent as usize])
                    || named.iter().any(|&named| changed[named]);
                is_stable &= now == changed[place];
                changed[place] = now;
            }
            if is_stable {
                return changed;
            }
        }
    }

    /// What a rewrite of all references would change.
    pub(super) fn rewrite(&self, tips: &Tips, needles: &Needles) -> Rewrite {
        let all = self.rewritten(tips);
        let refs = || tips.list.iter().filter(|tip| tip.kept_by.is_rewritten());
        if !refs().any(|tip| tip.roots.iter().any(|&root| self.leads(root))) {
            return Rewrite::default();
        }
        let changed = self.changed();
        let is_changed = |root: Number| {
            let (tags, target) = self.peel(root);
            let is_other = |tag: &Number| self.seeking.holds(*tag) || self.lineage.signed_tags.contains(tag);
            tags.iter().any(is_other)
                || self.seeking.holds(target)
                || self.commits.place(target).is_some_and(|place| changed[place])
        };
        let moved = refs().filter(|tip| !tip.is_log && tip.roots.iter().any(|&root| is_changed(root)));
        let count = |of: &[bool]| of.iter().zip(&all).filter(|(one, all)| **one && **all).count() as u64;
        let tags: HashSet<Number> =
            refs().flat_map(|tip| &tip.roots).flat_map(|&root| self.peel(root).0).collect();
        Rewrite {
            commits: count(&changed),
            commits_all: all.iter().filter(|all| **all).count() as u64,
            refs: moved.map(|tip| needles.mask(&tip.name)).collect(),
            signed_commits: count(&self.lineage.signed),
            signed_tags: tags.intersection(&self.lineage.signed_tags).count() as u64,
        }
    }

    /// Paths in the commit `head` that hold something, sorted.
    pub(super) fn paths(&self, head: Option<Number>, names: &[Box<[u8]>], needles: &Needles) -> Vec<String> {
        let tree = head.and_then(|head| self.commits.list[self.commits.place(head)?].tree);
        let mut paths = Vec::new();
        let mut pending: Vec<(Number, String)> = tree
            .filter(|&tree| self.tree_holds[tree as usize])
            .map(|tree| (tree, String::new()))
            .into_iter()
            .collect();
        while let Some((tree, path)) = pending.pop() {
            for held in self.trees.held(tree) {
                let name = String::from_utf8_lossy(&names[(held.name & !NAME_FOUND) as usize]);
                match held.target {
                    Target::Tree(tree) if self.tree_holds[tree as usize] => {
                        pending.push((tree, format!("{path}{name}/")));
                    }
                    Target::Blob(_) => paths.push(needles.mask(&format!("{path}{name}"))),
                    _ => {}
                }
            }
            if paths.len() > Holders::PATHS_MAX {
                break;
            }
        }
        paths.sort();
        paths.truncate(Holders::PATHS_MAX);
        paths
    }
}

/// Which folders hold something at any depth, by number.
fn trees_that_hold(trees: &Trees, seeking: &Seeking) -> Vec<bool> {
    let mut holds = vec![false; trees.numbers()];
    let mut done = vec![false; trees.numbers()];
    for start in 0..trees.numbers() as Number {
        // Each folder with the place of the entry that is to be looked at next.
        let mut open: Vec<(Number, usize)> = vec![(start, 0)];
        while let Some(&mut (tree, ref mut next)) = open.last_mut() {
            let at = *next;
            *next += 1;
            if at == 0 && std::mem::replace(&mut done[tree as usize], true) {
                open.pop();
                continue;
            }
            match trees.held(tree).get(at).map(|held| held.target) {
                Some(Target::Tree(child)) if !done[child as usize] => open.push((child, 0)),
                Some(_) => {}
                None => {
                    holds[tree as usize] = seeking.is_tree(tree)
                        || trees.held(tree).iter().any(|held| match held.target {
                            Target::Tree(child) => holds[child as usize],
                            Target::Blob(_) => true,
                            _ => false,
                        });
                    open.pop();
                }
            }
        }
    }
    holds
}
