//! WebSocket URLs (RFC 6455 section 3 on top of RFC 3986), and the rules for host names.
//!
//! Strict where parsers are known to disagree about the host, as that decides who gets the credentials: what two
//! of them could read differently is refused, not guessed. Texts name the part that is wrong and never quote from
//! the URL: a misplaced delimiter can make any part of it the password. Relative references and normalising of
//! paths are not here.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::base::growth::joined;
use crate::base::{ErrorCode, Fault, Result};
use crate::proto::encoding::hex;

/// The longest path of a Unix domain socket, in bytes: Linux has place for one more, a NUL.
pub(crate) const MAX_UNIX_SOCKET_PATH: usize = 107;

/// A parsed ws, wss or ws+unix URL.
#[derive(Clone, PartialEq, Eq)]
pub struct WsUrl {
    /// Whether the scheme is wss.
    pub tls: bool,
    /// Host name or address in lower case; an IPv6 address without brackets, in its RFC 5952 form.
    pub host: String,
    /// The port, the scheme's own if none was given.
    pub port: u16,
    /// Path and query as a request target, at least "/".
    pub target: String,
    /// User name and password, percent-decoded.
    pub userinfo: Option<(String, String)>,
    /// The path of the Unix domain socket of a ws+unix URL, percent-decoded; its host is "localhost".
    pub unix_socket_path: Option<String>,
}

impl WsUrl {
    /// Parses `url`; the fault's text says which part is wrong.
    pub fn parse(url: &str) -> Result<Self> {
        check_characters(url)?;
        if let Some(rest) = strip_unix_scheme(url) {
            return Self::parse_unix(rest);
        }
        let (scheme, rest) = split_scheme(url)?;
        let tls = is_tls(scheme)?;
        check_no_fragment(rest)?;
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (userinfo, host_port) = match authority.split_once('@') {
            Some((_, after)) if after.contains('@') => {
                return malformed(
                    "it has more than one '@' before the path; write %40 in user name and password",
                );
            }
            Some((userinfo, host_port)) => (parse_userinfo(userinfo)?, host_port),
            None => (None, authority),
        };
        let (host, port) = split_port(host_port)?;
        if host.is_empty() {
            return malformed("its host is empty");
        }
        Ok(Self {
            tls,
            host: parse_url_host(host).or_else(malformed)?,
            port: parse_port(port, tls)?,
            target: parse_target(target)?,
            userinfo,
            unix_socket_path: None,
        })
    }

    /// Parses what follows "ws+unix:", as other libraries write it: the path of the socket, then after a colon the
    /// request target.
    fn parse_unix(rest: &str) -> Result<Self> {
        check_no_fragment(rest)?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (path, target) = rest.split_once(':').unwrap_or((rest, ""));
        let path = decode_part(path, "the path of its socket")?;
        if !path.starts_with('/') {
            return malformed("the path of its socket does not begin with '/'");
        }
        if path.len() > MAX_UNIX_SOCKET_PATH {
            return malformed(&format!("the path of its socket has more than {MAX_UNIX_SOCKET_PATH} bytes"));
        }
        Ok(Self {
            tls: false,
            host: "localhost".to_owned(),
            port: default_port(false),
            target: parse_target(target)?,
            userinfo: None,
            unix_socket_path: Some(path),
        })
    }

    /// Returns the port that the scheme stands for: 80, or 443 for wss.
    pub fn default_port(&self) -> u16 {
        default_port(self.tls)
    }
}

/// Shows that there is a user name and password, not which.
impl std::fmt::Debug for WsUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WsUrl")
            .field("tls", &self.tls)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("target", &self.target)
            .field("userinfo", &self.userinfo.as_ref().map(|_| "***"))
            .finish()
    }
}

/// Returns a host name or address that was given without a URL, in the form of [`WsUrl::host`]; an IPv6 address may stand
/// in brackets.
pub fn bare_host(host: &str) -> Result<String> {
    if host.is_empty() {
        return Err(Fault::new(ErrorCode::HostEmpty, "The host name is empty."));
    }
    check_characters(host)?;
    let wrong =
        |what: &str| Err(Fault::new(ErrorCode::InvalidArgument, format!("The host is not usable: {what}.")));
    if host.contains(['/', '?', '#', '@']) {
        return wrong("a host name or address is expected, not a URL");
    }
    let bracketed = host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    match (bracketed, host.matches(':').count()) {
        (Some(inner), _) => parse_ipv6(inner).or_else(wrong),
        (None, 0) => parse_host_name(host).or_else(wrong),
        (None, 1) => wrong("a host name or address is expected, without a port"),
        (None, _) => parse_ipv6(host).or_else(wrong),
    }
}

