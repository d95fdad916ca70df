//! Payload that ReadFrame has collected and the program has not taken yet.
//!
//! In arrival order: bytes of earlier messages, bytes of the message being read, and, from `complete` on, bytes of a
//! frame that is not delivered yet.

use crate::base::Result;
use crate::base::growth::{copy_of, make_room};
use crate::base::slices::part;
use crate::base::utf8::cut_tail_len;
use crate::link::ReadBuf;
use crate::proto::ws::Held;

/// A buffer up to this size is kept after a smaller message.
const KEPT: usize = 64 * 1024;

/// Room for the NUL that follows taken bytes.
const NUL: usize = 1;

/// The payload that was not taken yet, with room for a NUL after it.
#[derive(Debug, Default)]
pub(in crate::session) struct MessageBuffer {
    bytes: Vec<u8>,
    complete: usize,
    message_start: usize,
    /// A buffer whose borrowed payload has expired, to be used again.
    spare: Vec<u8>,
    /// How many bytes are held at most; 0 is no limit.
    limit: u64,
}

impl MessageBuffer {
    /// Creates an empty buffer that does not grow beyond `limit`; 0 is no limit.
    pub(in crate::session) fn limited(limit: u64) -> Self {
        Self { limit, ..Self::default() }
    }

    /// Changes the limit of the buffer's growth. The decoder decides what is refused.
    pub(in crate::session) fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// Returns how many bytes of delivered frames can be taken.
    pub(in crate::session) fn len(&self) -> usize {
        self.complete
    }

    /// Returns whether nothing is held, not even a part of a frame.
    pub(in crate::session) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns what counts against the limit.
    pub(in crate::session) fn held(&self) -> Held {
        Held { earlier: self.message_start as u64, message: (self.bytes.len() - self.message_start) as u64 }
    }

    /// Marks the next bytes as the begin of a message.
    pub(in crate::session) fn begin_message(&mut self) {
        self.message_start = self.bytes.len();
    }

    /// Appends a piece of payload.
    pub(in crate::session) fn append(&mut self, piece: &[u8]) -> Result<()> {
        if piece.is_empty() {
            return Ok(());
        }
        self.reuse_spare();
        make_room(&mut self.bytes, piece.len() + NUL, self.limit)?;
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// Returns whether so much is held that a buffer may grow by as much again before the next bytes arrive.
    pub(in crate::session) fn is_at_least(&self, len: usize) -> bool {
        self.bytes.len() >= len
    }

    /// Returns where the kernel may write payload, of which `remaining` bytes are to come. Grows with what has arrived,
    /// never by what was announced.
    pub(in crate::session) fn room(&mut self, remaining: usize) -> Result<ReadBuf<'_>> {
        self.reuse_spare();
        if self.bytes.capacity() - self.bytes.len() <= NUL {
            let step = self.bytes.len().min(remaining);
            self.bytes.try_reserve_exact(step + NUL)?;
        }
        Ok(ReadBuf::new(&mut self.bytes, remaining))
    }

    /// Returns the last `count` bytes, which the kernel wrote.
    pub(in crate::session) fn tail(&self, count: usize) -> &[u8] {
        debug_assert!(count <= self.bytes.len(), "more was read than is held");
        part(&self.bytes, self.bytes.len().saturating_sub(count)..)
    }

    /// Marks the frame that the bytes belong to as delivered.
    pub(in crate::session) fn complete_frame(&mut self) {
        self.complete = self.bytes.len();
    }

    /// Ends a message of `len` bytes: frees memory that an earlier, larger message needed.
    #[inline]
    pub(in crate::session) fn end_message(&mut self, len: usize) {
        if self.spare.capacity() > KEPT || self.bytes.capacity() > KEPT {
            self.give_back(len);
        }
    }

    #[cold]
    fn give_back(&mut self, len: usize) {
        if self.spare.capacity() > most_kept(len) {
            self.spare = Vec::new();
        }
        if self.bytes.capacity() > most_kept(self.bytes.len()) {
            self.shrink();
        }
    }

    /// Returns the bytes of delivered frames.
    pub(in crate::session) fn delivered(&self) -> &[u8] {
        part(&self.bytes, ..self.complete)
    }

    /// Returns the bytes of the frame that is not delivered yet.
    pub(in crate::session) fn undelivered(&self) -> &[u8] {
        part(&self.bytes, self.complete..)
    }

