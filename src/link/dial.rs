//! Puts the stack together: name lookup, TCP, and TLS where it is asked for.

use super::Link;
use super::tcp::Tcp;
use super::tls::{Tls, TlsSettings};
use crate::base::{Deadline, Result};
use crate::engine::Cx;
use crate::engine::cx::Abort;
use crate::engine::resolver;

/// Where to connect to, and how.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Host name or IP address, without brackets.
    pub host: &'a str,
    /// TCP port.
    pub port: u16,
    /// TLS, and how the server is verified; None for clear text.
    pub tls: Option<&'a TlsSettings>,
}

/// Connects; `deadline` bounds all stages together.
pub async fn dial(
    cx: &mut Cx<'_>,
    target: Target<'_>,
    deadline: Deadline,
    abort: &Abort<'_>,
) -> Result<Box<dyn Link>> {
    cx.log.fact("host", target.host.to_owned());
    cx.log.fact("port", target.port);
    cx.log.fact("tls", target.tls.is_some());

    cx.progress("lookup", target.host).await;
    let context = cx.log.enter("lookup");
    let addresses = resolver::resolve(cx, target.host, target.port, deadline, abort).await;
    if let Ok(addresses) = &addresses {
        cx.log.fact("addresses", addresses.len());
    }
    cx.log.leave(context);
    let addresses = addresses?;

    let context = cx.log.enter("tcp");
    let tcp = Tcp::connect(cx, &addresses, deadline, abort).await;
    cx.log.leave(context);
    let tcp = tcp?;

    let Some(settings) = target.tls else { return Ok(Box::new(tcp)) };
    cx.progress("tls", target.host).await;
    let context = cx.log.enter("tls");
    // Boxed: the handshake is the largest part of a connect, and happens once.
    let tls = Box::pin(Tls::connect(cx, tcp, target.host, settings, deadline, abort)).await;
    cx.log.leave(context);
    Ok(Box::new(tls?))
}
