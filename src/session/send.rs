//! The sending half: one frame at a time, whole.
//!
//! A frame that can leave at once needs one lock and one system call. One that has to wait takes the turn, so frames
//! leave in the order in which their senders came. A frame that is cancelled before its first byte left is rolled back
//! and the connection is unchanged; after that the stream is torn and the connection ends, unless the send is a task's
//! or was interrupted: then the next writer sends the remaining bytes.

use super::operation::Operation;
use super::websocket::Session;
use super::write::{Checkpoint, Outbox, PIECE};
use crate::base::growth::copy_of;
use crate::base::{ErrorCode, Fault, Guard, Result};
use crate::engine::{IdleTimer, Op, Ticket, Waited};
use crate::link::{TryError, TryResult};
use crate::log::Log;
use crate::log::report::keep_frame;
use crate::proto::ws::control::ControlPayload;
use crate::proto::ws::opcode::Opcode;
use crate::proto::ws::outbound;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};
use std::time::Instant;

/// A peer that takes everything at once must not keep a sender from noticing an abort, nor other tasks from running.
const BETWEEN_BREATHS: u64 = 2 * PIECE as u64;

/// What a frame carries.
#[derive(Clone, Copy, Debug)]
pub enum Payload<'a> {
    /// Borrowed from the caller for the duration of the call.
    Borrowed(&'a [u8]),
    /// Owned by a task: if the call is cancelled in the middle of the frame, the next writer finishes it.
    Owned(&'a Arc<Vec<u8>>),
}

impl Payload<'_> {
    /// Returns a copy for [`Payload::Owned`].
    pub fn keep(bytes: &[u8]) -> Result<Arc<Vec<u8>>> {
        Ok(Arc::new(copy_of(bytes)?))
    }
}

impl Deref for Payload<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Owned(bytes) => bytes,
        }
    }
}

/// A frame that the program sends.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Text or Binary (sent as Continuation inside a fragmented message), or a control opcode.
    pub kind: Opcode,
    /// The payload.
    pub payload: Payload<'a>,
    /// The last frame of its message.
    pub fin: bool,
    /// A whole message, which cannot go inside a fragmented one.
    pub whole_message: bool,
    /// Whether it must leave before the call returns.
    pub flush: bool,
}

impl<'a> Outgoing<'a> {
    /// Returns a control frame, which always leaves at once.
    pub fn control(kind: Opcode, payload: &'a [u8]) -> Self {
        Self { kind, payload: Payload::Borrowed(payload), fin: true, whole_message: false, flush: true }
    }
}

/// The result of trying to send a frame without waiting.
enum Tried {
    Done(Checkpoint),
    /// Other frames are queued before it, or it is large.
    NeedsTurn,
    /// It is in the outbox, the turn is taken, and the link has to become writable.
    Waits(Checkpoint, Ticket),
}

