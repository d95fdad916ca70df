//! The end of a connection after the closing handshake, or after a failure that is reported to the peer.
//!
//! Our Close must reach the peer: a socket that is closed over unread bytes makes the kernel send a reset, which may
//! destroy what the peer has not read yet. So after the Close, close_notify and FIN leave, then input is discarded
//! until the peer ends its side (RFC 6455 section 7.1.1), for at most a second or a mebibyte.
//!
//! Blocking calls wait for that before they return; `ckws_try_read_frame` advances it by one step for each call.
//! `ckws_close_connection` and `ckws_dispose` do not wait for it. Once our Close has left, reads wait for the peer's
//! no longer than close_timeout_ms: `Session::pump` notes that moment and wakes a read that already waits.

use super::operation::Operation;
use super::phase::Event;
use super::read::Reader;
use super::websocket::{Pipe, Session};
use super::write::Outbox;
use crate::base::{Deadline, ErrorCode, Fault};
use crate::engine::{Op, Readiness};
use crate::link::linger::Linger;
use crate::link::{TryError, TryResult};
use crate::proto::ws::close;
use std::time::Instant;

impl Session {
    /// Fails the connection for what the peer did (RFC 6455 section 7.1.7): a Close with the fitting code, then
    /// the end. Returns how many queued frames were dropped.
    pub(super) fn fail(&self, fault: &Fault) -> usize {
        let mut outbox = self.outbox.lock();
        let dropped = match outbox.phase().closing().sent {
            true => 0,
            false => {
                let payload = close::build(Some(close::code_for(fault.code())), fault.text());
                outbox.close_automatically(payload)
            }
        };
        self.on_event(&mut outbox, Event::ProtocolError(fault));
        let _ = self.linger_step_with(&mut outbox);
        dropped
    }

    /// Returns until when a read may wait for the peer's Close.
    pub(super) fn close_deadline(&self, outbox: &Outbox) -> Deadline {
        outbox.close_deadline(self.close_timeout_ms())
    }

    /// Closes a connection whose peer did not answer our Close in time, and returns why a read fails.
    pub(super) fn give_up_closing(&self, reader: &mut Reader) -> Fault {
        let text = "The peer did not answer our Close within the limit of ckws_set_close_timeout_ms, so the \
                    connection was closed.";
        self.give_up(reader, Fault::new(ErrorCode::CloseTimeout, text))
    }

    /// Advances the end as far as possible without waiting; returns Ok once the connection is closed.
    pub(super) fn linger_step(&self) -> TryResult<()> {
        self.linger_step_with(&mut self.outbox.lock())
    }

    /// Like [`Session::linger_step`], for a caller that has the outbox's lock.
    pub(super) fn linger_step_with(&self, outbox: &mut Outbox) -> TryResult<()> {
        if !outbox.phase().is_ending() {
            return Ok(());
        }
        let outcome = self.pipe.lock().linger(outbox);
        match outcome {
            Err(TryError::WouldBlock) => Err(TryError::WouldBlock),
            // The peer's end of stream or its reset, or the time is up.
            _ => {
                self.on_event(outbox, Event::LingerOver);
                Ok(())
            }
        }
    }

    /// Waits for the end of the ending connection of `operation`. No failure here fails the call, whose work is done.
    pub(super) async fn linger(&self, op: &mut Op<'_>, operation: &Operation<'_>) {
        loop {
            let seen = self.cancel.waiting().epoch();
            let Some((readiness, until)) = self.linger_on(operation) else { return };
            let waited = op.ready_or_notified(readiness, until, self.cancel.waiting(), seen).await;
            if waited.is_err() {
                return;
            }
        }
    }

    /// Makes one step of [`Session::linger`]; returns what to wait for next, or None at the end.
    fn linger_on(&self, operation: &Operation<'_>) -> Option<(Readiness, Deadline)> {
        let mut outbox = operation.outbox().ok()?;
        if self.linger_step_with(&mut outbox).is_ok() {
            return None;
        }
        let pipe = self.pipe.lock();
        let (link, linger) = (pipe.link.as_ref()?, pipe.linger.as_ref()?);
        Some((link.readiness(linger.is_finished(), outbox.has_output()), linger.until()))
    }

    /// Returns whether an end has begun that is not over.
    pub(super) fn is_ending(&self) -> bool {
        self.outbox.lock().phase().is_ending()
    }
}

impl Pipe {
    /// Sends what is queued, then advances the end. Fails with WouldBlock while there is time for more.
    fn linger(&mut self, outbox: &mut Outbox) -> TryResult<()> {
        let Some(link) = &mut self.link else { return Ok(()) };
        let linger = self.linger.get_or_insert_with(|| Linger::begin(Deadline::NEVER));
        let outcome = match outbox.pump(link.as_mut()) {
            // The sender has to bring the remaining bytes of its frame first; our Close follows it.
            Ok(()) if outbox.is_streaming() => Err(TryError::WouldBlock),
            Ok(()) => linger.advance(link.as_mut()),
            outcome => outcome,
        };
        match outcome {
            Err(TryError::WouldBlock) if linger.until().has_passed(Instant::now()) => Ok(()),
            outcome => outcome,
        }
    }
}
