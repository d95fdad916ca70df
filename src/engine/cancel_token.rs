//! Cancels operations that run or wait in other threads.
//!
//! To end calls that wait in other threads, the token is cancelled, whose [`Notify`] every waiting future watches, and
//! the socket is shut down. A token that was closed, at dispose, stays so: a call that had just found its handle does
//! not begin to wait. The descriptor is closed by its last owner, and a future that is about to poll it is one; a
//! descriptor that was returned to the program is not closed before the next connect.

use super::Notify;
use super::atomic::{AtomicU64, Ordering};

/// Set in the generation while no operation may begin.
const CLOSED: u64 = 1 << 63;

/// Cancels the operations of a generation. An operation stores the generation when it begins, and ends once that is
/// over.
#[derive(Debug, Default)]
pub struct CancelToken {
    generation: AtomicU64,
    waiting: Notify,
}

impl CancelToken {
    /// Returns the current generation.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Cancels the operations that have begun.
    pub fn cancel(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.waiting.notify_all();
    }

    /// Cancels the operations that have begun, and those that begin from now on.
    pub fn close(&self) {
        self.generation.fetch_or(CLOSED, Ordering::AcqRel);
        self.waiting.notify_all();
    }

    /// Ends [`CancelToken::close`], for operations that begin from now on.
    pub fn reopen(&self) {
        let reopened = |generation| (generation & CLOSED != 0).then(|| (generation & !CLOSED) + 1);
        let _ = self.generation.fetch_update(Ordering::AcqRel, Ordering::Acquire, reopened);
    }

    /// Returns whether it was closed, and not reopened since.
    pub fn is_closed(&self) -> bool {
        self.generation() & CLOSED != 0
    }

    /// Returns whether an operation that stored `generation` may go on.
    pub fn is_current(&self, generation: u64) -> bool {
        let now = self.generation();
        now == generation && now & CLOSED == 0
    }

    /// Returns what wakes the operations that wait; each cancel notifies it.
    pub fn waiting(&self) -> &Notify {
        &self.waiting
    }
}
