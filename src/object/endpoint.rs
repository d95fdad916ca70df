//! The server that a program names to connect to.

use crate::base::{ErrorCode, Fault, Result};
use crate::proto::url;
use crate::route::Target;

/// A host, a port, and whether it speaks TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Name or IP address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Whether it speaks TLS.
    pub tls: bool,
}

impl Endpoint {
    /// Checks what a program has passed.
    pub fn new(hostname: &str, port: i32, tls: bool) -> Result<Self> {
        let host = url::bare_host(hostname)?;
        Ok(Self { host, port: port_number(port)?, tls })
    }

    /// Returns it for the route.
    pub fn target(&self) -> Target<'_> {
        Target { host: &self.host, port: self.port, tls: self.tls }
    }
}

/// Returns a port that can be connected to.
pub fn port_number(port: i32) -> Result<u16> {
    u16::try_from(port)
        .ok()
        .filter(|port| *port != 0)
        .ok_or_else(|| Fault::new(ErrorCode::InvalidArgument, format!("A port is 1 to 65535, not {port}.")))
}
