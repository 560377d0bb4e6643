//! What could not be scanned.

use stanch_model::{Coverage, Skip};

/// What leaves a run incomplete.
pub(super) struct Gaps<'r> {
    /// Why targets were not scanned to their end.
    pub(super) errors: Vec<&'r str>,
    /// The items that could not be scanned, as far as they are listed by name.
    pub(super) skips: Vec<&'r Skip>,
    /// How many items could not be scanned, listed or not.
    pub(super) items: u64,
}

impl<'r> Gaps<'r> {
    /// The gaps of a run.
    pub(super) fn of(coverage: &'r Coverage) -> Self {
        let targets = &coverage.targets;
        Self {
            errors: targets.iter().filter_map(|target| target.error.as_deref()).collect(),
            skips: targets
                .iter()
                .flat_map(|target| &target.skips)
                .filter(|skip| skip.reason.is_gap())
                .collect(),
            items: targets.iter().map(|target| target.gaps).sum(),
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.errors.is_empty() && self.items == 0
    }
}

/// Whether the run ended before it was through: it was stopped, or a target could not be scanned to its end.
pub(super) fn ended_early(coverage: &Coverage) -> bool {
    coverage.cancelled || coverage.targets.iter().any(|target| target.error.is_some())
}
