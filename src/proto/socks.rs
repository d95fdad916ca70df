//! The client's side of a SOCKS handshake: version 5 (RFC 1928), with user name and password (RFC 1929), and version 4
//! with its extension 4a, by which the proxy looks names up.
//!
//! [`Handshake::missing`] is what the proxy's next answer still lacks. A caller that reads no more than that leaves what
//! follows the handshake to the next layer.

use crate::base::{ErrorCode, Fault, Result};
use std::net::{IpAddr, Ipv4Addr};

/// The most bytes that a user name, a password or a host name can have: their length is one byte.
pub(crate) const MAX_TEXT: usize = 255;

const NO_LOGIN: u8 = 0;
const USERNAME_PASSWORD: u8 = 2;
const NOTHING_ACCEPTABLE: u8 = 0xFF;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// A version of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// SOCKS 4, 4a for names.
    V4,
    /// SOCKS 5.
    V5,
}

/// A handshake, and how far it is.
#[derive(Debug)]
pub struct Handshake {
    stage: Stage,
    /// What is to be sent now.
    output: Vec<u8>,
    /// What is sent once the proxy has chosen [`USERNAME_PASSWORD`]; empty if it was not offered.
    login: Vec<u8>,
    /// What is sent once nothing stands before it.
    request: Vec<u8>,
    /// What has arrived of the answer of this stage.
    arrived: Vec<u8>,
}

/// The part of an answer that is to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Version 5: version and method.
    Method,
    /// Version 5: the version of the login, and its outcome.
    Login,
    /// Version 5: version and reply code.
    Reply,
    /// Version 5: a reserved byte, the type of an address and the first byte of it.
    AddressType,
    /// Version 4: 0 and the reply code.
    OldReply,
    /// So many bytes of an address and port that have no use here.
    Unused(usize),
    /// Nothing.
    Done,
}

impl Handshake {
    /// Begins a handshake that asks for a connection to `host`, a name or an IP address without brackets, and `port`.
    /// Without a user name no login is offered; version 4 has no password.
    pub fn begin(version: Version, host: &str, port: u16, username: &str, password: &str) -> Result<Self> {
        match version {
            Version::V4 => Self::begin_4(host, port, username),
            Version::V5 => Self::begin_5(host, port, username, password),
        }
    }

    fn begin_4(host: &str, port: u16, username: &str) -> Result<Self> {
        text_len("user name of the SOCKS proxy", username)?;
        text_len("host name", host)?;
        let (address, name) = match host.parse() {
            Ok(IpAddr::V4(address)) => (address, None),
            Ok(IpAddr::V6(_)) => {
                let text = format!("SOCKS 4 cannot carry the address {host}; use SOCKS 5.");
                return Err(Fault::new(ErrorCode::InvalidArgument, text));
            }
            // SOCKS 4a: an address that is none, and the name at the end.
            Err(_) => (Ipv4Addr::new(0, 0, 0, 1), Some(host)),
        };
        let mut request = vec![4, CONNECT];
        request.extend_from_slice(&port.to_be_bytes());
        request.extend_from_slice(&address.octets());
        for text in [Some(username), name].into_iter().flatten() {
            if text.contains('\0') {
                let text = "A host or user name for SOCKS 4 holds a NUL.";
                return Err(Fault::new(ErrorCode::ForbiddenCharacter, text));
            }
            request.extend_from_slice(text.as_bytes());
            request.push(0);
        }
        Ok(Self::at(Stage::OldReply, request, Vec::new(), Vec::new()))
    }

    fn begin_5(host: &str, port: u16, username: &str, password: &str) -> Result<Self> {
        let mut request = vec![5, CONNECT, 0];
        match host.parse() {
            Ok(IpAddr::V4(address)) => {
                request.push(IPV4);
                request.extend_from_slice(&address.octets());
            }
            Ok(IpAddr::V6(address)) => {
                request.push(IPV6);
                request.extend_from_slice(&address.octets());
            }
            Err(_) => {
                request.extend_from_slice(&[NAME, text_len("host name", host)?]);
                request.extend_from_slice(host.as_bytes());
            }
        }
        request.extend_from_slice(&port.to_be_bytes());
        if username.is_empty() {
            return Ok(Self::at(Stage::Method, vec![5, 1, NO_LOGIN], Vec::new(), request));
        }
        let mut login = vec![1, text_len("user name of the SOCKS proxy", username)?];
        login.extend_from_slice(username.as_bytes());
        login.push(text_len("password of the SOCKS proxy", password)?);
        login.extend_from_slice(password.as_bytes());
        Ok(Self::at(Stage::Method, vec![5, 2, NO_LOGIN, USERNAME_PASSWORD], login, request))
    }

    fn at(stage: Stage, output: Vec<u8>, login: Vec<u8>, request: Vec<u8>) -> Self {
        Self { stage, output, login, request, arrived: Vec::new() }
    }

    /// Returns what is to be sent before more is received.
    pub fn output(&self) -> &[u8] {
        &self.output
    }

