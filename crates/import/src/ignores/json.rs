//! JSON whose values know their lines.

use serde::de::DeserializeOwned;
use serde_json::{Error, error::Category, value::RawValue};

use crate::yaml::Mistake;

/// The lines of a text.
pub(super) struct Lines<'t> {
    text: &'t str,
    /// Where each begins, in bytes.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: [0].into_iter().chain(starts).collect() }
    }

    /// The line, from 1, on which a value begins that was read from this text without copying.
    pub(super) fn of(&self, value: &RawValue) -> usize {
        let at = value.get().as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
        self.starts.partition_point(|start| *start <= at)
    }
}

/// A value as what it should be; none if it is something else.
pub(super) fn item<T: DeserializeOwned>(value: &RawValue) -> Option<T> {
    serde_json::from_str(value.get()).ok()
}

/// What is wrong with a file, without what it holds: the message of the parser may quote that.
pub(super) fn mistake(error: &Error, expected: &str) -> Mistake {
    let message = match error.classify() {
        Category::Data => format!("expected {expected}"),
        Category::Syntax | Category::Eof | Category::Io => "not JSON".to_owned(),
    };
    Mistake::new(error.line(), message)
}
