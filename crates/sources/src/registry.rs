//! Every kind of source, one line each.

use crate::{AnySource, fs::Fs, git::Git, stdin::Stdin};

/// The kinds of target there are. Help, documentation and pickers are loops over this list.
pub static SOURCES: &[&dyn AnySource] = &[&Fs, &Git, &Stdin];

#[cfg(test)]
mod tests {
    use std::{
        fs,
        path::{Path, PathBuf},
    };

    use super::*;

    /// How many files under `folder` define a source.
    fn factories(folder: &Path) -> usize {
        let definition = concat!("impl Source", "Factory for ");
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let count = |path: PathBuf| {
            let inside = || fs::read_to_string(&path).expect("a source file").matches(definition).count();
            if path.is_dir() { factories(&path) } else { inside() }
        };
        entries.map(count).sum()
    }

    #[test]
    fn every_source_has_an_entry() {
        assert_eq!(factories(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))), SOURCES.len());
    }
}
