//! The way to a server: the settings of it, a plan of its hops, and the connect that follows the plan.
//!
//! Only the route knows what lies between this machine and the target, so it decides how exposed a connection is.

mod dial;
pub mod happy_eyeballs;
mod proxy;
mod proxy_http;
mod proxy_socks;

pub use dial::dial;
pub use proxy::{HttpAuth, HttpProxy, Login, Proxies, Socks};

use crate::base::Result;
use crate::link::socket_options::SocketOptions;
use crate::link::tls::TlsSettings;
use crate::link::{Exposure, StallLimits};
use crate::proto::socks::Version;
use std::net::SocketAddr;
use std::sync::Arc;

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
    /// The proxies on the way to the target; made when the first setting of one is set, and not used on the way to a Unix
    /// domain socket.
    pub proxies: Option<Arc<Proxies>>,
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
            proxies: None,
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

    /// Returns the settings of the proxies, to change one.
    pub fn proxies_to_set(&mut self) -> &mut Proxies {
        Arc::make_mut(self.proxies.get_or_insert_default())
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

/// A host, without brackets, and a port.
pub type Place<'a> = (&'a str, u16);

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
    /// The SOCKS proxy that was reached connects to a host and port.
    Socks(Version, &'a Socks, Place<'a>),
    /// TLS with the HTTP proxy at this host and port.
    ProxyTls(&'a str, u16),
    /// The HTTP proxy that was reached connects to a host and port.
    HttpConnect(&'a HttpProxy, Place<'a>),
    /// TLS with the server at this host and port.
    Tls(&'a str, u16),
}

impl<'a> Plan<'a> {
    /// Plans the way to `target`: through the proxies that are set, each of which connects to the next place. Fails if
    /// a setting is missing.
    pub fn to(target: Target<'a>, transport: &'a Transport) -> Result<Self> {
        let tls = target.tls.then_some(Hop::Tls(target.host, target.port));
        if !transport.unix_socket_path.is_empty() {
            let first = First::Unix(&transport.unix_socket_path);
            return Ok(Self { first, hops: tls.into_iter().collect() });
        }
        let mut place = (target.host, target.port);
        let mut hops = Vec::from_iter(tls);
        // From the target back to this machine.
        if let Some(proxies) = transport.proxies.as_deref() {
            if !proxies.http.host.is_empty() {
                hops.push(Hop::HttpConnect(&proxies.http, place));
                place = (&proxies.http.host, proxies.http.port);
                hops.extend(proxies.http.tls.then_some(Hop::ProxyTls(place.0, place.1)));
            }
            if let Some(version) = proxies.socks.in_use()? {
                hops.push(Hop::Socks(version, &proxies.socks, place));
                place = (&proxies.socks.host, proxies.socks.port);
            }
        }
        hops.reverse();
        let (host, port) = place;
        Ok(Self { first: First::Tcp(host, port), hops })
    }

    /// Returns who can read the connection, if the first hop has reached `address`; a Unix domain socket has none. That a
    /// proxy is on this machine does not say where the connection ends.
    pub fn exposure(&self, address: Option<SocketAddr>) -> Exposure {
        let is_local = address.is_none_or(|address| address.ip().to_canonical().is_loopback());
        match self.hops.last() {
            Some(Hop::Tls(..)) => Exposure::EncryptedToTarget,
            None if is_local => Exposure::ThisMachineOnly,
            _ => Exposure::Exposed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ErrorCode;

    #[test]
    fn a_plan_follows_from_its_target() {
        for (host, port, tls, hops) in [
            ("example.org", 80, false, vec![]),
            ("example.org", 443, true, vec![Hop::Tls("example.org", 443)]),
            ("::1", 8443, true, vec![Hop::Tls("::1", 8443)]),
        ] {
            let first = First::Tcp(host, port);
            let target = Target { host, port, tls };
            assert_eq!(Plan::to(target, &Transport::default()), Ok(Plan { first, hops: hops.clone() }));
            let transport = Transport { unix_socket_path: "/run/s".to_owned(), ..Transport::default() };
            assert_eq!(Plan::to(target, &transport), Ok(Plan { first: First::Unix("/run/s"), hops }));
        }
    }

    fn through_socks(version: Version) -> Transport {
        let mut transport = Transport::default();
        transport.proxies_to_set().socks =
            Socks { version: Some(version), host: "socks".to_owned(), port: 1080, login: Login::default() };
        transport
    }

    #[test]
    fn a_socks_proxy_connects_to_the_target() {
        for (version, tls) in
            [(Version::V4, false), (Version::V4, true), (Version::V5, false), (Version::V5, true)]
        {
            let transport = through_socks(version);
            let plan = Plan::to(Target { host: "example.org", port: 443, tls }, &transport).unwrap();
            assert_eq!(plan.first, First::Tcp("socks", 1080));
            let socks = &transport.proxies.as_ref().unwrap().socks;
            let mut hops = vec![Hop::Socks(version, socks, ("example.org", 443))];
            hops.extend(tls.then_some(Hop::Tls("example.org", 443)));
            assert_eq!(plan.hops, hops);
        }
    }

    #[test]
    fn an_http_proxy_is_reached_through_the_socks_proxy() {
        for (tls, with_socks) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut transport = through_socks(Version::V5);
            let proxies = transport.proxies_to_set();
            proxies.http = HttpProxy { host: "http".to_owned(), port: 3128, ..HttpProxy::default() };
            if !with_socks {
                proxies.socks.version = None;
            }
            let plan = Plan::to(Target { host: "example.org", port: 443, tls }, &transport).unwrap();
            let proxies = transport.proxies.as_ref().unwrap();
            let mut hops = Vec::new();
            if with_socks {
                hops.push(Hop::Socks(Version::V5, &proxies.socks, ("http", 3128)));
            }
            hops.push(Hop::HttpConnect(&proxies.http, ("example.org", 443)));
            hops.extend(tls.then_some(Hop::Tls("example.org", 443)));
            let first = if with_socks { First::Tcp("socks", 1080) } else { First::Tcp("http", 3128) };
            assert_eq!(plan, Plan { first, hops });
            let exposure = if tls { Exposure::EncryptedToTarget } else { Exposure::Exposed };
            assert_eq!(plan.exposure(Some("127.0.0.1:3128".parse().unwrap())), exposure);
        }
    }

    #[test]
    fn tls_with_a_proxy_is_not_tls_with_the_target() {
        let mut transport = through_socks(Version::V5);
        let http = HttpProxy { host: "http".to_owned(), port: 3128, tls: true, ..HttpProxy::default() };
        transport.proxies_to_set().http = http;
        for (tls, exposure) in [(false, Exposure::Exposed), (true, Exposure::EncryptedToTarget)] {
            let plan = Plan::to(Target { host: "example.org", port: 443, tls }, &transport).unwrap();
            let proxies = transport.proxies.as_ref().unwrap();
            let mut hops = vec![
                Hop::Socks(Version::V5, &proxies.socks, ("http", 3128)),
                Hop::ProxyTls("http", 3128),
                Hop::HttpConnect(&proxies.http, ("example.org", 443)),
            ];
            hops.extend(tls.then_some(Hop::Tls("example.org", 443)));
            assert_eq!(plan.hops, hops);
            assert_eq!(plan.exposure(Some("127.0.0.1:1080".parse().unwrap())), exposure);
        }
    }

    #[test]
    fn a_proxy_without_a_host_is_no_way() {
        let mut transport = through_socks(Version::V5);
        transport.proxies_to_set().socks.host.clear();
        let target = Target { host: "example.org", port: 443, tls: true };
        assert_eq!(Plan::to(target, &transport).unwrap_err().code(), ErrorCode::HostEmpty);
        // It is not on the way to a Unix domain socket.
        transport.unix_socket_path = "/run/s".to_owned();
        assert_eq!(Plan::to(target, &transport).unwrap().first, First::Unix("/run/s"));
    }

    #[test]
    fn a_proxy_on_this_machine_is_not_the_target() {
        for (tls, exposure) in [(false, Exposure::Exposed), (true, Exposure::EncryptedToTarget)] {
            let transport = through_socks(Version::V5);
            let plan = Plan::to(Target { host: "127.0.0.1", port: 443, tls }, &transport).unwrap();
            for address in ["127.0.0.1:1080", "[::1]:1080", "192.0.2.1:1080"] {
                assert_eq!(plan.exposure(Some(address.parse().unwrap())), exposure, "{address}, TLS {tls}");
            }
        }
    }

    #[test]
    fn settings_show_no_password() {
        let mut transport = through_socks(Version::V5);
        transport.proxies_to_set().socks.login =
            Login { username: "who".to_owned(), password: "secret".to_owned() };
        let shown = format!("{transport:?}");
        assert!(!shown.contains("secret") && !shown.contains("who"), "{shown}");
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
            let plan = Plan::to(Target { host: "example.org", port: 443, tls }, &transport).unwrap();
            let reached = address.map(|address| address.parse().unwrap());
            assert_eq!(plan.exposure(reached), exposure, "{address:?}, TLS {tls}");
        }
    }
}
