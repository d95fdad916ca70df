//! One operation of a direction at a time, first come first served.
//!
//! An operation that has to wait takes a turn. A turn is not a lock, so it may be kept across a wait; reading and
//! sending have one each and do not wait for each other. A dropped future returns its turn, or its place in the queue.
//! Plain state: it lives under the lock of what it guards.

use std::collections::VecDeque;
use std::task::Waker;

/// The turn, and the queue for it.
#[derive(Debug, Default)]
pub struct FairQueue {
    taken: bool,
    next_ticket: u64,
    queue: VecDeque<(u64, Waker)>,
    /// The turn was handed to this ticket, whose owner has not noticed yet.
    granted: Option<u64>,
}

impl FairQueue {
    /// Returns whether an operation that needs no wait may go ahead without taking the turn.
    pub fn is_free(&self) -> bool {
        !self.taken
    }

    /// Takes the turn if it is free; returns whether it did.
    pub fn try_take(&mut self) -> bool {
        let free = self.is_free();
        self.taken = true;
        free
    }

    /// Takes the turn, or queues for it under `ticket` (None at first); returns true once it is taken.
    pub fn poll_take(&mut self, ticket: &mut Option<u64>, waker: &Waker) -> bool {
        match *ticket {
            None if self.try_take() => true,
            None => {
                *ticket = Some(self.next_ticket);
                self.queue.push_back((self.next_ticket, waker.clone()));
                self.next_ticket = self.next_ticket.wrapping_add(1);
                false
            }
            Some(mine) if self.granted == Some(mine) => {
                self.granted = None;
                *ticket = None;
                true
            }
            Some(mine) => {
                if let Some((_, known)) = self.queue.iter_mut().find(|(queued, _)| *queued == mine) {
                    known.clone_from(waker);
                }
                false
            }
        }
    }

    /// Releases the turn. The caller must wake the returned waker, which is next.
    #[must_use = "the next in the queue must be woken"]
    pub fn release(&mut self) -> Option<Waker> {
        let Some((ticket, waker)) = self.queue.pop_front() else {
            self.taken = false;
            return None;
        };
        self.granted = Some(ticket);
        Some(waker)
    }

    /// Leaves the queue. If the turn was granted to this ticket in between, passes it to the next.
    #[must_use = "the next in the queue must be woken"]
    pub fn leave(&mut self, ticket: u64) -> Option<Waker> {
        if self.granted == Some(ticket) {
            self.granted = None;
            return self.release();
        }
        self.queue.retain(|(queued, _)| *queued != ticket);
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_given_in_the_order_of_asking() {
        let mut queue = FairQueue::default();
        let waker = Waker::noop();
        assert!(queue.try_take());
        let (mut first, mut second) = (None, None);
        assert!(!queue.poll_take(&mut first, waker));
        assert!(!queue.poll_take(&mut second, waker));
        assert!(queue.release().is_some());
        assert!(!queue.poll_take(&mut second, waker), "the first in the queue comes first");
        assert!(queue.poll_take(&mut first, waker));
        assert!(queue.release().is_some());
        assert!(queue.poll_take(&mut second, waker));
        assert!(queue.release().is_none());
        assert!(queue.is_free());
    }

    #[test]
    fn leaving_passes_a_granted_turn_on() {
        let mut queue = FairQueue::default();
        assert!(queue.try_take());
        let (mut first, mut second) = (None, None);
        queue.poll_take(&mut first, Waker::noop());
        queue.poll_take(&mut second, Waker::noop());
        assert!(queue.release().is_some());
        assert!(queue.leave(first.unwrap()).is_some());
        assert!(queue.poll_take(&mut second, Waker::noop()));
    }
}
