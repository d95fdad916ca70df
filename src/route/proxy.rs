//! The settings of proxies.

use crate::base::{ErrorCode, Fault, Result};
use crate::proto::socks::Version;

const DEFAULT_SOCKS_PORT: u16 = 1080;

/// The proxies on the way to a server, the first one first.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// The first.
    pub socks: Socks,
}

/// A SOCKS proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Socks {
    /// Which SOCKS it speaks; none if it is not to be used.
    pub version: Option<Version>,
    /// Host name or IP address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Who we are to it.
    pub login: Login,
}

impl Default for Socks {
    fn default() -> Self {
        Self { version: None, host: String::new(), port: DEFAULT_SOCKS_PORT, login: Login::default() }
    }
}

impl Socks {
    /// Returns its version if it is to be used; fails if nothing says where it is.
    pub(super) fn in_use(&self) -> Result<Option<Version>> {
        if self.version.is_some() && self.host.is_empty() {
            let text =
                "The SOCKS proxy has no host: call ckws_socket_set_socks_hostname, or set its version to 0.";
            return Err(Fault::new(ErrorCode::HostEmpty, text));
        }
        Ok(self.version)
    }
}

/// A user name and a password; empty for none.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Login {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: String,
}

/// Shows neither.
impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Login")
    }
}
