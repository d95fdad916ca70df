//! One HTTP/1.1 request after the other over a link, one response each.

use crate::base::growth::make_room;
use crate::base::{Deadline, ErrorCode, Fault, Result};
use crate::engine::{IdleTimer, Op, Waited};
use crate::link::linger::Linger;
use crate::link::{Exposure, Facts, Link, ReadBuf, TryError, TryResult, Wire};
use crate::proto::http1::{BodyReader, Head, HeadReader};
use crate::sys::blocks::{self, BLOCK_SIZE};
use std::time::Instant;

fn request_timeout() -> Fault {
    Fault::new(ErrorCode::HttpTimeout, "The request could not be sent within the time-out.")
}

/// Reports to the caller how much of a large body has arrived.
async fn report_progress(op: &mut Op<'_>, reader: &BodyReader, arrived: usize) -> Result<()> {
    let arrived = arrived as u64;
    match reader.announced_rest().map(|rest| arrived.saturating_add(rest)) {
        Some(total) if total > BLOCK_SIZE as u64 => op.percent_done(arrived, total).await,
        _ => Ok(()),
    }
}

/// A link that speaks HTTP, and what was received on it and not used.
pub struct Connection {
    link: Box<dyn Link>,
    facts: Facts,
    unread: Vec<u8>,
    /// Whether the server has sent anything.
    received_any: bool,
}

/// What to try if a server ends a connection in clear text before it has sent anything.
const TLS_HINT: &str = "If the port expects TLS, connect with wss:// (a Rest with tls true).";

impl Connection {
    /// Nothing was received on `wire` yet.
    pub fn new(wire: Wire) -> Self {
        Self { link: wire.link, facts: wire.facts, unread: Vec::new(), received_any: false }
    }

    /// Returns the link below.
    pub fn link(&mut self) -> &mut dyn Link {
        self.link.as_mut()
    }

    /// Who can read the requests.
    pub fn exposure(&self) -> Exposure {
        self.facts.exposure
    }

    /// Returns what is known of it.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Returns the link, and the bytes that arrived after the last response.
    pub fn into_parts(self) -> (Box<dyn Link>, Vec<u8>) {
        (self.link, self.unread)
    }

    /// Ends it, so that what was sent reaches the peer, whose end is waited for.
    pub async fn close(mut self, op: &mut Op<'_>) -> Result<()> {
        let mut linger = Linger::begin(op.deadline());
        while let Err(TryError::WouldBlock) = linger.advance(self.link()) {
            if linger.until().has_passed(Instant::now()) {
                break;
            }
            op.ready(self.link.readiness(true, !linger.is_finished()), linger.until()).await?;
        }
        Ok(())
    }

    /// Returns whether bytes have arrived that belong to no response yet.
    pub fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Returns whether no request can follow: the server has ended the connection, or sent bytes that answer no
    /// request.
    pub fn is_stale(&mut self) -> bool {
        self.has_unread() || !matches!(self.receive_step(), Err(TryError::WouldBlock))
    }

    /// Sends all of a request; `idle_ms` bounds each stall, 0 is no limit.
    pub async fn send(&mut self, op: &mut Op<'_>, request: &[u8], idle_ms: u32) -> Result<()> {
        let mut sent = 0;
        let mut timer = IdleTimer::new(idle_ms);
        loop {
            match self.send_step(request, &mut sent) {
                Ok(()) => return Ok(()),
                Err(TryError::Failed(fault)) => return self.early_response(fault),
                Err(TryError::WouldBlock) => {}
            }
            let now = Instant::now();
            let look = timer.next_write(sent as u64, now).filter(|_| !op.deadline().has_passed(now));
            let until = look.ok_or_else(request_timeout)?;
            op.ready(self.link.readiness(false, true), until).await?;
        }
    }

    /// Returns Ok if a response can be read though sending failed with `fault`: a server that refuses may answer and
    /// close before it has read the request. Over TLS the answer may be an alert, which replaces the fault.
    fn early_response(&mut self, fault: Fault) -> Result<()> {
        while fault.code() == ErrorCode::ConnectionReset {
            match self.read_step() {
                Ok(1..) => {}
                Err(TryError::Failed(alert)) if alert.code() == ErrorCode::TlsAlert => return Err(alert),
                _ => break,
            }
        }
        if self.unread.is_empty() { Err(self.with_hint(fault)) } else { Ok(()) }
    }

