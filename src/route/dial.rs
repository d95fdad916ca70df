//! Connects: looks the name up, then takes one hop of the plan after the other.

use super::proxy_http::{self, Credentials};
use super::{First, Hop, HttpProxy, Place, Plan, Socks, Target, Transport, happy_eyeballs, proxy_socks};
use crate::base::{Deadline, ErrorCode, Fault, Result};
use crate::engine::resolver;
use crate::engine::{ConnectStage, Op};
use crate::link::socket_options::SocketOptions;
use crate::link::tcp::Tcp;
use crate::link::tls::{Tls, TlsServer, TlsSettings};
use crate::link::{Facts, Link, StallLimits, TryError, Wire};
use crate::proto::socks::Version;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How long a full queue of a listener may stay so until it is tried again.
const UNIX_RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// Connects to `target`, within the operation's deadline.
pub async fn dial(op: &mut Op<'_>, transport: &Transport, target: Target<'_>) -> Result<Wire> {
    op.log.fact("host", target.host.to_owned());
    op.log.fact("port", target.port);
    op.log.fact("tls", target.tls);
    if let Some(proxies) = &transport.proxies {
        proxies.http_status.store(0, Ordering::Relaxed);
    }
    let plan = Plan::to(target, transport)?;
    let mut credentials = Credentials::default();
    loop {
        let outcome = follow(op, &plan, transport, &mut credentials).await;
        if let Some(proxies) = &transport.proxies {
            proxies.http_status.store(credentials.status, Ordering::Relaxed);
        }
        if let Some(wire) = outcome? {
            return Ok(wire);
        }
    }
}

/// Takes the hops of the plan; none if an HTTP proxy has asked for credentials, which happens once.
async fn follow(
    op: &mut Op<'_>,
    plan: &Plan<'_>,
    transport: &Transport,
    credentials: &mut Credentials,
) -> Result<Option<Wire>> {
    let (address, tcp) = match plan.first {
        First::Tcp(host, port) => {
            let addresses = look_up(op, (host, port), transport.prefer_ipv6).await?;
            connect_tcp(op, &addresses, &transport.socket).await?
        }
        First::Unix(path) => (None, connect_unix(op, path).await?),
    };
    let mut facts = Facts::of(&tcp, plan.exposure(address));
    let mut link: Box<dyn Link> = Box::new(tcp);
    let mut way = match plan.first {
        First::Tcp(..) => String::new(),
        First::Unix(path) => format!("unix {path}"),
    };
    for hop in &plan.hops {
        link = match *hop {
            Hop::Socks(version, proxy, to) => {
                ask_socks(op, link.as_mut(), (version, proxy), to, transport.stalls).await?;
                way = format!("{way} socks {}@{}:{}", proxy.login.username, proxy.host, proxy.port);
                link
            }
            Hop::ProxyTls(host, port) => {
                op.log.info("The TLS that comes next is with the HTTP proxy.");
                let settings = transport.tls.for_proxy();
                let server = TlsServer { host, port, way: &way };
                Box::new(start_tls(op, link, server, &settings, transport.stalls).await?)
            }
            Hop::HttpConnect(proxy, to) => {
                let wire = Wire { link, facts: facts.clone() };
                way = format!("{way} http {}@{}:{}", proxy.login.username, proxy.host, proxy.port);
                match ask_http(op, wire, proxy, to, credentials, transport.stalls).await? {
                    Some(link) => link,
                    None => return Ok(None),
                }
            }
            Hop::Tls(host, port) => {
                let server = TlsServer { host, port, way: &way };
                let tls = start_tls(op, link, server, &transport.tls, transport.stalls).await?;
                facts.tls = tls.facts();
                Box::new(tls)
            }
        };
    }
    Ok(Some(Wire { link, facts }))
}

async fn look_up(op: &mut Op<'_>, (host, port): (&str, u16), prefer_ipv6: bool) -> Result<Vec<SocketAddr>> {
    op.stage = ConnectStage::Lookup;
    op.progress("lookup", host).await;
    let context = op.log.enter("lookup");
    let addresses = resolver::resolve(op, host, port).await;
    if let Ok(addresses) = &addresses {
        op.log.fact("addresses", addresses.len());
    }
    op.log.leave(context);
    let mut addresses = addresses?;
    if prefer_ipv6 {
        addresses.sort_by_key(SocketAddr::is_ipv4);
    }
    Ok(addresses)
}

async fn connect_tcp(
    op: &mut Op<'_>,
    addresses: &[SocketAddr],
    options: &SocketOptions,
) -> Result<(Option<SocketAddr>, Tcp)> {
    op.stage = ConnectStage::Tcp;
    let context = op.log.enter("tcp");
    let connected = happy_eyeballs::connect(op, addresses, options).await;
    if let Ok((_, tcp)) = &connected {
        options.log(tcp.socket(), &mut op.log);
    }
    op.log.leave(context);
    connected.map(|(address, tcp)| (Some(address), tcp))
}

/// Connects to a Unix domain socket; waits while the queue of its listener is full, which nothing reports.
async fn connect_unix(op: &mut Op<'_>, path: &str) -> Result<Tcp> {
    op.stage = ConnectStage::Tcp;
    op.progress("unix", path).await;
    op.log.fact("unixSocketPath", path.to_owned());
    loop {
        match Tcp::to_unix_socket(path) {
            Ok(socket) => return Ok(socket),
            Err(TryError::Failed(fault)) => return Err(fault),
            Err(TryError::WouldBlock) => {}
        }
        op.sleep(Deadline::after(UNIX_RETRY_INTERVAL)).await?;
        if op.deadline().has_passed(Instant::now()) {
            let text = format!("The Unix domain socket {path} took no connection within the time-out.");
            return Err(Fault::new(ErrorCode::ConnectTimeout, text));
        }
    }
}

async fn ask_socks(
    op: &mut Op<'_>,
    link: &mut dyn Link,
    proxy: (Version, &Socks),
    to: Place<'_>,
    stalls: StallLimits,
) -> Result<()> {
    op.stage = ConnectStage::Proxy;
    op.progress("socks", to.0).await;
    let context = op.log.enter("socks");
    op.log.fact("targetHost", to.0.to_owned());
    op.log.fact("targetPort", to.1);
    let outcome = proxy_socks::connect(op, link, proxy, to, stalls).await;
    op.log.leave(context);
    outcome
}

async fn ask_http(
    op: &mut Op<'_>,
    wire: Wire,
    proxy: &HttpProxy,
    to: Place<'_>,
    credentials: &mut Credentials,
    stalls: StallLimits,
) -> Result<Option<Box<dyn Link>>> {
    op.stage = ConnectStage::Proxy;
    op.progress("proxy", to.0).await;
    let context = op.log.enter("proxy");
    op.log.fact("targetHost", to.0.to_owned());
    op.log.fact("targetPort", to.1);
    let outcome = Box::pin(proxy_http::connect(op, wire, proxy, to, credentials, stalls)).await;
    op.log.leave(context);
    outcome
}

async fn start_tls(
    op: &mut Op<'_>,
    below: Box<dyn Link>,
    server: TlsServer<'_>,
    settings: &TlsSettings,
    stalls: StallLimits,
) -> Result<Tls> {
    op.stage = ConnectStage::Tls;
    op.progress("tls", server.host).await;
    let context = op.log.enter("tls");
    // Boxed: the handshake is the largest part of a connect, and happens once.
    let tls = Box::pin(Tls::connect(op, below, server, settings, stalls)).await;
    op.log.leave(context);
    tls
}
