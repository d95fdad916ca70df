//! A link in memory, for the tests of what uses links: its peer is a value, which says what arrives, what can leave, and
//! how the connection ends. No system call is made, and so there is no source to wait for: a wait is for a notification.

use super::{Link, ReadBuf, TryError, TryResult};
use crate::base::{Fault, Guard, Locked};
use crate::engine::{Notify, Readiness};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// The link. Dropping it ends the connection.
#[derive(Debug)]
pub struct MemoryLink(Peer);

/// The other end of a [`MemoryLink`].
#[derive(Clone, Debug, Default)]
pub struct Peer(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Locked<State>,
    changed: Arc<Notify>,
}

/// The state of a connection, as its peer knows it.
#[derive(Debug)]
pub struct State {
    /// What has arrived and was not read.
    pub input: VecDeque<u8>,
    /// What follows the input.
    pub end: End,
    /// How many bytes can leave.
    pub room: usize,
    /// What has left.
    pub output: Vec<u8>,
    /// Why nothing can leave any more.
    pub write_fault: Option<Fault>,
    /// How many bytes one step reads or writes at most.
    pub max_step: usize,
    /// Whether our side of the stream was ended.
    pub is_finished: bool,
    /// Whether the link was shut down, or dropped.
    pub is_closed: bool,
}

/// What follows the input.
#[derive(Clone, Debug, Default)]
pub enum End {
    /// Nothing yet.
    #[default]
    Open,
    /// The end of the stream.
    Finished,
    /// A failure.
    Failed(Fault),
}

impl Default for State {
    fn default() -> Self {
        Self {
            input: VecDeque::new(),
            end: End::Open,
            room: usize::MAX,
            output: Vec::new(),
            write_fault: None,
            max_step: usize::MAX,
            is_finished: false,
            is_closed: false,
        }
    }
}

impl State {
    fn is_readable(&self) -> bool {
        self.is_closed || !self.input.is_empty() || !matches!(self.end, End::Open)
    }

    fn is_writable(&self) -> bool {
        self.is_closed || self.room > 0 || self.write_fault.is_some()
    }
}

impl Peer {
    /// Returns the state. A change of it wakes no operation that waits, see [`Peer::change`].
    pub fn state(&self) -> Guard<'_, State> {
        self.0.state.lock()
    }

    /// Changes the state and wakes the operations that wait for that.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.0.changed.notify_all();
    }

    /// Sends `bytes` to the link.
    pub fn send(&self, bytes: &[u8]) {
        self.change(|state| state.input.extend(bytes));
    }
}

impl MemoryLink {
    /// Connects a link to `peer`.
    pub fn to(peer: &Peer) -> Self {
        Self(peer.clone())
    }
}

impl Link for MemoryLink {
    fn try_read(&mut self, buf: &mut ReadBuf<'_>) -> TryResult<usize> {
        let mut state = self.0.state();
        let max_step = state.max_step;
        let input = state.input.make_contiguous();
        let count = buf.append(input.get(..max_step).unwrap_or(input));
        state.input.drain(..count);
        match &state.end {
            _ if count > 0 => Ok(count),
            End::Open => Err(TryError::WouldBlock),
            End::Finished => Ok(0),
            End::Failed(fault) => Err(fault.clone().into()),
        }
    }

    fn try_write(&mut self, bytes: &[u8]) -> TryResult<usize> {
        let mut state = self.0.state();
        if let Some(fault) = &state.write_fault {
            return Err(fault.clone().into());
        }
        let most = state.room.min(state.max_step);
        let taken = bytes.get(..most).unwrap_or(bytes);
        if taken.is_empty() {
            return Err(TryError::WouldBlock);
        }
        state.room -= taken.len();
        state.output.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn try_finish(&mut self) -> TryResult<()> {
        self.0.state().is_finished = true;
        Ok(())
    }

    fn shutdown(&self) {
        self.0.change(|state| state.is_closed = true);
    }

    fn readiness(&self, read: bool, write: bool) -> Readiness {
        // Before the check, which closes the race with a change between the two.
        let seen = self.0.0.changed.epoch();
        let state = self.0.state();
        if (read && state.is_readable()) || (write && state.is_writable()) {
            return Readiness::default().or_at(Instant::now());
        }
        Readiness::default().or_notified(&self.0.0.changed, seen)
    }
}

impl Drop for MemoryLink {
    fn drop(&mut self) {
        self.0.state().is_closed = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Deadline;
    use crate::engine::{Op, Waited, block_on};

    fn read(link: &mut MemoryLink) -> TryResult<Vec<u8>> {
        let mut bytes = Vec::with_capacity(4);
        link.try_read(&mut ReadBuf::new(&mut bytes, 4)).map(|_| bytes)
    }

    #[test]
    fn what_arrives_ends_a_wait_without_a_descriptor() {
        let peer = Peer::default();
        let mut link = MemoryLink::to(&peer);
        let mut op = Op::new("test", false);
        for round in 0..100 {
            assert!(matches!(read(&mut link), Err(TryError::WouldBlock)), "round {round}");
            let sender = peer.clone();
            let sending = std::thread::spawn(move || sender.send(b"sent"));
            while matches!(read(&mut link), Err(TryError::WouldBlock)) {
                let waited = block_on(op.ready(link.readiness(true, false), Deadline::NEVER));
                assert_eq!(waited, Ok(Waited::LookAgain));
            }
            sending.join().unwrap();
        }
    }
}
