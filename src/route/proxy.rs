//! The settings of proxies.

use crate::base::{ErrorCode, Fault, Result};
use crate::proto::socks::Version;
use std::sync::Arc;
use std::sync::atomic::AtomicU16;

const DEFAULT_SOCKS_PORT: u16 = 1080;
const DEFAULT_HTTP_PORT: u16 = 8080;

/// The proxies on the way to a server, the first one first.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// The first.
    pub socks: Socks,
    /// The second.
    pub http: HttpProxy,
    /// The status of the HTTP proxy's latest answer, which the clones share; 0 for none.
    pub http_status: Arc<AtomicU16>,
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

/// An HTTP proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpProxy {
    /// Host name or IP address, without brackets; empty if it is not to be used.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// Whether it is spoken to over TLS.
    pub tls: bool,
    /// Who we are to it.
    pub login: Login,
    /// How it may be shown that we are.
    pub auth: HttpAuth,
    /// HttpProxyDomain, which is only kept.
    pub domain: String,
    /// HttpProxyForHttp, which is only kept.
    pub for_http: bool,
}

impl Default for HttpProxy {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: DEFAULT_HTTP_PORT,
            tls: false,
            login: Login::default(),
            auth: HttpAuth::Any,
            domain: String::new(),
            for_http: false,
        }
    }
}

/// A method of authentication with an HTTP proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HttpAuth {
    /// The strongest of those that the proxy asks for.
    Any,
    /// Basic, before the proxy asks.
    Basic,
    /// Digest.
    Digest,
    /// NTLM, which fails a connect.
    Ntlm,
    /// Negotiate, which fails a connect.
    Negotiate,
}

impl HttpAuth {
    const ALL: [Self; 5] = [Self::Any, Self::Basic, Self::Digest, Self::Ntlm, Self::Negotiate];

    /// Returns the method of a name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name().eq_ignore_ascii_case(name))
    }

    /// Returns its name; empty for any.
    pub fn name(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Basic => "Basic",
            Self::Digest => "Digest",
            Self::Ntlm => "NTLM",
            Self::Negotiate => "Negotiate",
        }
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