    /// Takes all delivered bytes.
    pub(in crate::session) fn take(&mut self) -> Result<Vec<u8>> {
        self.take_first(self.complete)
    }

    /// Discards the delivered bytes, which the caller has copied.
    pub(in crate::session) fn discard_delivered(&mut self) {
        self.bytes.drain(..self.complete);
        self.message_start = self.message_start.saturating_sub(self.complete);
        self.complete = 0;
    }

    /// Takes everything. Call it at the end of a message, where all of it is delivered.
    pub(in crate::session) fn take_all(&mut self) -> Vec<u8> {
        self.complete = 0;
        self.message_start = 0;
        std::mem::take(&mut self.bytes)
    }

    /// Takes the delivered bytes, except an incomplete character at their end.
    pub(in crate::session) fn take_whole_characters(&mut self) -> Result<Vec<u8>> {
        self.take_first(self.complete - cut_tail_len(self.delivered()))
    }

    /// Takes back a buffer whose borrowed payload has expired.
    pub(in crate::session) fn recycle(&mut self, mut buffer: Vec<u8>) {
        if buffer.capacity() > self.spare.capacity() {
            buffer.clear();
            self.spare = buffer;
        }
    }

    /// Without memory for the smaller buffer the larger one stays.
    fn shrink(&mut self) {
        if let Ok(bytes) = copy_of(&self.bytes) {
            self.bytes = bytes;
        }
    }

    /// Takes the first `count` bytes. Fails, and takes nothing, if there is no memory for the part that stays.
    fn take_first(&mut self, count: usize) -> Result<Vec<u8>> {
        if count == 0 {
            return Ok(Vec::new());
        }
        debug_assert!(count <= self.complete, "a frame is taken before it is delivered");
        let staying = part(&self.bytes, count..);
        let mut rest = Vec::new();
        if !staying.is_empty() {
            rest.try_reserve_exact(staying.len() + NUL)?;
            rest.extend_from_slice(staying);
        }
        self.bytes.truncate(count);
        self.complete = self.complete.saturating_sub(count);
        self.message_start = self.message_start.saturating_sub(count);
        Ok(std::mem::replace(&mut self.bytes, rest))
    }

    fn reuse_spare(&mut self) {
        if self.bytes.capacity() == 0 {
            std::mem::swap(&mut self.bytes, &mut self.spare);
        }
    }
}

/// Returns the largest buffer that stays where so much is held: one that was doubled for the last byte.
fn most_kept(len: usize) -> usize {
    len.saturating_add(NUL).saturating_mul(2).max(KEPT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_delivered_frames_are_taken() {
        let mut data = MessageBuffer::default();
        data.begin_message();
        data.append(b"one").unwrap();
        data.complete_frame();
        data.append(b"tw").unwrap();
        assert_eq!(data.len(), 3);
        assert_eq!(data.take().unwrap(), b"one");
        assert_eq!(data.len(), 0);
        data.append(b"o").unwrap();
        data.complete_frame();
        assert_eq!(data.take().unwrap(), b"two");
    }

    #[test]
    fn held_tells_earlier_messages_from_the_open_one() {
        let mut data = MessageBuffer::default();
        data.begin_message();
        data.append(b"1234").unwrap();
        data.complete_frame();
        data.begin_message();
        data.append(b"56").unwrap();
        let held = data.held();
        assert_eq!((held.earlier, held.message), (4, 2));
        data.take().unwrap();
        let held = data.held();
        assert_eq!((held.earlier, held.message), (0, 2));
    }

    #[test]
    fn a_cut_character_stays_for_the_next_take() {
        let mut data = MessageBuffer::default();
        data.append("a€".as_bytes().get(..3).unwrap()).unwrap();
        data.complete_frame();
        assert_eq!(data.take_whole_characters().unwrap(), b"a");
        assert_eq!(data.len(), 2);
        data.append(&"€".as_bytes()[2..]).unwrap();
        data.complete_frame();
        assert_eq!(data.take_whole_characters().unwrap(), "€".as_bytes());
    }

    #[test]
    fn buffers_are_reused() {
        let mut data = MessageBuffer::default();
        data.append(b"first").unwrap();
        data.complete_frame();
        let taken = data.take().unwrap();
        let address = taken.as_ptr();
        data.recycle(taken);
        data.append(b"later").unwrap();
        data.complete_frame();
        let again = data.take().unwrap();
        assert_eq!(again.as_ptr(), address);
    }
}
