//! The bytes to be sent: whole frames in order, and a lane for automatic control frames beside them.
//!
//! Only `pump` writes to the link. The buffer begins and ends at a frame boundary, except for a streamed frame: one
//! above 32 KiB, whose sender has the turn to its end and masks it piece by piece. The control lane holds one Pong, the
//! newest, and one automatic Close. It leaves at a frame boundary, so a flood of Pings grows nothing and tears no frame
//! (RFC 6455 section 5.4: control frames may come between fragments, never inside a frame).
//!
//! A cancelled send is withdrawn if none of its bytes has left. After that the stream would be torn, and the connection
//! ends. A task's send and an interrupted one are the exceptions: the payload is kept, the frame is detached from its
//! sender, and the next writer sends the remaining bytes. An empty outbox does not prove that everything has left:
//! `dropped` remembers a frame that never will. A sender that is cancelled wakes the operations that wait on the
//! connection, since a Pong that only it would have sent may be queued after its frame.

use super::phase::{Event, Phase};
use crate::base::{Deadline, Result};
use crate::engine::FairQueue;
use crate::link::{Link, TryError, TryResult};
use crate::proto::ws::control::{ControlPayload, ControlPlace};
use crate::proto::ws::header::MAX_HEADER_LEN;
use crate::proto::ws::mask;
use crate::proto::ws::opcode::Opcode;
use crate::proto::ws::outbound::{self, Outbound};
use crate::sys::blocks::{self, BLOCK_SIZE};
use crate::sys::random;
use rand_chacha::ChaCha12Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::sync::Arc;
use std::time::Instant;

/// Frames with a larger payload are streamed, piece by piece of this size; gathered frames leave at this size.
/// 32 KiB stay in the fast caches, and the peer works while the next piece is masked.
pub(super) const PIECE: usize = 32 * 1024;

/// How many pieces of a detached frame leave in one step.
const PIECES_AT_ONCE: usize = 4;

/// What is to be sent lies in a buffer of the connection up to this size, in a block of the pool beyond it.
const KEPT: usize = 4 * 1024;

/// The sending half of a connection.
#[derive(Default)]
pub(super) struct Outbox {
    /// Senders that wait, in order.
    pub(super) turn: FairQueue,
    /// Which fragmented message of ours is open.
    outbound: Outbound,
    phase: Phase,
    /// When our Close had left.
    close_left: Option<Instant>,
    buffer: Vec<u8>,
    /// The connection's own buffer while `buffer` is a block; what it holds has moved there.
    own: Vec<u8>,
    sent: usize,
    /// How many bytes had left when the buffer was last emptied: makes positions absolute.
    base: u64,
    streaming: Option<Stream>,
    pong: ControlPlace,
    close: ControlPlace,
    keys: Keys,
    /// Something that was accepted for sending will never leave.
    dropped: bool,
}

/// Where a connection's mask keys come from: a generator of its own, which the system seeds for its first frame. There is
/// no state without keys: a frame has a fresh key, or is not encoded.
#[derive(Default)]
struct Keys(Option<Box<ChaCha12Rng>>);

impl Keys {
    /// Returns a fresh mask key (RFC 6455 section 5.3: unpredictable, from strong entropy). Fails if the system gives no
    /// seed.
    #[inline]
    fn next(&mut self) -> Result<[u8; 4]> {
        let generator = match &mut self.0 {
            Some(generator) => generator,
            None => self.0.insert(Box::new(ChaCha12Rng::from_seed(random::bytes()?))),
        };
        Ok(generator.next_u32().to_ne_bytes())
    }
}

/// A frame in the middle of its payload.
#[derive(Debug)]
struct Stream {
    key: [u8; 4],
    offset: usize,
    /// The payload, if its sender was cancelled.
    left_behind: Option<Arc<Vec<u8>>>,
}

/// Where a frame begins in the stream of bytes that leave, and the state to return to if none of it has left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    position: u64,
    outbound: Outbound,
    /// The frame is our Close.
    closes: bool,
}

impl Mark {
    /// Returns the opcode on the wire of the frame, which is of this kind.
    pub(super) fn opcode(&self, kind: Opcode) -> Opcode {
        if kind.is_control() { kind } else { self.outbound.next_opcode(kind) }
    }
}

impl Outbox {
    /// Forgets the connection. Senders that wait for a turn keep their places.
    pub(super) fn reset(&mut self) {
        let turn = std::mem::take(&mut self.turn);
        *self = Self { turn, ..Self::default() };
    }

    /// Returns how many bytes have not reached the link.
    pub(super) fn pending(&self) -> usize {
        self.buffer.len() - self.sent
    }

    /// Returns how many bytes have reached the link; grows while a sender makes progress.
    pub(super) fn departed(&self) -> u64 {
        self.base + self.sent as u64
    }

