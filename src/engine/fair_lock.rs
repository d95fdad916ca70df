//! A [`FairQueue`] with its own lock, for operations that have no other state to guard.

use super::{FairQueue, Op, Waited};
use crate::base::{Deadline, Locked, Result};

/// Lets one operation run at a time, first come, first served. Not a mutex: it may be held across a wait.
#[derive(Debug, Default)]
pub struct FairLock(Locked<FairQueue>);

/// Holds a [`FairLock`] until it is dropped; or a place in its queue.
#[derive(Debug)]
pub struct FairGuard<'a> {
    lock: &'a FairLock,
    ticket: Option<u64>,
    is_held: bool,
}

impl FairLock {
    /// Waits for the lock; returns None if `deadline` passes first.
    pub async fn lock(&self, op: &mut Op<'_>, deadline: Deadline) -> Result<Option<FairGuard<'_>>> {
        let mut guard = FairGuard { lock: self, ticket: None, is_held: false };
        loop {
            let waited = op
                .when(deadline, |context| {
                    guard.is_held = self.0.lock().poll_take(&mut guard.ticket, context.waker());
                    guard.is_held
                })
                .await?;
            if guard.is_held {
                return Ok(Some(guard));
            }
            if waited == Waited::TimedOut {
                return Ok(None);
            }
        }
    }
}

impl Drop for FairGuard<'_> {
    fn drop(&mut self) {
        let mut queue = self.lock.0.lock();
        let next = match self.ticket {
            Some(ticket) => queue.leave(ticket),
            None if self.is_held => queue.release(),
            None => None,
        };
        drop(queue);
        if let Some(next) = next {
            next.wake();
        }
    }
}
