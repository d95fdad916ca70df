//! Which read is before the others.

use super::Reader;
use crate::base::Guard;
use crate::session::Session;
use std::task::Waker;

/// The turn of a reading operation, or its place in the queue for it.
pub(in crate::session) struct ReadTurn<'a> {
    session: &'a Session,
    /// The reading thread; None for a task.
    thread: Option<u64>,
    /// Whether the reader knows that this read has begun.
    begun: bool,
    ticket: Option<u64>,
    taken: bool,
    /// Other reads wait until the result of this one was taken.
    outlasts_read: bool,
}

impl<'a> ReadTurn<'a> {
    /// Begins a read of `thread`, or of a task if None.
    pub(in crate::session) fn new(session: &'a Session, thread: Option<u64>) -> Self {
        Self { session, thread, begun: false, ticket: None, taken: false, outlasts_read: false }
    }

    /// Like [`ReadTurn::new`], for a read whose result is taken later: other reads wait until then.
    pub(in crate::session) fn outlasting(session: &'a Session, thread: Option<u64>) -> Self {
        Self { outlasts_read: true, ..Self::new(session, thread) }
    }

    /// Returns whether the read may go ahead without waiting for others.
    pub(super) fn may_read(&mut self, reader: &mut Reader) -> bool {
        if !std::mem::replace(&mut self.begun, true) {
            reader.begin_read(self.thread);
        }
        self.taken || reader.turn.is_free()
    }

    /// Keeps the turn if the read's result is taken later.
    pub(super) fn end_step(&mut self, reader: &mut Reader) {
        if self.outlasts_read {
            self.keep(reader);
        }
    }

    /// Keeps the turn beyond this read: the caller that uses its result ends it.
    pub(in crate::session) fn leave_taken(mut self) {
        self.taken = false;
    }

    /// Takes the turn: other reads queue after this one, also while it yields.
    pub(super) fn keep(&mut self, reader: &mut Reader) {
        if !self.taken {
            self.taken = reader.turn.try_take();
        }
    }

    /// Takes the turn, or queues for it and registers the waker; returns true once it is taken.
    pub(in crate::session) fn poll(&mut self, waker: &Waker) -> bool {
        self.taken = self.session.reader.lock().turn.poll_take(&mut self.ticket, waker);
        self.taken
    }
}

impl Drop for ReadTurn<'_> {
    fn drop(&mut self) {
        if !self.taken && self.ticket.is_none() {
            return;
        }
        let mut reader = self.session.reader.lock();
        match self.ticket {
            Some(ticket) => {
                let next = reader.turn.leave(ticket);
                wake(reader, next);
            }
            None => end_turn(reader),
        }
    }
}

/// Ends the turn and wakes the next read.
pub(in crate::session) fn end_turn(mut reader: Guard<'_, Reader>) {
    let next = reader.turn.release();
    wake(reader, next);
}

fn wake(reader: Guard<'_, Reader>, next: Option<Waker>) {
    drop(reader);
    if let Some(next) = next {
        next.wake();
    }
}