impl Session {
    /// Sends a frame; `idle_ms` bounds each stall.
    pub async fn send<'a>(&'a self, op: &mut Op<'a>, frame: Outgoing<'_>, idle_ms: u32) -> Result<()> {
        self.send_on(&self.begin(op), op, frame, idle_ms).await
    }

    /// Sends a frame on the connection of `operation`.
    async fn send_on(
        &self,
        operation: &Operation<'_>,
        op: &mut Op<'_>,
        frame: Outgoing<'_>,
        idle_ms: u32,
    ) -> Result<()> {
        op.log.verbose(|log| {
            log.fact("opcode", frame.kind.name());
            log.fact("finalFrame", frame.fin);
            log.fact("payloadBytes", frame.payload.len());
        });
        let mut timer = IdleTimer::new(idle_ms);
        let checkpoint = match self.try_send(operation, &frame)? {
            Tried::Done(checkpoint) => {
                report_sent(op, &frame, &checkpoint);
                checkpoint
            }
            Tried::Waits(checkpoint, ticket) => {
                let mut unfinished = SendGuard::new(self, operation, ticket);
                unfinished.begin(op, checkpoint, &frame);
                self.drain(operation, op, &mut timer)
                    .await
                    .map_err(|fault| unfinished.give_up(&frame, fault))?;
                unfinished.finish();
                checkpoint
            }
            Tried::NeedsTurn => {
                let turn = self.take_send_turn(operation, op, &mut timer).await?;
                self.send_with_turn(op, &frame, &mut timer, turn).await?
            }
        };
        op.log.verbose(|log| describe_sent(log, operation, &frame, &checkpoint));
        Ok(())
    }

    /// Sends a Close after all queued output. If it answers the peer's, the connection ends with it.
    pub async fn send_close<'a>(
        &'a self,
        op: &mut Op<'a>,
        payload: ControlPayload,
        idle_ms: u32,
    ) -> Result<()> {
        let operation = self.begin(op);
        operation.reader()?.expect_echo(payload);
        let frame = Outgoing::control(Opcode::Close, payload.as_bytes());
        Box::pin(self.send_on(&operation, op, frame, idle_ms)).await?;
        if self.is_ending() {
            Box::pin(self.linger(op, &operation)).await;
        }
        Ok(())
    }

    /// Answers the newest unanswered Ping; with none, sends an empty Pong.
    pub async fn send_pong<'a>(&'a self, op: &mut Op<'a>, idle_ms: u32) -> Result<()> {
        let operation = self.begin(op);
        let ping = operation.reader()?.unanswered_ping();
        let payload = ping.unwrap_or_default();
        self.send_on(&operation, op, Outgoing::control(Opcode::Pong, payload.as_bytes()), idle_ms).await?;
        if let Ok(mut reader) = operation.reader() {
            reader.note_answered(ping);
        }
        Ok(())
    }

    /// Sends queued output; returns Ok once all of it has left.
    pub async fn flush<'a>(&'a self, op: &mut Op<'a>, idle_ms: u32) -> Result<()> {
        let operation = self.begin(op);
        let flushed = self.flush_step(&mut *operation.outbox()?);
        match flushed {
            Err(fault) if fault.code() == ErrorCode::WouldBlock => {}
            outcome => return outcome,
        }
        let mut timer = IdleTimer::new(idle_ms);
        let turn = self.take_send_turn(&operation, op, &mut timer).await?;
        let outcome = self.drain(&operation, op, &mut timer).await;
        turn.finish();
        outcome
    }

    /// Sends what can leave without waiting.
    pub fn try_flush(&self) -> Result<()> {
        self.flush_step(&mut self.outbox.lock())
    }

    fn flush_step(&self, outbox: &mut Outbox) -> Result<()> {
        outbox.phase().check_late_write()?;
        match self.pump(outbox) {
            Ok(()) => outbox.check_dropped(),
            Err(TryError::Failed(fault)) => Err(fault),
            Err(TryError::WouldBlock) => {
                Err(Fault::new(ErrorCode::WouldBlock, "Not everything could leave without waiting."))
            }
        }
    }

    /// Sends what can leave. What cannot leave now leaves when the link becomes writable.
    pub(super) fn pump_quietly(&self) {
        let _ = self.pump(&mut self.outbox.lock());
    }

    pub(super) fn pump(&self, outbox: &mut Outbox) -> TryResult<()> {
        let close_had_left = outbox.has_close_left();
        let outcome = match &mut self.pipe.lock().link {
            Some(link) => outbox.pump(link.as_mut()),
            None => outbox.check_dropped().map_err(TryError::from),
        };
        if outbox.has_close_left() && !close_had_left {
            // From now on a waiting read has a limit.
            self.cancel.waiting().notify_all();
        }
        outcome
    }

    fn try_send(&self, operation: &Operation<'_>, frame: &Outgoing<'_>) -> Result<Tried> {
        let mut outbox = operation.outbox()?;
        self.admit(&outbox, frame)?;
        if frame.payload.len() > PIECE || !outbox.turn.is_free() || outbox.is_streaming() {
            return Ok(Tried::NeedsTurn);
        }
        let checkpoint = outbox.append(frame.kind, frame.fin, &frame.payload)?;
        if !self.must_leave(&outbox, frame) {
            return Ok(Tried::Done(checkpoint));
        }
        match self.pump(&mut outbox) {
            Ok(()) => Ok(Tried::Done(checkpoint)),
            Err(TryError::Failed(fault)) => Err(fault),
            Err(TryError::WouldBlock) => {
                let mut ticket = Ticket::None;
                // It was free a moment ago, under this lock.
                outbox.turn.try_take(&mut ticket);
                Ok(Tried::Waits(checkpoint, ticket))
            }
        }
    }

    async fn send_with_turn(
        &self,
        op: &mut Op<'_>,
        frame: &Outgoing<'_>,
        timer: &mut IdleTimer,
        mut turn: SendGuard<'_>,
    ) -> Result<Checkpoint> {
        let operation = turn.operation;
        let is_streaming = operation.outbox()?.is_streaming();
        if is_streaming {
            // The remaining bytes of a task's detached frame come first.
            self.drain(&operation, op, timer).await?;
        }
        let checkpoint = self.begin_with_turn(&operation, frame)?;
        turn.begin(op, checkpoint, frame);
        let streamed = frame.payload.len() > PIECE;
        let total = frame.payload.len() as u64;
        let mut left = 0;
        for piece in frame.payload.chunks(PIECE).filter(|_| streamed) {
            operation.outbox()?.append_piece(piece);
            self.drain(&operation, op, timer).await.map_err(|fault| turn.give_up(frame, fault))?;
            left += piece.len() as u64;
            if left < total {
                op.percent_done(left, total).await.map_err(|fault| turn.give_up(frame, fault))?;
            }
            if left % BETWEEN_BREATHS == 0 {
                op.yield_now().await.map_err(|fault| turn.give_up(frame, fault))?;
            }
        }
        let leave = {
            let mut outbox = operation.outbox()?;
            outbox.end_stream();
            streamed || self.must_leave(&outbox, frame)
        };
        if leave {
            self.drain(&operation, op, timer).await.map_err(|fault| turn.give_up(frame, fault))?;
        }
        op.percent_complete().await;
        turn.finish();
        Ok(checkpoint)
    }

    /// Puts the frame, or a streamed one's header, into the outbox; the turn is ours.
    fn begin_with_turn(&self, operation: &Operation<'_>, frame: &Outgoing<'_>) -> Result<Checkpoint> {
        let mut outbox = operation.outbox()?;
        self.admit(&outbox, frame)?;
        match frame.payload.len() {
            0..=PIECE => outbox.append(frame.kind, frame.fin, &frame.payload),
            len => outbox.begin_stream(frame.kind, frame.fin, len),
        }
    }

    /// Waits until everything in the outbox has left; each stall is bounded. Other operations may have sent or dropped
    /// it.
    async fn drain(&self, operation: &Operation<'_>, op: &mut Op<'_>, timer: &mut IdleTimer) -> Result<()> {
        loop {
            op.check()?;
            let (departed, readiness) = {
                let mut outbox = operation.outbox()?;
                match self.pump(&mut outbox) {
                    Ok(()) => return outbox.check_dropped(),
                    Err(TryError::Failed(fault)) => return Err(fault),
                    Err(TryError::WouldBlock) => {}
                }
                let pipe = self.pipe.lock();
                let Some(link) = &pipe.link else { continue };
                (outbox.departed(), link.readiness(false, true))
            };
            let until = timer.next_write(departed, Instant::now()).ok_or_else(send_timeout)?;
            op.ready(readiness, until).await?;
        }
    }

    async fn take_send_turn<'a>(
        &'a self,
        operation: &Operation<'a>,
        op: &mut Op<'_>,
        timer: &mut IdleTimer,
    ) -> Result<SendGuard<'a>> {
        let mut guard = SendGuard::new(self, operation, Ticket::None);
        loop {
            // Frames of other senders that leave are no stall.
            let departed = operation.outbox()?.departed();
            let until = timer.next_look(departed, Instant::now()).ok_or_else(send_timeout)?;
            let take = |context: &mut Context<'_>| {
                self.outbox.lock().turn.poll_take(&mut guard.ticket, context.waker())
            };
            if op.when(until, take).await? == Waited::LookAgain {
                return Ok(guard);
            }
        }
    }

    /// Passes the send turn on: wakes `next`. If no sender is queued, wakes the operations that wait on this
    /// connection: they must flush queued control frames and continue an end that waited for the sender.
    fn pass_turn(&self, outbox: Guard<'_, Outbox>, next: Option<Waker>) {
        let has_more = outbox.turn.is_free() && (outbox.has_output() || outbox.phase().is_ending());
        drop(outbox);
        match next {
            Some(next) => next.wake(),
            None if has_more => self.cancel.waiting().notify_all(),
            None => {}
        }
    }

    fn must_leave(&self, outbox: &Outbox, frame: &Outgoing<'_>) -> bool {
        frame.flush || outbox.pending() >= PIECE || self.waiting_readers.load(Ordering::Acquire) > 0
    }

    /// Returns whether the frame may be sent in the state that the connection is in.
    fn admit(&self, outbox: &Outbox, frame: &Outgoing<'_>) -> Result<()> {
        outbox.phase().check_send()?;
        if frame.whole_message && outbox.is_message_open() {
            let text =
                "A fragmented message is open: finish it (final_frame true) before sending a whole message.";
            return Err(Fault::new(ErrorCode::FragmentOpen, text));
        }
        Ok(())
    }
}

