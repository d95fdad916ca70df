//! Bytes that were received and not parsed yet, and the payloads that `receive` returns where they were read.
//!
//! Bytes are read into a 64 KiB block of a pool (`sys/blocks.rs`). A message of one frame that lies whole in the block
//! is returned in place, borrowed: until the borrow ends, the block is neither written to nor given back. A borrow
//! belongs to the thread that got it and ends at that thread's next read, so there is at most one for each thread.
//! Everything here happens under the reader's lock.
//!
//! The NUL after such a payload overwrites the first byte of the next frame, which the decoder remembers instead; a
//! block has one spare byte after its last. Before a connection waits, and after a read that drained it, it gives its
//! block back unless a borrow points into it: an idle connection owns almost no memory. The remaining payload of a
//! frame, where it is 16 KiB or more, is received straight into the buffer that is returned. No buffer grows by what a
//! peer announced, only by what has arrived.

use crate::base::slices::part;
use crate::link::ReadBuf;
use crate::sys::blocks::{self, BLOCK_SIZE};
use std::ops::Range;

/// More than the longest cut header or control frame; a buffer of this size may stay with the connection.
const OWN: usize = 256;

/// The receive block of a connection.
#[derive(Debug, Default)]
pub(super) struct ReadBuffer {
    /// Empty (no memory at all, or a few bytes kept across a wait) or a block of the pool.
    block: Vec<u8>,
    /// The connection's own buffer while `block` is one of the pool; what it holds has moved there.
    own: Vec<u8>,
    start: usize,
    /// The number of this block, by which a borrow names it.
    serial: u64,
    borrows: usize,
    /// Blocks that were full or must not be written to, until the borrows out of them end.
    retired: Vec<Retired>,
}

#[derive(Debug)]
struct Retired {
    serial: u64,
    borrows: usize,
    block: Vec<u8>,
}

/// Where a payload is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Its first byte.
    pub(super) start: *const u8,
    /// How many bytes it has, without the NUL after them.
    pub(super) len: usize,
}

/// A payload that is borrowed from the block of that number.
#[derive(Debug)]
#[must_use = "end it with ReadBuffer::end_borrow"]
pub(super) struct BlockBorrow(u64);

impl ReadBuffer {
    /// Starts anew with bytes that the handshake has read (after the head of the 101 response). Borrows from the old
    /// blocks end.
    pub(super) fn reset(&mut self, leftover: Vec<u8>) {
        self.retired.clear();
        self.borrows = 0;
        self.serial += 1;
        self.start = 0;
        blocks::give(std::mem::replace(&mut self.block, leftover));
        // For the NUL that a block has room for.
        self.block.reserve_exact(1);
    }

    /// Returns the bytes that are not parsed yet.
    pub(super) fn unread(&self) -> &[u8] {
        part(&self.block, self.start..)
    }

    /// Consumes the first `count` unread bytes.
    pub(super) fn consume(&mut self, count: usize) {
        debug_assert!(count <= self.unread().len(), "more is consumed than is unread");
        self.start = (self.start + count).min(self.block.len());
    }

    /// Returns the payload at `range` of the unread bytes.
    pub(super) fn payload(&self, range: Range<usize>) -> &[u8] {
        part(self.unread(), range)
    }

    /// Consumes the payload at `range` of the unread bytes, which stays where it is until [`ReadBuffer::end_borrow`].
    /// Writes a NUL after it, and returns the unread byte that the NUL overwrites.
    pub(super) fn borrow(&mut self, range: Range<usize>) -> (BlockBorrow, Place, Option<u8>) {
        let (start, end) = (self.start + range.start, self.start + range.end);
        let covered = self.block.get_mut(end).map(|behind| std::mem::replace(behind, 0));
        self.start = end;
        if covered.is_none() {
            self.block.push(0);
            self.start = self.block.len();
        }
        self.borrows += 1;
        let payload = part(&self.block, start..end);
        (BlockBorrow(self.serial), Place { start: payload.as_ptr(), len: payload.len() }, covered)
    }

    /// Ends the borrow of a payload.
    pub(super) fn end_borrow(&mut self, borrow: BlockBorrow) {
        if borrow.0 == self.serial {
            self.borrows -= 1;
            return;
        }
        let index = self.retired.iter().position(|retired| retired.serial == borrow.0);
        debug_assert!(index.is_some(), "the block of a borrowed payload is not kept");
        let Some(index) = index else { return };
        let ended = self.retired.get_mut(index).is_some_and(|retired| {
            retired.borrows -= 1;
            retired.borrows == 0
        });
        if ended {
            blocks::give(self.retired.swap_remove(index).block);
        }
    }

