//! A [`FairQueue`] with its own lock, for operations that have no other state to guard.

use super::{FairQueue, Op, Ticket, Waited};
use crate::base::{Deadline, Locked, Result};
use std::task::Context;

/// Lets one operation run at a time, first come, first served. Not a mutex: it may be held across a wait.
#[derive(Debug, Default)]
pub struct FairLock(Locked<FairQueue>);

/// Holds a [`FairLock`] until it is dropped; or a place in its queue.
#[derive(Debug)]
pub struct FairGuard<'a> {
    lock: &'a FairLock,
    ticket: Ticket,
}

impl FairLock {
    /// Waits for the lock; returns None if `deadline` passes first.
    pub async fn lock(&self, op: &mut Op<'_>, deadline: Deadline) -> Result<Option<FairGuard<'_>>> {
        let mut guard = FairGuard { lock: self, ticket: Ticket::None };
        let take = |context: &mut Context<'_>| self.0.lock().poll_take(&mut guard.ticket, context.waker());
        match op.when(deadline, take).await? {
            Waited::LookAgain => Ok(Some(guard)),
            Waited::TimedOut => Ok(None),
        }
    }
}

impl Drop for FairGuard<'_> {
    fn drop(&mut self) {
        let mut queue = self.lock.0.lock();
        let next = queue.leave(&mut self.ticket);
        drop(queue);
        if let Some(next) = next {
            next.wake();
        }
    }
}
