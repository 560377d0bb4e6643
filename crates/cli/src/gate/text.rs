//! A text that is in no file: a message, a reason, names.

use std::iter;

use stanch_model::{Provenance, Step};
use stanch_sources::{Crew, Opened, Origin, Source, SourceError};

/// A text to be scanned.
pub(crate) struct Text {
    /// The text.
    pub(crate) bytes: Vec<u8>,
    /// What stands for its path.
    pub(crate) path: String,
    /// What it is, as [`Step::Text`] says it.
    pub(crate) what: &'static str,
}

impl Text {
    /// The text as a target.
    pub(crate) fn opened(self) -> Opened {
        Opened::new(self.path.clone(), Box::new(self))
    }
}

impl Source for Text {
    fn scan(&self, crew: &Crew<'_>) -> Result<(), SourceError> {
        crew.run(iter::once(()), |(), worker| {
            worker.scan(&self.bytes, || {
                let text = Step::Text { what: self.what.to_owned() };
                Origin { path: self.path.clone(), provenance: Provenance(vec![text]) }
            });
        });
        Ok(())
    }
}
