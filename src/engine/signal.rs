//! A counter whose change futures can wait for: "cancel what waits on this object", "the answer is there".
//!
//! To end calls that wait in other threads, the object's signal is raised, which every waiting future watches, and the
//! socket is shut down. The last raise, at dispose, stays: a call that had just found its handle does not begin to
//! wait. The descriptor is closed by its last owner, and a future that is about to poll it is one; a descriptor that
//! was returned to the program is not closed before the next connect.

use super::atomic::{AtomicU64, Ordering};
use super::later;
use crate::base::Locked;
use std::task::Waker;

/// Set in the count while nothing may wait here.
const RETIRED: u64 = 1 << 63;

/// A counter with wakers. A future stores the count before it checks and waits for the count to change: this closes the
/// race with a raise between the check and the wait.
#[derive(Debug, Default)]
pub struct Signal {
    count: AtomicU64,
    nudges: AtomicU64,
    wakers: Locked<Vec<Waker>>,
}

impl Signal {
    /// Returns the current count.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Increments the count and wakes all waiting futures.
    pub fn raise(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
        self.nudge();
    }

    /// Raises for the last time: a wait that begins from now on is cancelled at once.
    pub fn retire(&self) {
        self.count.fetch_or(RETIRED, Ordering::AcqRel);
        self.nudge();
    }

    /// Takes [`Signal::retire`] back, for waits that begin from now on.
    pub fn revive(&self) {
        let revived = |count| (count & RETIRED != 0).then(|| (count & !RETIRED) + 1);
        let _ = self.count.fetch_update(Ordering::AcqRel, Ordering::Acquire, revived);
    }

    /// Returns whether nothing may wait here any more.
    pub fn is_retired(&self) -> bool {
        self.count() & RETIRED != 0
    }

    /// Returns whether an operation that stored `count` may go on waiting.
    pub fn is_still(&self, count: u64) -> bool {
        let now = self.count();
        now == count && now & RETIRED == 0
    }

    /// Returns a number that changes with each nudge: a future that checks something and then waits for its change
    /// stores this number before the check.
    pub fn nudges(&self) -> u64 {
        self.nudges.load(Ordering::Acquire)
    }

    /// Wakes all waiting futures, which check again what they wait for.
    pub fn nudge(&self) {
        self.take_wakers().into_iter().for_each(Waker::wake);
    }

    /// Like [`Signal::nudge`], on the reactor at the end of its iteration: for threads that can do more at once if they
    /// wake later.
    pub fn nudge_later(&self) {
        self.take_wakers().into_iter().for_each(later::wake);
    }

    fn take_wakers(&self) -> Vec<Waker> {
        self.nudges.fetch_add(1, Ordering::AcqRel);
        std::mem::take(&mut *self.wakers.lock())
    }

    /// Wakes `waker` at the next raise. A waker that is there already is not added twice, so a future that is
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
