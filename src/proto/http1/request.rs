//! A request head as bytes, and the values of Host and Authorization.
//!
//! Nothing that could end the request line or a field early gets through (request splitting). Which fields a
//! request needs is decided by the caller.

use super::headers::{Headers, breaks_line, is_token};
use crate::base::growth::{append, joined};
use crate::base::{ErrorCode, Fault, Result};
use crate::proto::encoding::Encoding;
use crate::proto::url::encode_target;

const USER_AGENT: &str = "User-Agent";

/// Request line, fields and blank line (RFC 9112 sections 2 and 3). `target` is in origin-form, "/path?query",
/// or "*"; what a URI cannot hold literally is percent-encoded.
pub fn encode(verb: &str, target: &str, headers: &Headers) -> Result<Vec<u8>> {
    check_verb(verb)?;
    check_target(target)?;
    encode_head(verb, &encode_target(target)?, headers)
}

/// Encodes the request to a proxy to connect to `authority`, a host and a port (RFC 9110 section 9.3.6).
pub fn encode_connect(authority: &str, headers: &Headers) -> Result<Vec<u8>> {
    if !authority.bytes().all(|b| b.is_ascii_graphic()) {
        return forbidden("The host holds a line break, a space or a character that is not ASCII.");
    }
    encode_head("CONNECT", authority, headers)
}

fn encode_head(verb: &str, target: &str, headers: &Headers) -> Result<Vec<u8>> {
    let mut head = joined(&[verb, " ", target, " HTTP/1.1\r\n"])?;
    for piece in headers.iter().flat_map(|(name, value)| [name, ": ", value, "\r\n"]) {
        append(&mut head, piece)?;
    }
    append(&mut head, "\r\n")?;
    Ok(head.into_bytes())
}

fn check_verb(verb: &str) -> Result<()> {
    if verb.bytes().any(breaks_line) {
        return forbidden("The HTTP verb holds a line break (CR, LF or NUL).");
    }
    match is_token(verb) {
        true => Ok(()),
        false => invalid("The HTTP verb is not a token (RFC 9110 section 9.1)."),
    }
}

/// The target itself stays out of the texts: a query may hold a secret.
fn check_target(target: &str) -> Result<()> {
    if target.bytes().any(breaks_line) {
        return forbidden("The request target holds a line break (CR, LF or NUL).");
    }
    if target.bytes().any(|b| b == b' ' || b.is_ascii_control()) {
        return forbidden("The request target holds a space or a control character; percent-encode it.");
    }
    if target.contains('#') {
        return forbidden("The request target holds '#'; a fragment is never sent (RFC 9110 section 7.1).");
    }
    match target.starts_with('/') || target == "*" {
        true => Ok(()),
        false => {
            invalid("The request target does not start with '/' (it is a path with a query, not a URL).")
        }
    }
}

/// Names this library as the sender, unless the program has set a User-Agent (RFC 9110 section 10.1.5); an empty one
/// says that none is to be sent.
pub fn complete_user_agent(headers: &mut Headers) -> Result<()> {
    match headers.get(USER_AGENT) {
        None => headers.add(USER_AGENT, concat!("libckws/", env!("CARGO_PKG_VERSION")))?,
        Some("") => _ = headers.remove(USER_AGENT),
        Some(_) => {}
    }
    Ok(())
}

/// Returns the value of Host (RFC 9110 section 7.2): an IPv6 address in brackets, the port only if it is not the
/// scheme's own.
pub fn host_field(host: &str, port: u16, default_port: u16) -> String {
    let bare_ipv6 = host.contains(':') && !host.starts_with('[');
    let host = if bare_ipv6 { format!("[{host}]") } else { host.to_owned() };
    if port == default_port { host } else { format!("{host}:{port}") }
}

/// Returns the value of Authorization for the Basic scheme, in UTF-8 (RFC 7617 sections 2 and 2.1).
pub fn basic(username: &str, password: &str) -> Result<String> {
    if username.chars().chain(password.chars()).any(char::is_control) {
        return forbidden("The user name or password holds a control character (RFC 7617 section 2).");
    }
    if username.contains(':') {
        return invalid(
            "The user name holds a colon, which Basic authentication cannot carry (RFC 7617 section 2).",
        );
    }
    let credentials = joined(&[username, ":", password])?;
    joined(&["Basic ", &Encoding::Base64.encode(credentials.as_bytes())?])
}

fn forbidden<T>(text: &'static str) -> Result<T> {
    Err(Fault::new(ErrorCode::ForbiddenCharacter, text))
}

fn invalid<T>(text: &'static str) -> Result<T> {
    Err(Fault::new(ErrorCode::InvalidArgument, text))
}
