//! The bytes to be sent, encoded frames in order.
//!
//! They begin and end at a frame boundary, except inside a streamed frame. Positions count from the connection's first
//! byte, so that a position stays true while bytes leave.

use crate::base::slices::part;
use crate::link::{Link, TryError, TryResult};
use crate::proto::ws::header::MAX_HEADER_LEN;
use crate::proto::ws::outbound;
use crate::sys::blocks::{self, BLOCK_SIZE};

/// What is to be sent is in a buffer of the connection up to this size, in a block of the pool beyond it.
const KEPT: usize = 4 * 1024;

/// Bytes that were accepted for sending.
#[derive(Default)]
pub(super) struct Queue {
    bytes: Vec<u8>,
    /// The connection's own buffer while `bytes` is a block; what it holds has moved there.
    own: Vec<u8>,
    /// How many of `bytes` have left.
    sent: usize,
    /// The position of the first of `bytes`.
    base: u64,
}

impl Queue {
    /// Returns how many bytes have not reached the link.
    pub(super) fn pending(&self) -> usize {
        self.bytes.len() - self.sent
    }

    /// Returns the position up to which bytes have reached the link.
    pub(super) fn departed(&self) -> u64 {
        self.base + self.sent as u64
    }

    /// Returns the position of the next byte to be appended.
    pub(super) fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    /// Returns the buffer to encode the next bytes into, a header and a payload of this length. It is a block if the
    /// connection's own buffer has no room for them.
    #[inline]
    pub(super) fn room(&mut self, payload_len: usize) -> &mut Vec<u8> {
        let needed = self.bytes.len() + MAX_HEADER_LEN + payload_len;
        if needed > KEPT && self.bytes.capacity() < BLOCK_SIZE {
            let mut block = blocks::take();
            block.extend_from_slice(&self.bytes);
            self.own = std::mem::replace(&mut self.bytes, block);
        }
        &mut self.bytes
    }

    /// Writes until everything has reached the link.
    pub(super) fn write(&mut self, link: &mut dyn Link) -> TryResult<()> {
        while self.sent < self.bytes.len() {
            match link.try_write(part(&self.bytes, self.sent..))? {
                0 => return Err(TryError::WouldBlock),
                taken => self.sent += taken,
            }
        }
        debug_assert!(self.sent == self.bytes.len(), "the link took more than there was");
        self.base += self.sent as u64;
        self.sent = 0;
        if self.bytes.capacity() >= BLOCK_SIZE {
            blocks::give(std::mem::replace(&mut self.bytes, std::mem::take(&mut self.own)));
        }
        self.bytes.clear();
        Ok(())
    }

    /// Takes back what was appended from `position` on if none of it has left, and returns whether it did.
    pub(super) fn roll_back(&mut self, position: u64) -> bool {
        let keep = position.checked_sub(self.base).and_then(|keep| usize::try_from(keep).ok());
        let Some(keep) = keep.filter(|keep| *keep >= self.sent) else { return false };
        self.bytes.truncate(keep);
        true
    }

    /// Drops the frames that have not begun to leave, and returns how many.
    pub(super) fn drop_not_begun(&mut self) -> usize {
        let mut end = 0;
        let mut keep = 0;
        let mut dropped = 0;
        for length in outbound::frame_lengths(&self.bytes) {
            let begun = end < self.sent;
            end += length;
            if begun {
                keep = end;
            } else {
                dropped += 1;
            }
        }
        self.bytes.truncate(keep.max(self.sent));
        dropped
    }

    /// Drops everything that has not left, and the memory for it.
    pub(super) fn discard(&mut self) {
        self.base += self.sent as u64;
        self.sent = 0;
        self.bytes = Vec::new();
        self.own = Vec::new();
    }
}
