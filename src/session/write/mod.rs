//! The sending half of a connection: the outbox, the only writer to the link.
//!
//! Frames leave whole and in order. A frame above 32 KiB is streamed: its sender has the turn to its end and brings it
//! piece by piece. Automatic control frames have a lane of their own beside the queue.
//!
//! A cancelled send is rolled back if none of its bytes has left. After that the stream would be torn, and the
//! connection ends. A task's send and an interrupted one are the exceptions: the payload is kept, the frame is detached
//! from its sender, and the next writer sends the remaining bytes. An empty outbox does not prove that everything has
//! left: `dropped` remembers a frame that never will. A sender that is cancelled wakes the operations that wait on the
//! connection, since a Pong that only it would have sent may be queued after its frame.

mod control_lane;
mod frame;
mod keys;
mod queue;

use super::phase::{Event, Phase};
use crate::base::{Deadline, Result};
use crate::engine::FairQueue;
use crate::link::{Link, TryError, TryResult};
use crate::log::report;
use crate::proto::ws::control::ControlPayload;
use crate::proto::ws::opcode::Opcode;
use crate::proto::ws::outbound::{self, Outbound};
use control_lane::ControlLane;
use frame::StreamedFrame;
use keys::Keys;
use queue::Queue;
use std::sync::Arc;
use std::time::Instant;

/// Frames with a larger payload are streamed, piece by piece of this size; gathered frames leave at this size.
/// 32 KiB stay in the fast caches, and the peer works while the next piece is masked.
pub(super) const PIECE: usize = 32 * 1024;

/// How many pieces of a detached frame leave in one step.
const PIECES_AT_ONCE: usize = 4;

/// What the outbox's lock guards: what is to be sent, and how far the connection is.
#[derive(Default)]
pub(super) struct Outbox {
    /// Senders that wait, in order.
    pub(super) turn: FairQueue,
    phase: Phase,
    /// Which fragmented message of ours is open.
    outbound: Outbound,
    keys: Keys,
    queue: Queue,
    streamed: Option<StreamedFrame>,
    control: ControlLane,
    /// When our Close had left.
    close_left: Option<Instant>,
    /// Something that was accepted for sending will never leave.
    dropped: bool,
}

/// Where a frame begins in the stream of bytes that leave, and the state to return to if none of it has left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Checkpoint {
    position: u64,
    outbound: Outbound,
    /// The frame is our Close.
    closes: bool,
}

impl Checkpoint {
    /// Returns the opcode on the wire of the frame, which is of this kind.
    pub(super) fn opcode(&self, kind: Opcode) -> Opcode {
        if kind.is_control() { kind } else { self.outbound.next_opcode(kind) }
    }
}

/// How far the connection is.
impl Outbox {
    /// Forgets the connection. Senders that wait for a turn keep their places.
    pub(super) fn reset(&mut self) {
        let turn = std::mem::take(&mut self.turn);
        *self = Self { turn, ..Self::default() };
    }

    /// Returns the phase. It is under the outbox's lock, since most steps that ask for it send.
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

    /// Returns whether our Close has left.
    pub(super) fn has_close_left(&self) -> bool {
        self.close_left.is_some()
    }

    /// Returns until when the peer may answer our Close, once that has left and as long as the peer has sent none.
    pub(super) fn close_deadline(&self, limit_ms: u32) -> Deadline {
        let left = self.close_left.filter(|_| !self.phase.closing().received);
        left.map_or(Deadline::NEVER, |left| Deadline::after_ms_from(left, limit_ms))
    }
}

/// How much there is to send.
impl Outbox {
    /// Returns how many bytes were accepted and have not reached the link.
    pub(super) fn unsent(&self) -> usize {
        self.queue.pending() + self.detached_len()
    }

    /// Returns how many encoded bytes have not reached the link.
    pub(super) fn pending(&self) -> usize {
        self.queue.pending()
    }

    /// Returns how many bytes have reached the link; grows while a sender makes progress.
    pub(super) fn departed(&self) -> u64 {
        self.queue.departed()
    }

