//! Requests of a Rest and their responses: send, read the head, read the body; FullRequest is all three.

use super::{Destination, Rest};
use crate::base::utf8::to_text;
use crate::base::{Deadline, ErrorCode, Fault, Result};
use crate::engine::Op;
use crate::http::Exchange;
use crate::http::log::{log_response, path_of};
use crate::object::{BinData, StringBuilder};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How much of an unread body is worth reading, and for how long, to keep a connection that can be made
/// anew.
const SKIP_MOST: u64 = 256 * 1024;
const SKIP_MOST_MS: u32 = 1_000;

impl Rest {
    /// FullRequestNoBody: sends a request and reads the whole response; its body.
    pub async fn full_request_no_body(&self, op: &mut Op<'_>, verb: &str, uri_path: &str) -> Result<String> {
        self.full_request(op, verb, uri_path).await.and_then(to_text)
    }

    /// FullRequestNoBodySb: appends the body to `string_builder`.
    pub async fn full_request_no_body_sb(
        &self,
        op: &mut Op<'_>,
        verb: &str,
        uri_path: &str,
        string_builder: &StringBuilder,
    ) -> Result<()> {
        let body = self.full_request(op, verb, uri_path).await?;
        string_builder.append_owned(to_text(body)?)
    }

    /// FullRequestNoBodyBd: appends the body to `bin_data`.
    pub async fn full_request_no_body_bd(
        &self,
        op: &mut Op<'_>,
        verb: &str,
        uri_path: &str,
        bin_data: &BinData,
    ) -> Result<()> {
        let body = self.full_request(op, verb, uri_path).await?;
        bin_data.append(&body)
    }

    async fn full_request(&self, op: &mut Op<'_>, verb: &str, uri_path: &str) -> Result<Vec<u8>> {
        let _guard = self.lock(op).await?;
        let Some(mut lease) = self.send(op, verb, uri_path).await? else { return Ok(Vec::new()) };
        // The remaining bytes of a response that this call abandons are never requested.
        lease.keep_unfinished = false;
        self.read_head(op, &mut lease).await?;
        self.read_body(op, &mut lease).await
    }

    /// SendReqNoBody: sends a request.
    pub async fn send_req_no_body(&self, op: &mut Op<'_>, verb: &str, uri_path: &str) -> Result<()> {
        let _guard = self.lock(op).await?;
        self.send(op, verb, uri_path).await.map(drop)
    }

    /// ReadResponseHeader: the status code.
    pub async fn read_response_header(&self, op: &mut Op<'_>) -> Result<u16> {
        let _guard = self.lock(op).await?;
        self.read_head(op, &mut Lease::take(self)).await
    }

    /// ReadRespBodyString: the body.
    pub async fn read_resp_body_string(&self, op: &mut Op<'_>) -> Result<String> {
        self.read_response_body(op).await.and_then(to_text)
    }

    /// ReadRespSb: appends the body to `string_builder`.
    pub async fn read_resp_sb(&self, op: &mut Op<'_>, string_builder: &StringBuilder) -> Result<()> {
        let body = self.read_response_body(op).await?;
        string_builder.append_owned(to_text(body)?)
    }

    /// ReadRespBd: appends the body to `bin_data`.
    pub async fn read_resp_bd(&self, op: &mut Op<'_>, bin_data: &BinData) -> Result<()> {
        let body = self.read_response_body(op).await?;
        bin_data.append(&body)
    }

    async fn read_response_body(&self, op: &mut Op<'_>) -> Result<Vec<u8>> {
        let _guard = self.lock(op).await?;
        self.read_body(op, &mut Lease::take(self)).await
    }

