//! WebSocket: the object this library is about.

mod connect;
mod frames;

use super::object_base::{size_limit, timeout_ms};
use super::rest::{Claim, Rest};
use super::{Client, Object, ObjectBase, Requester, Socket};
use crate::base::growth::copy_of_text;
use crate::base::{Locked, Rank, Result};
use crate::engine::{ConnectStage, Op};
use crate::proto::http1::{Head, Headers};
use crate::proto::ws::autoreply::Policy;
use crate::proto::ws::handshake;
use crate::session::{Epoch, ReadOptions, Session};

pub use crate::session::Payload;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};

const DEFAULT_MAX_MESSAGE_SIZE: u64 = 64 * 1024 * 1024;

const DEFAULT_CLOSE_TIMEOUT_MS: u32 = 10_000;

/// The object of a `ckws_websocket *`.
pub struct WebSocket {
    base: ObjectBase,
    close_auto_respond: AtomicBool,
    ping_auto_respond: AtomicBool,
    pong_auto_consume: AtomicBool,
    auto_flush: AtomicBool,
    client: Client,
    max_message_size: AtomicU64,
    read_frame_fail_reason: AtomicI32,
    request_headers: Locked<Headers>,
    /// The Socket whose settings connects use.
    transport: Locked<Option<Arc<Socket>>>,
    opening: Locked<Opening, { Rank::Opening as u8 }>,
    session: Session,
}

/// The opening handshake of the latest connection.
#[derive(Default)]
struct Opening {
    /// The connection it belongs to.
    epoch: Epoch,
    handshake: Option<Handshake>,
    response: Option<Arc<Head>>,
    /// The body of a refusal.
    response_body: Box<str>,
    /// How far it came.
    stage: ConnectStage,
    /// How many connections the object has had, this one included.
    connections: u32,
}

/// A handshake that runs over a Rest, from UseConnection to ValidateServerHandshake.
struct Handshake {
    rest: Arc<Rest>,
    _claim: Arc<Claim>,
}

impl Default for WebSocket {
    fn default() -> Self {
        let session = Session::default();
        session.set_close_timeout_ms(DEFAULT_CLOSE_TIMEOUT_MS);
        Self {
            base: ObjectBase::default(),
            close_auto_respond: AtomicBool::new(true),
            ping_auto_respond: AtomicBool::new(true),
            pong_auto_consume: AtomicBool::new(true),
            auto_flush: AtomicBool::new(true),
            client: Client::default(),
            max_message_size: AtomicU64::new(DEFAULT_MAX_MESSAGE_SIZE),
            read_frame_fail_reason: AtomicI32::new(0),
            request_headers: Locked::default(),
            transport: Locked::default(),
            opening: Locked::default(),
            session,
        }
    }
}

impl Object for WebSocket {
    fn base(&self) -> &ObjectBase {
        &self.base
    }

    fn client(&self) -> Option<&Client> {
        Some(&self.client)
    }

    fn on_unused(&self) {
        self.opening.lock().handshake = None;
        self.session.abandon();
    }
}

impl Requester for WebSocket {
    /// Returns the head of the response to the opening handshake, also of a refusal.
    fn response(&self) -> Option<Arc<Head>> {
        self.opening.lock().response.clone()
    }
}

impl WebSocket {
    /// Returns its connect settings and time-outs.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// CloseAutoRespond.
    pub fn close_auto_respond(&self) -> bool {
        self.close_auto_respond.load(Ordering::Relaxed)
    }

    /// Sets CloseAutoRespond.
    pub fn set_close_auto_respond(&self, value: bool) {
        self.close_auto_respond.store(value, Ordering::Relaxed);
    }

    /// PingAutoRespond.
    pub fn ping_auto_respond(&self) -> bool {
        self.ping_auto_respond.load(Ordering::Relaxed)
    }

    /// Sets PingAutoRespond.
    pub fn set_ping_auto_respond(&self, value: bool) {
        self.ping_auto_respond.store(value, Ordering::Relaxed);
    }

    /// PongAutoConsume.
    pub fn pong_auto_consume(&self) -> bool {
        self.pong_auto_consume.load(Ordering::Relaxed)
    }

    /// Sets PongAutoConsume.
    pub fn set_pong_auto_consume(&self, value: bool) {
        self.pong_auto_consume.store(value, Ordering::Relaxed);
    }

    /// AutoFlush.
    pub fn auto_flush(&self) -> bool {
        self.auto_flush.load(Ordering::Relaxed)
    }

    /// Sets AutoFlush.
    pub fn set_auto_flush(&self, value: bool) {
        self.auto_flush.store(value, Ordering::Relaxed);
    }

    /// MaxMessageSize.
    pub fn max_message_size(&self) -> u64 {
        self.max_message_size.load(Ordering::Relaxed)
    }

    /// Sets MaxMessageSize, from the next frame on.
    pub fn set_max_message_size(&self, value: i64) -> Result<()> {
        let bytes = size_limit(value)?;
        self.max_message_size.store(bytes, Ordering::Relaxed);
        self.session.set_max_message_size(bytes);
        Ok(())
    }

    /// Sets CloseTimeoutMs.
    pub fn set_close_timeout_ms(&self, value: i32) -> Result<()> {
        self.session.set_close_timeout_ms(timeout_ms(value)?);
        Ok(())
    }

    /// Adds a header field to the handshake of [`WebSocket::connect`]; replaces one of the same name.
    pub fn add_request_header(&self, name: &str, value: &str) -> Result<()> {
        handshake::check_request_field(name)?;
        self.request_headers.lock().add(name, value)
    }

    /// Removes the header fields of that name.
    pub fn remove_request_header(&self, op: &mut Op<'_>, name: &str) {
        let removed = self.request_headers.lock().remove(name);
        op.log.fact("removed", removed);
    }

    /// ResponseBody: the first bytes of a refusal's body.
    pub fn response_body(&self) -> Result<String> {
        copy_of_text(&self.opening.lock().response_body)
    }

    /// Returns the subprotocol that the server chose; empty for none.
    pub fn subprotocol(&self) -> String {
        let opening = self.opening.lock();
        let response = opening.response.as_ref().filter(|_| opening.stage == ConnectStage::Open);
        let chosen = response.and_then(|head| head.headers.get("Sec-WebSocket-Protocol"));
        chosen.unwrap_or_default().to_owned()
    }

    /// ConnectStage.
    pub fn connect_stage(&self) -> ConnectStage {
        self.opening.lock().stage
    }

    /// ConnectionNumber.
    pub fn connection_number(&self) -> u32 {
        self.opening.lock().connections
    }

    /// Returns the connection.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// ReadFrameFailReason.
    pub fn read_frame_fail_reason(&self) -> i32 {
        self.read_frame_fail_reason.load(Ordering::Relaxed)
    }

    /// CloseConnection.
    pub fn close_connection(&self) {
        let mut opening = self.opening.lock();
        opening.handshake = None;
        self.session.close_now();
    }

    fn policy(&self) -> Policy {
        Policy {
            close_auto_respond: self.close_auto_respond(),
            ping_auto_respond: self.ping_auto_respond(),
            pong_auto_consume: self.pong_auto_consume(),
        }
    }

    fn read_options(&self) -> ReadOptions {
        ReadOptions { policy: self.policy(), idle_ms: self.client.idle_timeout_ms() }
    }
}
