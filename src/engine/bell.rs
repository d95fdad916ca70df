//! What wakers ring for a thread that waits in the kernel. Ringing for a thread that is awake makes no system call.

use super::atomic::{AtomicU8, Ordering};
use crate::sys::wake_event::WakeEvent;
use once_cell::sync::OnceCell;
use std::io;

/// The thread runs: it looks at the state before it waits, so a ring needs no system call.
const AWAKE: u8 = 0;
/// The thread is in the kernel, or about to be.
const WAITING: u8 = 1;
/// A waker rang since the thread last looked.
const RUNG: u8 = 2;

/// A state, and an event for the rings that the thread would not see otherwise.
#[derive(Debug, Default)]
pub(super) struct Bell {
    state: AtomicU8,
    event: OnceCell<WakeEvent>,
}

impl Bell {
    /// Returns the event that becomes readable when the bell rings during a wait; created at the first wait, and
    /// reused.
    pub(super) fn event(&self) -> io::Result<&WakeEvent> {
        self.event.get_or_try_init(WakeEvent::new)
    }

    /// Marks that the thread is about to wait; returns false if a waker has rung since it last looked.
    pub(super) fn begin_wait(&self) -> bool {
        self.state.compare_exchange(AWAKE, WAITING, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Marks that the thread looks again at what it waits for.
    pub(super) fn end_wait(&self) {
        self.state.swap(AWAKE, Ordering::AcqRel);
    }

    /// Makes the thread look again.
    pub(super) fn ring(&self) {
        if self.state.swap(RUNG, Ordering::AcqRel) == WAITING
            && let Some(event) = self.event.get()
        {
            event.signal();
        }
    }
}
