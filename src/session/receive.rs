//! Reading operations: until a frame, until a message, or as far as possible without waiting.

use super::operation::Operation;
use super::read::{Budget, ReadStep, ReadTurn, Reader, ReceivedFrame, Share, end_turn};
use super::websocket::Session;
use crate::base::{Deadline, ErrorCode, Fault, NulTerminated, Result};
use crate::engine::op::closed_by_the_program;
use crate::engine::{IdleTimer, Op, Readiness, Waited};
use crate::proto::ws::autoreply::Policy;
use crate::proto::ws::opcode::Opcode;
use std::sync::atomic::Ordering;
use std::time::Instant;

/// How a reading operation behaves.
#[derive(Clone, Copy, Debug)]
pub struct ReadOptions {
    /// What is answered and swallowed automatically.
    pub policy: Policy,
    /// Bounds each stall.
    pub idle_ms: u32,
}

impl Session {
    /// Reads one frame.
    pub fn read_frame<'a>(
        &'a self,
        op: &mut Op<'a>,
        options: ReadOptions,
    ) -> impl Future<Output = Result<()>> {
        self.read(op, options, false, |reader, frame| {
            reader.deliver(frame);
            true
        })
    }

    /// Reads frames until a message is whole; ends early at a control frame that ReadFrame would deliver.
    pub fn read_message<'a>(
        &'a self,
        op: &mut Op<'a>,
        options: ReadOptions,
    ) -> impl Future<Output = Result<()>> {
        self.read(op, options, false, |reader, frame| {
            reader.deliver(frame);
            reader.name_message(frame);
            frame.ends_message()
        })
    }

    /// Reads a message, or a control frame that ReadFrame would deliver, and returns it, valid until the calling
    /// thread's next read.
    pub async fn receive<'a>(
        &'a self,
        op: &mut Op<'a>,
        options: ReadOptions,
    ) -> Result<(Opcode, *const u8, usize)> {
        let thread = op.thread();
        let mut received = (Opcode::Binary, std::ptr::null(), 0);
        self.read(op, options, true, |reader, frame| {
            reader.deliver(frame);
            if !frame.ends_message() {
                return false;
            }
            reader.name_message(frame);
            debug_assert!(thread.is_some(), "a task takes a message by Session::find");
            let (pointer, len) = reader.return_payload(thread.unwrap_or_default(), frame);
            received = (frame.message(), pointer, len);
            true
        })
        .await?;
        Ok(received)
    }

    /// Reads until a message is whole, or a control frame comes that ReadFrame would deliver, and leaves it to
    /// [`Session::take_found`]. Until then, or until [`Session::leave_found`], all other reads wait. One of the two
    /// must follow success.
    pub async fn find<'a>(&'a self, op: &mut Op<'a>, options: ReadOptions) -> Result<()> {
        let mut turn = ReadTurn::outlasting(self, op);
        let mut goal = |reader: &mut Reader, frame: &ReceivedFrame| {
            let is_found = frame.ends_message();
            if is_found {
                reader.set_ready(frame.clone());
            } else {
                reader.deliver(frame);
            }
            is_found
        };
        let operation = self.begin(op);
        let outcome = self.read_until(op, options, false, &operation, &mut turn, &mut goal).await;
        if self.is_over(&outcome) {
            self.conclude(&operation, op).await;
        }
        if outcome.is_ok() {
            turn.leave_taken();
        }
        outcome
    }

    /// Takes what [`Session::find`] has found; fails if the connection was replaced since.
    pub fn take_found(&self) -> Result<(Opcode, NulTerminated)> {
        let mut reader = self.reader.lock();
        let found = reader.take_ready_message();
        end_turn(reader);
        found.ok_or_else(closed_by_the_program)
    }

    /// Leaves what [`Session::find`] has found to the next read.
    pub fn leave_found(&self) {
        end_turn(self.reader.lock());
    }

    /// Reads a frame if that needs no wait; sends queued output first. Fails with WouldBlock if none has arrived; the
    /// descriptor is readable when there is more.
    pub fn try_read_frame(&self, op: &mut Op<'_>, policy: Policy) -> Result<()> {
        let mut reader = self.reader.lock();
        self.pump_quietly();
        let _ = self.linger_step();
        reader.begin_read(op.thread(), op.log.reports_frames());
        if !reader.turn.is_free() {
            return Err(Fault::new(ErrorCode::WouldBlock, "Another call, or a task, is reading."));
        }
        let outcome = self.advance_without_wait(&mut reader, policy);
        note_dropped(op, &mut reader);
        match outcome? {
            Some(delivered) => {
                reader.deliver(&delivered);
                if delivered.is_close() {
                    log_close(op, &reader);
                }
                reader.release_drained_block();
                Ok(())
            }
            None => Err(Fault::new(ErrorCode::WouldBlock, "No whole frame is there yet.")),
        }
    }

    /// Returns whether a read would end at once.
    pub fn poll_readable(&self, policy: Policy) -> bool {
        let mut reader = self.reader.lock();
        self.pump_quietly();
        let _ = self.linger_step();
        if reader.has_ready() || !self.is_readable.load(Ordering::Acquire) {
            return true;
        }
        if !reader.turn.is_free() {
            return false;
        }
        match self.advance_without_wait(&mut reader, policy) {
            Ok(Some(delivered)) => {
                reader.set_ready(delivered);
                true
            }
            Ok(None) => false,
            // The read would fail, and would not wait for it.
            Err(_) => true,
        }
    }

    /// Advances until a frame has arrived or the kernel has the next byte. With a peer that never stops (a flood of
    /// Pings, a frame without end) it returns after a while, at a point where the descriptor is readable.
    fn advance_without_wait(&self, reader: &mut Reader, policy: Policy) -> Result<Option<ReceivedFrame>> {
        let mut budget = Budget::VISIT;
        if let ReadStep::Frame(frame) = self.advance(reader, policy, false, &mut budget)? {
            return Ok(Some(frame));
        }
        let closing = self.close_deadline(&self.outbox.lock());
        if closing.has_passed(Instant::now()) {
            return Err(self.give_up_closing(reader));
        }
        reader.release_block();
        Ok(None)
    }

    /// Reads frames and delivers them: `goal` gets each frame, and returns whether it ends the call.
    async fn read<'a>(
        &'a self,
        op: &mut Op<'a>,
        options: ReadOptions,
        may_borrow: bool,
        mut goal: impl FnMut(&mut Reader, &ReceivedFrame) -> bool,
    ) -> Result<()> {
        let operation = self.begin(op);
        let outcome = {
            let mut turn = ReadTurn::new(self, op);
            self.read_until(op, options, may_borrow, &operation, &mut turn, &mut goal).await
        };
        if self.is_over(&outcome) {
            self.conclude(&operation, op).await;
        }
        outcome
    }

    /// Returns whether a read ends with a failure or a Close.
    fn is_over(&self, outcome: &Result<()>) -> bool {
        outcome.is_err() || !self.is_readable.load(Ordering::Acquire)
    }

    /// After a failure or a Close: the log gets its facts, and an ending connection its end.
    async fn conclude(&self, operation: &Operation<'_>, op: &mut Op<'_>) {
        {
            let Ok(mut reader) = operation.reader() else { return };
            note_dropped(op, &mut reader);
        }
        if self.is_ending() {
            Box::pin(self.linger(op, operation)).await;
        }
    }

    async fn read_until(
        &self,
        op: &mut Op<'_>,
        options: ReadOptions,
        may_borrow: bool,
        operation: &Operation<'_>,
        turn: &mut ReadTurn<'_>,
        goal: &mut impl FnMut(&mut Reader, &ReceivedFrame) -> bool,
    ) -> Result<()> {
        let mut timer = IdleTimer::new(options.idle_ms);
        loop {
            let step = self.read_step(operation, options.policy, may_borrow, turn, goal);
            match step.map_err(|fault| rather_closed_locally(fault, operation))? {
                ReadStep::Frame(frame) => {
                    if frame.is_close() {
                        if let Ok(reader) = operation.reader() {
                            log_close(op, &reader);
                        }
                    }
                    op.percent_complete().await;
                    return Ok(());
                }
                ReadStep::Yield(progress) => {
                    report(op, progress.share).await?;
                    op.yield_now().await?;
                }
                ReadStep::Queue(progress) => {
                    // What arrives for other readers is no stall.
                    let until =
                        timer.next_look(progress.received, Instant::now()).ok_or_else(turn_timeout)?;
                    op.when(until, |context| turn.poll(context.waker())).await?;
                }
                ReadStep::WouldBlock(progress) => {
                    report(op, progress.share).await?;
                    let until = timer.deadline(progress.received, Instant::now());
                    let seen = self.cancel.waiting().epoch();
                    let waiting = Waiting::begin(self);
                    let (readiness, closing) = self.prepare_wait(operation)?;
                    // A cancelled sender leaves its output to the waiting operations, and notifies them.
                    let until = until.earlier(closing);
                    let waited = op.ready_or_notified(readiness, until, self.cancel.waiting(), seen).await?;
                    drop(waiting);
                    if waited == Waited::TimedOut && closing.has_passed(Instant::now()) {
                        return Err(self.give_up_closing(&mut *operation.reader()?));
                    }
                    if waited == Waited::TimedOut {
                        return Err(read_timeout());
                    }
                }
            }
        }
    }

    /// Sends what can leave before the wait of a read; returns what to wait for, and for how long the peer may answer
    /// our Close.
    fn prepare_wait(&self, operation: &Operation<'_>) -> Result<(Readiness, Deadline)> {
        let mut outbox = operation.outbox()?;
        // Output that was gathered before this read was counted as waiting leaves now.
        let _ = self.pump(&mut outbox);
        // A sender that has the turn waits for writability itself.
        let write = outbox.has_output() && outbox.turn.is_free();
        let pipe = self.pipe.lock();
        let link = pipe.link.as_ref().ok_or_else(|| outbox.phase().no_connection())?;
        Ok((link.readiness(true, write), self.close_deadline(&outbox)))
    }
}