/// Percent-encodes what can stand nowhere in a URI (RFC 3986 section 2): what is not ASCII, as UTF-8, and the few
/// visible characters that its grammar has no use for. Brackets, which it has, stay as they are.
pub fn encode_target(target: &str) -> Result<Cow<'_, str>> {
    let unusable = |b: u8| !b.is_ascii_graphic() || b"\"<>\\^`{|}".contains(&b);
    if !target.bytes().any(unusable) {
        return Ok(Cow::Borrowed(target));
    }
    percent_encode(target, unusable).map(Cow::Owned)
}

/// Percent-encodes the bytes for which `is_unusable` returns true (RFC 3986 section 2.1); all that are not ASCII must
/// be.
pub(super) fn percent_encode(text: &str, is_unusable: impl Fn(u8) -> bool) -> Result<String> {
    let escapes = text.bytes().filter(|byte| is_unusable(*byte)).count();
    let mut encoded = String::new();
    encoded.try_reserve_exact(text.len().saturating_add(escapes.saturating_mul(2)))?;
    for byte in text.bytes() {
        if is_unusable(byte) {
            encoded.push('%');
            encoded.extend(hex::pair(byte, hex::CAPITAL));
        } else {
            encoded.push(char::from(byte));
        }
    }
    Ok(encoded)
}

fn malformed<T>(what: &str) -> Result<T> {
    Err(Fault::new(ErrorCode::InvalidUrl, format!("The URL is not usable: {what}.")))
}

fn forbidden<T>(what: &'static str) -> Result<T> {
    Err(Fault::new(ErrorCode::ForbiddenCharacter, what))
}

fn check_characters(text: &str) -> Result<()> {
    if text.bytes().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return forbidden("The URL or host holds a line break (CR, LF or NUL).");
    }
    if text.contains(' ') {
        return forbidden("The URL or host holds a space (in a path it is written %20).");
    }
    if text.bytes().any(|b| b.is_ascii_control()) {
        return forbidden("The URL or host holds a control character.");
    }
    Ok(())
}

fn check_no_fragment(rest: &str) -> Result<()> {
    if rest.contains('#') {
        // RFC 6455 section 3: fragments have no meaning for WebSocket and must not be used.
        return malformed("it has a fragment ('#'); write %23 if that character is meant");
    }
    Ok(())
}

/// Returns what follows the scheme of a ws+unix URL.
fn strip_unix_scheme(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once(':')?;
    scheme.eq_ignore_ascii_case("ws+unix").then_some(rest)
}

/// Scheme and what follows "://".
fn split_scheme(url: &str) -> Result<(&str, &str)> {
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    match url.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => Ok((scheme, rest)),
        _ => match url.split_once(':') {
            Some((scheme, _)) if is_tls(scheme).is_ok() => malformed("\"//\" is missing after the scheme"),
            _ => malformed("it has no scheme; it must begin with ws:// or wss://"),
        },
    }
}

fn is_tls(scheme: &str) -> Result<bool> {
    let known = ["ws", "wss", "http", "https"].into_iter().find(|known| known.eq_ignore_ascii_case(scheme));
    match known {
        Some("ws") => Ok(false),
        Some("wss") => Ok(true),
        Some("http") => malformed("its scheme is http; use ws:// for a WebSocket"),
        Some("https") => malformed("its scheme is https; use wss:// for a WebSocket over TLS"),
        _ => malformed("its scheme is neither ws nor wss"),
    }
}

fn default_port(tls: bool) -> u16 {
    if tls { 443 } else { 80 }
}

/// User name and password (RFC 3986 section 3.2.1); none if both are empty.
fn parse_userinfo(userinfo: &str) -> Result<Option<(String, String)>> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:%".contains(&b);
    if !userinfo.bytes().all(allowed) {
        return malformed("user name or password holds a character that must be percent-encoded");
    }
    let (username, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    if username.is_empty() && password.is_empty() {
        return Ok(None);
    }
    let what = "user name or password";
    Ok(Some((decode_part(username, what)?, decode_part(password, what)?)))
}

fn decode_part(text: &str, what: &str) -> Result<String> {
    let Some(bytes) = percent_decode(text)? else {
        return malformed(&format!("{what} has a '%' that two hexadecimal digits do not follow"));
    };
    match String::from_utf8(bytes) {
        Ok(text) if text.contains(char::is_control) => {
            let text = format!("In the URL {what} holds an encoded control character.");
            Err(Fault::new(ErrorCode::ForbiddenCharacter, text))
        }
        Ok(text) => Ok(text),
        Err(_) => malformed(&format!("{what} is not UTF-8 when percent-decoded")),
    }
}

/// Returns the bytes that `text` stands for; none if two hexadecimal digits do not follow each '%'.
pub(super) fn percent_decode(text: &str) -> Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(text.len())?;
    let mut pieces = text.split('%');
    bytes.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        let Some((byte, rest)) = escaped_byte(piece) else { return Ok(None) };
        bytes.push(byte);
        bytes.extend_from_slice(rest.as_bytes());
    }
    Ok(Some(bytes))
}