    /// Returns how many bytes have reached the link since the first of the frame at `mark`.
    pub(super) fn departed_since(&self, mark: &Mark) -> u64 {
        self.departed().saturating_sub(mark.position)
    }

    /// Returns whether anything can be sent, the control lane included: inside a streamed frame only what its sender
    /// has brought so far.
    pub(super) fn has_output(&self) -> bool {
        let between_frames = !self.is_streaming();
        self.pending() > 0
            || self.rest() > 0
            || (between_frames && (self.pong.is_full() || self.close.is_full()))
    }

    /// Returns whether a frame has begun of which its sender has more to bring.
    pub(super) fn is_streaming(&self) -> bool {
        self.streaming.is_some()
    }

    /// Returns where the next frame, of this kind, begins.
    pub(super) fn mark(&self, kind: Opcode) -> Mark {
        let position = self.base + self.buffer.len() as u64;
        Mark { position, outbound: self.outbound, closes: kind == Opcode::Close }
    }

    /// Returns how far the connection is. That is under the outbox's lock, since most steps that ask for it send.
    pub(super) fn phase(&self) -> &Phase {
        &self.phase
    }

    /// Changes the phase. `Session::on_event` does it where the link or the readers are concerned.
    pub(super) fn on_event(&mut self, event: Event<'_>) {
        self.phase.on(event);
    }

    /// Fails once something that was accepted for sending was dropped: by an automatic Close, with the link, or
    /// with the connection.
    pub(super) fn check_dropped(&self) -> Result<()> {
        let is_lost = self.dropped || self.phase.write_fault().is_some();
        if is_lost { Err(self.phase.why_not_sent()) } else { Ok(()) }
    }

    /// Returns whether a fragmented message of ours was begun and not ended.
    pub(super) fn is_message_open(&self) -> bool {
        self.outbound.message_open()
    }

    /// Encodes a whole frame of the program, of this kind, after the queued ones.
    pub(super) fn append(&mut self, kind: Opcode, fin: bool, payload: &[u8]) -> Result<()> {
        let key = self.keys.next()?;
        let opcode = self.opcode_for(kind, fin);
        self.prepare(payload.len());
        outbound::encode_frame(&mut self.buffer, opcode, fin, key, payload);
        Ok(())
    }

    /// Returns the opcode on the wire of the program's next frame, and records what that changes for those that follow.
    fn opcode_for(&mut self, kind: Opcode, fin: bool) -> Opcode {
        if kind == Opcode::Close {
            self.phase.on(Event::CloseQueued);
        }
        if kind.is_control() {
            return kind;
        }
        let opcode = self.outbound.next_opcode(kind);
        self.outbound = self.outbound.after(fin);
        opcode
    }

    /// Encodes the header of a frame whose payload follows by [`Outbox::append_piece`].
    pub(super) fn begin_stream(&mut self, kind: Opcode, fin: bool, payload_len: usize) -> Result<()> {
        let key = self.keys.next()?;
        let opcode = self.opcode_for(kind, fin);
        self.prepare(PIECE);
        outbound::encode_header(&mut self.buffer, opcode, fin, key, payload_len as u64);
        self.streaming = Some(Stream { key, offset: 0, left_behind: None });
        Ok(())
    }

    /// Masks the next piece of the streamed frame's payload.
    pub(super) fn append_piece(&mut self, piece: &[u8]) {
        let Some(Stream { key, offset, .. }) = self.streaming else { return };
        self.prepare(piece.len());
        mask::append(key, offset, piece, &mut self.buffer);
        if let Some(stream) = &mut self.streaming {
            stream.offset += piece.len();
        }
    }

    /// Keeps the payload of a streamed frame whose sender was cancelled: the next writer sends the remaining bytes from
    /// it.
    pub(super) fn leave_rest(&mut self, payload: Arc<Vec<u8>>) {
        if let Some(stream) = &mut self.streaming {
            stream.left_behind = Some(payload);
        }
        if self.rest() == 0 {
            self.streaming = None;
        }
    }

    /// Returns how many bytes of a detached frame are not masked yet.
    pub(super) fn rest(&self) -> usize {
        let left_behind = |stream: &Stream| Some(stream.left_behind.as_ref()?.len() - stream.offset);
        self.streaming.as_ref().and_then(left_behind).unwrap_or(0)
    }

    /// Ends the streamed frame, which is whole.
    pub(super) fn end_stream(&mut self) {
        self.streaming = None;
    }

    /// Queues the answer to the newest Ping; replaces an older one that has not left (RFC 6455 section 5.5.3).
    pub(super) fn set_pong(&mut self, payload: ControlPayload) {
        self.pong.put(payload);
    }

