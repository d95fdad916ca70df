//! Frames and messages, both ways.

use super::WebSocket;
use crate::base::{ErrorCode, Fault, Result, utf8};
use crate::engine::Op;
use crate::object::task::call::{Found, Message};
use crate::object::{BinData, StringBuilder, fail_reason};
use crate::proto::ws::close;
use crate::proto::ws::control::ControlPayload;
use crate::proto::ws::opcode::Opcode;
use crate::session::{Outgoing, Payload};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The largest status code that SendClose takes; what may be sent is a smaller set (RFC 6455 section 7.4).
const MAX_STATUS_CODE: i32 = 16383;

/// What a Close reason may take beside its status code (RFC 6455 section 5.5).
const MAX_REASON: usize = 123;

impl WebSocket {
    /// ReadFrame.
    pub async fn read_frame<'a>(&'a self, op: &mut Op<'a>) -> Result<()> {
        let outcome = self.session.read_frame(op, self.read_options()).await;
        self.note_read(op, outcome)
    }

    /// ReadMessage.
    pub async fn read_message<'a>(&'a self, op: &mut Op<'a>) -> Result<()> {
        let outcome = self.session.read_message(op, self.read_options()).await;
        self.note_read(op, outcome)
    }

    /// Receive: returns the opcode, and the payload, valid until the calling thread's next read.
    pub async fn receive<'a>(&'a self, op: &mut Op<'a>) -> Result<(Opcode, *const u8, usize)> {
        let outcome = self.session.receive(op, self.read_options()).await;
        if let Ok((_, _, len)) = &outcome {
            op.log.verbose(|log| log.fact("payloadBytes", *len));
        }
        self.note_read(op, outcome)
    }

    /// Receive, for a task, which takes the message when it ends.
    pub async fn find<'a>(self: &'a Arc<Self>, op: &mut Op<'a>) -> Result<Box<dyn Found>> {
        let outcome = self.session.find(op, self.read_options()).await;
        let found = outcome.map(|()| FoundMessage { websocket: Arc::clone(self), is_taken: false });
        Ok(Box::new(self.note_read(op, found)?))
    }

    /// TryReadFrame.
    pub fn try_read_frame(&self, op: &mut Op<'_>) -> Result<()> {
        let outcome = self.session.try_read_frame(op, self.policy());
        self.note_read(op, outcome)
    }

    /// PollDataAvailable.
    pub fn poll_data_available(&self) -> bool {
        self.session.poll_readable(self.policy())
    }

    /// GetFrameData: the accumulated data as text. Bytes that are not UTF-8 are shown as U+FFFD.
    pub fn frame_data(&self) -> Result<String> {
        utf8::to_text(self.session.take_received_text()?)
    }

    /// GetFrameDataBd.
    pub fn frame_data_bd(&self, bin_data: &BinData) -> Result<()> {
        self.session.hand_over_received(|bytes| bin_data.append(bytes))
    }

    /// GetFrameDataSb.
    pub fn frame_data_sb(&self, string_builder: &StringBuilder) -> Result<()> {
        string_builder.append_owned(self.frame_data()?)
    }

    /// SendFrame and its siblings: one data frame.
    pub async fn send_frame<'a>(
        &'a self,
        op: &mut Op<'a>,
        kind: Opcode,
        payload: Payload<'_>,
        final_frame: bool,
    ) -> Result<()> {
        let frame =
            Outgoing { kind, payload, fin: final_frame, whole_message: false, flush: self.auto_flush() };
        self.send(op, frame).await
    }

    /// SendText and SendBinary: one whole message.
    pub async fn send_message<'a>(
        &'a self,
        op: &mut Op<'a>,
        kind: Opcode,
        payload: Payload<'_>,
    ) -> Result<()> {
        let frame = Outgoing { kind, payload, fin: true, whole_message: true, flush: self.auto_flush() };
        self.send(op, frame).await
    }

    /// SendPing.
    pub async fn send_ping<'a>(&'a self, op: &mut Op<'a>, data: &str) -> Result<()> {
        let payload = ControlPayload::truncated_text(data);
        if payload.as_bytes().len() < data.len() {
            op.log.info("The ping data was cut to 125 bytes (RFC 6455 section 5.5).");
        }
        self.session
            .send(op, Outgoing::control(Opcode::Ping, payload.as_bytes()), self.client.idle_timeout_ms())
            .await
    }

    /// SendPong.
    pub async fn send_pong<'a>(&'a self, op: &mut Op<'a>) -> Result<()> {
        let outcome = self.session.send_pong(op, self.client.idle_timeout_ms()).await;
        outcome.map_err(|fault| self.name_pending_handshake(fault))
    }

    /// SendClose.
    pub async fn send_close<'a>(
        &'a self,
        op: &mut Op<'a>,
        include_status: bool,
        status: i32,
        reason: &str,
    ) -> Result<()> {
        let code = match include_status {
            true => Some(check_status(op, status)?),
            false => None,
        };
        if include_status && utf8::prefix(reason, MAX_REASON).len() < reason.len() {
            op.log.info("The reason was cut to 123 bytes (RFC 6455 section 5.5).");
        }
        let outcome =
            self.session.send_close(op, close::build(code, reason), self.client.idle_timeout_ms()).await;
        outcome.map_err(|fault| self.name_pending_handshake(fault))
    }

    /// Flush.
    pub async fn flush<'a>(&'a self, op: &mut Op<'a>) -> Result<()> {
        self.session.flush(op, self.client.idle_timeout_ms()).await
    }

    async fn send<'a>(&'a self, op: &mut Op<'a>, frame: Outgoing<'_>) -> Result<()> {
        let outcome = self.session.send(op, frame, self.client.idle_timeout_ms()).await;
        outcome.map_err(|fault| self.name_pending_handshake(fault))
    }

    /// Names the pending handshake: the text "not connected" does not help a program that has forgotten
    /// ckws_validate_server_handshake.
    fn name_pending_handshake(&self, fault: Fault) -> Fault {
        if fault.code() == ErrorCode::NotConnected && self.opening.lock().handshake.is_some() {
            let text = "The opening handshake is not complete: ckws_validate_server_handshake has not succeeded \
                        yet.";
            return Fault::new(ErrorCode::HandshakePending, text);
        }
        fault
    }

    fn note_read<R>(&self, op: &mut Op<'_>, outcome: Result<R>) -> Result<R> {
        let outcome = outcome.map_err(|fault| self.name_pending_handshake(fault));
        let code = outcome.as_ref().err().map_or(ErrorCode::None, Fault::code);
        self.read_frame_fail_reason.store(fail_reason::read_frame(code), Ordering::Relaxed);
        op.log.verbose(|log| {
            self.session.with_facts(|facts| {
                if let Some(opcode) = facts.opcode {
                    log.fact("opcode", opcode.name());
                    // A control frame is always final, and leaves the fact of the last data frame as it was.
                    if !opcode.is_control() {
                        log.fact("finalFrame", facts.final_frame);
                    }
                }
            });
            log.fact("frameDataLen", self.session.received_len());
        });
        outcome
    }
}

/// A message that a task has read, and its connection keeps.
struct FoundMessage {
    websocket: Arc<WebSocket>,
    is_taken: bool,
}

impl Found for FoundMessage {
    fn take(mut self: Box<Self>) -> Result<Message> {
        self.is_taken = true;
        let (opcode, data) = self.websocket.session.take_found()?;
        Ok(Message { opcode: i32::from(opcode.bits()), data })
    }
}

impl Drop for FoundMessage {
    fn drop(&mut self) {
        if !self.is_taken {
            self.websocket.session.leave_found();
        }
    }
}

fn check_status(op: &mut Op<'_>, status: i32) -> Result<u16> {
    let code = u16::try_from(status).ok().filter(|_| status <= MAX_STATUS_CODE).ok_or_else(|| {
        let text = format!("A close status code is 0 to {MAX_STATUS_CODE}, not {status}.");
        Fault::new(ErrorCode::InvalidArgument, text)
    })?;
    if !close::is_sendable(code) {
        op.log.info("RFC 6455 section 7.4 does not allow this status code on the wire; it is sent as asked.");
    }
    Ok(code)
}
