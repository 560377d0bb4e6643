//! Boosted decision trees: sums of small corrections to the log-odds.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// How the log-odds of a candidate are kept: this many units make one.
pub const LOG_ODDS_UNIT: f32 = 256.0;

/// One node of a tree. Children follow it: first all of its left side, `right` nodes later its right side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// The feature that decides, or [`Node::LEAF`].
    pub feature: u16,
    /// Values up to this go left.
    pub threshold: i16,
    /// Where the right side begins, in nodes from here.
    pub right: u8,
    /// The correction of what ends here; of an inner node the mean of its leaves, weighted by what reached them.
    pub value: i16,
}

impl Node {
    /// The feature of a leaf.
    pub const LEAF: u16 = u16::MAX;
}

/// After so many trees, a sum below this is not worth going on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// How many trees.
    pub trees: u32,
    /// The least sum.
    pub least: i32,
}

/// How far a sum of trees has got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Partial {
    trees: usize,
    sum: i32,
}

/// Trees one after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trees {
    nodes: Vec<Node>,
    roots: Vec<u32>,
}

impl Trees {
    /// Adds a tree by its nodes.
    pub fn push(&mut self, nodes: &[Node]) {
        self.roots.push(u32::try_from(self.nodes.len()).expect("few trees"));
        self.nodes.extend_from_slice(nodes);
    }

    /// How many trees and nodes there are.
    pub fn size(&self) -> (usize, usize) {
        (self.roots.len(), self.nodes.len())
    }

    /// The sum of the trees from `done` on, which had `sum` together; none if, after one of `steps`, it is too low to go on.
    pub(super) fn sum_in_steps(&self, start: Partial, features: &[i16], steps: &[Step]) -> Option<i32> {
        let mut so_far = start;
        for step in steps {
            so_far = self.go_on(so_far, features, *step)?;
        }
        Some(so_far.sum + self.sum_of(so_far.trees..self.roots.len(), features))
    }

    /// Goes on to a step; none if the sum is too low there.
    pub(super) fn go_on(&self, from: Partial, features: &[i16], step: Step) -> Option<Partial> {
        let trees = (step.trees as usize).clamp(from.trees, self.roots.len());
        let sum = from.sum + self.sum_of(from.trees..trees, features);
        (sum >= step.least).then_some(Partial { trees, sum })
    }

    /// The sum of the first trees.
    pub fn sum_of(&self, trees: Range<usize>, features: &[i16]) -> i32 {
        self.roots[trees].iter().map(|root| i32::from(self.leaf(*root as usize, features, |_, _| {}))).sum()
    }

    /// The sum of the corrections for these features.
    pub(super) fn sum(&self, features: &[i16]) -> i32 {
        self.sum_of(0..self.roots.len(), features)
    }

    /// The largest sum there can be.
    pub(super) fn sum_max(&self) -> i32 {
        let ends = self.roots.iter().skip(1).map(|end| *end as usize).chain([self.nodes.len()]);
        let trees = self.roots.iter().zip(ends).map(|(root, end)| &self.nodes[*root as usize..end]);
        let leaves = |tree: &[Node]| {
            tree.iter().filter(|node| node.feature == Node::LEAF).map(|node| node.value).max()
        };
        trees.map(|tree| i32::from(leaves(tree).unwrap_or_default())).sum()
    }

    /// Adds to `shares` what each feature contributed: how it moved the mean from node to node.
    pub(super) fn explain(&self, features: &[i16], shares: &mut [i32]) {
        for root in &self.roots {
            self.leaf(*root as usize, features, |feature, moved| shares[feature] += moved);
        }
    }

    fn leaf(&self, root: usize, features: &[i16], mut passed: impl FnMut(usize, i32)) -> i16 {
        let mut at = root;
        loop {
            let node = self.nodes[at];
            if node.feature == Node::LEAF {
                return node.value;
            }
            let feature = usize::from(node.feature);
            at += if features[feature] <= node.threshold { 1 } else { usize::from(node.right) };
            passed(feature, i32::from(self.nodes[at].value) - i32::from(node.value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trees() -> Trees {
        let inner = |feature, threshold, right, value| Node { feature, threshold, right, value };
        let leaf = |value| inner(Node::LEAF, 0, 0, value);
        let mut trees = Trees::default();
        trees.push(&[inner(0, 5, 2, 10), leaf(-100), inner(1, 0, 2, 50), leaf(20), leaf(200)]);
        trees.push(&[leaf(7)]);
        trees
    }

    #[test]
    fn sums_follow_the_branches() {
        let trees = trees();
        assert_eq!(trees.sum(&[5, 9]), -93);
        assert_eq!(trees.sum(&[6, 0]), 27);
        assert_eq!(trees.sum(&[6, 1]), 207);
        assert_eq!((trees.sum_max(), trees.size()), (207, (2, 6)));
    }

    #[test]
    fn shares_tell_how_the_mean_moved() {
        let mut shares = [0; 2];
        trees().explain(&[6, 1], &mut shares);
        assert_eq!(shares, [40, 150]);
    }
}
