//! The lock order: a thread takes a lock only under locks of lower rank. Debug builds check it.

#[cfg(debug_assertions)]
use std::cell::Cell;

/// The ranks, outermost first. A `Locked` that names none is a [`Rank::Leaf`]: under it nothing is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Rank {
    /// The slot of the job that the reactor, or the thread that runs a task, polls. Another slot is locked under it only
    /// while that is free or being emptied (`Locked::lock_beside`).
    Slot,
    /// The users of a task or a task queue.
    TaskUsers,
    /// The state of a task.
    Task,
    /// The state of a task queue.
    TaskQueue,
    /// The users of any other object, of a task's, too.
    Users,
    /// The opening handshake of a WebSocket.
    Opening,
    /// The receiving half of a session.
    Reader,
    /// The sending half of a session.
    Outbox,
    /// The link of a session.
    Pipe,
    /// All others.
    Leaf,
}

/// A lock that this thread holds.
#[derive(Debug)]
#[must_use = "dropped, it says that the lock is free"]
pub(super) struct Held {
    #[cfg(debug_assertions)]
    bit: u16,
}

#[cfg(debug_assertions)]
thread_local! {
    /// The ranks of the locks that this thread holds, as bits.
    static HELD: Cell<u16> = const { Cell::new(0) };
}

#[cfg(debug_assertions)]
impl Held {
    /// Notes that a lock of that rank is about to be taken. Panics if one of the same or a higher rank is held.
    pub(super) fn begin(rank: u8) -> Self {
        let held = HELD.get();
        assert!(held >> rank == 0, "a lock of rank {rank} is taken under one of rank {}", held.ilog2());
        HELD.set(held | 1 << rank);
        Self { bit: 1 << rank }
    }

    /// As [`Held::begin`], where a lock of the same rank may be held.
    pub(super) fn begin_beside(rank: u8) -> Self {
        let held = HELD.get();
        if held >> rank == 1 { Self { bit: 0 } } else { Self::begin(rank) }
    }
}

#[cfg(debug_assertions)]
impl Drop for Held {
    fn drop(&mut self) {
        HELD.set(HELD.get() & !self.bit);
    }
}

#[cfg(not(debug_assertions))]
impl Held {
    pub(super) fn begin(_rank: u8) -> Self {
        Self {}
    }

    pub(super) fn begin_beside(_rank: u8) -> Self {
        Self {}
    }
}