    /// Returns the fault, with a hint if the connection ended before the server sent anything.
    fn with_hint(&self, fault: Fault) -> Fault {
        let ended = matches!(
            fault.code(),
            ErrorCode::HttpTruncated | ErrorCode::ConnectionReset | ErrorCode::ConnectionLost
        );
        if !ended || self.received_any || self.exposure() == Exposure::EncryptedToTarget {
            return fault;
        }
        Fault::new(fault.code(), [fault.text(), TLS_HINT].join(" "))
    }

    /// Reads a response's head; interim responses are skipped. What arrived of it stays in `reader`.
    pub async fn read_head(
        &mut self,
        op: &mut Op<'_>,
        reader: &mut HeadReader,
        idle_ms: u32,
    ) -> Result<Head> {
        loop {
            let received = std::mem::take(&mut self.unread);
            if let Some(head) = reader.feed(&received)? {
                self.unread = reader.take_rest();
                return Ok(head);
            }
            let ended = match self.receive(op, idle_ms).await {
                Ok(1..) => continue,
                Ok(0) => reader.eof_fault(),
                Err(fault) => fault,
            };
            return Err(self.with_hint(ended));
        }
    }

    /// Reads a response's body into `body`, as it is: true once all of it is there. After `enough` bytes, more or
    /// less, it stops; the rest stays where it is.
    pub async fn read_body(
        &mut self,
        op: &mut Op<'_>,
        reader: &mut BodyReader,
        enough: usize,
        idle_ms: u32,
        body: &mut Vec<u8>,
    ) -> Result<bool> {
        let mut since_yield = 0;
        loop {
            if self.decode_body(reader, body)? {
                op.percent_complete().await;
                return Ok(true);
            }
            if body.len() >= enough {
                return Ok(false);
            }
            report_progress(op, reader, body.len()).await?;
            let count = self.receive(op, idle_ms).await?;
            if count == 0 {
                return reader.at_eof().map(|()| true);
            }
            since_yield += count;
            if since_yield >= BLOCK_SIZE {
                since_yield = 0;
                op.yield_now().await?;
            }
        }
    }

    /// Takes the unread bytes as far as they go; returns true once the body is complete.
    fn decode_body(&mut self, reader: &mut BodyReader, body: &mut Vec<u8>) -> Result<bool> {
        let mut used = 0;
        let done = loop {
            let input = self.unread.get(used..).unwrap_or_default();
            let step = reader.next(input)?;
            let data = input.get(step.data).unwrap_or_default();
            make_room(body, data.len(), reader.max_size()).map_err(|_| {
                Fault::new(ErrorCode::OutOfMemory, "There is no memory for the response body.")
            })?;
            body.extend_from_slice(data);
            used += step.consumed;
            if step.done || step.consumed == 0 {
                break step.done;
            }
        };
        self.unread.drain(..used);
        Ok(done)
    }

    async fn receive(&mut self, op: &mut Op<'_>, idle_ms: u32) -> Result<usize> {
        let deadline = Deadline::after_ms(idle_ms);
        loop {
            op.check()?;
            match self.receive_step() {
                Ok(count) => return Ok(count),
                Err(TryError::Failed(fault)) => return Err(fault),
                Err(TryError::WouldBlock) => {}
            }
            if op.ready(self.link.readiness(true, false), deadline).await? == Waited::TimedOut {
                return Err(Fault::new(
                    ErrorCode::HttpTimeout,
                    "The server sent no response within the time-out.",
                ));
            }
        }
    }

    fn receive_step(&mut self) -> TryResult<usize> {
        // Part of a TLS flight may wait inside the link.
        match self.link.try_flush() {
            Ok(()) | Err(TryError::WouldBlock) => {}
            Err(error) => return Err(error),
        }
        self.read_step()
    }

    fn read_step(&mut self) -> TryResult<usize> {
        let mut block = blocks::take();
        let outcome = self.link.try_read(&mut ReadBuf::new(&mut block, BLOCK_SIZE));
        self.unread.extend_from_slice(&block);
        self.received_any |= !block.is_empty();
        blocks::give(block);
        outcome
    }

    fn send_step(&mut self, request: &[u8], sent: &mut usize) -> TryResult<()> {
        while let Some(rest) = request.get(*sent..).filter(|rest| !rest.is_empty()) {
            match self.link.try_write(rest)? {
                0 => return Err(TryError::WouldBlock),
                taken => *sent += taken,
            }
        }
        self.link.try_flush()
    }
}
