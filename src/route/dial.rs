//! Connects: looks the name up, then takes one hop of the plan after the other.

use super::{Hop, Plan, Target, Transport, happy_eyeballs};
use crate::base::Result;
use crate::engine::Op;
use crate::engine::resolver;
use crate::link::tcp::Tcp;
use crate::link::tls::{Tls, TlsSettings};
use crate::link::{Link, Wire};
use std::net::SocketAddr;

/// Connects to `target`, within the operation's deadline.
pub async fn dial(op: &mut Op<'_>, transport: &Transport, target: Target<'_>) -> Result<Wire> {
    op.log.fact("host", target.host.to_owned());
    op.log.fact("port", target.port);
    op.log.fact("tls", target.tls);
    let plan = Plan::to(target);
    let addresses = look_up(op, plan.first).await?;
    let (address, tcp) = connect_tcp(op, &addresses).await?;
    let mut link: Box<dyn Link> = Box::new(tcp);
    for hop in &plan.hops {
        link = match hop {
            Hop::Tls(name) => start_tls(op, link, name, &transport.tls).await?,
        };
    }
    Ok(Wire { link, exposure: plan.exposure(address) })
}

async fn look_up(op: &mut Op<'_>, (host, port): (&str, u16)) -> Result<Vec<SocketAddr>> {
    op.progress("lookup", host).await;
    let context = op.log.enter("lookup");
    let addresses = resolver::resolve(op, host, port).await;
    if let Ok(addresses) = &addresses {
        op.log.fact("addresses", addresses.len());
    }
    op.log.leave(context);
    addresses
}

async fn connect_tcp(op: &mut Op<'_>, addresses: &[SocketAddr]) -> Result<(SocketAddr, Tcp)> {
    let context = op.log.enter("tcp");
    let connected = happy_eyeballs::connect(op, addresses).await;
    op.log.leave(context);
    connected
}

async fn start_tls(
    op: &mut Op<'_>,
    below: Box<dyn Link>,
    name: &str,
    settings: &TlsSettings,
) -> Result<Box<dyn Link>> {
    op.progress("tls", name).await;
    let context = op.log.enter("tls");
    // Boxed: the handshake is the largest part of a connect, and happens once.
    let tls = Box::pin(Tls::connect(op, below, name, settings)).await;
    op.log.leave(context);
    Ok(Box::new(tls?))
}
