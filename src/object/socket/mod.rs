//! Socket: a connection made ahead of HTTP, and the settings of the way to a server.
//!
//! A Socket sends and receives nothing itself. It gives its connection to a Rest (UseConnection), or its settings to the
//! connects of a WebSocket (`ckws_set_transport`). A connection that a Rest has is the Rest's: the Socket knows only
//! whether the Rest still has it.

mod close;
mod options;
mod proxy;
mod settings;
mod tls;

use super::client::Client;
use super::endpoint::Endpoint;
use super::fail_reason;
use super::object_base::{Object, ObjectBase, timeout_ms};
use crate::base::{Deadline, ErrorCode, Fault, Locked, Result};
use crate::engine::{CancelToken, FairGuard, FairLock, Op};
use crate::http::{Connection, Exchange, Presence};
use crate::link::Facts;
use crate::route::{Transport, dial};
use std::sync::Weak;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

/// How often AbortCheck is called unless the program says otherwise.
const DEFAULT_HEARTBEAT_MS: i32 = 1000;

/// The object of a `ckws_socket *`.
pub struct Socket {
    base: ObjectBase,
    client: Client,
    connect_fail_reason: AtomicI32,
    abort_current: AtomicBool,
    /// Cancels the methods that run when AbortCurrent is set to true.
    aborts: CancelToken,
    tls: AtomicBool,
    user_data: Locked<String>,
    held: Locked<Held>,
    /// Of the latest connection.
    facts: Locked<Option<Facts>>,
    calls: FairLock,
}

/// Where the connection of a Socket is.
#[derive(Default)]
enum Held {
    /// There is none.
    #[default]
    Nothing,
    /// Here, made along this way.
    Here(Box<Connection>, Box<Way>),
    /// In a Rest, as long as that keeps its presence.
    InRest(Weak<Presence>),
}

/// How a Socket has reached a server, to be repeated by a Rest.
#[derive(Clone)]
pub struct Way {
    /// The server.
    pub endpoint: Endpoint,
    /// The settings of the connect.
    pub transport: Transport,
}

impl Default for Socket {
    fn default() -> Self {
        let client = Client::default();
        // It is positive, so it is taken.
        let _ = client.set_heartbeat_ms(DEFAULT_HEARTBEAT_MS);
        Self {
            base: ObjectBase::default(),
            client,
            connect_fail_reason: AtomicI32::new(0),
            abort_current: AtomicBool::new(false),
            aborts: CancelToken::default(),
            tls: AtomicBool::new(false),
            user_data: Locked::default(),
            held: Locked::default(),
            facts: Locked::default(),
            calls: FairLock::default(),
        }
    }
}

impl Object for Socket {
    fn base(&self) -> &ObjectBase {
        &self.base
    }

    fn client(&self) -> Option<&Client> {
        Some(&self.client)
    }

    /// A Rest that was given the connection keeps it.
    fn on_unused(&self) {
        *self.held.lock() = Held::Nothing;
    }
}

impl Socket {
    /// Connect.
    pub async fn connect<'a>(
        &'a self,
        op: &mut Op<'a>,
        hostname: &str,
        port: i32,
        tls: bool,
        max_wait_ms: i32,
    ) -> Result<()> {
        let method = self.begin_method(op);
        let outcome = self.connect_inner(op, hostname, port, tls, max_wait_ms).await;
        let outcome = self.end_method(method, outcome);
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
        max_wait_ms: i32,
    ) -> Result<()> {
        let endpoint = Endpoint::new(hostname, port, tls)?;
        op.set_deadline(Deadline::after_ms(timeout_ms(max_wait_ms)?));
        let _guard = self.lock(op).await?;
        *self.held.lock() = Held::Nothing;
        *self.facts.lock() = None;
        self.tls.store(tls, Ordering::Relaxed);
        let way = Way { transport: self.client.transport(Transport::clone), endpoint };
        let wire = Box::pin(dial(op, &way.transport, way.endpoint.target())).await?;
        *self.facts.lock() = Some(wire.facts.clone());
        *self.held.lock() = Held::Here(Box::new(Connection::new(wire)), Box::new(way));
        Ok(())
    }

    /// Gives the connection to a Rest, with the way to repeat it.
    pub fn give_connection(&self) -> Result<(Exchange, Way)> {
        let mut held = self.held.lock();
        match std::mem::take(&mut *held) {
            Held::Here(connection, way) => {
                let exchange = Exchange::new(*connection);
                *held = Held::InRest(exchange.presence());
                Ok((exchange, *way))
            }
            before => {
                *held = before;
                Err(held.why_not())
            }
        }
    }

    /// Fails while it has a connection of its own.
    pub fn check_not_connected(&self) -> Result<()> {
        match self.is_connected() {
            false => Ok(()),
            true => {
                let text = "The Socket is connected itself: close it first, or give its connection to a Rest with \
                            ckws_rest_use_connection.";
                Err(Fault::new(ErrorCode::AlreadyConnected, text))
            }
        }
    }

    /// IsConnected.
    pub fn is_connected(&self) -> bool {
        self.held.lock().is_connected()
    }

    /// ConnectFailReason.
    pub fn connect_fail_reason(&self) -> i32 {
        self.connect_fail_reason.load(Ordering::Relaxed)
    }

    async fn lock(&self, op: &mut Op<'_>) -> Result<FairGuard<'_>> {
        self.calls.lock(op, Deadline::NEVER).await?.ok_or_else(|| {
            Fault::new(ErrorCode::WaitTimeout, "Another call on this Socket did not end in time.")
        })
    }

    /// Begins a method that AbortCurrent can end; what that was set to before does not count. Returns what
    /// [`Self::end_method`] needs.
    fn begin_method<'a>(&'a self, op: &mut Op<'a>) -> u64 {
        let generation = op.cancel_with(&self.aborts);
        self.abort_current.store(false, Ordering::Release);
        generation
    }

    /// Resets AbortCurrent if it has ended the method.
    fn end_method<T>(&self, generation: u64, outcome: Result<T>) -> Result<T> {
        let was_ended = outcome.as_ref().is_err_and(|fault| fault.code() == ErrorCode::ClosedLocally);
        if !was_ended || self.aborts.is_current(generation) {
            return outcome;
        }
        self.abort_current.store(false, Ordering::Release);
        let text = "The program ended the call with ckws_socket_set_abort_current.";
        Err(Fault::new(ErrorCode::Aborted, text))
    }
}

impl Held {
    fn is_connected(&self) -> bool {
        match self {
            Self::Nothing => false,
            Self::Here(..) => true,
            Self::InRest(presence) => presence.strong_count() > 0,
        }
    }

    /// Says why there is no connection to give.
    fn why_not(&self) -> Fault {
        if self.is_connected() {
            let text = "A Rest has the connection of the Socket already.";
            return Fault::new(ErrorCode::AlreadyConnected, text);
        }
        Fault::new(ErrorCode::NotConnected, "The Socket object is not connected.")
    }
}
