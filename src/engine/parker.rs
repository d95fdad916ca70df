//! Parks a thread that waits in the kernel, until a waker unparks it. Unparking a thread that runs makes no system call.

use super::atomic::{AtomicU8, Ordering};
use crate::sys::wake_event::WakeEvent;
use once_cell::sync::OnceCell;
use std::io;

/// The thread runs: it checks the state before it waits, so an unpark needs no system call.
const RUNNING: u8 = 0;
/// The thread is in the kernel, or about to be.
const PARKED: u8 = 1;
/// A waker has unparked the thread since it last parked.
const NOTIFIED: u8 = 2;

/// A state, and an event that ends the wait of a parked thread.
#[derive(Debug, Default)]
pub(super) struct Parker {
    state: AtomicU8,
    event: OnceCell<WakeEvent>,
}

impl Parker {
    /// Returns the event that becomes readable when the parked thread is unparked; created at the first wait, and
    /// reused.
    pub(super) fn event(&self) -> io::Result<&WakeEvent> {
        self.event.get_or_try_init(WakeEvent::new)
    }

    /// Marks that the thread is about to wait; returns false if a waker has unparked it since its last wait.
    pub(super) fn park(&self) -> bool {
        self.state.compare_exchange(RUNNING, PARKED, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Marks that the thread runs and checks again what it waits for.
    pub(super) fn resume(&self) {
        self.state.swap(RUNNING, Ordering::AcqRel);
    }

    /// Makes the thread check again what it waits for.
    pub(super) fn unpark(&self) {
        let was_parked = self.state.swap(NOTIFIED, Ordering::AcqRel) == PARKED;
        if let Some(event) = self.event.get().filter(|_| was_parked) {
            event.signal();
        }
    }
}
