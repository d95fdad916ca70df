//! The reading half: from received bytes to frames that are delivered.
//!
//! [`Reader`] is what the reader's lock guards. A read step, under that lock, parses what is there, answers what is
//! answered automatically, and receives more from the link, until a frame is to be delivered or the link has nothing.
//! The operations that repeat such steps and wait between them are in `receive.rs`.

mod buffer;
mod frames;
mod message;
mod returned;
mod turn;

use super::operation::Operation;
use super::phase::Event;
use super::websocket::Session;
use super::write::Outbox;
use crate::base::{ErrorCode, Fault, NulTerminated, Result};
use crate::engine::FairQueue;
use crate::link::{TryError, TryResult};
use crate::log::report::keep_frame;
use crate::proto::ws::autoreply::{self, Policy, Reply};
use crate::proto::ws::close;
use crate::proto::ws::control::{ControlPayload, ControlPlace};
use crate::proto::ws::{DataPiece, Extensions, Inbound, Step, opcode::Opcode};
use crate::sys::blocks::BLOCK_SIZE;
use buffer::ReadBuffer;
pub(super) use frames::Budget;
use message::MessageBuffer;
use returned::Returned;
use std::ops::Range;
use std::sync::atomic::Ordering;
pub(super) use turn::{ReadTurn, end_turn};

pub use frames::{LastFrame, ReceivedFrame};

/// A payload of which at least this much is there, and as much is to come, is read straight into the buffer that is
/// returned.
const DIRECT: usize = 16 * 1024;

/// How a read step ends.
pub(super) enum ReadStep {
    /// With this frame, for the program.
    Frame(ReceivedFrame),
    /// The link has nothing more.
    WouldBlock(Progress),
    /// There is more to do, but the budget is used up.
    Yield(Progress),
    /// Another read has the turn.
    Queue(Progress),
}

/// How much has arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// Bytes of this connection; the idle time-out begins anew when it grows.
    pub(super) received: u64,
    /// How much of a large payload there is.
    pub(super) share: Option<Share>,
}

/// How much of a large payload has arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub(super) arrived: u64,
    pub(super) total: u64,
}

/// What the reader's lock guards.
#[derive(Default)]
pub(super) struct Reader {
    /// Reading operations that wait, in order.
    pub(super) turn: FairQueue,
    inbound: Option<Inbound>,
    buffer: ReadBuffer,
    data: MessageBuffer,
    facts: LastFrame,
    /// The payload of the latest control frame.
    control: ControlPlace,
    /// A frame that poll_data_available found; the next read gets it.
    ready: Option<ReceivedFrame>,
    unanswered_ping: ControlPlace,
    received: u64,
    /// Queued frames that an automatic Close dropped; for the log of the call that noticed.
    dropped_frames: usize,
    returned: Returned,
    /// Whether the latest read reports its frames.
    reports: bool,
}

impl Reader {
    /// Forgets the connection, for one that begins with `leftover`. Reads that wait for a turn keep their places.
    pub(super) fn reset(&mut self, leftover: Vec<u8>, extensions: Extensions, max_message_size: u64) {
        let turn = std::mem::take(&mut self.turn);
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.reset(leftover);
        let data = MessageBuffer::limited(max_message_size);
        let inbound = Some(Inbound::new(extensions, max_message_size));
        *self = Self { turn, buffer, data, inbound, ..Self::default() };
    }

    pub(super) fn set_max_message_size(&mut self, bytes: u64) {
        if let Some(inbound) = &mut self.inbound {
            inbound.set_max_message_size(bytes);
            self.data.set_limit(bytes);
        }
    }

    pub(super) fn facts(&self) -> &LastFrame {
        &self.facts
    }

    pub(super) fn data(&self) -> &MessageBuffer {
        &self.data
    }

    pub(super) fn data_mut(&mut self) -> &mut MessageBuffer {
        &mut self.data
    }

    pub(super) fn unanswered_ping(&self) -> Option<ControlPayload> {
        self.unanswered_ping.get()
    }

    /// The Pong for `ping` was sent; a newer Ping still waits for its own.
    pub(super) fn note_answered(&mut self, ping: Option<ControlPayload>) {
        if self.unanswered_ping.get() == ping {
            self.unanswered_ping.clear();
        }
    }

