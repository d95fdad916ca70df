//! One request after the other over a connection, in three steps each: send it, read the head of the response,
//! read its body.
//!
//! What has arrived is kept here: a step that ran out of time, or was dropped half-way, goes on where it was.

use super::Connection;
use crate::base::growth::copy_of_text;
use crate::base::{ErrorCode, Fault, Result};
use crate::engine::Op;
use crate::proto::http1::{BodyReader, Framing, Head, HeadReader};
use crate::sys::socket::Socket;
use crate::sys::source::Source;
use std::sync::{Arc, Weak};

/// An unread body is skipped in pieces of this size.
const SKIP_PIECE: usize = 64 * 1024;

/// A connection, and how far the exchange on it is.
pub struct Exchange {
    connection: Connection,
    stage: Stage,
    presence: Arc<Presence>,
}

/// Lives as long as an exchange: a weak reference to it tells whether the connection is still used for HTTP.
#[derive(Debug)]
pub struct Presence {
    source: Option<Source>,
}

impl Presence {
    /// Ends the connection hard: calls that wait on it end.
    pub fn shut_down(&self) {
        if let Some(source) = self.source.clone() {
            Socket::from(source).shutdown_both();
        }
    }
}

/// What can be done next.
enum Stage {
    /// Send the first request.
    Fresh,
    /// Send another request.
    Free,
    /// Nothing, unless the request that is being sent leaves as a whole.
    Sending,
    /// Read the head of the response to a request with this verb.
    Head { verb: String, reader: HeadReader },
    /// Read the body of the response.
    Body(Box<Body>),
    /// Nothing: the server has switched to another protocol (status 101).
    Switched,
    /// Nothing.
    Over,
}

/// A response body on its way.
struct Body {
    verb: String,
    head: Arc<Head>,
    /// Made when the body begins to be read: the limit is that of this moment.
    reader: Option<BodyReader>,
    received: Vec<u8>,
    /// A part of it has been thrown away.
    skipped: bool,
}

impl Exchange {
    /// Nothing was sent on `connection` yet.
    pub fn new(mut connection: Connection) -> Self {
        let presence = Arc::new(Presence { source: connection.link().source().cloned() });
        Self { connection, stage: Stage::Fresh, presence }
    }

    /// Returns the connection.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Returns what lives as long as this.
    pub fn presence(&self) -> Weak<Presence> {
        Arc::downgrade(&self.presence)
    }

    /// Returns the connection, for another protocol.
    pub fn into_connection(self) -> Connection {
        self.connection
    }

    /// Returns whether a request was sent whose response was not read to its end.
    pub fn is_unfinished(&self) -> bool {
        matches!(self.stage, Stage::Head { .. } | Stage::Body(_))
    }

