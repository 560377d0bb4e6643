//! Two halves of everything the set is made of, to learn on one and measure on the other.

/// Half of the words, and of the parts of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Half {
    First,
    Second,
}

/// Shorter lists belong to both halves.
const HALVED_MIN: usize = 8;

impl Half {
    /// The items of this half: every second one.
    pub(super) fn of<T: Clone>(self, items: &[T]) -> Vec<T> {
        if items.len() < HALVED_MIN {
            return items.to_vec();
        }
        let first = match self {
            Self::First => 0,
            Self::Second => 1,
        };
        items.iter().skip(first).step_by(2).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_share_nothing_and_miss_nothing() {
        let items: Vec<usize> = (0..9).collect();
        let mut both = [Half::First.of(&items), Half::Second.of(&items)].concat();
        both.sort_unstable();
        assert_eq!(both, items);
        assert_eq!(Half::Second.of(&items[..3]), [0, 1, 2]);
    }
}
