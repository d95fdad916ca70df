//! What a program asks of the socket of a connection, before it connects.

use crate::base::{ErrorCode, Fault, Result};
use crate::log::Log;
use crate::sys::error::describe;
use crate::sys::socket::Socket;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// What is asked of a TCP socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketOptions {
    /// Small writes leave at once (no Nagle delay).
    pub no_delay: bool,
    /// The kernel probes an idle peer, with its own default times.
    pub keep_alive: bool,
    /// SO_RCVBUF in bytes; 0 leaves it to the kernel.
    pub receive_buffer: u32,
    /// SO_SNDBUF in bytes; 0 leaves it to the kernel.
    pub send_buffer: u32,
    /// The address of this machine to connect from; none leaves it to the kernel.
    pub local_ip: Option<IpAddr>,
    /// The port of this machine to connect from; 0 leaves it to the kernel.
    pub local_port: u16,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            no_delay: true,
            keep_alive: true,
            receive_buffer: 0,
            send_buffer: 0,
            local_ip: None,
            local_port: 0,
        }
    }
}

impl SocketOptions {
    /// Sets them on a socket that is going to connect to `peer`.
    pub(super) fn apply(&self, socket: &Socket, peer: SocketAddr) -> Result<()> {
        let set = |name: &str, outcome: io::Result<()>| {
            outcome.map_err(|error| {
                let text = format!("The socket refused {name}: {}.", describe(&error));
                Fault::new(ErrorCode::ConnectFailed, text)
            })
        };
        set("TcpNoDelay", socket.set_no_delay(self.no_delay))?;
        set("KeepAlive", socket.set_keep_alive(self.keep_alive))?;
        if self.receive_buffer != 0 {
            set("SoRcvBuf", socket.set_receive_buffer(self.receive_buffer))?;
        }
        if self.send_buffer != 0 {
            set("SoSndBuf", socket.set_send_buffer(self.send_buffer))?;
        }
        self.bind(socket, peer)
    }

    /// Logs the sizes of the buffers that a socket got, if the program has asked for any.
    pub fn log(&self, socket: &Socket, log: &mut Log) {
        let sizes = [
            ("soRcvBuf", self.receive_buffer, socket.receive_buffer()),
            ("soSndBuf", self.send_buffer, socket.send_buffer()),
        ];
        for (name, _, size) in sizes.into_iter().filter(|(_, asked, _)| *asked != 0) {
            if let Ok(size) = size {
                log.fact(name, size);
            }
        }
    }

    fn bind(&self, socket: &Socket, peer: SocketAddr) -> Result<()> {
        if self.local_ip.is_none() && self.local_port == 0 {
            return Ok(());
        }
        let any: IpAddr =
            if peer.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let local = SocketAddr::new(self.local_ip.unwrap_or(any), self.local_port);
        if local.is_ipv4() != peer.is_ipv4() {
            let text = format!(
                "No connection to {peer}: the address of ckws_socket_set_client_ip_address is of the other family."
            );
            return Err(Fault::new(ErrorCode::ConnectFailed, text));
        }
        socket.bind(local).map_err(|error| {
            let text = format!(
                "The socket cannot be bound to {local}, as ckws_socket_set_client_ip_address or \
 ckws_socket_set_client_port ask: {}.",
                describe(&error)
            );
            Fault::new(ErrorCode::ConnectFailed, text)
        })
    }
}
