//! Requests of a Rest and their responses.

use super::{Endpoint, MAX_RESPONSE_SIZE, Rest};
use crate::base::{Deadline, ErrorCode, Fault, Result};
use crate::engine::Cx;
use crate::engine::cx::Abort;
use crate::log::Log;
use crate::proto::http1::{Framing, Head, Headers, request};
use crate::session::http::{BodyLimit, Connection, Patience};
use std::sync::Arc;

/// Lifts the refusal of Basic authentication over clear text.
const INSECURE_BASIC: &str = "AllowInsecureBasicAuth";

impl Rest {
    /// FullRequestNoBody: sends a request, reads the response; its body.
    pub async fn full_request_no_body(&self, cx: &mut Cx, verb: &str, uri_path: &str) -> Result<String> {
        let abort = Abort::on(&self.signal);
        let _turn = self.take_turn(cx, &abort).await?;
        *self.response.lock() = None;
        let mut connection = self.connection_for_request(cx, &abort).await?;
        let request = match self.prepare_request(&mut connection, verb, uri_path) {
            Ok(request) => request,
            Err(fault) => {
                // Nothing was sent: the connection is as good as before.
                *self.connection.lock() = Some(connection);
                return Err(fault);
            }
        };
        cx.log.fact("verb", verb.to_owned());
        log_target(&mut cx.log, uri_path);
        let mut body = Vec::new();
        if self.exchange(cx, &mut connection, verb, &request, &mut body, &abort).await? {
            *self.connection.lock() = Some(connection);
        }
        Ok(String::from_utf8(body)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    fn prepare_request(&self, connection: &mut Connection, verb: &str, uri_path: &str) -> Result<Vec<u8>> {
        let headers = self.request_headers(connection)?;
        let request = request::encode(verb, uri_path, &headers)?;
        self.settings.lock().last_request = headers;
        Ok(request)
    }

    /// Whether the connection can be used further is told; it is gone after a failure.
    async fn exchange(
        &self,
        cx: &mut Cx,
        connection: &mut Connection,
        verb: &str,
        request: &[u8],
        body: &mut Vec<u8>,
        abort: &Abort<'_>,
    ) -> Result<bool> {
        let patience = Patience { idle_ms: self.idle_timeout_ms(), overall: Deadline::NEVER };
        connection.send(cx, request, patience, abort).await?;
        let head = Arc::new(connection.read_head(cx, patience, abort).await?);
        log_response(&mut cx.log, &head);
        *self.response.lock() = Some(Arc::clone(&head));
        let framing = Framing::of(verb, &head)?;
        let reusable = may_be_reused(&head, &framing);
        let limit = BodyLimit::Refuse(MAX_RESPONSE_SIZE);
        connection.read_body(cx, framing, limit, patience, abort, body).await?;
        Ok(reusable)
    }

    /// The connection, made anew where the server has ended it and the program asked for that.
    async fn connection_for_request(&self, cx: &mut Cx, abort: &Abort<'_>) -> Result<Connection> {
        let existing = self.connection.lock().take();
        let endpoint = self.endpoint.lock().clone();
        let reconnect = endpoint.filter(|endpoint| endpoint.auto_reconnect);
        match (existing, reconnect) {
            (Some(mut connection), Some(endpoint)) => {
                if connection.is_stale() {
                    self.reconnect(cx, &endpoint, abort).await
                } else {
                    Ok(connection)
                }
            }
            (Some(connection), None) => Ok(connection),
            (None, Some(endpoint)) => self.reconnect(cx, &endpoint, abort).await,
            (None, None) => Err(Fault::new(ErrorCode::NotConnected, "The Rest object is not connected.")),
        }
    }

    async fn reconnect(&self, cx: &mut Cx, endpoint: &Endpoint, abort: &Abort<'_>) -> Result<Connection> {
        let context = cx.log.enter("reconnect");
        let outcome = self.dial(cx, endpoint, abort).await;
        cx.log.leave(context);
        outcome?;
        self.take_connection()
            .ok_or_else(|| Fault::new(ErrorCode::NotConnected, "The connection was taken away."))
    }

    /// Host, the program's fields, and authentication.
    fn request_headers(&self, connection: &mut Connection) -> Result<Headers> {
        let settings = self.settings.lock();
        let endpoint = self.endpoint.lock().clone();
        let mut headers = Headers::default();
        let host = match (settings.host.as_str(), &endpoint) {
            ("", Some(endpoint)) => host_field(endpoint),
            (host, _) => host.to_owned(),
        };
        headers.add("Host", &host)?;
        for (name, value) in settings.headers.iter() {
            headers.add(name, value)?;
        }
        if let Some((username, password)) = &settings.basic {
            check_basic_allowed(connection, &settings.uncommon_options)?;
            headers.add("Authorization", &request::basic(username, password)?)?;
        } else if !settings.authorization.is_empty() {
            headers.add("Authorization", &settings.authorization)?;
        }
        Ok(headers)
    }
}

fn host_field(endpoint: &Endpoint) -> String {
    request::host_field(&endpoint.host, endpoint.port, if endpoint.tls { 443 } else { 80 })
}

/// Basic credentials over clear text can be read by anybody on the way (RFC 7617 section 4): only to this very
/// machine, or where the program insists.
pub(crate) fn check_basic_allowed(connection: &mut Connection, uncommon_options: &str) -> Result<()> {
    let link = connection.link();
    let local = link.socket().peer_address().is_some_and(|address| address.ip().to_canonical().is_loopback());
    if link.is_secure() || local || has_option(uncommon_options, INSECURE_BASIC) {
        return Ok(());
    }
    let text = "Basic authentication over clear text is refused; use TLS, or set AllowInsecureBasicAuth in uncommon_options.";
    Err(Fault::new(ErrorCode::InsecureAuth, text))
}

/// The path of a request; a query may hold a token, so only that there is one.
pub(crate) fn log_target(log: &mut Log, target: &str) {
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    log.fact("path", path.to_owned());
    if let Some(query) = query {
        log.fact("queryLength", query.len());
    }
}

/// The fields of a response, for a person who looks for what went wrong; those that carry secrets by name only.
pub(crate) fn log_response(log: &mut Log, head: &Head) {
    log.fact("statusCode", head.status);
    log.verbose(|log| {
        for (name, value) in head.headers.iter() {
            let secret = name.eq_ignore_ascii_case("Set-Cookie");
            log.fact("responseField", format!("{name}: {}", if secret { "(not shown)" } else { value }));
        }
    });
}

/// Notes the keywords that have no effect here.
pub(crate) fn log_uncommon_options(log: &mut Log, uncommon_options: &str) {
    for option in uncommon_options.split(',').map(str::trim).filter(|option| !option.is_empty()) {
        if !option.eq_ignore_ascii_case(INSECURE_BASIC) {
            log.fact("uncommonOptionWithoutEffect", option.to_owned());
        }
    }
}

fn has_option(uncommon_options: &str, keyword: &str) -> bool {
    uncommon_options.split(',').any(|option| option.trim().eq_ignore_ascii_case(keyword))
}

/// Whether another request may follow on the connection (RFC 9112 section 9.3). A 101 belongs to the WebSocket.
fn may_be_reused(head: &Head, framing: &Framing) -> bool {
    let has_token = |token: &str| {
        let values = head.headers.values_of("Connection");
        values.iter().flat_map(|value| value.split(',')).any(|each| each.trim().eq_ignore_ascii_case(token))
    };
    let persistent = if head.minor_version == 0 { has_token("keep-alive") } else { !has_token("close") };
    head.status == 101 || (persistent && !matches!(framing, Framing::UntilClose))
}