    /// Returns how many bytes have reached the link since the first of the frame at `checkpoint`.
    pub(super) fn departed_since(&self, checkpoint: &Checkpoint) -> u64 {
        self.departed().saturating_sub(checkpoint.position)
    }

    /// Returns whether anything can be sent, the control lane included: inside a streamed frame only what its sender
    /// has brought so far.
    pub(super) fn has_output(&self) -> bool {
        self.unsent() > 0 || (!self.is_streaming() && !self.control.is_empty())
    }

    /// Returns whether a frame has begun of which its sender has more to bring.
    pub(super) fn is_streaming(&self) -> bool {
        self.streamed.is_some()
    }

    /// Returns whether a fragmented message of ours was begun and not ended.
    pub(super) fn is_message_open(&self) -> bool {
        self.outbound.message_open()
    }

    fn detached_len(&self) -> usize {
        self.streamed.as_ref().map_or(0, StreamedFrame::detached_len)
    }
}

/// Frames go in, or are taken back.
impl Outbox {
    /// Encodes a whole frame of the program, of this kind, after the queued ones.
    #[inline]
    pub(super) fn append(&mut self, kind: Opcode, fin: bool, payload: &[u8]) -> Result<Checkpoint> {
        let key = self.keys.next()?;
        let checkpoint = self.checkpoint(kind);
        let opcode = self.opcode_for(kind, fin);
        outbound::encode_frame(self.queue.room(payload.len()), opcode, fin, key, payload);
        Ok(checkpoint)
    }

    /// Encodes the header of a frame whose payload follows by [`Outbox::append_piece`].
    pub(super) fn begin_stream(&mut self, kind: Opcode, fin: bool, payload_len: usize) -> Result<Checkpoint> {
        let key = self.keys.next()?;
        let checkpoint = self.checkpoint(kind);
        let opcode = self.opcode_for(kind, fin);
        outbound::encode_header(self.queue.room(PIECE), opcode, fin, key, payload_len as u64);
        self.streamed = Some(StreamedFrame::new(key));
        Ok(checkpoint)
    }

    /// Masks the next piece of the streamed frame's payload.
    pub(super) fn append_piece(&mut self, piece: &[u8]) {
        if let Some(frame) = &mut self.streamed {
            frame.append(piece, &mut self.queue);
        }
    }

    /// Ends the streamed frame, which is whole.
    pub(super) fn end_stream(&mut self) {
        self.streamed = None;
    }

    /// Detaches a streamed frame from its sender, which was cancelled: the next writer sends the remaining bytes.
    pub(super) fn detach(&mut self, payload: Arc<Vec<u8>>) {
        if let Some(frame) = &mut self.streamed {
            frame.detach(payload);
        }
        if self.queue.pending() == 0 {
            self.end_detached();
        }
    }

    /// Ends a detached frame that was masked whole. The caller makes sure that the queue is empty: while a piece is in
    /// it, the queue begins inside a frame, which nothing may be dropped of.
    fn end_detached(&mut self) {
        self.streamed.take_if(|frame| frame.is_detached() && frame.detached_len() == 0);
    }

    /// Takes back what was appended since `checkpoint` if none of it has left, and returns whether it did. Dropped
    /// frames need no taking back.
    pub(super) fn roll_back(&mut self, checkpoint: &Checkpoint) -> bool {
        if self.dropped {
            return true;
        }
        if !self.queue.roll_back(checkpoint.position) {
            return false;
        }
        self.streamed = None;
        self.outbound = checkpoint.outbound;
        if checkpoint.closes {
            self.phase.on(Event::CloseRolledBack);
        }
        true
    }

    /// Queues the answer to the newest Ping.
    pub(super) fn set_pong(&mut self, payload: ControlPayload) {
        self.control.put_pong(payload);
    }

