//! Buffers that outlive one piece of work, one set for each thread at a time.

use std::sync::{Mutex, PoisonError};

/// Values lent out for the length of a call.
#[derive(Default)]
pub(super) struct Pool<T>(Mutex<Vec<T>>);

impl<T: Default> Pool<T> {
    /// Lends a value that nobody else uses meanwhile.
    pub(super) fn with<R>(&self, job: impl FnOnce(&mut T) -> R) -> R {
        let lent = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut value = lent.unwrap_or_default();
        let result = job(&mut value);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(value);
        result
    }
}
