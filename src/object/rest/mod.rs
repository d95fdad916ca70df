//! Rest: an HTTP/1.1 client for requests without a body, and the connection that a WebSocket begins on.

mod request;

pub(super) use request::{check_basic_allowed, log_response, log_target, log_uncommon_options};

use super::common::timeout_ms;
use super::fail_reason;
use super::files::pem_or_file;
use super::{Common, Object};
use crate::base::{Deadline, ErrorCode, Fault, Locked, Result};
use crate::engine::cx::Abort;
use crate::engine::{Cx, Signal, Turn, Turns};
use crate::link::dial::{Target, dial};
use crate::link::tls::TlsSettings;
use crate::proto::http1::{Head, Headers};
use crate::proto::url;
use crate::session::http::Connection;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};
use std::sync::{Arc, Weak};

const DEFAULT_TIMEOUT_MS: u32 = 30_000;

/// The longest response body that is kept.
const MAX_RESPONSE_SIZE: u64 = 64 * 1024 * 1024;

/// The object behind `ckws_rest *`.
pub struct Rest {
    common: Common,
    idle_timeout_ms: AtomicU32,
    connect_timeout_ms: AtomicU32,
    connect_fail_reason: AtomicI32,
    settings: Locked<Settings>,
    endpoint: Locked<Option<Endpoint>>,
    connection: Locked<Option<Connection>>,
    response: Locked<Option<Arc<Head>>>,
    /// The WebSocket that began on this object and has not finished its handshake.
    serving: Locked<Weak<Claim>>,
    turns: Turns,
    signal: Signal,
}

/// What a WebSocket holds while its handshake runs over a Rest.
#[derive(Debug, Default)]
pub struct Claim;

#[derive(Default)]
struct Settings {
    headers: Headers,
    authorization: String,
    host: String,
    basic: Option<(String, String)>,
    uncommon_options: String,
    tls: TlsSettings,
    /// The header fields of the last request as they were sent.
    last_request: Headers,
}

#[derive(Clone, Debug)]
struct Endpoint {
    host: String,
    port: u16,
    tls: bool,
    auto_reconnect: bool,
}

impl Default for Rest {
    fn default() -> Self {
        Self {
            common: Common::default(),
            idle_timeout_ms: AtomicU32::new(DEFAULT_TIMEOUT_MS),
            connect_timeout_ms: AtomicU32::new(DEFAULT_TIMEOUT_MS),
            connect_fail_reason: AtomicI32::new(0),
            settings: Locked::default(),
            endpoint: Locked::default(),
            connection: Locked::default(),
            response: Locked::default(),
            serving: Locked::default(),
            turns: Turns::default(),
            signal: Signal::default(),
        }
    }
}

impl Object for Rest {
    fn common(&self) -> &Common {
        &self.common
    }

    fn abandon(&self) {
        self.signal.retire();
    }
}

impl Rest {
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

    /// ConnectFailReason.
    pub fn connect_fail_reason(&self) -> i32 {
        self.connect_fail_reason.load(Ordering::Relaxed)
    }

    /// Authorization.
    pub fn authorization(&self) -> String {
        self.settings.lock().authorization.clone()
    }

    /// Sets Authorization, the whole value of the header field.
    pub fn set_authorization(&self, value: &str) -> Result<()> {
        check_field_value("Authorization", value)?;
        value.clone_into(&mut self.settings.lock().authorization);
        Ok(())
    }

    /// Host.
    pub fn host(&self) -> String {
        self.settings.lock().host.clone()
    }

