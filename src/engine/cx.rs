//! What an operation gets from its caller: the log of the call, and the leaf futures to wait with.

use super::Signal;
use super::blocking::register;
use crate::base::{Deadline, ErrorCode, Fault, Result};
use crate::log::Log;
use crate::sys::poll::Interest;
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Instant;

/// How a wait ended, when nobody aborted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// Something may have become ready: look again.
    LookAgain,
    /// The deadline has passed.
    TimedOut,
}

/// The context of one call.
#[derive(Debug)]
pub struct Cx {
    /// The account of the call.
    pub log: Log,
}

/// What ends a wait early: the object's signal moved past the count that the operation began with.
#[derive(Clone, Copy, Debug)]
pub struct Abort<'a> {
    signal: &'a Signal,
    seen: u64,
}

impl<'a> Abort<'a> {
    /// Watches `signal` from now on. Make it where the operation begins.
    pub fn on(signal: &'a Signal) -> Self {
        Self { signal, seen: signal.count() }
    }

    /// Fails once the program has closed the connection or disposed the object.
    pub fn check(&self) -> Result<()> {
        if self.signal.is_still(self.seen) {
            return Ok(());
        }
        Err(Fault::new(
            ErrorCode::ClosedLocally,
            "The connection was closed, or the handle disposed, by the program.",
        ))
    }
}

impl Cx {
    /// The context of a call of `method`.
    pub fn new(method: &'static str, verbose: bool) -> Self {
        Self { log: Log::new(method, verbose) }
    }

    /// Waits until `interest` may be ready, `deadline` has passed, or `abort` says so.
    pub async fn ready(
        &mut self,
        interest: Interest,
        deadline: Deadline,
        abort: &Abort<'_>,
    ) -> Result<Waited> {
        let mut waiting = false;
        self.until(deadline, abort, Some(interest), |_| std::mem::replace(&mut waiting, true)).await
    }

    /// Waits until `is_done` says so (it is asked at each wake-up and must leave the waker where it will be
    /// woken), `deadline` has passed, or `abort` says so.
    pub async fn when(
        &mut self,
        deadline: Deadline,
        abort: &Abort<'_>,
        is_done: impl FnMut(&mut Context<'_>) -> bool,
    ) -> Result<Waited> {
        self.until(deadline, abort, None, is_done).await
    }

    /// Lets others run, and hears an abort, in an operation that a peer could keep busy for ever.
    pub async fn breathe(&mut self, abort: &Abort<'_>) -> Result<()> {
        abort.check()?;
        let mut yielded = false;
        poll_fn(|context| {
            if std::mem::replace(&mut yielded, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        abort.check()
    }

    async fn until(
        &mut self,
        deadline: Deadline,
        abort: &Abort<'_>,
        interest: Option<Interest>,
        mut is_done: impl FnMut(&mut Context<'_>) -> bool,
    ) -> Result<Waited> {
        poll_fn(|context| {
            if let Err(fault) = abort.check() {
                return Poll::Ready(Err(fault));
            }
            if is_done(context) {
                abort.signal.unwatch(context.waker());
                return Poll::Ready(Ok(Waited::LookAgain));
            }
            let now = Instant::now();
            self.log.note_wait(now);
            if deadline.has_passed(now) {
                abort.signal.unwatch(context.waker());
                return Poll::Ready(Ok(Waited::TimedOut));
            }
            abort.signal.watch(context.waker());
            // A raise since the check above found no waker to wake.
            if let Err(fault) = abort.check() {
                return Poll::Ready(Err(fault));
            }
            register(interest, deadline);
            Poll::Pending
        })
        .await
    }
}