    /// Returns the payload of the latest control frame.
    fn control(&self) -> ControlPayload {
        debug_assert!(self.control.is_full(), "no control frame has come");
        self.control.get().unwrap_or_default()
    }

    /// Our Close is about to leave; the peer may answer with the code in `payload`, whatever it is.
    pub(super) fn expect_echo(&mut self, payload: ControlPayload) {
        if let Some(inbound) = &mut self.inbound {
            inbound.expect_close_code(close::code_of(payload.as_bytes()));
        }
    }

    /// Returns how much has arrived.
    fn progress(&self) -> Progress {
        Progress { received: self.received, share: self.share() }
    }

    /// Returns, once, how many queued frames an automatic Close has dropped.
    pub(super) fn take_dropped_frames(&mut self) -> usize {
        std::mem::take(&mut self.dropped_frames)
    }

    /// Returns how much of a large message has arrived, where its length is known: in its last frame, which is mostly
    /// its only one.
    fn share(&self) -> Option<Share> {
        let inbound = self.inbound.as_ref().filter(|inbound| inbound.is_last_of_message())?;
        let (arrived, remaining) = (self.data.held().message, inbound.payload_remaining());
        let total = arrived.saturating_add(remaining);
        (remaining > 0 && total > BLOCK_SIZE as u64).then_some(Share { arrived, total })
    }

    /// Gives the block back before a wait: no connection waits with one.
    pub(super) fn release_block(&mut self) {
        self.buffer.release();
    }

    /// Gives the block back at the end of a read that has returned no borrowed payload.
    pub(super) fn release_drained_block(&mut self) {
        self.buffer.release_drained();
    }

    /// Begins a read by `thread`, or by a task if None: payloads that this thread borrowed, and those of
    /// get_frame_data_bytes, expire. `reports` says whether the frames are reported.
    pub(super) fn begin_read(&mut self, thread: Option<u64>, reports: bool) {
        self.reports = reports;
        self.facts.pong_consumed = false;
        self.returned.expire(thread, &mut self.buffer, &mut self.data);
    }

    /// Returns a delivered message or control payload, valid until the next read of `thread`.
    pub(super) fn return_payload(&mut self, thread: u64, delivered: &ReceivedFrame) -> (*const u8, usize) {
        let ReceivedFrame::Data { borrowed: Some(range), .. } = delivered else {
            let payload = self.take_payload(delivered);
            return self.returned.keep(thread, payload);
        };
        let (borrow, payload, covered) = self.buffer.borrow(range.clone());
        if let (Some(inbound), Some(byte)) = (&mut self.inbound, covered) {
            inbound.set_first_byte(byte);
        }
        self.returned.keep_in_block(thread, borrow);
        (payload.start, payload.len)
    }

    /// Takes what has accumulated at the end of a message, or the payload of a control frame.
    fn take_payload(&mut self, last: &ReceivedFrame) -> NulTerminated {
        NulTerminated::new(match last {
            ReceivedFrame::Data { .. } => self.data.take_all(),
            ReceivedFrame::Control(_) => self.control().as_bytes().to_vec(),
        })
    }

    /// Takes the received data and returns it, valid until the next read, not only until data is next taken.
    pub(super) fn return_received(&mut self) -> Result<(*const u8, usize)> {
        let data = self.data.take()?;
        if data.is_empty() {
            return Ok((c"".as_ptr().cast(), 0));
        }
        Ok(self.returned.keep_frame_data(NulTerminated::new(data)))
    }

    /// Returns whether a frame was found that the next read gets.
    pub(super) fn has_ready(&self) -> bool {
        self.ready.is_some()
    }

    pub(super) fn set_ready(&mut self, delivered: ReceivedFrame) {
        self.ready = Some(delivered);
    }

    /// Makes the frame visible to the program.
    pub(super) fn deliver(&mut self, delivered: &ReceivedFrame) {
        match delivered {
            ReceivedFrame::Data { opcode, message, fin, borrowed } => {
                self.facts.opcode = Some(*opcode);
                self.facts.message = Some(*message);
                self.facts.final_frame = *fin;
                let held = match borrowed {
                    Some(range) => range.len(),
                    None => {
                        self.data.complete_frame();
                        self.data.len()
                    }
                };
                if *fin {
                    self.data.end_message(held);
                }
            }
            ReceivedFrame::Control(opcode) => {
                self.facts.opcode = Some(*opcode);
                if *opcode == Opcode::Ping {
                    self.unanswered_ping.put(self.control());
                }
            }
        }
    }

