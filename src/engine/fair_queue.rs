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
    next_number: u64,
    queue: VecDeque<(u64, Waker)>,
    /// The turn was handed to this number, whose owner has not noticed yet.
    granted: Option<u64>,
}

/// What an operation has of a [`FairQueue`]; to be given back by [`FairQueue::leave`].
#[derive(Debug, Default, PartialEq, Eq)]
pub enum Ticket {
    /// Nothing.
    #[default]
    None,
    /// The place of that number in the queue.
    Queued(u64),
    /// The turn.
    Turn,
}

impl FairQueue {
    /// Returns whether an operation that needs no wait may go ahead without taking the turn.
    pub fn is_free(&self) -> bool {
        !self.taken
    }

    /// Takes the turn if it is free; returns whether `ticket` has it.
    pub fn try_take(&mut self, ticket: &mut Ticket) -> bool {
        if *ticket == Ticket::None && self.is_free() {
            self.taken = true;
            *ticket = Ticket::Turn;
        }
        *ticket == Ticket::Turn
    }

    /// Takes the turn, or queues for it and registers the waker; returns whether `ticket` has the turn.
    pub fn poll_take(&mut self, ticket: &mut Ticket, waker: &Waker) -> bool {
        match *ticket {
            Ticket::Queued(mine) if self.granted == Some(mine) => {
                self.granted = None;
                *ticket = Ticket::Turn;
            }
            Ticket::Queued(mine) => {
                if let Some((_, known)) = self.queue.iter_mut().find(|(queued, _)| *queued == mine) {
                    known.clone_from(waker);
                }
            }
            Ticket::None if self.is_free() => return self.try_take(ticket),
            Ticket::None => {
                *ticket = Ticket::Queued(self.next_number);
                self.queue.push_back((self.next_number, waker.clone()));
                self.next_number = self.next_number.wrapping_add(1);
            }
            Ticket::Turn => {}
        }
        *ticket == Ticket::Turn
    }

    /// Gives back what `ticket` has: the turn, also one that was granted to it and not noticed, passes to the next. The
    /// caller must wake the returned waker.
    #[must_use = "the next in the queue must be woken"]
    pub fn leave(&mut self, ticket: &mut Ticket) -> Option<Waker> {
        match std::mem::take(ticket) {
            Ticket::None => None,
            Ticket::Queued(mine) if self.granted != Some(mine) => {
                self.queue.retain(|(queued, _)| *queued != mine);
                None
            }
            Ticket::Queued(_) | Ticket::Turn => self.pass(),
        }
    }

    fn pass(&mut self) -> Option<Waker> {
        let next = self.queue.pop_front();
        self.taken = next.is_some();
        self.granted = next.as_ref().map(|(number, _)| *number);
        next.map(|(_, waker)| waker)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_given_in_the_order_of_asking() {
        let mut queue = FairQueue::default();
        let waker = Waker::noop();
        let (mut holder, mut first, mut second) = (Ticket::None, Ticket::None, Ticket::None);
        assert!(queue.try_take(&mut holder));
        assert!(!queue.try_take(&mut first) && first == Ticket::None);
        assert!(!queue.poll_take(&mut first, waker));
        assert!(!queue.poll_take(&mut second, waker));
        assert!(queue.leave(&mut holder).is_some());
        assert!(!queue.poll_take(&mut second, waker), "the first in the queue comes first");
        assert!(queue.poll_take(&mut first, waker));
        assert!(queue.poll_take(&mut first, waker), "it stays taken");
        assert!(queue.leave(&mut first).is_some());
        assert!(queue.poll_take(&mut second, waker));
        assert!(queue.leave(&mut second).is_none());
        assert!(queue.is_free());
    }

    #[test]
    fn leaving_passes_a_granted_turn_on() {
        let mut queue = FairQueue::default();
        let (mut holder, mut first, mut second) = (Ticket::None, Ticket::None, Ticket::None);
        assert!(queue.try_take(&mut holder));
        queue.poll_take(&mut first, Waker::noop());
        queue.poll_take(&mut second, Waker::noop());
        assert!(queue.leave(&mut holder).is_some());
        assert!(queue.leave(&mut first).is_some());
        assert!(queue.poll_take(&mut second, Waker::noop()));
    }

    #[test]
    fn leaving_without_the_turn_keeps_it_taken() {
        let mut queue = FairQueue::default();
        let (mut holder, mut first) = (Ticket::None, Ticket::None);
        assert!(queue.try_take(&mut holder));
        queue.poll_take(&mut first, Waker::noop());
        assert!(queue.leave(&mut first).is_none());
        assert!(queue.leave(&mut first).is_none(), "it has left");
        assert!(!queue.is_free());
        assert!(queue.leave(&mut holder).is_none());
        assert!(queue.is_free());
    }
}
