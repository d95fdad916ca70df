//! Which read is before the others.

use super::Reader;
use crate::base::Guard;
use crate::engine::{Op, Ticket};
use crate::session::Session;
use std::task::Waker;

/// The turn of a reading operation, or its place in the queue for it.
pub(in crate::session) struct ReadTurn<'a> {
    session: &'a Session,
    /// The reading thread; None for a task.
    thread: Option<u64>,
    /// Whether the frames are reported.
    reports: bool,
    /// Whether the reader knows that this read has begun.
    begun: bool,
    ticket: Ticket,
    /// Other reads wait until the result of this one was taken.
    outlasts_read: bool,
}

impl<'a> ReadTurn<'a> {
    /// Begins the read of an operation.
    pub(in crate::session) fn new(session: &'a Session, op: &Op<'_>) -> Self {
        let (thread, reports) = (op.thread(), op.log.reports_frames());
        Self { session, thread, reports, begun: false, ticket: Ticket::None, outlasts_read: false }
    }

    /// Like [`ReadTurn::new`], for a read whose result is taken later: other reads wait until then.
    pub(in crate::session) fn outlasting(session: &'a Session, op: &Op<'_>) -> Self {
        let mut turn = Self::new(session, op);
        turn.outlasts_read = true;
        turn
    }

    /// Returns whether the read may go ahead without waiting for others.
    pub(super) fn may_read(&mut self, reader: &mut Reader) -> bool {
        if !std::mem::replace(&mut self.begun, true) {
            reader.begin_read(self.thread, self.reports);
        }
        self.ticket == Ticket::Turn || reader.turn.is_free()
    }

    /// Keeps the turn if the read's result is taken later.
    pub(super) fn end_step(&mut self, reader: &mut Reader) {
        if self.outlasts_read {
            self.keep(reader);
        }
    }

    /// Keeps the turn beyond this read: the caller that uses its result ends it.
    pub(in crate::session) fn leave_taken(mut self) {
        self.ticket = Ticket::None;
    }

    /// Takes the turn: other reads queue after this one, also while it yields.
    pub(super) fn keep(&mut self, reader: &mut Reader) {
        reader.turn.try_take(&mut self.ticket);
    }

    /// Takes the turn, or queues for it and registers the waker; returns true once it is taken.
    pub(in crate::session) fn poll(&mut self, waker: &Waker) -> bool {
        self.session.reader.lock().turn.poll_take(&mut self.ticket, waker)
    }
}

impl Drop for ReadTurn<'_> {
    fn drop(&mut self) {
        if self.ticket != Ticket::None {
            leave(self.session.reader.lock(), &mut self.ticket);
        }
    }
}

/// Ends a turn that [`ReadTurn::leave_taken`] has kept.
pub(in crate::session) fn end_turn(reader: Guard<'_, Reader>) {
    leave(reader, &mut Ticket::Turn);
}

/// Gives the turn or the place in the queue back, and wakes the read that is next.
fn leave(mut reader: Guard<'_, Reader>, ticket: &mut Ticket) {
    let next = reader.turn.leave(ticket);
    drop(reader);
    if let Some(next) = next {
        next.wake();
    }
}