    /// Queues an automatic Close: a frame that has begun is finished, the rest of the queue and a Pong are dropped.
    /// Returns how many frames were dropped. The caller changes the phase.
    pub(super) fn close_automatically(&mut self, payload: ControlPayload) -> usize {
        self.close.put(payload);
        self.pong.clear();
        if self.is_streaming() {
            return 0;
        }
        let (keep, dropped) = self.split_at_begun();
        self.buffer.truncate(keep);
        self.dropped |= dropped > 0;
        dropped
    }

    /// Takes back what was appended since `mark` if none of it has left, and returns whether it did. Dropped frames
    /// need no taking back.
    pub(super) fn withdraw(&mut self, mark: &Mark) -> bool {
        if self.dropped {
            return true;
        }
        let Some(keep) = mark.position.checked_sub(self.base).and_then(|keep| usize::try_from(keep).ok())
        else {
            return false;
        };
        if keep < self.sent {
            return false;
        }
        self.buffer.truncate(keep);
        self.streaming = None;
        self.outbound = mark.outbound;
        if mark.closes {
            self.phase.on(Event::CloseRolledBack);
        }
        true
    }

    /// Drops everything that has not left.
    pub(super) fn discard(&mut self) {
        self.dropped |= self.pending() > 0 || self.is_streaming();
        self.buffer = Vec::new();
        self.own = Vec::new();
        self.sent = 0;
        self.streaming = None;
        self.pong.clear();
        self.close.clear();
    }

    /// Sends what can leave without waiting; returns Ok once nothing is left, here and inside the link.
    pub(super) fn pump(&mut self, link: &mut dyn Link) -> TryResult<()> {
        let outcome = self.pump_inner(link);
        match &outcome {
            Ok(()) if self.phase.closing().sent && !self.is_streaming() => {
                self.close_left.get_or_insert_with(Instant::now);
                self.phase.on(Event::CloseLeft);
            }
            Err(TryError::Failed(fault)) => {
                self.phase.on(Event::WriteFailed(fault));
                self.discard();
            }
            _ => {}
        }
        outcome
    }

    /// Returns whether our Close has left.
    pub(super) fn has_close_left(&self) -> bool {
        self.close_left.is_some()
    }

    /// Returns until when the peer may answer our Close, once that has left and as long as the peer has sent none.
    pub(super) fn close_deadline(&self, limit_ms: u32) -> Deadline {
        let left = self.close_left.filter(|_| !self.phase.closing().received);
        left.map_or(Deadline::NEVER, |left| Deadline::after_ms_from(left, limit_ms))
    }

    fn pump_inner(&mut self, link: &mut dyn Link) -> TryResult<()> {
        // A peer that takes everything must not hold the operation that happens to write.
        let mut pieces = 0;
        loop {
            while self.sent < self.buffer.len() {
                match link.try_write(self.buffer.get(self.sent..).unwrap_or_default())? {
                    0 => return Err(TryError::WouldBlock),
                    taken => self.sent += taken,
                }
            }
            self.emptied();
            if self.append_rest() {
                pieces += 1;
                if pieces > PIECES_AT_ONCE {
                    return Err(TryError::WouldBlock);
                }
            } else if !self.append_control()? {
                return link.try_flush();
            }
        }
    }

    /// Masks the next piece of a detached frame.
    fn append_rest(&mut self) -> bool {
        let Some(Stream { offset, left_behind: Some(payload), .. }) = &self.streaming else { return false };
        let payload = Arc::clone(payload);
        let end = payload.len().min(offset + PIECE);
        let piece = payload.get(*offset..end).unwrap_or_default();
        self.append_piece(piece);
        if end == payload.len() {
            self.end_stream();
        }
        true
    }

    /// Appends the next frame of the control lane, at a frame boundary. Drops a Pong that would leave after our Close
    /// (RFC 6455 section 5.5.1).
    fn append_control(&mut self) -> Result<bool> {
        if self.is_streaming() {
            return Ok(false);
        }
        let next = match self.pong.take().filter(|_| !self.phase.closing().sent) {
            Some(payload) => Some((Opcode::Pong, payload)),
            None => self.close.take().map(|payload| (Opcode::Close, payload)),
        };
        if let Some((opcode, payload)) = &next {
            let key = self.keys.next()?;
            self.prepare(payload.as_bytes().len());
            outbound::encode_frame(&mut self.buffer, *opcode, true, key, payload.as_bytes());
        }
        Ok(next.is_some())
    }

    fn emptied(&mut self) {
        self.base += self.sent as u64;
        self.sent = 0;
        if self.buffer.capacity() >= BLOCK_SIZE {
            blocks::give(std::mem::replace(&mut self.buffer, std::mem::take(&mut self.own)));
        }
        self.buffer.clear();
    }

