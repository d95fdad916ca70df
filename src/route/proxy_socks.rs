//! A hop through a SOCKS proxy, which adds no layer: after the handshake the link leads to the next hop.

use super::{Place, Socks};
use crate::base::{ErrorCode, Fault, Result};
use crate::engine::{Op, Waited};
use crate::link::{Link, ReadBuf, StallLimits, TryError, TryResult};
use crate::proto::socks::{Handshake, Version};

/// Has the proxy at the other end of `link` connect to a host and port.
pub(super) async fn connect(
    op: &mut Op<'_>,
    link: &mut dyn Link,
    (version, proxy): (Version, &Socks),
    (host, port): Place<'_>,
    stalls: StallLimits,
) -> Result<()> {
    let login = &proxy.login;
    let mut handshake = Handshake::begin(version, host, port, &login.username, &login.password)?;
    let mut timer = stalls.timer();
    let mut moved = 0;
    loop {
        match step(&mut handshake, link, &mut moved) {
            Ok(()) => return Ok(()),
            Err(TryError::Failed(fault)) => return Err(of_proxy(fault)),
            Err(TryError::WouldBlock) => {}
        }
        let sends = !handshake.output().is_empty();
        let until = timer.deadline(sends || link.wants_write(), moved);
        if op.ready(link.readiness(!sends, sends), until).await? == Waited::TimedOut {
            let text = "The SOCKS proxy did not connect within the time-out.";
            return Err(Fault::new(ErrorCode::ProxyTimeout, text));
        }
    }
}

/// Goes on until the handshake is complete. Reads none of what follows it.
fn step(handshake: &mut Handshake, link: &mut dyn Link, moved: &mut u64) -> TryResult<()> {
    loop {
        while !handshake.output().is_empty() {
            let taken = link.try_write(handshake.output())?;
            handshake.sent(taken);
            *moved += taken as u64;
        }
        link.try_flush()?;
        let missing = handshake.missing();
        if missing == 0 {
            return Ok(());
        }
        let mut bytes = Vec::with_capacity(missing);
        if link.try_read(&mut ReadBuf::new(&mut bytes, missing))? == 0 {
            let text = "The SOCKS proxy ended the connection before it had connected.";
            return Err(Fault::new(ErrorCode::ProxyClosed, text).into());
        }
        *moved += bytes.len() as u64;
        handshake.receive(&bytes)?;
    }
}

/// Returns the fault of a link that broke as one of the proxy.
fn of_proxy(fault: Fault) -> Fault {
    match fault.code() {
        ErrorCode::ConnectionReset => {
            let text = "The SOCKS proxy reset the connection before it had connected.";
            Fault::new(ErrorCode::ProxyClosed, text)
        }
        _ => fault,
    }
}
