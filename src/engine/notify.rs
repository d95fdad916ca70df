//! Wakes the futures that wait for a change: of the state of an object, of an answer, of a cancellation.

use super::atomic::{AtomicU64, Ordering};
use super::deferred_wakes;
use crate::base::Locked;
use std::task::Waker;

/// Wakers, and a number that changes with each notification. A future stores the number, checks what it waits for, and
/// waits for the number to change: this closes the race with a notification between the check and the wait.
#[derive(Debug, Default)]
pub struct Notify {
    epoch: AtomicU64,
    wakers: Locked<Vec<Waker>>,
}

impl Notify {
    /// Returns the number of notifications.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Wakes all waiting futures, which check again what they wait for.
    pub fn notify_all(&self) {
        self.take_wakers().into_iter().for_each(Waker::wake);
    }

    /// Like [`Notify::notify_all`], on the reactor at the end of its iteration: for threads that can do more at once if
    /// they wake later.
    pub fn notify_deferred(&self) {
        self.take_wakers().into_iter().for_each(deferred_wakes::wake);
    }

    fn take_wakers(&self) -> Vec<Waker> {
        self.epoch.fetch_add(1, Ordering::AcqRel);
        std::mem::take(&mut *self.wakers.lock())
    }

    /// Wakes `waker` at the next notification. A waker that is there already is not added twice, so a future that is
    /// polled again and again does not grow the list.
    pub fn watch(&self, waker: &Waker) {
        let mut wakers = self.wakers.lock();
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            // Mostly it is one, on each of many thousand connections.
            if wakers.is_empty() {
                wakers.reserve_exact(1);
            }
            wakers.push(waker.clone());
        }
    }

    /// Forgets `waker`, whose future no longer waits here.
    pub fn unwatch(&self, waker: &Waker) {
        self.wakers.lock().retain(|known| !known.will_wake(waker));
    }
}
