//! The way to a server: the settings of it, a plan of its hops, and the connect that follows the plan.
//!
//! Only the route knows what lies between this machine and the target, so it decides how exposed a connection is.

mod dial;
pub mod happy_eyeballs;

pub use dial::dial;

use crate::link::Exposure;
use crate::link::tls::TlsSettings;
use std::net::SocketAddr;

const DEFAULT_CONNECT_TIMEOUT_MS: u32 = 30_000;

/// The settings that a connect begins with.
#[derive(Clone, Debug)]
pub struct Transport {
    /// How a server is verified.
    pub tls: TlsSettings,
    /// Bounds all of a connect; 0 is no limit.
    pub connect_timeout_ms: u32,
}

impl Default for Transport {
    fn default() -> Self {
        Self { tls: TlsSettings::default(), connect_timeout_ms: DEFAULT_CONNECT_TIMEOUT_MS }
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
    /// The host and port of the TCP connection, which is the first hop.
    pub first: (&'a str, u16),
    /// The hops after it, each over the one before.
    pub hops: Vec<Hop<'a>>,
}

/// A hop over the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop<'a> {
    /// TLS with a server of this name.
    Tls(&'a str),
}

impl<'a> Plan<'a> {
    /// Plans the way to `target`.
    pub fn to(target: Target<'a>) -> Self {
        Self {
            first: (target.host, target.port),
            hops: target.tls.then_some(Hop::Tls(target.host)).into_iter().collect(),
        }
    }

    /// Returns who can read the connection, if the first hop has reached `address`.
    pub fn exposure(&self, address: SocketAddr) -> Exposure {
        match self.hops.last() {
            Some(Hop::Tls(_)) => Exposure::EncryptedToTarget,
            None if address.ip().to_canonical().is_loopback() => Exposure::ThisMachineOnly,
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
            ("example.org", 443, true, vec![Hop::Tls("example.org")]),
            ("::1", 8443, true, vec![Hop::Tls("::1")]),
        ] {
            assert_eq!(Plan::to(Target { host, port, tls }), Plan { first: (host, port), hops });
        }
    }

    #[test]
    fn exposure_follows_from_the_hops_and_the_address() {
        for (tls, address, exposure) in [
            (true, "192.0.2.1:443", Exposure::EncryptedToTarget),
            (true, "127.0.0.1:443", Exposure::EncryptedToTarget),
            (false, "127.0.0.1:80", Exposure::ThisMachineOnly),
            (false, "127.9.9.9:80", Exposure::ThisMachineOnly),
            (false, "[::1]:80", Exposure::ThisMachineOnly),
            (false, "[::ffff:127.0.0.1]:80", Exposure::ThisMachineOnly),
            (false, "[::ffff:192.0.2.1]:80", Exposure::Exposed),
            (false, "192.0.2.1:80", Exposure::Exposed),
            (false, "[2001:db8::1]:80", Exposure::Exposed),
        ] {
            let plan = Plan::to(Target { host: "example.org", port: 443, tls });
            assert_eq!(plan.exposure(address.parse().unwrap()), exposure, "{address}, TLS {tls}");
        }
    }
}
