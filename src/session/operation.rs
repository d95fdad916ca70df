//! Which connection an operation belongs to.
//!
//! A session outlives its connections, so an operation that waited may find another one in its place. It notes the
//! epoch when it begins, and each later step compares it under the lock of that step: `Operation::outbox` and
//! `Operation::reader` are the only ways to a lock after a wait.
//!
//! The epoch moves under the outbox's lock when a connection is attached, forgotten or ended by the program. A connect
//! attaches only in the epoch in which it began, so a close_connection during it makes it fail.

use super::read::Reader;
use super::websocket::Session;
use super::write::Outbox;
use crate::base::{Guard, Result};
use crate::engine::Op;
use crate::engine::op::closed_by_the_program;

/// The number of a connection. It moves under the outbox's lock, each time that a connection is attached, forgotten or
/// ended by the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Epoch(u64);

/// The epoch with which an operation began, which its steps compare. Its waits end with the epoch, too.
#[derive(Clone, Copy)]
pub struct Operation<'a> {
    session: &'a Session,
    epoch: Epoch,
}

impl Session {
    /// Begins an operation on the connection as it is now.
    pub(super) fn begin<'a>(&'a self, op: &mut Op<'a>) -> Operation<'a> {
        Operation { session: self, epoch: Epoch(op.cancel_with(&self.cancel)) }
    }

    /// Ends the epoch, and the waits of all its operations. The caller has the outbox's lock.
    pub(super) fn next_epoch(&self) {
        self.cancel.cancel();
    }

    pub(super) fn epoch(&self) -> Epoch {
        Epoch(self.cancel.generation())
    }
}

impl<'a> Operation<'a> {
    /// Returns the epoch of its connection.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Returns whether the connection is still the one that the operation began with. That stays so while the caller
    /// has the outbox's lock. With the reader's lock the connection may end, but no other takes its place.
    pub(super) fn is_current(&self) -> bool {
        self.session.epoch() == self.epoch
    }

    /// Locks the outbox for a step; fails once the connection is another.
    pub(super) fn outbox(&self) -> Result<Guard<'a, Outbox>> {
        let outbox = self.session.outbox.lock();
        if self.is_current() { Ok(outbox) } else { Err(closed_by_the_program()) }
    }

    /// Locks the reader for a step; fails once the connection is another.
    pub(super) fn reader(&self) -> Result<Guard<'a, Reader>> {
        let reader = self.session.reader.lock();
        if self.is_current() { Ok(reader) } else { Err(closed_by_the_program()) }
    }
}