    /// Shows the opcode of a whole message instead of that of its last frame.
    pub(super) fn name_message(&mut self, last: &ReceivedFrame) {
        if last.ends_message() {
            self.facts.opcode = Some(last.message());
        }
    }

    /// Takes the message, or the control frame, that a read has found and left to the next.
    pub(super) fn take_ready_message(&mut self) -> Option<(Opcode, NulTerminated)> {
        let last = self.ready.take()?;
        self.deliver(&last);
        self.name_message(&last);
        Some((last.message(), self.take_payload(&last)))
    }

    /// Parses up to the end of the next frame; consumes its bytes, except a payload that may be borrowed. Returns None
    /// if the frame is not all there.
    fn parse(&mut self, may_borrow: bool) -> Result<Option<ReceivedFrame>> {
        let Some(inbound) = &mut self.inbound else { return Ok(None) };
        match inbound.next(self.buffer.unread(), self.data.held())? {
            Step::Incomplete => Ok(None),
            Step::Control { opcode, payload } => {
                let consumed = payload.end;
                self.control.put(ControlPayload::fitting(self.buffer.payload(payload)));
                self.buffer.consume(consumed);
                Ok(Some(ReceivedFrame::Control(opcode)))
            }
            Step::Data(piece) => self.take_piece(piece, may_borrow),
        }
    }

    fn take_piece(&mut self, piece: DataPiece, may_borrow: bool) -> Result<Option<ReceivedFrame>> {
        if may_borrow && piece.is_whole_message() && self.data.is_empty() {
            return Ok(Some(frame_of(&piece, Some(piece.payload.clone()))));
        }
        if piece.begins_message {
            self.data.begin_message();
        }
        self.data.append(self.buffer.payload(piece.payload.clone()))?;
        self.buffer.consume(piece.payload.end);
        Ok(piece.ends_frame.then(|| frame_of(&piece, None)))
    }

    /// Returns how much of a large payload the kernel may write straight into the buffer that is returned.
    fn direct_len(&self) -> Option<usize> {
        let remaining = self.inbound.as_ref()?.payload_remaining();
        let is_worth_it = remaining >= DIRECT as u64 && self.data.is_at_least(DIRECT);
        (is_worth_it && self.buffer.unread().is_empty())
            .then(|| usize::try_from(remaining).unwrap_or(usize::MAX))
    }

    /// Takes payload that the kernel wrote into the buffer; returns the frame if it ends with that.
    fn absorb(&mut self, count: usize) -> Result<Option<ReceivedFrame>> {
        let Some(inbound) = &mut self.inbound else { return Ok(None) };
        let piece = inbound.absorb(self.data.tail(count))?;
        Ok(piece.ends_frame.then(|| frame_of(&piece, None)))
    }

    /// Reports a frame that has arrived and is not delivered yet.
    #[cold]
    fn report(&self, frame: &ReceivedFrame) {
        match frame {
            ReceivedFrame::Data { opcode, fin, borrowed, .. } => {
                let payload = match borrowed {
                    Some(range) => self.buffer.payload(range.clone()),
                    None => self.data.undelivered(),
                };
                keep_frame("received", opcode.name(), *fin, payload);
            }
            ReceivedFrame::Control(opcode) => {
                keep_frame("received", opcode.name(), true, self.control().as_bytes());
            }
        }
    }

    /// Stores what the peer's Close says, which is the latest control frame.
    fn note_close(&mut self) {
        // The parser has checked the payload already.
        let own_code = self.inbound.as_ref().and_then(Inbound::own_close_code);
        let said = close::parse(self.control().as_bytes(), own_code);
        debug_assert!(said.is_ok(), "the decoder refuses such a Close");
        self.facts.close = said.ok();
    }
}

fn frame_of(piece: &DataPiece, borrowed: Option<Range<usize>>) -> ReceivedFrame {
    ReceivedFrame::Data { opcode: piece.opcode, message: piece.message, fin: piece.fin, borrowed }
}