    /// Removes the first `count` bytes of the output, which were sent.
    pub fn sent(&mut self, count: usize) {
        self.output.drain(..count.min(self.output.len()));
    }

    /// Returns how many bytes of the proxy's answer are to come before the handshake goes on; 0 once it is complete.
    pub fn missing(&self) -> usize {
        let needed = match self.stage {
            Stage::Method | Stage::Login | Stage::Reply | Stage::OldReply => 2,
            Stage::AddressType => 3,
            Stage::Unused(count) => count,
            Stage::Done => 0,
        };
        needed.saturating_sub(self.arrived.len())
    }

    /// Takes received bytes, no more than are missing; returns how many. Fails if the proxy refuses, or answers what the
    /// protocol does not have; a failure is final.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<usize> {
        let taken = bytes.get(..self.missing()).unwrap_or(bytes);
        self.arrived.extend_from_slice(taken);
        if self.missing() == 0 {
            let arrived = std::mem::take(&mut self.arrived);
            self.advance(&arrived)?;
        }
        Ok(taken.len())
    }

    /// Acts on the answer of this stage, which is complete.
    fn advance(&mut self, answer: &[u8]) -> Result<()> {
        self.stage = match (self.stage, answer) {
            (Stage::Method, &[5, NO_LOGIN]) => self.ask(),
            (Stage::Method, &[5, USERNAME_PASSWORD]) if !self.login.is_empty() => {
                self.output = std::mem::take(&mut self.login);
                Stage::Login
            }
            (Stage::Method, &[5, NOTHING_ACCEPTABLE]) => return Err(self.no_method()),
            (Stage::Method, &[5, _]) => return Err(malformed("chose a method that was not offered")),
            // RFC 1929 gives the version 1 here; some proxies answer their own.
            (Stage::Login, &[1 | 5, 0]) => self.ask(),
            (Stage::Login, &[1 | 5, _]) => {
                let text = "The SOCKS proxy refused the user name or password.";
                return Err(Fault::new(ErrorCode::ProxyLogin, text));
            }
            (Stage::Reply, &[5, 0]) => Stage::AddressType,
            (Stage::Reply, &[5, code]) => return Err(refusal(code)),
            (Stage::AddressType, &[_, IPV4, _]) => Stage::Unused(5),
            (Stage::AddressType, &[_, IPV6, _]) => Stage::Unused(17),
            (Stage::AddressType, &[_, NAME, length]) => Stage::Unused(usize::from(length) + 2),
            (Stage::AddressType, _) => return Err(malformed("answered with an unknown type of address")),
            (Stage::OldReply, &[0, 90]) => Stage::Unused(6),
            (Stage::OldReply, &[0, code]) => return Err(old_refusal(code)),
            (Stage::Unused(_) | Stage::Done, _) => Stage::Done,
            _ => return Err(malformed("does not speak this version of SOCKS")),
        };
        Ok(())
    }

    /// Asks for the connection.
    fn ask(&mut self) -> Stage {
        self.output = std::mem::take(&mut self.request);
        Stage::Reply
    }

    fn no_method(&self) -> Fault {
        let text = match self.login.is_empty() {
            true => "The SOCKS proxy asks for a login, and no user name is set.",
            false => "The SOCKS proxy takes neither no login nor one by user name and password.",
        };
        Fault::new(ErrorCode::ProxyLogin, text)
    }
}

/// Returns the length of a text as the protocol has it.
fn text_len(what: &str, text: &str) -> Result<u8> {
    u8::try_from(text.len()).map_err(|_| {
        let text = format!("The {what} has {} bytes; SOCKS carries at most {MAX_TEXT}.", text.len());
        Fault::new(ErrorCode::InvalidArgument, text)
    })
}

fn malformed(what: &str) -> Fault {
    Fault::new(ErrorCode::ProxyProtocol, format!("The SOCKS proxy {what}."))
}

/// RFC 1928 section 6.
fn refusal(code: u8) -> Fault {
    let why = match code {
        1 => "it failed in general",
        2 => "its rules do not allow the connection",
        3 => "the network cannot be reached from it",
        4 => "the host cannot be reached from it",
        5 => "the server refused the TCP connection",
        6 => "the time to live of its packets expired",
        7 => "it does not support the command CONNECT",
        8 => "it does not support this type of address",
        _ => return refused(&format!("its reply has the code {code}, which RFC 1928 does not assign")),
    };
    refused(why)
}

/// The reply codes of SOCKS 4.
fn old_refusal(code: u8) -> Fault {
    let why = match code {
        91 => "the request was rejected, or failed",
        92 => "it could not reach the identd of this machine",
        93 => "the identd of this machine names another user",
        _ => return refused(&format!("its reply has the code {code}, which SOCKS 4 does not assign")),
    };
    refused(why)
}

fn refused(why: &str) -> Fault {
    Fault::new(ErrorCode::ProxyRefused, format!("The SOCKS proxy did not connect: {why}."))
}