    /// Sends a request; with DebugMode on it is only kept, and nothing is leased.
    async fn send(&self, op: &mut Op<'_>, verb: &str, uri_path: &str) -> Result<Option<Lease<'_>>> {
        let request = self.compose(verb, uri_path)?;
        self.log_request(&mut op.log, verb, uri_path);
        if self.debug_mode() {
            op.log.info("Nothing is sent, for ckws_rest_set_debug_mode is on.");
            *self.debug_request.lock() = Some(request);
            return Ok(None);
        }
        let mut lease = Lease::take(self);
        if let Some(exchange) = &lease.exchange {
            exchange.check_not_pending()?;
        }
        *self.response.lock() = None;
        Box::pin(self.make_ready(op, &mut lease)).await?;
        let exchange = lease.exchange().ok_or_else(not_connected)?;
        self.check_basic(exchange.connection())?;
        *self.last_request.lock() = Some(Arc::clone(&request));
        op.progress("request", path_of(uri_path)).await;
        exchange.send(op, verb, &request.bytes, self.client.idle_timeout_ms()).await?;
        Ok(Some(lease))
    }

    /// Sees that a request can be sent: on the connection as it is, or on a new one where that cannot be and the
    /// program asked for it.
    async fn make_ready(&self, op: &mut Op<'_>, lease: &mut Lease<'_>) -> Result<()> {
        let destination = self.destination.lock().clone().filter(|destination| destination.auto_reconnect);
        let (most, most_ms) = if destination.is_some() { (SKIP_MOST, SKIP_MOST_MS) } else { (u64::MAX, 0) };
        let max_size = self.max_response_size.load(Ordering::Relaxed);
        let outer = op.set_deadline(Deadline::after_ms(most_ms));
        let outcome = match lease.exchange() {
            Some(exchange) => exchange.make_ready(op, most, max_size, self.client.idle_timeout_ms()).await,
            None => Err(not_connected()),
        };
        op.set_deadline(outer);
        match (outcome, destination) {
            (Err(_), Some(destination)) => {
                op.check()?;
                lease.exchange = None;
                lease.exchange = Some(self.reconnect(op, &destination).await?);
                Ok(())
            }
            (outcome, _) => outcome,
        }
    }

    async fn reconnect(&self, op: &mut Op<'_>, destination: &Destination) -> Result<Box<Exchange>> {
        let context = op.log.enter("reconnect");
        let outcome = self.dial(op, destination).await;
        op.log.leave(context);
        outcome
    }

    async fn read_head(&self, op: &mut Op<'_>, lease: &mut Lease<'_>) -> Result<u16> {
        let exchange = lease.exchange().ok_or_else(nothing_to_read)?;
        let head = exchange.read_head(op, self.client.idle_timeout_ms()).await?;
        log_response(&mut op.log, &head);
        let status = head.status;
        *self.response.lock() = Some(head);
        Ok(status)
    }

    async fn read_body(&self, op: &mut Op<'_>, lease: &mut Lease<'_>) -> Result<Vec<u8>> {
        let exchange = lease.exchange().ok_or_else(nothing_to_read)?;
        let max_size = self.max_response_size.load(Ordering::Relaxed);
        let body = exchange.read_body(op, max_size, self.client.idle_timeout_ms()).await?;
        op.log.fact("bodyBytes", body.len());
        Ok(body)
    }
}

/// The connection while a call uses it. When the call ends, in success or failure, it is returned to the Rest, unless
/// nothing more can be done with it.
struct Lease<'a> {
    rest: &'a Rest,
    exchange: Option<Box<Exchange>>,
    /// Whether a later call may go on with the response.
    keep_unfinished: bool,
}

impl<'a> Lease<'a> {
    /// Takes the connection, if there is one. The caller has the lock.
    fn take(rest: &'a Rest) -> Self {
        Self { rest, exchange: rest.exchange.lock().take(), keep_unfinished: true }
    }

    fn exchange(&mut self) -> Option<&mut Exchange> {
        self.exchange.as_deref_mut()
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let Some(exchange) = self.exchange.take() else { return };
        if !exchange.is_over() && (self.keep_unfinished || !exchange.is_unfinished()) {
            *self.rest.exchange.lock() = Some(exchange);
        }
    }
}

fn not_connected() -> Fault {
    Fault::new(ErrorCode::NotConnected, "The Rest object is not connected.")
}

fn nothing_to_read() -> Fault {
    let text = "No request has been sent whose response is still to be read.";
    Fault::new(ErrorCode::NoResponse, text)
}
