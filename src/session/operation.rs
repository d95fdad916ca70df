//! Which connection an operation belongs to.
//!
//! A session outlives its connections, so an operation that waited may find another one in its place. It notes the
//! epoch when it begins, and each later step compares it under the lock of that step: `Operation::outbox` and
//! `Operation::reader` are the only ways to a lock after a wait.
//!
//! The epoch moves under the outbox's lock when a connection is attached, forgotten or ended by the program. A connect
//! attaches only in the epoch in which it began, so a close_connection during it makes it fail.

use super::outbox::Outbox;
use super::reader::Reader;
use super::websocket::Session;
use crate::base::Result;
use crate::engine::cx::{Abort, closed_by_the_program};
use std::sync::MutexGuard;
use std::sync::atomic::Ordering;

/// The number of a connection. It moves under the outbox's lock, each time that a connection is attached, forgotten or
/// ended by the program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Epoch(u64);

/// What an operation began with: the epoch for its steps, and the signal's count for its waits.
#[derive(Clone, Copy)]
pub struct Operation<'a> {
    session: &'a Session,
    epoch: Epoch,
    abort: Abort<'a>,
}

impl Session {
    /// Begins an operation on the connection as it is now.
    pub(super) fn begin(&self) -> Operation<'_> {
        // In this order, see `next_epoch`: an operation of the new epoch waits on the new count.
        let epoch = self.epoch();
        Operation { session: self, epoch, abort: Abort::on(&self.signal) }
    }

    /// Ends the waits of all operations, then their epoch. The caller has the outbox's lock.
    pub(super) fn next_epoch(&self) {
        self.signal.raise();
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    pub(super) fn epoch(&self) -> Epoch {
        Epoch(self.epoch.load(Ordering::Acquire))
    }
}

impl<'a> Operation<'a> {
    /// Returns the epoch of its connection.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Returns what ends its waits.
    pub fn abort(&self) -> &Abort<'a> {
        &self.abort
    }

    /// Returns whether the connection is still the one that the operation began with. That stays so while the caller
    /// has the outbox's lock. With the reader's lock the connection may end, but no other takes its place.
    pub(super) fn is_current(&self) -> bool {
        self.session.epoch() == self.epoch
    }

    /// Locks the outbox for a step; fails once the connection is another.
    pub(super) fn outbox(&self) -> Result<MutexGuard<'a, Outbox>> {
        let outbox = self.session.outbox.lock();
        if self.is_current() { Ok(outbox) } else { Err(closed_by_the_program()) }
    }

    /// Locks the reader for a step; fails once the connection is another.
    pub(super) fn reader(&self) -> Result<MutexGuard<'a, Reader>> {
        let reader = self.session.reader.lock();
        if self.is_current() { Ok(reader) } else { Err(closed_by_the_program()) }
    }
}
