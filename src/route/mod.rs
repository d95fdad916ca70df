//! The way to a server: the settings of it, a plan of its hops, and the connect that follows the plan.
//!
//! Only the route knows what lies between this machine and the target, so it decides how exposed a connection is.

mod dial;
pub mod happy_eyeballs;

pub use dial::dial;

use crate::link::socket_options::SocketOptions;
use crate::link::tls::TlsSettings;
use crate::link::{Exposure, StallLimits};
use std::net::SocketAddr;

const DEFAULT_CONNECT_TIMEOUT_MS: u32 = 30_000;

/// The settings that a connect begins with.
#[derive(Clone, Debug)]
pub struct Transport {
    /// How a server is verified.
    pub tls: TlsSettings,
    /// Bounds all of a connect; 0 is no limit.
    pub connect_timeout_ms: u32,
    /// Bounds each stall of a handshake.
    pub stalls: StallLimits,
    /// What is asked of the socket.
    pub socket: SocketOptions,
    /// The addresses of IPv6 are tried first.
    pub prefer_ipv6: bool,
    /// The Unix domain socket to connect to, instead of the target's host and port; empty for none.
    pub unix_socket_path: String,
}

impl Default for Transport {
    fn default() -> Self {
        Self {
            tls: TlsSettings::default(),
            connect_timeout_ms: DEFAULT_CONNECT_TIMEOUT_MS,
            stalls: StallLimits::default(),
            socket: SocketOptions::default(),
            prefer_ipv6: false,
            unix_socket_path: String::new(),
        }
    }
}

impl Transport {
    /// Returns the settings of a connect that goes `way`, with its own limit of time and its own decision whether to
    /// verify the server; the roots of both are trusted.
    pub fn along(&self, way: &Self) -> Self {
        let mut way = way.clone();
        way.tls = way.tls.trusted_as(&self.tls);
        Self { connect_timeout_ms: self.connect_timeout_ms, stalls: self.stalls, ..way }
    }
}

/// Where to connect to.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Host name or IP address, without brackets.
    pub host: &'a str,
    /// TCP port.
    pub port: u16,
    /// Whether it speaks TLS.
    pub tls: bool,
}

/// The hops to a target.
#[derive(Debug, PartialEq, Eq)]
pub struct Plan<'a> {
    /// The first hop.
    pub first: First<'a>,
    /// The hops after it, each over the one before.
    pub hops: Vec<Hop<'a>>,
}

/// The first hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First<'a> {
    /// TCP to a host and port.
    Tcp(&'a str, u16),
    /// A Unix domain socket.
    Unix(&'a str),
}

/// A hop over the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop<'a> {
    /// TLS with the server at this host and port.
    Tls(&'a str, u16),
}

impl<'a> Plan<'a> {
    /// Plans the way to `target`.
    pub fn to(target: Target<'a>, transport: &'a Transport) -> Self {
        Self {
            first: match transport.unix_socket_path.as_str() {
                "" => First::Tcp(target.host, target.port),
                path => First::Unix(path),
            },
            hops: target.tls.then_some(Hop::Tls(target.host, target.port)).into_iter().collect(),
        }
    }

    /// Returns who can read the connection, if the first hop has reached `address`; a Unix domain socket has none.
    pub fn exposure(&self, address: Option<SocketAddr>) -> Exposure {
        let is_local = address.is_none_or(|address| address.ip().to_canonical().is_loopback());
        match self.hops.last() {
            Some(Hop::Tls(..)) => Exposure::EncryptedToTarget,
            None if is_local => Exposure::ThisMachineOnly,
            None => Exposure::Exposed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_follows_from_its_target() {
        for (host, port, tls, hops) in [
            ("example.org", 80, false, vec![]),
            ("example.org", 443, true, vec![Hop::Tls("example.org", 443)]),
            ("::1", 8443, true, vec![Hop::Tls("::1", 8443)]),
        ] {
            let first = First::Tcp(host, port);
            let target = Target { host, port, tls };
            assert_eq!(Plan::to(target, &Transport::default()), Plan { first, hops: hops.clone() });
            let transport = Transport { unix_socket_path: "/run/s".to_owned(), ..Transport::default() };
            assert_eq!(Plan::to(target, &transport), Plan { first: First::Unix("/run/s"), hops });
        }
    }

    #[test]
    fn exposure_follows_from_the_hops_and_the_address() {
        for (tls, address, exposure) in [
            (true, Some("192.0.2.1:443"), Exposure::EncryptedToTarget),
            (true, Some("127.0.0.1:443"), Exposure::EncryptedToTarget),
            (true, None, Exposure::EncryptedToTarget),
            (false, Some("127.0.0.1:80"), Exposure::ThisMachineOnly),
            (false, Some("127.9.9.9:80"), Exposure::ThisMachineOnly),
            (false, Some("[::1]:80"), Exposure::ThisMachineOnly),
            (false, Some("[::ffff:127.0.0.1]:80"), Exposure::ThisMachineOnly),
            (false, None, Exposure::ThisMachineOnly),
            (false, Some("[::ffff:192.0.2.1]:80"), Exposure::Exposed),
            (false, Some("192.0.2.1:80"), Exposure::Exposed),
            (false, Some("[2001:db8::1]:80"), Exposure::Exposed),
        ] {
            let transport = Transport::default();
            let plan = Plan::to(Target { host: "example.org", port: 443, tls }, &transport);
            let reached = address.map(|address| address.parse().unwrap());
            assert_eq!(plan.exposure(reached), exposure, "{address:?}, TLS {tls}");
        }
    }
}