/// Reports a frame that was accepted for sending.
fn report_sent(op: &Op<'_>, frame: &Outgoing<'_>, checkpoint: &Checkpoint) {
    if op.log.reports_frames() {
        keep_frame("sent", checkpoint.opcode(frame.kind).name(), frame.fin, &frame.payload);
    }
}

/// Logs the opcode of an accepted frame and how much of it has left.
fn describe_sent(log: &mut Log, operation: &Operation<'_>, frame: &Outgoing<'_>, checkpoint: &Checkpoint) {
    let length = outbound::frame_length(frame.payload.len());
    log.fact("opcodeOnTheWire", checkpoint.opcode(frame.kind).name());
    log.fact("maskedFrameBytes", length);
    if let Ok(outbox) = operation.outbox() {
        let sent = outbox.departed_since(checkpoint).min(length);
        log.fact("maskedFrameBytesSent", sent);
        log.fact("isBuffered", sent < length);
    }
}

fn send_timeout() -> Fault {
    Fault::new(ErrorCode::SendTimeout, "The peer took no data within the idle time-out.")
}

/// The turn of a sender, or its place in the queue for it, and its frame in the outbox. Dropped before
/// [`SendGuard::finish`], it rolls the frame back. If part of the frame has left, the remaining bytes are detached where
/// the payload is owned; otherwise the connection ends, because the stream cannot be continued.
struct SendGuard<'a> {
    session: &'a Session,
    operation: Operation<'a>,
    ticket: Ticket,
    checkpoint: Option<Checkpoint>,
    /// Whether the remaining bytes of the frame are detached.
    detaches: bool,
    kept: Option<Arc<Vec<u8>>>,
}

