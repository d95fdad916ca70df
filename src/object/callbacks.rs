//! The callbacks of a program. They are called without a lock, so they may call every function.
//!
//! A setter waits until the running calls of the old callback have ended, which it counts by the references to it:
//! after a callback was replaced or removed it neither runs nor starts. Inside a callback the setter would wait for
//! itself, so there it does not wait. A call that AbortCheck, PercentDone or ProgressInfo makes has no callbacks.

use super::Task;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Whether a call that waits is to be aborted.
pub type AbortCheck = dyn Fn() -> bool + Send + Sync;
/// How many percent are done; true aborts.
pub type PercentDone = dyn Fn(u8) -> bool + Send + Sync;
/// What a call is at: a name and a value.
pub type ProgressInfo = dyn Fn(&str, &str) + Send + Sync;
/// A task has ended.
pub type TaskCompleted = dyn Fn(&Arc<Task>) + Send + Sync;

/// The callbacks of a WebSocket or a Rest.
#[derive(Default)]
pub struct Callbacks {
    /// Of the calls on the program's threads.
    pub abort_check: Callback<AbortCheck>,
    /// As above.
    pub percent_done: Callback<PercentDone>,
    /// As above.
    pub progress_info: Callback<ProgressInfo>,
    /// Of the tasks.
    pub task_completed: Callback<TaskCompleted>,
}

impl Callbacks {
    /// Removes all of them.
    pub fn clear(&self) {
        self.abort_check.set(None);
        self.percent_done.set(None);
        self.progress_info.set(None);
        self.task_completed.set(None);
    }
}

/// The place of one callback.
pub struct Callback<F: ?Sized> {
    is_set: AtomicBool,
    current: Mutex<Option<Arc<F>>>,
    /// A call of it has ended.
    ended: Condvar,
}

impl<F: ?Sized> Default for Callback<F> {
    fn default() -> Self {
        Self { is_set: AtomicBool::new(false), current: Mutex::new(None), ended: Condvar::new() }
    }
}

impl<F: ?Sized> Callback<F> {
    /// Returns whether there is one; cheap, because every call asks.
    pub fn is_set(&self) -> bool {
        self.is_set.load(Ordering::Acquire)
    }

    /// Replaces the callback. When this returns, the old one has ended and does not begin again; a callback that
    /// does it itself does not wait, for it would wait for itself.
    pub fn set(&self, callback: Option<Arc<F>>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_set.store(callback.is_some(), Ordering::Release);
        let Some(old) = std::mem::replace(&mut *current, callback) else { return };
        // Each call that is under way holds one reference more.
        while Arc::strong_count(&old) > 1 && !is_inside() {
            current = self.ended.wait(current).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Looks at the callback under its lock: a reference of its own would be one that a setter waits for.
    pub fn look<R>(&self, look: impl FnOnce(&F) -> R) -> Option<R> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).as_deref().map(look)
    }

    /// Calls it, if there is one. It may end the thread.
    pub fn call<R>(&self, how: impl FnOnce(&F) -> R) -> Option<R> {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let call = UnderWay::begin(self, current);
        call.callback.as_deref().map(how)
    }
}

/// A call of a callback, until it has returned or unwound the thread.
struct UnderWay<'a, F: ?Sized> {
    place: &'a Callback<F>,
    callback: Option<Arc<F>>,
}

impl<'a, F: ?Sized> UnderWay<'a, F> {
    fn begin(place: &'a Callback<F>, callback: Arc<F>) -> Self {
        INSIDE.set(INSIDE.get() + 1);
        Self { place, callback: Some(callback) }
    }
}

impl<F: ?Sized> Drop for UnderWay<'_, F> {
    fn drop(&mut self) {
        INSIDE.set(INSIDE.get() - 1);
        // Under the lock, so that a waiting setter does not miss it.
        let current = self.place.current.lock().unwrap_or_else(PoisonError::into_inner);
        self.callback = None;
        drop(current);
        self.place.ended.notify_all();
    }
}

thread_local! {
    static INSIDE: Cell<u32> = const { Cell::new(0) };
}

/// Returns whether this thread runs a callback of the program.
pub fn is_inside() -> bool {
    INSIDE.get() > 0
}
