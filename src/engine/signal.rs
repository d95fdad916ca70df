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

/// Set in the count for good once nothing may wait here any more.
const RETIRED: u64 = 1 << 63;

/// A counter with wakers. Whoever waits notes the count first and asks whether it has moved past that, so a
/// raise between the two is never missed.
#[derive(Debug, Default)]
pub struct Signal {
    count: AtomicU64,
    nudges: AtomicU64,
    wakers: Locked<Vec<Waker>>,
}

impl Signal {
    /// The count now.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// Moves the count and wakes whoever waits.
    pub fn raise(&self) {
        self.count.fetch_add(1, Ordering::AcqRel);
        self.nudge();
    }

    /// Raises for the last time: also what begins to wait from now on is to give up at once.
    pub fn retire(&self) {
        self.count.fetch_or(RETIRED, Ordering::AcqRel);
        self.nudge();
    }

    /// Takes [`Signal::retire`] back, for what begins to wait from now on.
    pub fn revive(&self) {
        let revived = |count| (count & RETIRED != 0).then(|| (count & !RETIRED) + 1);
        let _ = self.count.fetch_update(Ordering::AcqRel, Ordering::Acquire, revived);
    }

    /// Returns whether nothing may wait here any more.
    pub fn is_retired(&self) -> bool {
        self.count() & RETIRED != 0
    }

    /// Returns whether what noted `count` may go on waiting.
    pub fn is_still(&self, count: u64) -> bool {
        let now = self.count();
        now == count && now & RETIRED == 0
    }

    /// Moves with each nudge: who looks at something, and then waits for a change of it, notes this before.
    pub fn nudges(&self) -> u64 {
        self.nudges.load(Ordering::Acquire)
    }

    /// Wakes whoever waits, to look again at what they wait for.
    pub fn nudge(&self) {
        self.take_wakers().into_iter().for_each(Waker::wake);
    }

    /// As [`Signal::nudge`]; on the reactor, at the end of its turn: for those who can do more at once the later they
    /// come.
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