impl Session {
    /// Makes one step of a read: gives `goal` each frame, until it returns true or the read has to wait.
    pub(super) fn read_step(
        &self,
        operation: &Operation<'_>,
        policy: Policy,
        may_borrow: bool,
        turn: &mut ReadTurn<'_>,
        goal: &mut impl FnMut(&mut Reader, &ReceivedFrame) -> bool,
    ) -> Result<ReadStep> {
        let mut reader = operation.reader()?;
        if !turn.may_read(&mut reader) {
            return Ok(ReadStep::Queue(reader.progress()));
        }
        let mut budget = Budget::STEP;
        loop {
            let step = self.advance(&mut reader, policy, may_borrow, &mut budget)?;
            match &step {
                ReadStep::Frame(frame) if goal(&mut reader, frame) => {
                    turn.end_step(&mut reader);
                    if !may_borrow {
                        reader.release_drained_block();
                    }
                    return Ok(step);
                }
                ReadStep::Frame(_) => continue,
                ReadStep::WouldBlock(_) => reader.release_block(),
                ReadStep::Yield(_) | ReadStep::Queue(_) => {}
            }
            turn.keep(&mut reader);
            return Ok(step);
        }
    }

    /// Reads and parses until a frame is to be delivered or it would have to wait.
    pub(super) fn advance(
        &self,
        reader: &mut Reader,
        policy: Policy,
        may_borrow: bool,
        budget: &mut Budget,
    ) -> Result<ReadStep> {
        if let Some(frame) = reader.ready.take() {
            return Ok(ReadStep::Frame(frame));
        }
        if !self.is_readable.load(Ordering::Acquire) {
            return Err(self.outbox.lock().phase().why_not_readable());
        }
        while budget.frames > 0 {
            budget.frames -= 1;
            let parsed = reader.parse(may_borrow).map_err(|fault| self.give_up(reader, fault))?;
            let frame = match parsed {
                Some(frame) => frame,
                None if budget.bytes == 0 && !self.link_has_buffered() => break,
                None => match self.fill(reader, budget) {
                    Ok(Some(frame)) => frame,
                    Ok(None) => continue,
                    Err(TryError::WouldBlock) => return Ok(ReadStep::WouldBlock(reader.progress())),
                    Err(TryError::Failed(fault)) => return Err(self.give_up(reader, fault)),
                },
            };
            if reader.reports {
                reader.report(&frame);
            }
            if let Some(frame) = self.react(reader, policy, frame) {
                return Ok(ReadStep::Frame(frame));
            }
        }
        Ok(ReadStep::Yield(reader.progress()))
    }

    fn link_has_buffered(&self) -> bool {
        self.pipe.lock().link.as_ref().is_some_and(|link| link.has_buffered())
    }

    /// Receives once, into the block or straight into the buffer of a large payload; returns a frame that ends with
    /// that.
    fn fill(&self, reader: &mut Reader, budget: &mut Budget) -> TryResult<Option<ReceivedFrame>> {
        let mut pipe = self.pipe.lock();
        let Some(link) = &mut pipe.link else {
            drop(pipe);
            return Err(self.outbox.lock().phase().no_connection().into());
        };
        let direct = reader.direct_len();
        let mut buf = match direct {
            Some(remaining) => reader.data.room(remaining)?,
            None => reader.buffer.room(),
        };
        buf.limit(budget.most());
        let outcome = link.try_read(&mut buf);
        drop(pipe);
        let count = match outcome {
            Ok(0) => {
                let text = "The peer ended the stream without a Close frame.";
                return Err(self.end_of_stream(Fault::new(ErrorCode::ConnectionLost, text)).into());
            }
            Err(TryError::Failed(fault)) if fault.code() == ErrorCode::TlsTruncated => {
                return Err(self.end_of_stream(fault).into());
            }
            outcome => outcome?,
        };
        reader.received += count as u64;
        budget.bytes = budget.bytes.saturating_sub(count);
        match direct {
            Some(_) => Ok(reader.absorb(count)?),
            None => Ok(None),
        }
    }

    /// Returns why there is no more to read. The kernel reports a reset once: if the report went to a write that no
    /// operation waited for (an automatic Pong), the reader sees the end of the stream, which looks like `seen`.
    fn end_of_stream(&self, seen: Fault) -> Fault {
        self.outbox.lock().phase().write_fault().cloned().unwrap_or(seen)
    }

