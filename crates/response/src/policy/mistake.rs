//! What is wrong in a part of a policy, before it is known on which line that part stands.

/// A field and what is wrong with it; no value is quoted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) field: &'static str,
    pub(super) problem: String,
}

impl Mistake {
    pub(super) fn of(field: &'static str, problem: impl Into<String>) -> Self {
        Self { field, problem: problem.into() }
    }
}
