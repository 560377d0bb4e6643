//! What came of a target, within bounded memory whatever it holds.

use std::{collections::BinaryHeap, mem};

use stanch_model::{Coverage, Finding, Skip, SkipReason, TargetCoverage};

/// What came of one target, or of one worker's share of it. Which findings and skips are kept when there are too many
/// does not depend on the order they come in.
pub(crate) struct Outcome {
    /// In their final order once [`Outcome::finish`] was called.
    pub(crate) findings: Vec<Finding>,
    /// The skips are in `skips` until then.
    pub(crate) coverage: TargetCoverage,
    findings_max: usize,
    dropped: u64,
    skips: BinaryHeap<RankedSkip>,
}

/// Gaps first: they are what a person must see.
type RankedSkip = (NotGap, Skip);
type NotGap = bool;

/// Findings beyond the limit that are held before the last ones are dropped, so that sorting is rare.
const SLACK: usize = 4096;

impl Outcome {
    /// Nothing yet; of all findings the first `findings_max` will be kept.
    pub(crate) fn new(findings_max: usize) -> Self {
        Self {
            findings: Vec::new(),
            coverage: TargetCoverage::default(),
            findings_max,
            dropped: 0,
            skips: BinaryHeap::new(),
        }
    }

    pub(crate) fn add(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.findings.extend(findings);
        if self.findings.len() > self.findings_max.saturating_add(SLACK) {
            self.trim();
        }
    }

    pub(crate) fn skip(&mut self, skip: Skip) {
        self.coverage.skipped += 1;
        self.coverage.gaps += u64::from(skip.reason.is_gap());
        self.list((!skip.reason.is_gap(), skip));
    }

    pub(crate) fn absorb(&mut self, other: &mut Self) {
        self.add(other.findings.drain(..));
        other.skips.drain().for_each(|skip| self.list(skip));
        self.dropped += mem::take(&mut other.dropped);
        let (all, share) = (&mut self.coverage, mem::take(&mut other.coverage));
        all.blobs += share.blobs;
        all.bytes += share.bytes;
        all.skipped += share.skipped;
        all.gaps += share.gaps;
    }

    /// The findings in their final order, and the coverage.
    pub(crate) fn finish(mut self) -> (Vec<Finding>, TargetCoverage) {
        self.trim();
        if self.dropped > 0 {
            self.skip(Skip {
                item: format!("{} findings", self.dropped),
                reason: SkipReason::Limit,
                detail: format!("findings_max = {}", self.findings_max),
            });
        }
        self.coverage.skips = self.skips.into_sorted_vec().into_iter().map(|(_, skip)| skip).collect();
        (self.findings, self.coverage)
    }

    fn list(&mut self, skip: RankedSkip) {
        self.skips.push(skip);
        if self.skips.len() > Coverage::SKIPS_LISTED_MAX {
            self.skips.pop();
        }
    }

    fn trim(&mut self) {
        self.findings.sort_by(|a, b| order(a).cmp(&order(b)));
        self.dropped += self.findings.len().saturating_sub(self.findings_max) as u64;
        self.findings.truncate(self.findings_max);
    }
}

/// Path, position, rule, provenance.
fn order(finding: &Finding) -> impl Ord + '_ {
    let place = &finding.location;
    (&place.path, place.byte_start, place.byte_end, &finding.rule.id, &finding.provenance)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(item: usize, reason: SkipReason) -> Skip {
        Skip { item: format!("{item:06}"), reason, detail: String::new() }
    }

    #[test]
    fn a_full_list_keeps_gaps_and_counts_the_rest() {
        let many = Coverage::SKIPS_LISTED_MAX * 3;
        let listed = |items: &mut dyn Iterator<Item = usize>| {
            let mut outcome = Outcome::new(0);
            let reason = |item| if item % 100 == 0 { SkipReason::Unreadable } else { SkipReason::Symlink };
            items.for_each(|item| outcome.skip(skip(item, reason(item))));
            outcome.finish().1
        };
        let (forth, back) = (listed(&mut (0..many)), listed(&mut (0..many).rev()));
        assert_eq!(forth, back);
        assert_eq!(forth.skips.len(), Coverage::SKIPS_LISTED_MAX);
        assert_eq!((forth.skipped, forth.gaps), (many as u64, (many / 100) as u64));
        assert!(forth.skips[..many / 100].iter().all(|skip| skip.reason == SkipReason::Unreadable));
        assert_eq!(forth.skips[many / 100].item, "000001");
    }
}
