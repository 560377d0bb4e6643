//! Gradient boosting of decision trees on the logistic loss, with histograms, leaf by leaf.
//! Source: Friedman, "Greedy function approximation: a gradient boosting machine", 2001; histograms and leaf-wise growth
//! as in Ke et al., "`LightGBM`", 2017.

use stanch_engine::generic::{LOG_ODDS_UNIT, Node, Trees};

use crate::random::Random;

/// How trees are grown.
#[derive(Clone, Copy)]
pub(super) struct Growth {
    pub(super) leaves_max: usize,
    /// Share of the features that one tree may use.
    pub(super) feature_share: f64,
    /// How many features there are to choose from, the first ones.
    pub(super) features: usize,
}

const LEARNING_RATE: f64 = 0.06;
/// Pulls the values of leaves to 0.
const RIDGE: f64 = 5.0;
const ROWS_MIN: u32 = 20;
/// Share of the rows that one tree sees.
const ROW_SHARE: f64 = 0.8;
const BINS_MAX: usize = 255;

/// Features by column, each value as the number of its bin.
pub(super) struct Table {
    columns: Vec<Vec<u8>>,
    /// By column: the largest value of each bin but the last.
    edges: Vec<Vec<i16>>,
}

impl Table {
    /// Bins rows of equal length.
    pub(super) fn new(rows: &[&[i16]]) -> Self {
        let width = rows.first().map_or(0, |row| row.len());
        let mut table = Self { columns: Vec::new(), edges: Vec::new() };
        for column in 0..width {
            let edges = edges(rows.iter().map(|row| row[column]).collect());
            let bin = |row: &&[i16]| edges.partition_point(|edge| *edge < row[column]) as u8;
            table.columns.push(rows.iter().map(bin).collect());
            table.edges.push(edges);
        }
        table
    }
}

/// Where bins end, so that each holds about as many values.
fn edges(mut values: Vec<i16>) -> Vec<i16> {
    values.sort_unstable();
    let total = values.len();
    let mut distinct: Vec<i16> = values.clone();
    distinct.dedup();
    distinct.pop();
    if distinct.len() < BINS_MAX {
        return distinct;
    }
    let mut edges: Vec<i16> = (1..BINS_MAX).map(|bin| values[bin * total / BINS_MAX]).collect();
    edges.dedup();
    edges
}

/// What a booster knows of each row.
pub(super) struct Rows {
    pub(super) truths: Vec<bool>,
    pub(super) weights: Vec<f64>,
    /// The log-odds so far.
    pub(super) odds: Vec<f64>,
}

/// First and second derivative of the loss, and how many rows they are of.
#[derive(Clone, Copy, Default)]
struct Sum {
    gradient: f64,
    curvature: f64,
    rows: u32,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.gradient += other.gradient;
        self.curvature += other.curvature;
        self.rows += other.rows;
    }

    fn without(self, other: Self) -> Self {
        Self {
            gradient: self.gradient - other.gradient,
            curvature: self.curvature - other.curvature,
            rows: self.rows - other.rows,
        }
    }

    /// How much the loss falls if all of it is moved by [`Sum::step`].
    fn gain(self) -> f64 {
        self.gradient * self.gradient / (self.curvature + RIDGE)
    }

    fn step(self) -> i16 {
        let step = -self.gradient / (self.curvature + RIDGE) * LEARNING_RATE * f64::from(LOG_ODDS_UNIT);
        step.round().clamp(f64::from(i16::MIN), f64::from(i16::MAX)) as i16
    }
}

/// A way to part the rows of a leaf.
#[derive(Clone, Copy)]
struct Split {
    gain: f64,
    column: usize,
    /// Bins up to this go left.
    bin: u8,
}

/// A node while its tree grows.
struct Grown {
    sum: Sum,
    rows: Vec<u32>,
    histograms: Vec<Vec<Sum>>,
    split: Option<Split>,
    children: Option<(usize, usize)>,
}

/// Grows one tree, adds it to `trees`, and moves the rows' log-odds by it.
pub(super) fn grow(table: &Table, rows: &mut Rows, growth: Growth, random: &mut Random, trees: &mut Trees) {
    let slopes: Vec<Sum> = (0..rows.truths.len()).map(|row| slope(rows, row)).collect();
    let columns: Vec<usize> = (0..table.columns.len().min(growth.features))
        .filter(|_| random.unit() < growth.feature_share)
        .collect();
    let seen: Vec<u32> = (0u32..).take(slopes.len()).filter(|_| random.unit() < ROW_SHARE).collect();
    let grower = Grower { table, slopes: &slopes, columns: &columns };
    let nodes = grower.tree(seen, growth.leaves_max);
    let mut flat = Vec::new();
    flatten(table, &nodes, 0, &mut flat);
    for (row, odds) in rows.odds.iter_mut().enumerate() {
        *odds += f64::from(step_of(table, &nodes, row)) / f64::from(LOG_ODDS_UNIT);
    }
    trees.push(&flat);
}

fn slope(rows: &Rows, row: usize) -> Sum {
    let likely = 1.0 / (1.0 + (-rows.odds[row]).exp());
    let weight = rows.weights[row];
    let truth = if rows.truths[row] { 1.0 } else { 0.0 };
    Sum { gradient: weight * (likely - truth), curvature: weight * likely * (1.0 - likely), rows: 1 }
}

struct Grower<'g> {
    table: &'g Table,
    slopes: &'g [Sum],
    columns: &'g [usize],
}