    /// Returns where the next bytes go, after the unread ones. Call it only when parsing needs more.
    pub(super) fn room(&mut self) -> ReadBuf<'_> {
        if self.borrows > 0 {
            self.retire();
        } else if self.block.capacity() < BLOCK_SIZE {
            let kept = std::mem::replace(&mut self.block, blocks::take());
            self.block.extend_from_slice(part(&kept, self.start..));
            self.start = 0;
            if kept.capacity() <= OWN {
                self.own = kept;
            }
        } else if self.start > 0 {
            self.block.drain(..self.start);
            self.start = 0;
        }
        let room = BLOCK_SIZE.saturating_sub(self.block.len());
        ReadBuf::new(&mut self.block, room)
    }

    /// Gives the block back at the end of a read, if nothing is left in it: of ten thousand connections that got a
    /// small message each, none keeps one until its next read.
    pub(super) fn release_drained(&mut self) {
        if self.unread().is_empty() {
            self.release();
        }
    }

    /// Gives the block back before a wait; what little is unread (part of a header or control frame) is copied.
    pub(super) fn release(&mut self) {
        if self.borrows > 0 || self.block.capacity() < BLOCK_SIZE {
            return;
        }
        let mut kept = std::mem::take(&mut self.own);
        kept.clear();
        kept.extend_from_slice(self.unread());
        blocks::give(std::mem::replace(&mut self.block, kept));
        self.start = 0;
    }

    /// Puts the current block aside for its borrows and goes on in another.
    fn retire(&mut self) {
        let mut fresh = blocks::take();
        fresh.extend_from_slice(self.unread());
        let block = std::mem::replace(&mut self.block, fresh);
        self.retired.push(Retired { serial: self.serial, borrows: self.borrows, block });
        self.serial += 1;
        self.borrows = 0;
        self.start = 0;
    }
}

impl Drop for ReadBuffer {
    fn drop(&mut self) {
        blocks::give(std::mem::take(&mut self.block));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receive(buffer: &mut ReadBuffer, bytes: &[u8]) {
        assert_eq!(buffer.room().append(bytes), bytes.len());
    }

    #[test]
    fn unread_bytes_move_to_the_front_of_the_block() {
        let mut buffer = ReadBuffer::default();
        receive(&mut buffer, b"abcdef");
        buffer.consume(4);
        receive(&mut buffer, b"gh");
        assert_eq!(buffer.unread(), b"efgh");
    }

    #[test]
    fn a_borrowed_payload_stays_where_it_is_while_reading_goes_on() {
        let mut buffer = ReadBuffer::default();
        receive(&mut buffer, b"herenext");
        let (borrow, payload, covered) = buffer.borrow(0..4);
        receive(&mut buffer, b"more");
        assert_eq!((buffer.unread(), covered), (&b"\0extmore"[..], Some(b'n')));
        let retired = &buffer.retired[0];
        assert_eq!((retired.block.as_ptr(), 4), (payload.start, payload.len));
        assert_eq!(&retired.block[..5], b"here\0");
        buffer.end_borrow(borrow);
        assert!(buffer.retired.is_empty());
    }

    #[test]
    fn a_waiting_connection_owns_no_block() {
        let mut buffer = ReadBuffer::default();
        receive(&mut buffer, b"xyz");
        buffer.consume(1);
        buffer.release();
        assert!(buffer.block.capacity() < BLOCK_SIZE);
        receive(&mut buffer, b"!");
        assert_eq!(buffer.unread(), b"yz!");
    }

    #[test]
    fn a_block_goes_back_at_the_end_of_a_read_once_it_is_drained() {
        let mut buffer = ReadBuffer::default();
        receive(&mut buffer, b"xy");
        buffer.consume(1);
        buffer.release_drained();
        assert!(buffer.block.capacity() >= BLOCK_SIZE, "something is left");
        buffer.consume(1);
        buffer.release_drained();
        assert_eq!(buffer.block.capacity(), 0);
    }

    #[test]
    fn a_nul_has_room_behind_the_last_byte() {
        let mut buffer = ReadBuffer::default();
        receive(&mut buffer, &[b'x'; BLOCK_SIZE]);
        let (block, capacity) = (buffer.block.as_ptr(), buffer.block.capacity());
        let (_borrow, payload, covered) = buffer.borrow(0..BLOCK_SIZE);
        assert_eq!((payload.len, covered, buffer.unread()), (BLOCK_SIZE, None, &b""[..]));
        assert_eq!((buffer.block.as_ptr(), buffer.block.capacity()), (block, capacity), "it did not move");
        assert_eq!(buffer.block.last(), Some(&0));
    }

    #[test]
    fn a_block_with_a_borrow_is_kept_until_the_borrow_ends() {
        let mut buffer = ReadBuffer::default();
        receive(&mut buffer, b"abc");
        let (borrow, ..) = buffer.borrow(0..3);
        buffer.release();
        assert!(buffer.block.capacity() >= BLOCK_SIZE);
        buffer.end_borrow(borrow);
        buffer.release();
        assert_eq!(buffer.block.capacity(), 0);
    }
}
