//! The program as the caller of a method: it cancels the call by disposing the last handle, aborts it by a callback,
//! and gets its progress.
//!
//! The method sees one `Caller`, for the program's thread as for a task: what cancels the call, what it asks at each
//! heartbeat, and where it reports its progress.

use super::callbacks::Callbacks;
use super::{Client, Object, log_callback};
use crate::base::Fault;
use crate::engine::CancelToken;
use crate::engine::op::{Caller, Question, closed_by_the_program};
use crate::sys::{process, thread};
use std::cell::Cell;
use std::sync::Arc;

/// The caller of a method of `object` on the thread that makes the call.
pub struct BlockingCaller<'a>(pub &'a dyn Object);

thread_local! {
    /// This thread is in a callback of a call: a call that the callback makes has no callbacks of its own, or it
    /// would call itself without end.
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

impl BlockingCaller<'_> {
    fn callbacks(&self) -> Option<&Arc<Callbacks>> {
        self.0.client().filter(|_| !TELLING.get()).and_then(Client::callbacks)
    }

    /// Makes the question that `tell` asks a callback; the answer true aborts the call. A child that is forked in the
    /// callback does not go on with the call, which is its parent's.
    fn question(&self, tell: impl FnOnce(&Callbacks) -> Option<bool> + Send + 'static) -> Option<Question> {
        let callbacks = Arc::clone(self.callbacks()?);
        Some(Box::new(move || {
            let process = process::identity();
            let _telling = Telling::begin();
            tell(&callbacks).unwrap_or(false) || process::identity() != process
        }))
    }
}

/// Marks that a callback is being called; it may end the thread.
struct Telling;

impl Telling {
    fn begin() -> Self {
        TELLING.set(true);
        Self
    }
}

impl Drop for Telling {
    fn drop(&mut self) {
        TELLING.set(false);
    }
}

impl Caller for BlockingCaller<'_> {
    fn thread(&self) -> Option<u64> {
        Some(thread::id())
    }

    fn is_task(&self) -> bool {
        false
    }

    fn cancel_token(&self) -> &CancelToken {
        self.0.base().cancel_token()
    }

    fn cancel_fault(&self) -> Fault {
        closed_by_the_program()
    }

    fn heartbeat_ms(&self) -> u32 {
        match self.callbacks().is_some_and(|callbacks| callbacks.abort_check.is_set()) {
            true => self.0.client().map_or(0, Client::effective_heartbeat_ms),
            false => 0,
        }
    }

    fn abort_check(&self) -> Option<Question> {
        self.question(|callbacks| callbacks.abort_check.call(|ask| ask()))
    }

    fn is_interruptible(&self) -> bool {
        self.0.client().is_some_and(Client::is_interruptible)
    }

    fn reports(&self) -> Option<Question> {
        log_callback::has_frames().then(|| -> Question {
            Box::new(|| {
                let process = process::identity();
                log_callback::deliver();
                // As in `question`.
                process::identity() != process
            })
        })
    }

    fn listens(&self) -> bool {
        self.callbacks()
            .is_some_and(|callbacks| callbacks.percent_done.is_set() || callbacks.progress_info.is_set())
    }

    fn percent_done(&self, percent: u8) -> Option<Question> {
        self.question(move |callbacks| callbacks.percent_done.call(|tell| tell(percent)))
    }

    fn progress(&self, name: &'static str, value: &str) -> Option<Question> {
        let value = value.to_owned();
        self.question(move |callbacks| {
            callbacks.progress_info.call(|tell| tell(name, &value));
            None
        })
    }
}
