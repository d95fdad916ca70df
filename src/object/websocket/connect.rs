//! From a URL, or a connected Rest, to an open WebSocket (RFC 6455 section 4.1).

use super::{Handshake, Opening, WebSocket};
use crate::base::{ErrorCode, Fault, Guard, Result};
use crate::engine::op::closed_by_the_program;
use crate::engine::{ConnectStage, Op};
use crate::http::Connection;
use crate::http::log::{log_refusal, log_response, log_target, path_of};
use crate::link::Exposure;
use crate::object::{Requester, Rest, Socket, fail_reason};
use crate::proto::http1::{Head, HeadReader, Headers, request};
use crate::proto::url::WsUrl;
use crate::proto::ws::{Agreed, Offer, handshake};
use crate::route::{Target, Transport};
use crate::session::{Epoch, Operation};
use crate::sys::random;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl WebSocket {
    /// Connects to a ws:// or wss:// URL: all five steps in one.
    pub async fn connect<'a>(&'a self, op: &mut Op<'a>, url: &str) -> Result<()> {
        let mut url = WsUrl::parse(url)?;
        let mut transport = self.transport()?;
        if let Some(path) = url.unix_socket_path.take() {
            transport.unix_socket_path = path;
        }
        let operation = self.start_over(op, None);
        op.set_deadline(self.client.connect_deadline());
        let outcome = self.dial_and_open(operation.epoch(), op, &transport, &url).await;
        if outcome.is_err() {
            self.note(operation.epoch(), |opening| opening.stage = op.stage);
        }
        outcome
    }

    async fn dial_and_open(
        &self,
        epoch: Epoch,
        op: &mut Op<'_>,
        transport: &Transport,
        url: &WsUrl,
    ) -> Result<()> {
        let target = Target { host: &url.host, port: url.port, tls: url.tls };
        let mut connection = self.client.dial(op, transport, target).await?;
        let context = op.log.enter("handshake");
        let outcome = Box::pin(self.shake_hands(epoch, op, &mut connection, url)).await;
        op.log.leave(context);
        self.open(epoch, op, connection, outcome?)
    }

    /// SetTransport: connects will go the way that `socket` has settings for.
    pub fn set_transport(&self, socket: &Arc<Socket>) -> Result<()> {
        socket.check_not_connected()?;
        self.client.inherit_heartbeat(socket.client());
        *self.transport.lock() = Some(Arc::clone(socket));
        Ok(())
    }

    /// Returns the settings of a connect: those of the Socket that was given, except for what a WebSocket has itself.
    fn transport(&self) -> Result<Transport> {
        let own = self.client.transport(Transport::clone);
        let socket = self.transport.lock().clone();
        let Some(socket) = socket else { return Ok(own) };
        socket.check_not_connected()?;
        Ok(socket.client().transport(|way| own.along(way)))
    }

    /// UseConnection: the handshake will run over `rest`.
    pub fn use_connection<'a>(&'a self, op: &mut Op<'a>, rest: &Arc<Rest>) -> Result<()> {
        // This object's earlier claim, perhaps on the same Rest, ends.
        self.opening.lock().handshake = None;
        let claim = rest.claim()?;
        op.stage = ConnectStage::Http;
        self.start_over(op, Some(Handshake { rest: Arc::clone(rest), _claim: claim }));
        self.client.inherit_heartbeat(rest.client());
        Ok(())
    }

    /// AddClientHeaders: what the opening handshake needs, into the Rest.
    pub fn add_client_headers(&self) -> Result<()> {
        let (_, rest) = self.rest()?;
        for (name, value) in fresh_fields()? {
            rest.add_header(name, &value)?;
        }
        Ok(())
    }

    /// ValidateServerHandshake: checks the response that the Rest has read, and takes its connection.
    pub fn validate_server_handshake(&self, op: &mut Op<'_>) -> Result<()> {
        let (epoch, rest) = self.rest()?;
        let Some(head) = rest.response() else {
            let text = "The Rest object has no response yet: send the GET request of the handshake first.";
            return Err(Fault::new(ErrorCode::NoResponse, text));
        };
        self.keep_response(epoch, op, &head)?;
        let outcome = rest.look_at_last_request(|fields| check_response(&head, fields));
        if outcome.is_err() && head.status != 101 {
            // The server still speaks HTTP, so the Rest may too.
            return outcome.map(drop);
        }
        let connection = rest
            .take_connection()
            .ok_or_else(|| Fault::new(ErrorCode::NotConnected, "The Rest object is not connected any more."));
        let (agreed, connection) = (outcome?, connection?);
        self.opening(epoch)?.handshake = None;
        self.open(epoch, op, connection, agreed)
    }

    fn rest(&self) -> Result<(Epoch, Arc<Rest>)> {
        let opening = self.opening.lock();
        let rest = opening.handshake.as_ref().map(|handshake| Arc::clone(&handshake.rest));
        rest.map(|rest| (opening.epoch, rest)).ok_or_else(|| self.no_handshake())
    }

    fn no_handshake(&self) -> Fault {
        if self.session.is_open() {
            let text = "The opening handshake is over: the WebSocket is connected.";
            return Fault::new(ErrorCode::AlreadyConnected, text);
        }
        let text = "There is no opening handshake: call ckws_use_connection with a connected Rest first.";
        Fault::new(ErrorCode::NotConnected, text)
    }

    /// Forgets the last connection and its handshake; settings stay. `handshake` is that of the next one, and the stage of
    /// `op` its first.
    fn start_over<'a>(&'a self, op: &mut Op<'a>, handshake: Option<Handshake>) -> Operation<'a> {
        self.read_frame_fail_reason.store(fail_reason::read_frame(ErrorCode::None), Ordering::Relaxed);
        let mut opening = self.opening.lock();
        let operation = self.session.detach(op);
        *opening = Opening {
            epoch: operation.epoch(),
            handshake,
            response: None,
            response_body: Box::default(),
            stage: op.stage,
            connections: opening.connections,
        };
        operation
    }

    /// Locks the opening handshake that `epoch` began; fails once another has begun.
    fn opening(&self, epoch: Epoch) -> Result<Guard<'_, Opening>> {
        let opening = self.opening.lock();
        if opening.epoch == epoch { Ok(opening) } else { Err(closed_by_the_program()) }
    }

    /// Changes the opening handshake that `epoch` began, unless another has begun.
    fn note(&self, epoch: Epoch, change: impl FnOnce(&mut Opening)) {
        if let Ok(mut opening) = self.opening(epoch) {
            change(&mut opening);
        }
    }

    fn keep_response(&self, epoch: Epoch, op: &mut Op<'_>, head: &Arc<Head>) -> Result<()> {
        op.stage = ConnectStage::WebSocket;
        log_response(&mut op.log, head);
        let mut opening = self.opening(epoch)?;
        opening.response = Some(Arc::clone(head));
        opening.stage = op.stage;
        Ok(())
    }

    /// Attaches the connection to the session.
    fn open(&self, epoch: Epoch, op: &mut Op<'_>, connection: Connection, agreed: Agreed) -> Result<()> {
        if let Some(subprotocol) = &agreed.subprotocol {
            op.log.fact("subprotocol", subprotocol.clone());
        }
        let (link, leftover) = connection.into_parts();
        let mut opening = self.opening(epoch)?;
        self.session.attach(epoch, link, leftover, agreed.extensions, self.max_message_size())?;
        opening.stage = ConnectStage::Open;
        opening.connections = opening.connections.saturating_add(1);
        Ok(())
    }

    /// Sends the opening handshake and checks the answer; returns what both agreed on.
    async fn shake_hands(
        &self,
        epoch: Epoch,
        op: &mut Op<'_>,
        connection: &mut Connection,
        url: &WsUrl,
    ) -> Result<Agreed> {
        op.stage = ConnectStage::Http;
        let headers = self.handshake_headers(connection.exposure(), url)?;
        let request = request::encode("GET", &url.target, &headers)?;
        log_target(&mut op.log, &url.target);
        op.progress("handshake", path_of(&url.target)).await;
        connection.send(op, &request, 0).await?;
        let mut head = connection.read_head(op, &mut HeadReader::default(), 0).await?;
        // A WebSocket's fields are asked for one by one; the text would only be kept.
        head.header_text = String::new();
        let head = Arc::new(head);
        self.keep_response(epoch, op, &head)?;
        if head.status != 101 {
            let body = log_refusal(op, connection, "GET", &head).await;
            self.note(epoch, |opening| opening.response_body = body.into_boxed_str());
        }
        check_response(&head, &headers)
    }

    fn handshake_headers(&self, exposure: Exposure, url: &WsUrl) -> Result<Headers> {
        let mut headers = Headers::default();
        headers.add("Host", &request::host_field(&url.host, url.port, url.default_port()))?;
        for (name, value) in fresh_fields()? {
            headers.add(name, &value)?;
        }
        if let Some((username, password)) = &url.userinfo {
            self.client.check_basic_allowed(exposure)?;
            headers.add("Authorization", &request::basic(username, password)?)?;
        }
        for (name, value) in self.request_headers.lock().iter() {
            headers.add(name, value)?;
        }
        request::complete_user_agent(&mut headers)?;
        Ok(headers)
    }
}

/// Returns the header fields of an opening handshake with a fresh key.
fn fresh_fields() -> Result<Vec<(&'static str, String)>> {
    let key = handshake::key(random::bytes()?);
    Ok(handshake::client_fields(&Offer { key: &key, subprotocols: Vec::new() }))
}

/// Checks the response against the request as it was sent; returns what both agreed on.
fn check_response(head: &Head, request: &Headers) -> Result<Agreed> {
    let Some(offer) = handshake::offer_of(|name| request.values_of(name)) else {
        let text = "The request had no Sec-WebSocket-Key: call ckws_add_client_headers before it.";
        return Err(Fault::new(ErrorCode::NoResponse, text));
    };
    handshake::validate(head.status, |name| head.headers.values_of(name), &offer)
}
