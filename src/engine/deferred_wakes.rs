//! Wake-ups that are delayed to the end of the reactor's iteration: a thread that waits for a hundred ends wakes once,
//! and does not take the processor from the reactor in the middle of them.

use std::cell::RefCell;
use std::task::Waker;

thread_local! {
    /// None except on the reactor's thread.
    static DEFERRED: RefCell<Option<Vec<Waker>>> = const { RefCell::new(None) };
}

/// Delays the wake-ups of this thread until [`wake_all`].
pub(super) fn begin() {
    DEFERRED.set(Some(Vec::new()));
}

/// Wakes at the end of the reactor's iteration; on other threads at once, also on one that is being torn down.
pub(super) fn wake(waker: Waker) {
    let mut waker = Some(waker);
    let _ = DEFERRED.try_with(|deferred| {
        if let Some(deferred) = &mut *deferred.borrow_mut() {
            deferred.extend(waker.take());
        }
    });
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Wakes what was delayed, at the end of an iteration.
pub(super) fn wake_all() {
    let wakers = DEFERRED.with_borrow_mut(|deferred| deferred.as_mut().map(std::mem::take));
    for waker in wakers.into_iter().flatten() {
        waker.wake();
    }
}