impl Grower<'_> {
    fn tree(&self, rows: Vec<u32>, leaves_max: usize) -> Vec<Grown> {
        let mut nodes = vec![self.node(rows, None)];
        for _ in 1..leaves_max {
            let open = nodes.iter().enumerate().filter(|(_, node)| node.children.is_none());
            let best = open
                .filter_map(|(at, node)| Some((at, node.split?)))
                .max_by(|a, b| a.1.gain.total_cmp(&b.1.gain).then(b.0.cmp(&a.0)));
            let Some((at, split)) = best else { break };
            let (left, right) = self.part(&mut nodes[at], split);
            nodes[at].children = Some((nodes.len(), nodes.len() + 1));
            nodes.push(left);
            nodes.push(right);
        }
        nodes
    }

    /// A leaf of these rows; `histograms` are theirs, where they are known already.
    fn node(&self, rows: Vec<u32>, histograms: Option<Vec<Vec<Sum>>>) -> Grown {
        let histograms = histograms.unwrap_or_else(|| self.histograms(&rows));
        let mut sum = Sum::default();
        for row in &rows {
            sum.add(self.slopes[*row as usize]);
        }
        let split = self.best_split(sum, &histograms);
        Grown { sum, rows, histograms, split, children: None }
    }

    fn histograms(&self, rows: &[u32]) -> Vec<Vec<Sum>> {
        let of = |column: &usize| {
            let bins = &self.table.columns[*column];
            let mut histogram = vec![Sum::default(); self.table.edges[*column].len() + 1];
            for row in rows {
                histogram[usize::from(bins[*row as usize])].add(self.slopes[*row as usize]);
            }
            histogram
        };
        self.columns.iter().map(of).collect()
    }

    fn best_split(&self, sum: Sum, histograms: &[Vec<Sum>]) -> Option<Split> {
        let mut best: Option<Split> = None;
        for (column, histogram) in self.columns.iter().zip(histograms) {
            let mut left = Sum::default();
            for (bin, part) in histogram.iter().enumerate().take(histogram.len() - 1) {
                left.add(*part);
                let right = sum.without(left);
                if left.rows < ROWS_MIN || right.rows < ROWS_MIN {
                    continue;
                }
                let gain = left.gain() + right.gain() - sum.gain();
                if gain > best.map_or(GAIN_MIN, |best| best.gain) {
                    best = Some(Split { gain, column: *column, bin: bin as u8 });
                }
            }
        }
        best
    }

    /// The two sides of a split: the histograms of the smaller are counted, those of the other are what is left.
    fn part(&self, node: &mut Grown, split: Split) -> (Grown, Grown) {
        let bins = &self.table.columns[split.column];
        let (left, right): (Vec<u32>, Vec<u32>) =
            std::mem::take(&mut node.rows).into_iter().partition(|row| bins[*row as usize] <= split.bin);
        let whole = std::mem::take(&mut node.histograms);
        let is_left_smaller = left.len() <= right.len();
        let (small, large) = if is_left_smaller { (left, right) } else { (right, left) };
        let counted = self.histograms(&small);
        let rest = subtract(whole, &counted);
        let (small, large) = (self.node(small, Some(counted)), self.node(large, Some(rest)));
        if is_left_smaller { (small, large) } else { (large, small) }
    }
}

/// A split must gain this much.
const GAIN_MIN: f64 = 1e-6;

fn subtract(mut whole: Vec<Vec<Sum>>, part: &[Vec<Sum>]) -> Vec<Vec<Sum>> {
    for (whole, part) in whole.iter_mut().zip(part) {
        for (whole, part) in whole.iter_mut().zip(part) {
            *whole = whole.without(*part);
        }
    }
    whole
}

/// Adds the subtree of a node in the order in which the engine reads it.
fn flatten(table: &Table, nodes: &[Grown], at: usize, flat: &mut Vec<Node>) {
    let node = &nodes[at];
    let value = node.sum.step();
    let Some(((left, right), split)) = node.children.zip(node.split) else {
        flat.push(Node { feature: Node::LEAF, threshold: 0, right: 0, value });
        return;
    };
    let place = flat.len();
    let threshold = table.edges[split.column][usize::from(split.bin)];
    flat.push(Node { feature: split.column as u16, threshold, right: 0, value });
    flatten(table, nodes, left, flat);
    flat[place].right = u8::try_from(flat.len() - place).expect("a tree has at most 31 leaves");
    flatten(table, nodes, right, flat);
}

fn step_of(table: &Table, nodes: &[Grown], row: usize) -> i16 {
    let mut at = 0;
    while let Some(((left, right), split)) = nodes[at].children.zip(nodes[at].split) {
        at = if table.columns[split.column][row] <= split.bin { left } else { right };
    }
    nodes[at].sum.step()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_learn_what_two_features_say_together() {
        let values: Vec<[i16; 2]> = (0..400).map(|row| [row % 2 * 300, row / 2 % 2 * 300]).collect();
        let table = Table::new(&values.iter().map(|row| &row[..]).collect::<Vec<_>>());
        let truths: Vec<bool> = values.iter().map(|row| row[0] > 0 && row[1] == 0).collect();
        let count = truths.len();
        let mut rows = Rows { truths: truths.clone(), weights: vec![1.0; count], odds: vec![0.0; count] };
        let (mut random, mut trees) = (Random::new(1), Trees::default());
        for _ in 0..100 {
            let growth = Growth { leaves_max: 4, feature_share: 1.0, features: usize::MAX };
            grow(&table, &mut rows, growth, &mut random, &mut trees);
        }
        assert!(rows.odds.iter().zip(truths).all(|(odds, truth)| (*odds > 0.0) == truth));
        assert_eq!(trees.size().0, 100);
    }

    #[test]
    fn bins_end_where_values_do() {
        assert_eq!(edges(vec![3, 1, 2, 1]), [1, 2]);
        assert_eq!(edges(vec![7; 9]), [] as [i16; 0]);
        assert!(edges((0..10_000).collect()).len() < BINS_MAX);
    }
}