impl<'a> SendGuard<'a> {
    fn new(session: &'a Session, operation: &Operation<'a>, ticket: Ticket) -> Self {
        Self { session, operation: *operation, ticket, checkpoint: None, detaches: false, kept: None }
    }

    /// Records that the frame is in the outbox.
    fn begin(&mut self, op: &Op<'_>, checkpoint: Checkpoint, frame: &Outgoing<'_>) {
        report_sent(op, frame, &checkpoint);
        self.checkpoint = Some(checkpoint);
        // A control frame of a task is small: all of it is in the outbox.
        self.detaches = frame.kind.is_control() && op.is_task();
        if let Payload::Owned(payload) = frame.payload {
            self.detaches = true;
            self.kept = Some(Arc::clone(payload));
        }
    }

    fn finish(mut self) {
        self.checkpoint = None;
    }

    /// Detaches the remaining bytes of an interrupted call's frame, unless there is no memory for a copy of its
    /// payload.
    fn keep(&mut self, frame: &Outgoing<'_>) {
        if self.kept.is_none() && !frame.kind.is_control() {
            self.kept = Payload::keep(&frame.payload).ok();
        }
        self.detaches = self.kept.is_some() || frame.kind.is_control();
    }

    /// Returns the fault to report when the send is cancelled: what happened, and what it means for the connection.
    fn give_up(&mut self, frame: &Outgoing<'_>, fault: Fault) -> Fault {
        if fault.code() == ErrorCode::Interrupted {
            self.keep(frame);
        }
        let session = self.session;
        let mut outbox = session.outbox.lock();
        let was_open = outbox.phase().is_open();
        if !self.roll_back(&mut outbox) || !was_open {
            return fault;
        }
        let text = format!("{} Part of the frame had left, so the connection was ended.", fault.text());
        Fault::new(ErrorCode::SendInterrupted, text)
    }

    /// Takes the frame back; returns true if that came too late and the connection was ended. What is in the outbox of
    /// another connection is not this frame.
    fn roll_back(&mut self, outbox: &mut Outbox) -> bool {
        let Some(checkpoint) = self.checkpoint.take() else { return false };
        if !self.operation.is_current() || outbox.roll_back(&checkpoint) {
            return false;
        }
        if self.detaches {
            if let Some(payload) = self.kept.take() {
                outbox.detach(payload);
            }
            return false;
        }
        self.session.end(outbox);
        true
    }
}

impl Drop for SendGuard<'_> {
    fn drop(&mut self) {
        let session = self.session;
        let mut outbox = session.outbox.lock();
        self.roll_back(&mut outbox);
        let next = outbox.turn.leave(&mut self.ticket);
        session.pass_turn(outbox, next);
    }
}
