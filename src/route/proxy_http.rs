//! A hop through an HTTP proxy by CONNECT (RFC 9110 section 9.3.6), for clear text as for TLS.
//!
//! The proxy gets no credentials before it asks for them, unless the program has chosen Basic. A proxy that asks ends
//! this connection: the answer goes out on another one, so nothing of a refusal is read as the answer to the next request.

use super::Place;
use super::proxy::{HttpAuth, HttpProxy};
use crate::base::{ErrorCode, Fault, Result};
use crate::engine::Op;
use crate::http::Connection;
use crate::http::log::{log_refusal, log_response};
use crate::link::prefixed::Prefixed;
use crate::link::{Link, StallLimits, Wire};
use crate::proto::auth::{self, Scheme};
use crate::proto::http1::{Head, HeadReader, Headers, request};
use crate::sys::random;

/// What the connections of one connect to an HTTP proxy have in common.
#[derive(Default)]
pub(super) struct Credentials {
    /// The value of Proxy-Authorization that the next request has.
    authorization: Option<String>,
    /// It answers a challenge of the proxy.
    is_answer: bool,
    /// The status of the proxy's latest answer; 0 for none.
    pub(super) status: u16,
}

/// Has the proxy at the other end of `wire` connect to a host and port. Returns the link to that; none if the proxy has
/// asked for credentials, which another connection to it then has.
pub(super) async fn connect(
    op: &mut Op<'_>,
    wire: Wire,
    proxy: &HttpProxy,
    to: Place<'_>,
    credentials: &mut Credentials,
    stalls: StallLimits,
) -> Result<Option<Box<dyn Link>>> {
    if !credentials.is_answer {
        credentials.authorization = unasked(proxy)?;
    }
    if !proxy.tls && credentials.authorization.as_deref().is_some_and(|value| value.starts_with("Basic ")) {
        op.log.info("The password for the HTTP proxy is sent to it in clear text (Basic).");
    }
    let request = compose(to, credentials.authorization.as_deref())?;
    let mut connection = Connection::new(wire);
    let head = exchange(op, &mut connection, &request, stalls).await.map_err(of_proxy)?;
    credentials.status = head.status;
    log_response(&mut op.log, &head);
    if (200..300).contains(&head.status) {
        let (link, first) = connection.into_parts();
        return Ok(Some(if first.is_empty() { link } else { Box::new(Prefixed::new(first, link)) }));
    }
    let refusal = match head.status {
        407 => match answer_to(&head, proxy, to, credentials) {
            Ok(answer) => {
                credentials.authorization = Some(answer);
                credentials.is_answer = true;
                return Ok(None);
            }
            Err(fault) => fault,
        },
        status => {
            let text = format!("The HTTP proxy did not connect to {}: status {status}.", authority(to));
            Fault::new(ErrorCode::ProxyRefused, text)
        }
    };
    log_refusal(op, &mut connection, "CONNECT", &head).await;
    Err(refusal)
}

/// Returns what goes out before the proxy has asked; fails if the chosen method is not one of this library.
fn unasked(proxy: &HttpProxy) -> Result<Option<String>> {
    match proxy.auth {
        HttpAuth::Basic if !proxy.login.username.is_empty() => {
            request::basic(&proxy.login.username, &proxy.login.password).map(Some)
        }
        HttpAuth::Any | HttpAuth::Basic | HttpAuth::Digest => Ok(None),
        HttpAuth::Ntlm | HttpAuth::Negotiate => {
            let text = format!(
                "The method {} of ckws_socket_set_http_proxy_auth_method is not in this library, which has Basic and Digest.",
                proxy.auth.name()
            );
            Err(Fault::new(ErrorCode::ProxyLogin, text))
        }
    }
}

fn compose(to: Place<'_>, authorization: Option<&str>) -> Result<Vec<u8>> {
    let mut headers = Headers::default();
    headers.add("Host", &authority(to))?;
    if let Some(value) = authorization {
        headers.add("Proxy-Authorization", value)?;
    }
    request::complete_user_agent(&mut headers)?;
    request::encode_connect(&authority(to), &headers)
}

/// Returns host and port as CONNECT has them.
fn authority((host, port): Place<'_>) -> String {
    request::host_field(host, port, 0)
}

async fn exchange(
    op: &mut Op<'_>,
    connection: &mut Connection,
    request: &[u8],
    stalls: StallLimits,
) -> Result<Head> {
    connection.send(op, request, stalls.send_ms).await?;
    connection.read_head(op, &mut HeadReader::default(), stalls.read_ms).await
}

/// Returns the answer to the strongest challenge of a 407 that the program permits.
fn answer_to(head: &Head, proxy: &HttpProxy, to: Place<'_>, credentials: &Credentials) -> Result<String> {
    let refused = |text: String| Err(Fault::new(ErrorCode::ProxyLogin, text));
    let asked = auth::challenges(&head.headers.values_of("Proxy-Authenticate"));
    let login = &proxy.login;
    if login.username.is_empty() {
        return refused(format!(
            "The HTTP proxy asks for a login ({}), and no user name is set (ckws_socket_set_http_proxy_username).",
            auth::names(&asked)
        ));
    }
    if credentials.authorization.is_some() {
        return refused("The HTTP proxy refused the user name or password.".to_owned());
    }
    let permitted = |scheme: &Scheme<'_>| match proxy.auth {
        HttpAuth::Any => true,
        HttpAuth::Basic => matches!(scheme, Scheme::Basic),
        HttpAuth::Digest => matches!(scheme, Scheme::Digest(_)),
        HttpAuth::Ntlm | HttpAuth::Negotiate => false,
    };
    match auth::strongest(&asked, permitted) {
        Some(Scheme::Basic) => request::basic(&login.username, &login.password),
        Some(Scheme::Digest(digest)) => {
            digest.answer("CONNECT", &authority(to), &login.username, &login.password, random::bytes()?)
        }
        None => refused(format!(
            "The HTTP proxy asks for {}, none of which can be used: this library has Basic and Digest (MD5, SHA-256), \
             and ckws_socket_set_http_proxy_auth_method may permit less.",
            auth::names(&asked)
        )),
    }
}

/// Returns the fault of an exchange as one of the proxy.
fn of_proxy(fault: Fault) -> Fault {
    let (code, text) = match fault.code() {
        ErrorCode::HttpTimeout => {
            (ErrorCode::ProxyTimeout, "The HTTP proxy did not connect within the time-out.".into())
        }
        ErrorCode::HttpTruncated | ErrorCode::ConnectionReset | ErrorCode::ConnectionLost => {
            (ErrorCode::ProxyClosed, "The HTTP proxy ended the connection before it had connected.".into())
        }
        ErrorCode::HttpInvalid | ErrorCode::HttpHeadTooLarge | ErrorCode::HttpTooManyFields => {
            (ErrorCode::ProxyProtocol, format!("The answer of the HTTP proxy cannot be used. {fault}"))
        }
        _ => return fault,
    };
    Fault::new(code, text)
}