/// Returns the byte that the two digits at the start of `after_percent` stand for, and what follows them.
fn escaped_byte(after_percent: &str) -> Option<(u8, &str)> {
    let (digits, rest) = after_percent.split_at_checked(2)?;
    let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
    let byte = u8::from_str_radix(digits, 16).ok()?;
    hex.then_some((byte, rest))
}

/// Host, still in brackets if it has them, and the port's digits if there is a colon.
fn split_port(host_port: &str) -> Result<(&str, Option<&str>)> {
    let Some(bracket) = host_port.rfind(']') else {
        return match host_port.split_once(':') {
            _ if host_port.starts_with('[') => malformed("the brackets of the host are unbalanced"),
            Some((_, port)) if port.contains(':') => {
                malformed("its host holds several colons; an IPv6 address stands in brackets")
            }
            Some((host, port)) => Ok((host, Some(port))),
            None => Ok((host_port, None)),
        };
    };
    let (host, rest) = host_port.split_at(bracket + 1);
    match rest.strip_prefix(':') {
        Some(port) => Ok((host, Some(port))),
        None if rest.is_empty() => Ok((host, None)),
        None => malformed("something other than a port follows the ']' of its host"),
    }
}

/// An absent or empty port is the scheme's own (RFC 3986 section 3.2.3).
fn parse_port(port: Option<&str>, tls: bool) -> Result<u16> {
    let digits = match port {
        None | Some("") => return Ok(default_port(tls)),
        Some(digits) => digits,
    };
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return malformed("its port is not a number");
    }
    match digits.parse() {
        Ok(0) => malformed("its port is 0"),
        Ok(port) => Ok(port),
        Err(_) => malformed("its port is larger than 65535"),
    }
}

/// Path and query as they go into the request line (RFC 6455 section 3, "resource-name").
fn parse_target(target: &str) -> Result<String> {
    if target.split('%').skip(1).any(|piece| escaped_byte(piece).is_none()) {
        return malformed("its path or query has a '%' that two hexadecimal digits do not follow; write %25");
    }
    if target.contains('\\') {
        return malformed("its path or query holds a backslash; write '/' or %5C");
    }
    let root = if target.starts_with('/') { "" } else { "/" };
    joined(&[root, &encode_target(target)?])
}

// The host: here a failure is only what is wrong, as the caller knows whether a URL or an argument is.

fn parse_url_host(host: &str) -> std::result::Result<String, &'static str> {
    match host.strip_prefix('[').map(|rest| rest.strip_suffix(']')) {
        None => parse_host_name(host),
        Some(Some(inner)) => parse_ipv6(inner),
        Some(None) => Err("the brackets of the host are unbalanced"),
    }
}

fn parse_ipv6(inner: &str) -> std::result::Result<String, &'static str> {
    if inner.contains('%') {
        // RFC 6874: meaningful on one machine only, and quoted differently by everybody.
        return Err("an IPv6 zone identifier ('%') is not supported");
    }
    match inner.parse::<Ipv6Addr>() {
        Ok(address) => Ok(address.to_string()),
        Err(_) => Err("what looks like an IPv6 address is not one"),
    }
}

fn parse_host_name(host: &str) -> std::result::Result<String, &'static str> {
    if !host.is_ascii() {
        return Err("the host name is not ASCII; give its A-label form (punycode, xn--...)");
    }
    if host.contains('%') {
        return Err("the host name is percent-encoded; give it in plain characters");
    }
    if host.contains(['[', ']']) {
        return Err("the brackets of the host are unbalanced");
    }
    if !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
        return Err("the host name holds a character other than letters, digits, '-', '.' and '_'");
    }
    // One dot at the end marks a name that is complete (RFC 1034 section 3.1); lengths are those of section 3.1.
    let name = host.strip_suffix('.').unwrap_or(host);
    if name.len() > 253 {
        return Err("the host name is longer than 253 characters");
    }
    if name.split('.').any(str::is_empty) {
        return Err("the host name has an empty label");
    }
    if name.split('.').any(|label| label.len() > 63) {
        return Err("a label of the host name is longer than 63 characters");
    }
    // No top-level domain is a number, so the host is meant as an address. inet_aton reads 127.1, 0x7f.1 and
    // 017.0.0.1 as addresses; others do not, or as different ones.
    if ends_in_number(name) && host.parse::<Ipv4Addr>().is_err() {
        return Err(
            "the host looks like an IPv4 address but is not four decimal numbers, which is ambiguous",
        );
    }
    Ok(host.to_ascii_lowercase())
}

fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    last.bytes().all(|b| b.is_ascii_digit())
        || hex.is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
}
