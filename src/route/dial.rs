//! Connects: looks the name up, then takes one hop of the plan after the other.

use super::{Hop, Plan, Target, Transport, happy_eyeballs};
use crate::base::{Deadline, Result};
use crate::engine::Cx;
use crate::engine::cx::Abort;
use crate::engine::resolver;
use crate::link::tcp::Tcp;
use crate::link::tls::{Tls, TlsSettings};
use crate::link::{Link, Wire};
use std::net::SocketAddr;

/// Connects to `target`; `deadline` bounds all hops together.
pub async fn dial(
    cx: &mut Cx<'_>,
    transport: &Transport,
    target: Target<'_>,
    deadline: Deadline,
    abort: &Abort<'_>,
) -> Result<Wire> {
    cx.log.fact("host", target.host.to_owned());
    cx.log.fact("port", target.port);
    cx.log.fact("tls", target.tls);
    let plan = Plan::to(target);
    let addresses = look_up(cx, plan.first, deadline, abort).await?;
    let (address, tcp) = connect_tcp(cx, &addresses, deadline, abort).await?;
    let mut link: Box<dyn Link> = Box::new(tcp);
    for hop in &plan.hops {
        link = match hop {
            Hop::Tls(name) => start_tls(cx, link, name, &transport.tls, deadline, abort).await?,
        };
    }
    Ok(Wire { link, exposure: plan.exposure(address) })
}

async fn look_up(
    cx: &mut Cx<'_>,
    (host, port): (&str, u16),
    deadline: Deadline,
    abort: &Abort<'_>,
) -> Result<Vec<SocketAddr>> {
    cx.progress("lookup", host).await;
    let context = cx.log.enter("lookup");
    let addresses = resolver::resolve(cx, host, port, deadline, abort).await;
    if let Ok(addresses) = &addresses {
        cx.log.fact("addresses", addresses.len());
    }
    cx.log.leave(context);
    addresses
}

async fn connect_tcp(
    cx: &mut Cx<'_>,
    addresses: &[SocketAddr],
    deadline: Deadline,
    abort: &Abort<'_>,
) -> Result<(SocketAddr, Tcp)> {
    let context = cx.log.enter("tcp");
    let connected = happy_eyeballs::connect(cx, addresses, deadline, abort).await;
    cx.log.leave(context);
    connected
}

async fn start_tls(
    cx: &mut Cx<'_>,
    below: Box<dyn Link>,
    name: &str,
    settings: &TlsSettings,
    deadline: Deadline,
    abort: &Abort<'_>,
) -> Result<Box<dyn Link>> {
    cx.progress("tls", name).await;
    let context = cx.log.enter("tls");
    // Boxed: the handshake is the largest part of a connect, and happens once.
    let tls = Box::pin(Tls::connect(cx, below, name, settings, deadline, abort)).await;
    cx.log.leave(context);
    Ok(Box::new(tls?))
}