    /// Queues an automatic Close: a frame that has begun is finished, the rest of the queue and a Pong are dropped.
    /// Returns how many frames were dropped. The caller changes the phase.
    pub(super) fn close_automatically(&mut self, payload: ControlPayload) -> usize {
        self.control.put_close(payload);
        if self.is_streaming() {
            return 0;
        }
        let dropped = self.queue.drop_not_begun();
        self.dropped |= dropped > 0;
        dropped
    }

    /// Drops everything that has not left.
    pub(super) fn discard(&mut self) {
        self.dropped |= self.pending() > 0 || self.is_streaming();
        self.queue.discard();
        self.streamed = None;
        self.control.clear();
    }

    fn checkpoint(&self, kind: Opcode) -> Checkpoint {
        Checkpoint { position: self.queue.end(), outbound: self.outbound, closes: kind == Opcode::Close }
    }

    /// Returns the opcode on the wire of the program's next frame, and records what that changes for those that follow.
    #[inline]
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
}

/// Bytes go out.
impl Outbox {
    /// Sends what can leave without waiting; returns Ok once nothing is left, here and inside the link.
    pub(super) fn pump(&mut self, link: &mut dyn Link) -> TryResult<()> {
        let outcome = self.write(link);
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

    fn write(&mut self, link: &mut dyn Link) -> TryResult<()> {
        // A peer that takes everything must not hold the operation that happens to write.
        let mut pieces = 0;
        loop {
            self.queue.write(link)?;
            if self.append_detached() {
                pieces += 1;
                if pieces > PIECES_AT_ONCE {
                    return Err(TryError::WouldBlock);
                }
            } else if !self.append_control()? {
                return link.try_flush();
            }
        }
    }

    /// Masks the next piece of a detached frame into the queue, which is empty; returns whether there was one.
    fn append_detached(&mut self) -> bool {
        self.end_detached();
        self.streamed.as_mut().is_some_and(|frame| frame.append_detached(&mut self.queue))
    }

    /// Appends the next frame of the control lane, at a frame boundary; returns whether there was one.
    fn append_control(&mut self) -> Result<bool> {
        if self.is_streaming() || self.control.is_empty() {
            return Ok(false);
        }
        let Some((opcode, payload)) = self.control.take(self.phase.closing().sent) else { return Ok(false) };
        let (key, payload) = (self.keys.next()?, payload.as_bytes());
        if report::level() == report::FRAMES {
            report::keep_frame("sent", opcode.name(), true, payload);
        }
        outbound::encode_frame(self.queue.room(payload.len()), opcode, true, key, payload);
        Ok(true)
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
    fn an_automatic_close_waits_for_the_end_of_a_detached_frame() {
        // Wherever the link stops in its last piece, of which some is masked and in the queue.
        for room in (0..PIECE + 5_000).step_by(997) {
            let mut outbox = Outbox::default();
            let (mut link, peer) = narrow(room);
            let payload = Arc::new(vec![7; PIECE + 4_000]);
            outbox.begin_stream(Opcode::Binary, true, payload.len()).unwrap();
            outbox.append_piece(&payload[..PIECE]);
            let _ = outbox.pump(&mut link);
            outbox.detach(Arc::clone(&payload));
            let _ = outbox.pump(&mut link);
            assert_eq!(outbox.close_automatically(close::build(Some(1000), "")), 0, "room for {room} bytes");
            peer.state().room = usize::MAX;
            assert!(outbox.pump(&mut link).is_ok());
            assert!(!outbox.is_streaming());
            assert_eq!(opcodes_of(&peer), [2, 8], "room for {room} bytes");
        }
    }

    #[test]
    fn a_frame_is_rolled_back_until_its_first_byte_has_left() {
        // "before" takes 2 + 4 + 6 bytes.
        for room in 0..30 {
            let mut outbox = Outbox::default();
            let (mut link, peer) = narrow(room);
            outbox.append(Opcode::Text, true, b"before").unwrap();
            let checkpoint = outbox.append(Opcode::Text, true, b"mine").unwrap();
            let _ = outbox.pump(&mut link);
            assert_eq!(outbox.roll_back(&checkpoint), room <= 12, "room for {room} bytes");
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
