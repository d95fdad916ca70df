//! The properties of a Socket that concern the socket itself.

use super::Socket;
use crate::base::growth::copy_of_text;
use crate::base::utf8::excerpt;
use crate::base::{ErrorCode, Fault, Result};
use crate::link::socket_options::SocketOptions;
use crate::proto::url::MAX_UNIX_SOCKET_PATH;
use std::net::IpAddr;

impl Socket {
    /// Returns a part of the socket options.
    pub fn option<R>(&self, look: impl FnOnce(&SocketOptions) -> R) -> R {
        self.client.transport(|transport| look(&transport.socket))
    }

    /// Sets TcpNoDelay.
    pub fn set_tcp_no_delay(&self, value: bool) {
        self.change_option(|options| options.no_delay = value);
    }

    /// Sets KeepAlive.
    pub fn set_keep_alive(&self, value: bool) {
        self.change_option(|options| options.keep_alive = value);
    }

    /// Sets SoRcvBuf.
    pub fn set_so_rcv_buf(&self, value: i32) -> Result<()> {
        let bytes = buffer_size(value)?;
        self.change_option(|options| options.receive_buffer = bytes);
        Ok(())
    }

    /// Sets SoSndBuf.
    pub fn set_so_snd_buf(&self, value: i32) -> Result<()> {
        let bytes = buffer_size(value)?;
        self.change_option(|options| options.send_buffer = bytes);
        Ok(())
    }

    /// ClientIpAddress.
    pub fn client_ip_address(&self) -> String {
        self.option(|options| options.local_ip).map_or_else(String::new, |ip| ip.to_string())
    }

    /// Sets ClientIpAddress; an empty text leaves it to the kernel.
    pub fn set_client_ip_address(&self, value: &str) -> Result<()> {
        let ip = if value.is_empty() { None } else { Some(ip_address(value)?) };
        self.change_option(|options| options.local_ip = ip);
        Ok(())
    }

    /// Sets ClientPort.
    pub fn set_client_port(&self, value: i32) -> Result<()> {
        let port = u16::try_from(value).map_err(|_| {
            let text = format!("The port of ckws_socket_set_client_port is 0 (any) to 65535, not {value}.");
            Fault::new(ErrorCode::InvalidArgument, text)
        })?;
        self.change_option(|options| options.local_port = port);
        Ok(())
    }

    /// PreferIpv6.
    pub fn prefer_ipv6(&self) -> bool {
        self.client.transport(|transport| transport.prefer_ipv6)
    }

    /// Sets PreferIpv6.
    pub fn set_prefer_ipv6(&self, value: bool) {
        self.client.change_transport(|transport| transport.prefer_ipv6 = value);
    }

    /// UnixSocketPath.
    pub fn unix_socket_path(&self) -> Result<String> {
        self.client.transport(|transport| copy_of_text(&transport.unix_socket_path))
    }

    /// Sets UnixSocketPath; an empty text leads to the host and port again.
    pub fn set_unix_socket_path(&self, value: &str) -> Result<()> {
        if value.len() > MAX_UNIX_SOCKET_PATH {
            let text = format!("The path of a Unix domain socket has at most {MAX_UNIX_SOCKET_PATH} bytes.");
            return Err(Fault::new(ErrorCode::InvalidArgument, text));
        }
        let path = copy_of_text(value)?;
        self.client.change_transport(|transport| transport.unix_socket_path = path);
        Ok(())
    }

    fn change_option(&self, change: impl FnOnce(&mut SocketOptions)) {
        self.client.change_transport(|transport| change(&mut transport.socket));
    }
}

fn buffer_size(value: i32) -> Result<u32> {
    u32::try_from(value).map_err(|_| {
        let text = format!("The size of a buffer is positive, or 0 for the kernel's own, not {value}.");
        Fault::new(ErrorCode::InvalidArgument, text)
    })
}

fn ip_address(value: &str) -> Result<IpAddr> {
    value.parse().map_err(|_| {
        let text =
            format!("The argument is not an IP address of this machine in digits: {}.", excerpt(value));
        Fault::new(ErrorCode::InvalidArgument, text)
    })
}