    /// Returns whether nothing more can be done on this connection.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Sending | Stage::Over)
    }

    /// Fails while a response has to be read first, and once the connection is for another protocol. An unread body is
    /// no reason: [`Self::make_ready`] deals with that.
    pub fn check_not_pending(&self) -> Result<()> {
        match &self.stage {
            Stage::Head { .. } => Err(Fault::new(
                ErrorCode::ResponsePending,
                "The response to the last request has not been read: call ckws_rest_read_response_header, or \
                 ckws_rest_disconnect.",
            )),
            Stage::Switched => Err(switched()),
            Stage::Body(body) if body.is_of_switch() => Err(switched()),
            _ => Ok(()),
        }
    }

    /// Makes sure that a request can be sent: skips an unread body, or fails if it is longer than `most` bytes.
    pub async fn make_ready(
        &mut self,
        op: &mut Op<'_>,
        most: u64,
        max_size: u64,
        idle_ms: u32,
    ) -> Result<()> {
        self.check_not_pending()?;
        if matches!(self.stage, Stage::Body(_)) {
            self.skip_body(op, most, max_size, idle_ms).await?;
        }
        let stale = self.connection.is_stale();
        let usable = match self.stage {
            // A server that refuses may respond and close before it has received a request.
            Stage::Fresh => !stale || self.connection.has_unread(),
            // Here such bytes must not be taken for the response to the next request.
            Stage::Free => !stale,
            _ => false,
        };
        if usable {
            return Ok(());
        }
        self.stage = Stage::Over;
        Err(Fault::new(ErrorCode::NotConnected, "The server has ended the connection."))
    }

    /// Sends a request. After a failure in the middle of it nothing can follow.
    pub async fn send(&mut self, op: &mut Op<'_>, verb: &str, request: &[u8], idle_ms: u32) -> Result<()> {
        self.stage = Stage::Sending;
        self.connection.send(op, request, idle_ms).await?;
        self.stage = Stage::Head { verb: copy_of_text(verb)?, reader: HeadReader::default() };
        Ok(())
    }

    /// Reads the head of the response.
    pub async fn read_head(&mut self, op: &mut Op<'_>, idle_ms: u32) -> Result<Arc<Head>> {
        let Stage::Head { verb, reader } = &mut self.stage else { return Err(no_request()) };
        match self.connection.read_head(op, reader, idle_ms).await {
            Ok(head) => {
                let head = Arc::new(head);
                let body = Body::new(std::mem::take(verb), Arc::clone(&head));
                self.stage = Stage::Body(Box::new(body));
                Ok(head)
            }
            Err(fault) => Err(self.end_unless_resumable(fault)),
        }
    }

    /// Reads the body, of at most `max_size` bytes; 0 sets no limit.
    pub async fn read_body(&mut self, op: &mut Op<'_>, max_size: u64, idle_ms: u32) -> Result<Vec<u8>> {
        if matches!(&self.stage, Stage::Body(body) if body.skipped) {
            return Err(no_body());
        }
        self.read_some_body(op, usize::MAX, max_size, idle_ms).await?;
        let Stage::Body(body) = &mut self.stage else { return Err(no_body()) };
        let received = std::mem::take(&mut body.received);
        self.end_body();
        Ok(received)
    }

    async fn skip_body(&mut self, op: &mut Op<'_>, most: u64, max_size: u64, idle_ms: u32) -> Result<()> {
        let mut skipped = 0;
        loop {
            let complete = self.read_some_body(op, SKIP_PIECE, max_size, idle_ms).await?;
            let Stage::Body(body) = &mut self.stage else { return Err(no_body()) };
            skipped += body.received.len() as u64;
            body.received.clear();
            body.skipped = true;
            if complete {
                op.log.fact("skippedBodyBytes", skipped);
                self.end_body();
                return Ok(());
            }
            if skipped > most {
                self.stage = Stage::Over;
                let text = "The body of the last response was not read, and is too long to be skipped.";
                return Err(Fault::new(ErrorCode::NotConnected, text));
            }
        }
    }

    async fn read_some_body(
        &mut self,
        op: &mut Op<'_>,
        enough: usize,
        max_size: u64,
        idle_ms: u32,
    ) -> Result<bool> {
        let Self { connection, stage: Stage::Body(body), .. } = self else { return Err(no_body()) };
        let outcome = match body.reader(max_size) {
            Ok((reader, received)) => connection.read_body(op, reader, enough, idle_ms, received).await,
            Err(fault) => Err(fault),
        };
        outcome.map_err(|fault| self.end_unless_resumable(fault))
    }

    fn end_body(&mut self) {
        let Stage::Body(body) = &self.stage else { return };
        self.stage = match body.is_followed() {
            _ if body.is_of_switch() => Stage::Switched,
            true => Stage::Free,
            false => Stage::Over,
        };
    }

    /// A call that ran out of time may be made again.
    fn end_unless_resumable(&mut self, fault: Fault) -> Fault {
        let resumable =
            [ErrorCode::HttpTimeout, ErrorCode::Aborted, ErrorCode::ClosedLocally, ErrorCode::Interrupted];
        if !resumable.contains(&fault.code()) {
            self.stage = Stage::Over;
        }
        fault
    }
}

impl Body {
    fn new(verb: String, head: Arc<Head>) -> Self {
        Self { verb, head, reader: None, received: Vec::new(), skipped: false }
    }

    fn reader(&mut self, max_size: u64) -> Result<(&mut BodyReader, &mut Vec<u8>)> {
        let reader = match self.reader.take() {
            Some(reader) => reader,
            None => BodyReader::new(Framing::of(&self.verb, &self.head)?, max_size),
        };
        Ok((self.reader.insert(reader), &mut self.received))
    }

    /// Returns whether the server speaks another protocol after this response (RFC 9110 section 15.2.2).
    fn is_of_switch(&self) -> bool {
        self.head.status == 101
    }

    /// Returns whether another request may follow on the connection (RFC 9112 section 9.3).
    fn is_followed(&self) -> bool {
        let values = self.head.headers.values_of("Connection");
        let has_token = |token: &str| {
            values
                .iter()
                .flat_map(|value| value.split(','))
                .any(|each| each.trim().eq_ignore_ascii_case(token))
        };
        let persistent = !has_token("close") && (self.head.minor_version > 0 || has_token("keep-alive"));
        let until_close = matches!(Framing::of(&self.verb, &self.head), Ok(Framing::UntilClose));
        persistent && !until_close
    }
}

fn no_request() -> Fault {
    Fault::new(ErrorCode::NoResponse, "No request has been sent whose response is still to be read.")
}

fn switched() -> Fault {
    let text = "The server has switched to another protocol (status 101): call ckws_validate_server_handshake, or \
                ckws_rest_disconnect.";
    Fault::new(ErrorCode::HandshakePending, text)
}

fn no_body() -> Fault {
    let text = "There is no response body to read: the head is read before it, and a body only once.";
    Fault::new(ErrorCode::NoResponse, text)
}
