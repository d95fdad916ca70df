//! WebSocket: the object this library is about.

mod connect;
mod frames;

use super::common::timeout_ms;
use super::files::pem_or_file;
use super::rest::{Claim, Rest, field_of};
use super::{Common, Object};
use crate::base::{ErrorCode, Fault, Locked, Result};
use crate::engine::Cx;
use crate::link::tls::TlsSettings;
use crate::proto::http1::{Head, Headers};
use crate::proto::ws::autoreply::Policy;
use crate::proto::ws::handshake;
use crate::session::{ReadOptions, Session};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32, AtomicU64, Ordering};

const DEFAULT_TIMEOUT_MS: u32 = 30_000;
const DEFAULT_MAX_MESSAGE_SIZE: u64 = 64 * 1024 * 1024;

/// The object behind `ckws_websocket *`.
pub struct WebSocket {
    common: Common,
    close_auto_respond: AtomicBool,
    ping_auto_respond: AtomicBool,
    pong_auto_consume: AtomicBool,
    auto_flush: AtomicBool,
    idle_timeout_ms: AtomicU32,
    connect_timeout_ms: AtomicU32,
    max_message_size: AtomicU64,
    read_frame_fail_reason: AtomicI32,
    settings: Locked<Settings>,
    handshake: Locked<Option<Handshake>>,
    response: Locked<Option<Arc<Head>>>,
    subprotocol: Locked<String>,
    session: Session,
}

#[derive(Default)]
struct Settings {
    request_headers: Headers,
    tls: TlsSettings,
    uncommon_options: String,
}

/// A handshake that runs over a Rest, from UseConnection to ValidateServerHandshake.
struct Handshake {
    rest: Arc<Rest>,
    _claim: Arc<Claim>,
}

impl Default for WebSocket {
    fn default() -> Self {
        Self {
            common: Common::default(),
            close_auto_respond: AtomicBool::new(true),
            ping_auto_respond: AtomicBool::new(true),
            pong_auto_consume: AtomicBool::new(true),
            auto_flush: AtomicBool::new(true),
            idle_timeout_ms: AtomicU32::new(DEFAULT_TIMEOUT_MS),
            connect_timeout_ms: AtomicU32::new(DEFAULT_TIMEOUT_MS),
            max_message_size: AtomicU64::new(DEFAULT_MAX_MESSAGE_SIZE),
            read_frame_fail_reason: AtomicI32::new(0),
            settings: Locked::default(),
            handshake: Locked::default(),
            response: Locked::default(),
            subprotocol: Locked::default(),
            session: Session::default(),
        }
    }
}

impl Object for WebSocket {
    fn common(&self) -> &Common {
        &self.common
    }

    fn abandon(&self) {
        self.session.abandon();
    }
}

impl WebSocket {
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

    /// IdleTimeoutMs.
    pub fn idle_timeout_ms(&self) -> u32 {
        self.idle_timeout_ms.load(Ordering::Relaxed)
    }

    /// Sets IdleTimeoutMs.
    pub fn set_idle_timeout_ms(&self, value: i32) -> Result<()> {
        self.idle_timeout_ms.store(timeout_ms(value)?, Ordering::Relaxed);
        Ok(())
    }

    /// ConnectTimeoutMs.
    pub fn connect_timeout_ms(&self) -> u32 {
        self.connect_timeout_ms.load(Ordering::Relaxed)
    }

    /// Sets ConnectTimeoutMs.
    pub fn set_connect_timeout_ms(&self, value: i32) -> Result<()> {
        self.connect_timeout_ms.store(timeout_ms(value)?, Ordering::Relaxed);
        Ok(())
    }

    /// MaxMessageSize.
    pub fn max_message_size(&self) -> u64 {
        self.max_message_size.load(Ordering::Relaxed)
    }

    /// Sets MaxMessageSize, from the next frame on.
    pub fn set_max_message_size(&self, value: i64) -> Result<()> {
        let bytes = u64::try_from(value).map_err(|_| {
            Fault::new(
                ErrorCode::InvalidArgument,
                format!("A size is 0 (no limit) or positive, not {value}."),
            )
        })?;
        self.max_message_size.store(bytes, Ordering::Relaxed);
        self.session.set_max_message_size(bytes);
        Ok(())
    }

    /// UncommonOptions.
    pub fn uncommon_options(&self) -> String {
        self.settings.lock().uncommon_options.clone()
    }

    /// Sets UncommonOptions.
    pub fn set_uncommon_options(&self, value: &str) {
        value.clone_into(&mut self.settings.lock().uncommon_options);
    }

    /// RequireSslCertVerify.
    pub fn require_ssl_cert_verify(&self) -> bool {
        self.settings.lock().tls.verifies()
    }

    /// Sets RequireSslCertVerify, for connections to come.
    pub fn set_require_ssl_cert_verify(&self, value: bool) {
        self.settings.lock().tls.set_verify(value);
    }

    /// Trusts the certificates of a PEM text or file, beside the system's.
    pub fn add_trusted_roots_pem(&self, cx: &mut Cx, pem_or_path: &str) -> Result<()> {
        let pem = pem_or_file(pem_or_path)?;
        let added = self.settings.lock().tls.add_roots_pem(&pem)?;
        cx.log.fact("rootsAdded", added);
        Ok(())
    }

    /// A header field for the handshake of [`WebSocket::connect`]; replaces one of the same name.
    pub fn add_request_header(&self, name: &str, value: &str) -> Result<()> {
        handshake::check_request_field(name)?;
        self.settings.lock().request_headers.add(name, value)
    }

    /// The head of the handshake's response, also of a refusal.
    pub fn response(&self) -> Option<Arc<Head>> {
        self.response.lock().clone()
    }

    /// ResponseHdrByName.
    pub fn response_field(&self, name: &str) -> Result<String> {
        field_of(self.response().as_deref(), name)
    }

    /// The subprotocol that the server chose; empty for none.
    pub fn subprotocol(&self) -> String {
        self.subprotocol.lock().clone()
    }

    /// The connection.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// ReadFrameFailReason.
    pub fn read_frame_fail_reason(&self) -> i32 {
        self.read_frame_fail_reason.load(Ordering::Relaxed)
    }

    /// CloseConnection.
    pub fn close_connection(&self) {
        *self.handshake.lock() = None;
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
        ReadOptions { policy: self.policy(), idle_ms: self.idle_timeout_ms() }
    }
}