    /// Sets Host, the whole value of the header field; empty for the name that was connected to.
    pub fn set_host(&self, value: &str) -> Result<()> {
        check_field_value("Host", value)?;
        value.clone_into(&mut self.settings.lock().host);
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

    /// AddHeader.
    pub fn add_header(&self, name: &str, value: &str) -> Result<()> {
        if name.eq_ignore_ascii_case("Sec-WebSocket-Extensions") {
            let text = "Sec-WebSocket-Extensions cannot be added: this library offers no extension yet.";
            return Err(Fault::new(ErrorCode::HeaderRefused, text));
        }
        self.settings.lock().headers.add(name, value)
    }

    /// RemoveHeader.
    pub fn remove_header(&self, cx: &mut Cx, name: &str) {
        let removed = self.settings.lock().headers.remove(name);
        cx.log.fact("removed", removed);
    }

    /// SetAuthBasic.
    pub fn set_auth_basic(&self, username: &str, password: &str) -> Result<()> {
        // Refused now, not at the request.
        crate::proto::http1::request::basic(username, password)?;
        self.settings.lock().basic = Some((username.to_owned(), password.to_owned()));
        Ok(())
    }

    /// ClearAuth.
    pub fn clear_auth(&self) {
        let mut settings = self.settings.lock();
        settings.basic = None;
        settings.authorization.clear();
    }

    /// The last response's head.
    pub fn response(&self) -> Option<Arc<Head>> {
        self.response.lock().clone()
    }

    /// ResponseHdrByName.
    pub fn response_field(&self, name: &str) -> Result<String> {
        field_of(self.response().as_deref(), name)
    }

    /// Connect.
    pub async fn connect(
        &self,
        cx: &mut Cx,
        hostname: &str,
        port: i32,
        tls: bool,
        auto_reconnect: bool,
    ) -> Result<()> {
        let outcome = self.connect_inner(cx, hostname, port, tls, auto_reconnect).await;
        let code = outcome.as_ref().err().map_or(ErrorCode::None, Fault::code);
        self.connect_fail_reason.store(fail_reason::connect(code), Ordering::Relaxed);
        outcome
    }

    async fn connect_inner(
        &self,
        cx: &mut Cx,
        hostname: &str,
        port: i32,
        tls: bool,
        auto_reconnect: bool,
    ) -> Result<()> {
        let host = url::bare_host(hostname)?;
        let port = u16::try_from(port).ok().filter(|port| *port != 0).ok_or_else(|| {
            Fault::new(ErrorCode::InvalidArgument, format!("A port is 1 to 65535, not {port}."))
        })?;
        let abort = Abort::on(&self.signal);
        let _turn = self.take_turn(cx, &abort).await?;
        self.forget_connection();
        let endpoint = Endpoint { host, port, tls, auto_reconnect };
        *self.endpoint.lock() = Some(endpoint.clone());
        self.dial(cx, &endpoint, &abort).await
    }

    async fn dial(&self, cx: &mut Cx, endpoint: &Endpoint, abort: &Abort<'_>) -> Result<()> {
        log_uncommon_options(&mut cx.log, &self.uncommon_options());
        let tls = endpoint.tls.then(|| self.settings.lock().tls.clone());
        let deadline = Deadline::after_ms(self.connect_timeout_ms());
        let target = Target { host: &endpoint.host, port: endpoint.port, tls: tls.as_ref() };
        let link = Box::pin(dial(cx, target, deadline, abort)).await?;
        *self.connection.lock() = Some(Connection::new(link));
        Ok(())
    }

    /// Disconnect. Ends both directions; there is nothing to wait for in HTTP.
    pub async fn disconnect(&self, cx: &mut Cx, max_wait_ms: i32) -> Result<()> {
        timeout_ms(max_wait_ms)?;
        let abort = Abort::on(&self.signal);
        let _turn = self.take_turn(cx, &abort).await?;
        if let Some(mut connection) = self.connection.lock().take() {
            // What cannot leave without waiting is given up with the connection.
            let _ = connection.link().finish();
        }
        Ok(())
    }

    /// Whether a request could be sent.
    pub fn is_connected(&self) -> bool {
        self.connection.lock().is_some()
    }

    /// A WebSocket begins on this object; one at a time.
    pub fn claim(&self) -> Result<Arc<Claim>> {
        let mut serving = self.serving.lock();
        if serving.upgrade().is_some() {
            let text =
                "Another WebSocket has begun its handshake on this Rest; one Rest serves one at a time.";
            return Err(Fault::new(ErrorCode::AlreadyConnected, text));
        }
        if !self.is_connected() {
            return Err(Fault::new(ErrorCode::NotConnected, "The Rest object is not connected."));
        }
        let claim = Arc::new(Claim);
        *serving = Arc::downgrade(&claim);
        Ok(claim)
    }

    /// The connection with its 101 response, which is the WebSocket's from now on.
    pub fn take_connection(&self) -> Option<Connection> {
        self.connection.lock().take()
    }

    /// The header fields of the last request.
    pub fn last_request(&self) -> Headers {
        self.settings.lock().last_request.clone()
    }

    fn forget_connection(&self) {
        *self.connection.lock() = None;
        *self.response.lock() = None;
    }

    async fn take_turn(&self, cx: &mut Cx, abort: &Abort<'_>) -> Result<Turn<'_>> {
        let deadline = Deadline::after_ms(self.idle_timeout_ms());
        self.turns.take(cx, deadline, abort).await?.ok_or_else(|| {
            Fault::new(
                ErrorCode::HttpTimeout,
                "Another call on this Rest did not end within the idle time-out.",
            )
        })
    }
}

/// Whether a header field may have this value.
fn check_field_value(name: &str, value: &str) -> Result<()> {
    Headers::default().add(name, value)
}

/// A field of a response, the first of that name.
pub(super) fn field_of(head: Option<&Head>, name: &str) -> Result<String> {
    let head = head.ok_or_else(|| Fault::new(ErrorCode::NoResponse, "There is no response."))?;
    let field = head.headers.get(name).map(str::to_owned);
    field
        .ok_or_else(|| Fault::new(ErrorCode::NoResponse, format!("The response has no header field {name}.")))
}
