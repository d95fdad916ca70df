//! The program as the caller of a method: it gives the call up by disposing the last handle, aborts it by a callback,
//! and is told of its progress.

use super::callbacks::Callbacks;
use super::{Client, Object};
use crate::base::Fault;
use crate::engine::Signal;
use crate::engine::cx::{Caller, closed_by_the_program};
use crate::sys::{process, thread};
use std::cell::Cell;

/// The caller of a method of `object` on the thread that makes the call.
pub struct ByProgram<'a>(pub &'a dyn Object);

thread_local! {
    /// This thread is in a callback of a call: a call that the callback makes has no callbacks of its own, or it
    /// would call itself without end.
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

impl ByProgram<'_> {
    fn callbacks(&self) -> Option<&Callbacks> {
        self.0.client().filter(|_| !TELLING.get()).and_then(Client::callbacks)
    }

    fn tell<R>(&self, tell: impl FnOnce(&Callbacks) -> Option<R>) -> Option<R> {
        let callbacks = self.callbacks()?;
        TELLING.set(true);
        let answer = tell(callbacks);
        TELLING.set(false);
        answer
    }

    /// A child that is forked in the callback does not go on with the call, which is its parent's.
    fn is_aborted_by(&self, tell: impl FnOnce(&Callbacks) -> Option<bool>) -> bool {
        let process = process::identity();
        self.tell(tell).unwrap_or(false) || process::identity() != process
    }
}

impl Caller for ByProgram<'_> {
    fn thread(&self) -> Option<u64> {
        Some(thread::id())
    }

    fn is_task(&self) -> bool {
        false
    }

    fn gone(&self) -> &Signal {
        self.0.common().gone()
    }

    fn gone_fault(&self) -> Fault {
        closed_by_the_program()
    }

    fn heartbeat_ms(&self) -> u32 {
        match self.callbacks().is_some_and(|callbacks| callbacks.abort_check.is_set()) {
            true => self.0.client().map_or(0, Client::effective_heartbeat_ms),
            false => 0,
        }
    }

    fn wants_abort(&self) -> bool {
        self.is_aborted_by(|callbacks| callbacks.abort_check.call(|ask| ask()))
    }

    fn listens(&self) -> bool {
        self.callbacks()
            .is_some_and(|callbacks| callbacks.percent_done.is_set() || callbacks.progress_info.is_set())
    }

    fn percent_done(&self, percent: u8) -> bool {
        self.is_aborted_by(|callbacks| callbacks.percent_done.call(|tell| tell(percent)))
    }

    fn progress(&self, name: &'static str, value: &str) {
        self.tell(|callbacks| callbacks.progress_info.call(|tell| tell(name, value)));
    }
}
