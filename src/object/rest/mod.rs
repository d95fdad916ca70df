//! Rest: an HTTP/1.1 client for requests without a body, and the connection that a WebSocket begins on.

mod exchange;
mod request;
mod settings;

use super::endpoint::Endpoint;
use super::fail_reason;
use super::object_base::timeout_ms;
use super::{Client, Object, ObjectBase, Requester, Socket};
use crate::base::{Deadline, ErrorCode, Fault, Locked, Result};
use crate::engine::{FairGuard, FairLock, Op};
use crate::http::{Connection, Exchange};
use crate::proto::http1::Head;
use crate::route::Transport;
use request::Request;
use settings::Settings;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};
use std::sync::{Arc, Weak};

const DEFAULT_MAX_RESPONSE_SIZE: u64 = 64 * 1024 * 1024;

/// The object of a `ckws_rest *`.
pub struct Rest {
    base: ObjectBase,
    client: Client,
    connect_fail_reason: AtomicI32,
    max_response_size: AtomicU64,
    debug_mode: AtomicBool,
    allow_header_folding: AtomicBool,
    settings: Locked<Settings>,
    destination: Locked<Option<Destination>>,
    /// The connection; not here while a call uses it.
    exchange: Locked<Option<Box<Exchange>>>,
    response: Locked<Option<Arc<Head>>>,
    last_request: Locked<Option<Arc<Request>>>,
    debug_request: Locked<Option<Arc<Request>>>,
    /// The WebSocket that began on this object and has not finished its handshake.
    serving: Locked<Weak<Claim>>,
    /// One request at a time.
    calls: FairLock,
}

/// What a WebSocket holds while its handshake runs over a Rest.
#[derive(Debug, Default)]
pub struct Claim;

/// What the connection leads to.
#[derive(Clone)]
struct Destination {
    endpoint: Endpoint,
    /// The settings of the Socket that the connection came from.
    transport: Option<Transport>,
    auto_reconnect: bool,
}

impl Default for Rest {
    fn default() -> Self {
        Self {
            base: ObjectBase::default(),
            client: Client::default(),
            connect_fail_reason: AtomicI32::new(0),
            max_response_size: AtomicU64::new(DEFAULT_MAX_RESPONSE_SIZE),
            debug_mode: AtomicBool::new(false),
            allow_header_folding: AtomicBool::new(true),
            settings: Locked::default(),
            destination: Locked::default(),
            exchange: Locked::default(),
            response: Locked::default(),
            last_request: Locked::default(),
            debug_request: Locked::default(),
            serving: Locked::default(),
            calls: FairLock::default(),
        }
    }
}

impl Object for Rest {
    fn base(&self) -> &ObjectBase {
        &self.base
    }

    fn client(&self) -> Option<&Client> {
        Some(&self.client)
    }

    /// A WebSocket that has begun on the connection keeps it.
    fn on_unused(&self) {
        if self.serving.lock().upgrade().is_none() {
            *self.exchange.lock() = None;
        }
    }
}

impl Requester for Rest {
    fn response(&self) -> Option<Arc<Head>> {
        self.response.lock().clone()
    }
}

impl Rest {
    /// ConnectFailReason.
    pub fn connect_fail_reason(&self) -> i32 {
        self.connect_fail_reason.load(Ordering::Relaxed)
    }

    /// Connect.
    pub async fn connect(
        &self,
        op: &mut Op<'_>,
        hostname: &str,
        port: i32,
        tls: bool,
        auto_reconnect: bool,
    ) -> Result<()> {
        let outcome = self.connect_inner(op, hostname, port, tls, auto_reconnect).await;
        let code = outcome.as_ref().err().map_or(ErrorCode::None, Fault::code);
        self.connect_fail_reason.store(fail_reason::connect(code), Ordering::Relaxed);
        outcome
    }

    async fn connect_inner(
        &self,
        op: &mut Op<'_>,
        hostname: &str,
        port: i32,
        tls: bool,
        auto_reconnect: bool,
    ) -> Result<()> {
        let endpoint = Endpoint::new(hostname, port, tls)?;
        let _guard = self.lock(op).await?;
        self.forget_connection();
        let destination = Destination { endpoint, transport: None, auto_reconnect };
        *self.destination.lock() = Some(destination.clone());
        let exchange = self.dial(op, &destination).await?;
        *self.exchange.lock() = Some(exchange);
        Ok(())
    }

    /// UseConnection: takes the connection of a Socket.
    pub async fn use_connection(&self, op: &mut Op<'_>, socket: &Socket, auto_reconnect: bool) -> Result<()> {
        let _guard = self.lock(op).await?;
        let (exchange, way) = socket.give_connection()?;
        self.forget_connection();
        let transport = Some(way.transport);
        *self.destination.lock() = Some(Destination { endpoint: way.endpoint, transport, auto_reconnect });
        *self.exchange.lock() = Some(Box::new(exchange));
        self.client.inherit_heartbeat(socket.client());
        Ok(())
    }

    async fn dial(&self, op: &mut Op<'_>, destination: &Destination) -> Result<Box<Exchange>> {
        let own = || self.client.transport(Transport::clone);
        let transport = destination.transport.clone().unwrap_or_else(own);
        let outer = op.set_deadline(self.client.connect_deadline());
        let connection = self.client.dial(op, &transport, destination.endpoint.target()).await;
        op.set_deadline(outer);
        Ok(Box::new(Exchange::new(connection?)))
    }

    /// Disconnect. Ends both directions; there is nothing to wait for in HTTP.
    pub async fn disconnect(&self, op: &mut Op<'_>, max_wait_ms: i32) -> Result<()> {
        let max_wait_ms = timeout_ms(max_wait_ms)?;
        let _guard = self.lock_within(op, max_wait_ms).await?;
        if let Some(mut connection) = self.take_connection() {
            // What cannot leave without waiting is given up with the connection.
            let _ = connection.link().try_finish();
        }
        Ok(())
    }

    /// Returns whether a request could be sent.
    pub fn is_connected(&self) -> bool {
        self.exchange.lock().is_some()
    }

    /// A WebSocket begins on this object; one at a time.
    pub fn claim(&self) -> Result<Arc<Claim>> {
        let is_connected = self.is_connected();
        let mut serving = self.serving.lock();
        if serving.upgrade().is_some() {
            let text =
                "Another WebSocket has begun its handshake on this Rest; one Rest serves one at a time.";
            return Err(Fault::new(ErrorCode::AlreadyConnected, text));
        }
        if !is_connected {
            return Err(Fault::new(ErrorCode::NotConnected, "The Rest object is not connected."));
        }
        let claim = Arc::new(Claim);
        *serving = Arc::downgrade(&claim);
        Ok(claim)
    }

    /// Returns the connection with its 101 response, which is the WebSocket's from now on.
    pub fn take_connection(&self) -> Option<Connection> {
        self.exchange.lock().take().map(|exchange| exchange.into_connection())
    }

    fn forget_connection(&self) {
        *self.exchange.lock() = None;
        *self.response.lock() = None;
    }

    async fn lock(&self, op: &mut Op<'_>) -> Result<FairGuard<'_>> {
        self.lock_within(op, self.client.idle_timeout_ms()).await
    }

    async fn lock_within(&self, op: &mut Op<'_>, wait_ms: u32) -> Result<FairGuard<'_>> {
        let deadline = Deadline::after_ms(wait_ms);
        self.calls.lock(op, deadline).await?.ok_or_else(|| {
            Fault::new(ErrorCode::HttpTimeout, "Another call on this Rest did not end in time.")
        })
    }
}