    /// Ends the connection for every fault except ReceiveBufferFull, NotConnected and Closed. Lack of memory ends it
    /// too: the decoder is past the bytes that could not be stored.
    pub(super) fn give_up(&self, reader: &mut Reader, fault: Fault) -> Fault {
        match fault.code() {
            ErrorCode::ReceiveBufferFull | ErrorCode::NotConnected | ErrorCode::Closed => {}
            code if is_protocol_failure(code) => reader.dropped_frames = self.fail(&fault),
            _ => self.on_event(&mut self.outbox.lock(), Event::ReadFailed(&fault)),
        }
        fault
    }

    /// Answers what is answered automatically; returns the frame if the program gets it.
    fn react(&self, reader: &mut Reader, policy: Policy, frame: ReceivedFrame) -> Option<ReceivedFrame> {
        match frame {
            ReceivedFrame::Data { .. } => Some(frame),
            ReceivedFrame::Control(opcode) => self.react_to_control(reader, policy, opcode).then_some(frame),
        }
    }

    /// Answers a control frame; returns whether the program gets it.
    fn react_to_control(&self, reader: &mut Reader, policy: Policy, opcode: Opcode) -> bool {
        // One step under the outbox's lock: no sender's Close comes between the question and the answer.
        let mut outbox = self.outbox.lock();
        let reaction = autoreply::react(opcode, policy, outbox.phase().closing());
        if opcode == Opcode::Pong && !reaction.deliver {
            reader.facts.pong_consumed = true;
        }
        if opcode == Opcode::Close {
            self.on_event(&mut outbox, Event::CloseReceived);
            reader.note_close();
        }
        match reaction.reply {
            Some(Reply::Pong) => self.send_pong_now(&mut outbox, reader.control()),
            Some(Reply::Close) => {
                let answer = reader.facts.close.as_ref().map_or(ControlPayload::EMPTY, close::reply_to);
                reader.dropped_frames = outbox.close_automatically(answer);
                self.on_event(&mut outbox, Event::CloseAnswered);
            }
            None => {}
        }
        let _ = self.linger_step_with(&mut outbox);
        reaction.deliver
    }

    fn send_pong_now(&self, outbox: &mut Outbox, payload: ControlPayload) {
        if let Some(link) = &mut self.pipe.lock().link {
            outbox.set_pong(payload);
            // A Pong that cannot leave now leaves later; it never fails a read.
            let _ = outbox.pump(link.as_mut());
        }
    }
}

/// Returns whether the peer broke the protocol or a limit, so that a Close tells it why (RFC 6455 section 7.1.7).
fn is_protocol_failure(code: ErrorCode) -> bool {
    (700..800).contains(&(code as i32))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Op;
    use crate::link::memory::{End, MemoryLink, Peer};

    /// Reads from a peer that sent `incoming` and a reset. The kernel reports a reset only to the first call that meets
    /// it: to the write of the Pong for a Ping that came before, else to the read.
    fn read_to_the_reset(incoming: &[u8], over_tls: bool) -> ErrorCode {
        let reset = Fault::new(ErrorCode::ConnectionReset, "reset");
        let peer = Peer::default();
        peer.change(|state| {
            state.input.extend(incoming);
            state.end = match incoming.is_empty() {
                true => End::Failed(reset.clone()),
                // TLS calls an end of the stream without close_notify truncated.
                false if over_tls => {
                    End::Failed(Fault::new(ErrorCode::TlsTruncated, "the end of the stream"))
                }
                false => End::Finished,
            };
            state.write_fault = Some(reset);
        });
        let session = Session::default();
        let link = Box::new(MemoryLink::to(&peer));
        session
            .attach(
                session.detach(&mut Op::new("test", false)).epoch(),
                link,
                Vec::new(),
                Extensions::default(),
                0,
            )
            .unwrap();
        let policy = Policy { close_auto_respond: true, ping_auto_respond: true, pong_auto_consume: true };
        session.try_read_frame(&mut Op::new("TryReadFrame", false), policy).unwrap_err().code()
    }

    #[test]
    fn a_reset_that_an_automatic_pong_met_is_told_by_the_read() {
        for over_tls in [false, true] {
            assert_eq!(read_to_the_reset(b"", over_tls), ErrorCode::ConnectionReset);
            assert_eq!(read_to_the_reset(b"\x89\x00", over_tls), ErrorCode::ConnectionReset);
        }
    }
}
