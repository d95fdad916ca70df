//! A mutex whose `lock` cannot fail.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A mutex that ignores poisoning: a panic is caught at the C boundary, and every structure in a lock here is left
/// usable at each step, so the next caller may go on.
#[derive(Debug, Default)]
pub struct Locked<T>(Mutex<T>);

impl<T> Locked<T> {
    /// Wraps `value`.
    pub const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Returns the value, for one step that does not wait.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
