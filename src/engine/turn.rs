//! A [`FairQueue`] with its own lock, for operations that have no other state to guard.

use super::{FairQueue, Op, Waited};
use crate::base::{Deadline, Locked, Result};

/// Lets one operation run at a time; the others wait in order.
#[derive(Debug, Default)]
pub struct Turns(Locked<FairQueue>);

/// The turn, until it is dropped; or a place in the queue.
#[derive(Debug)]
pub struct Turn<'a> {
    turns: &'a Turns,
    ticket: Option<u64>,
    taken: bool,
}

impl Turns {
    /// Waits for the turn; None if `deadline` passes first.
    pub async fn take(&self, op: &mut Op<'_>, deadline: Deadline) -> Result<Option<Turn<'_>>> {
        let mut turn = Turn { turns: self, ticket: None, taken: false };
        loop {
            let waited = op
                .when(deadline, |context| {
                    turn.taken = self.0.lock().poll_take(&mut turn.ticket, context.waker());
                    turn.taken
                })
                .await?;
            if turn.taken {
                return Ok(Some(turn));
            }
            if waited == Waited::TimedOut {
                return Ok(None);
            }
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut turnstile = self.turns.0.lock();
        let next = match self.ticket {
            Some(ticket) => turnstile.leave(ticket),
            None if self.taken => turnstile.release(),
            None => None,
        };
        drop(turnstile);
        if let Some(next) = next {
            next.wake();
        }
    }
}
