//! Which commits some tips reach that others do not: a walk from both, newest commits first, as `git rev-list A ^B` does.
//! It stops once all that is left is reached by the others too, so that it takes as long as the two differ.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap, HashSet},
};

use gix::ObjectId;

use super::{
    damage::Damage,
    lookup::{Links, Lookup, Met},
    store::Store,
};

/// So many commits more are looked at, where a clock that went wrong may have made a commit older than its parents. Git
/// itself allows for fewer. Beyond them, what is known may be taken for new, never the other way round.
const OLDER_MAX: usize = 20;

/// A commit by its place in [`Ancestry::nodes`].
type Node = usize;

/// How a commit is reached, as far as the walk has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// From what is asked for only.
    New,
    /// From what is known, which outweighs the other.
    Known,
}

struct Commit {
    id: ObjectId,
    reach: Reach,
    time: i64,
    parents: Vec<ObjectId>,
    /// What its parents have been told.
    told: Option<Reach>,
}

/// The state of a walk.
pub(super) struct Ancestry<'l, 's> {
    lookup: &'l mut Lookup<'s>,
    nodes: Vec<Commit>,
    places: HashMap<ObjectId, Node>,
    /// By time; of those equally old the known ones first.
    queue: BinaryHeap<(i64, Reach, Node)>,
    /// How many in the queue are new.
    fresh: usize,
    /// Committer time of the oldest commit that was taken for new.
    oldest: i64,
    unreadable: BTreeMap<ObjectId, Damage>,
    bounds: Option<&'l Bounds<'l>>,
    /// Whether the walk left its bounds.
    out_of_bounds: bool,
}

/// Where a walk must stay that does not look at what is known.
pub(super) struct Bounds<'b> {
    /// Where it ends.
    pub(super) known: &'b HashSet<ObjectId>,
    /// Nothing known leads to objects of its last folder.
    pub(super) store: &'b Store,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// The commits that are reached from what is asked for only: parents before children, otherwise by time.
    pub(super) commits: Vec<ObjectId>,
    /// Commits that are there and cannot be read.
    pub(super) unreadable: BTreeMap<ObjectId, Damage>,
}

impl<'l, 's> Ancestry<'l, 's> {
    /// Walks from the commits `tips`; what `known` reach is not asked for.
    pub(super) fn walk(
        lookup: &'l mut Lookup<'s>,
        tips: impl IntoIterator<Item = (ObjectId, Links)>,
        known: impl IntoIterator<Item = (ObjectId, Links)>,
    ) -> Reached {
        let mut walk = Self::new(lookup);
        known.into_iter().for_each(|(id, links)| walk.meet(id, links, Reach::Known));
        walk.finish(tips).0
    }

    /// Walks from the commits `tips` as long as it stays within `bounds`; none where it leaves them.
    pub(super) fn walk_apart(
        lookup: &'l mut Lookup<'s>,
        tips: impl IntoIterator<Item = (ObjectId, Links)>,
        bounds: &'l Bounds<'l>,
    ) -> Option<Reached> {
        let walk = Self { bounds: Some(bounds), ..Self::new(lookup) };
        let (reached, out_of_bounds) = walk.finish(tips);
        (!out_of_bounds).then_some(reached)
    }

    fn new(lookup: &'l mut Lookup<'s>) -> Self {
        Self {
            lookup,
            nodes: Vec::new(),
            places: HashMap::new(),
            queue: BinaryHeap::new(),
            fresh: 0,
            oldest: i64::MAX,
            unreadable: BTreeMap::new(),
            bounds: None,
            out_of_bounds: false,
        }
    }

    fn finish(mut self, tips: impl IntoIterator<Item = (ObjectId, Links)>) -> (Reached, bool) {
        tips.into_iter().for_each(|(id, links)| self.meet(id, links, Reach::New));
        self.run();
        let commits = self.new_ones();
        (Reached { commits, unreadable: self.unreadable }, self.out_of_bounds)
    }

    fn run(&mut self) {
        let mut older = 0;
        while let Some(&(time, _, node)) = self.queue.peek().filter(|_| !self.out_of_bounds) {
            if self.fresh == 0 && time < self.oldest {
                older += 1;
                if older > OLDER_MAX || self.oldest == i64::MAX {
                    break;
                }
            }
            self.queue.pop();
            let reach = self.nodes[node].reach;
            if self.nodes[node].told.is_some_and(|told| told >= reach) {
                continue;
            }
            if reach == Reach::New {
                self.fresh -= 1;
                self.oldest = self.oldest.min(time);
            }
            self.nodes[node].told = Some(reach);
            for parent in self.nodes[node].parents.clone() {
                self.reach(parent, reach);
            }
        }
    }

    /// Says of `id`, which may be absent, how it is reached.
    fn reach(&mut self, id: ObjectId, reach: Reach) {
        if let Some(&node) = self.places.get(&id) {
            self.raise(node, reach);
            return;
        }
        if self.bounds.is_some_and(|bounds| bounds.known.contains(&id)) {
            return;
        }
        match self.lookup.object(&id) {
            Ok(Some(Met::Commit(links))) => {
                self.out_of_bounds |= self.bounds.is_some_and(|bounds| !bounds.store.is_in_last_folder(&id));
                self.meet(id, links, reach);
            }
            Err(damage) if reach == Reach::New => drop(self.unreadable.insert(id, damage)),
            _ => {}
        }
    }

    fn meet(&mut self, id: ObjectId, links: Links, reach: Reach) {
        let node = self.nodes.len();
        if let Some(&node) = self.places.get(&id) {
            self.raise(node, reach);
            return;
        }
        self.places.insert(id, node);
        self.fresh += usize::from(reach == Reach::New);
        self.queue.push((links.time, reach, node));
        self.nodes.push(Commit { id, reach, time: links.time, parents: links.parents, told: None });
    }

    fn raise(&mut self, node: Node, reach: Reach) {
        let commit = &mut self.nodes[node];
        if commit.reach >= reach {
            return;
        }
        commit.reach = reach;
        self.fresh -= usize::from(commit.told.is_none());
        self.queue.push((commit.time, reach, node));
    }

    /// Orders what was found to be new.
    fn new_ones(&self) -> Vec<ObjectId> {
        let is_new = |node: &Node| self.nodes[*node].reach == Reach::New;
        let mut children: HashMap<Node, Vec<Node>> = HashMap::new();
        let mut missing = vec![0usize; self.nodes.len()];
        for child in (0..self.nodes.len()).filter(is_new) {
            let parents = self.nodes[child].parents.iter().filter_map(|id| self.places.get(id));
            for &parent in parents.filter(|parent| is_new(parent)) {
                children.entry(parent).or_default().push(child);
                missing[child] += 1;
            }
        }
        let entry = |node: Node| Reverse((self.nodes[node].time, self.nodes[node].id, node));
        let ready = (0..self.nodes.len()).filter(|node| is_new(node) && missing[*node] == 0);
        let mut ready: BinaryHeap<_> = ready.map(entry).collect();
        let mut order = Vec::new();
        while let Some(Reverse((_, id, node))) = ready.pop() {
            order.push(id);
            for &child in children.get(&node).into_iter().flatten() {
                missing[child] -= 1;
                if missing[child] == 0 {
                    ready.push(entry(child));
                }
            }
        }
        order
    }
}