/// Returns the fault, or the program's own close if that ended the connection in the middle of a step.
fn rather_closed_locally(fault: Fault, operation: &Operation<'_>) -> Fault {
    if fault.code() == ErrorCode::NotConnected && !operation.is_current() {
        return closed_by_the_program();
    }
    fault
}

fn turn_timeout() -> Fault {
    let text = "Another read, of a thread or a task, was before this one for the whole idle time-out, and nothing \
                arrived. The connection stays up.";
    Fault::new(ErrorCode::ReadTimeout, text)
}

fn read_timeout() -> Fault {
    Fault::new(ErrorCode::ReadTimeout, "Nothing arrived within the idle time-out. The connection stays up.")
}

/// Reports to the caller how much of a large payload has arrived.
async fn report(op: &mut Op<'_>, share: Option<Share>) -> Result<()> {
    match share {
        Some(share) => op.percent_done(share.arrived, share.total).await,
        None => Ok(()),
    }
}

/// Logs the code and reason of the peer's Close.
fn log_close(op: &mut Op<'_>, reader: &Reader) {
    let Some(close) = &reader.facts().close else { return };
    match close.code {
        Some(code) => op.log.fact("closeStatusCode", code),
        None => op.log.info("The Close has no status code."),
    }
    if !close.reason.is_empty() {
        op.log.fact("closeReason", close.reason.clone());
    }
}

fn note_dropped(op: &mut Op<'_>, reader: &mut Reader) {
    match reader.take_dropped_frames() {
        0 => {}
        count => op.log.fact("unsentFramesDropped", count),
    }
}

/// Counts this operation among the waiting readers.
struct Waiting<'a>(&'a Session);

impl<'a> Waiting<'a> {
    fn begin(session: &'a Session) -> Self {
        session.waiting_readers.fetch_add(1, Ordering::AcqRel);
        Self(session)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting_readers.fetch_sub(1, Ordering::AcqRel);
    }
}