    /// Moves the output to a block if the next frame does not fit into the connection's own buffer.
    fn prepare(&mut self, payload_len: usize) {
        let needed = self.buffer.len() + MAX_HEADER_LEN + payload_len;
        if needed > KEPT && self.buffer.capacity() < BLOCK_SIZE {
            let mut block = blocks::take();
            block.extend_from_slice(&self.buffer);
            self.own = std::mem::replace(&mut self.buffer, block);
        }
    }

    /// Returns where the frame that has begun to leave ends, and how many frames follow it.
    fn split_at_begun(&self) -> (usize, usize) {
        let mut end = 0;
        let mut keep = 0;
        let mut dropped = 0;
        for length in outbound::frame_lengths(&self.buffer) {
            let begun = end < self.sent;
            end += length;
            if begun {
                keep = end;
            } else {
                dropped += 1;
            }
        }
        (keep.max(self.sent).min(self.buffer.len()), dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::memory::{MemoryLink, Peer};
    use crate::proto::ws::close;

    /// Returns a link that takes `room` bytes and would block then, and its peer.
    fn narrow(room: usize) -> (MemoryLink, Peer) {
        let peer = Peer::default();
        peer.state().room = room;
        (MemoryLink::to(&peer), peer)
    }

    /// Returns the opcodes of the frames that have left whole.
    fn opcodes_of(peer: &Peer) -> Vec<u8> {
        let output = &peer.state().output;
        let mut at = 0;
        let lengths = outbound::frame_lengths(output);
        lengths.map(|length| (output[at] & 0x0F, at += length).0).collect()
    }

    fn pong(text: &str) -> ControlPayload {
        ControlPayload::truncated_text(text)
    }

    #[test]
    fn a_pong_leaves_only_between_whole_frames() {
        // RFC 6455 section 5.4: at every place where the link may stop.
        for room in 0..40 {
            let mut outbox = Outbox::default();
            let (mut link, peer) = narrow(room);
            outbox.append(Opcode::Text, true, b"first").unwrap();
            outbox.append(Opcode::Binary, true, b"second").unwrap();
            let _ = outbox.pump(&mut link);
            outbox.set_pong(pong("old"));
            outbox.set_pong(pong("new"));
            peer.state().room = usize::MAX;
            assert!(outbox.pump(&mut link).is_ok());
            assert_eq!(opcodes_of(&peer), [1, 2, 10], "room for {room} bytes");
        }
    }

    #[test]
    fn a_pong_waits_for_the_end_of_a_streamed_frame() {
        let mut outbox = Outbox::default();
        let (mut link, peer) = narrow(usize::MAX);
        outbox.begin_stream(Opcode::Binary, true, 6).unwrap();
        outbox.append_piece(b"abc");
        outbox.set_pong(pong("!"));
        assert!(outbox.pump(&mut link).is_ok());
        outbox.append_piece(b"def");
        outbox.end_stream();
        assert!(outbox.pump(&mut link).is_ok());
        assert_eq!(opcodes_of(&peer), [2, 10]);
    }

    #[test]
    fn a_frame_is_withdrawn_until_its_first_byte_has_left() {
        // "before" takes 2 + 4 + 6 bytes.
        for room in 0..30 {
            let mut outbox = Outbox::default();
            let (mut link, peer) = narrow(room);
            outbox.append(Opcode::Text, true, b"before").unwrap();
            let mark = outbox.mark(Opcode::Text);
            outbox.append(Opcode::Text, true, b"mine").unwrap();
            let _ = outbox.pump(&mut link);
            assert_eq!(outbox.withdraw(&mark), room <= 12, "room for {room} bytes");
            if room <= 12 {
                peer.state().room = usize::MAX;
                assert!(outbox.pump(&mut link).is_ok());
                assert_eq!(opcodes_of(&peer), [1], "what came before it still leaves");
            }
        }
    }

    #[test]
    fn an_automatic_close_finishes_the_frame_that_has_begun_and_drops_the_rest() {
        for (room, dropped, opcodes) in
            [(0, 3, &[8][..]), (1, 2, &[1, 8]), (12, 2, &[1, 8]), (13, 1, &[1, 1, 8])]
        {
            let mut outbox = Outbox::default();
            let (mut link, peer) = narrow(room);
            for _ in 0..3 {
                outbox.append(Opcode::Text, true, b"frames").unwrap();
            }
            let _ = outbox.pump(&mut link);
            outbox.set_pong(pong("never mind"));
            assert_eq!(
                outbox.close_automatically(close::build(Some(1000), "")),
                dropped,
                "room for {room} bytes"
            );
            peer.state().room = usize::MAX;
            assert!(outbox.pump(&mut link).is_ok());
            assert_eq!(opcodes_of(&peer), opcodes, "room for {room} bytes");
        }
    }
}
