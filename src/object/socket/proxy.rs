//! The properties of a Socket that name the proxies on the way to a server.

use super::Socket;
use crate::base::growth::copy_of_text;
use crate::base::{ErrorCode, Fault, Result};
use crate::object::endpoint::port_number;
use crate::proto::socks::{MAX_TEXT, Version};
use crate::proto::url;
use crate::route::{HttpAuth, HttpProxy, Proxies, Socks};
use std::sync::atomic::Ordering;

/// The most bytes of a text that is sent to an HTTP proxy.
const MAX_HTTP_TEXT: usize = 4096;

impl Socket {
    /// Returns a part of the settings of the SOCKS proxy.
    pub fn socks<R>(&self, look: impl FnOnce(&Socks) -> R) -> R {
        self.proxies(|proxies| look(&proxies.socks))
    }

    /// SocksVersion.
    pub fn socks_version(&self) -> i32 {
        self.socks(|socks| match socks.version {
            None => 0,
            Some(Version::V4) => 4,
            Some(Version::V5) => 5,
        })
    }

    /// Sets SocksVersion.
    pub fn set_socks_version(&self, value: i32) -> Result<()> {
        let version = match value {
            0 => None,
            4 => Some(Version::V4),
            5 => Some(Version::V5),
            _ => {
                let text = format!("The version of SOCKS is 4, 5, or 0 for no SOCKS proxy, not {value}.");
                return Err(Fault::new(ErrorCode::InvalidArgument, text));
            }
        };
        self.change_proxies(|proxies| proxies.socks.version = version);
        Ok(())
    }

    /// Sets SocksHostname.
    pub fn set_socks_hostname(&self, value: &str) -> Result<()> {
        let host = proxy_host(value)?;
        self.change_proxies(|proxies| proxies.socks.host = host);
        Ok(())
    }

    /// Sets SocksPort.
    pub fn set_socks_port(&self, value: i32) -> Result<()> {
        let port = port_number(value)?;
        self.change_proxies(|proxies| proxies.socks.port = port);
        Ok(())
    }

    /// Sets SocksUsername.
    pub fn set_socks_username(&self, value: &str) -> Result<()> {
        let username = limited("SocksUsername", value, MAX_TEXT)?;
        self.change_proxies(|proxies| proxies.socks.login.username = username);
        Ok(())
    }

    /// Sets SocksPassword.
    pub fn set_socks_password(&self, value: &str) -> Result<()> {
        let password = limited("SocksPassword", value, MAX_TEXT)?;
        self.change_proxies(|proxies| proxies.socks.login.password = password);
        Ok(())
    }

    /// Returns a part of the settings of the HTTP proxy.
    pub fn http_proxy<R>(&self, look: impl FnOnce(&HttpProxy) -> R) -> R {
        self.proxies(|proxies| look(&proxies.http))
    }

    /// Sets HttpProxyHostname.
    pub fn set_http_proxy_hostname(&self, value: &str) -> Result<()> {
        let host = proxy_host(value)?;
        self.change_proxies(|proxies| proxies.http.host = host);
        Ok(())
    }

    /// Sets HttpProxyPort.
    pub fn set_http_proxy_port(&self, value: i32) -> Result<()> {
        let port = port_number(value)?;
        self.change_proxies(|proxies| proxies.http.port = port);
        Ok(())
    }

    /// Sets HttpProxyTls.
    pub fn set_http_proxy_tls(&self, value: bool) {
        self.change_proxies(|proxies| proxies.http.tls = value);
    }

    /// Sets HttpProxyUsername.
    pub fn set_http_proxy_username(&self, value: &str) -> Result<()> {
        let username = limited("HttpProxyUsername", value, MAX_HTTP_TEXT)?;
        self.change_proxies(|proxies| proxies.http.login.username = username);
        Ok(())
    }

    /// Sets HttpProxyPassword.
    pub fn set_http_proxy_password(&self, value: &str) -> Result<()> {
        let password = limited("HttpProxyPassword", value, MAX_HTTP_TEXT)?;
        self.change_proxies(|proxies| proxies.http.login.password = password);
        Ok(())
    }

    /// Sets HttpProxyAuthMethod.
    pub fn set_http_proxy_auth_method(&self, value: &str) -> Result<()> {
        let method = HttpAuth::named(value).ok_or_else(|| {
            let text = "The method is Basic, Digest, NTLM, Negotiate, or empty for what the proxy asks for.";
            Fault::new(ErrorCode::InvalidArgument, text)
        })?;
        self.change_proxies(|proxies| proxies.http.auth = method);
        Ok(())
    }

    /// Sets HttpProxyDomain.
    pub fn set_http_proxy_domain(&self, value: &str) -> Result<()> {
        let domain = limited("HttpProxyDomain", value, MAX_HTTP_TEXT)?;
        self.change_proxies(|proxies| proxies.http.domain = domain);
        Ok(())
    }

    /// Sets HttpProxyForHttp.
    pub fn set_http_proxy_for_http(&self, value: bool) {
        self.change_proxies(|proxies| proxies.http.for_http = value);
    }

    /// HttpProxyResponseStatusCode.
    pub fn http_proxy_response_status_code(&self) -> i32 {
        self.proxies(|proxies| i32::from(proxies.http_status.load(Ordering::Relaxed)))
    }

    fn proxies<R>(&self, look: impl FnOnce(&Proxies) -> R) -> R {
        self.client.transport(|transport| match &transport.proxies {
            Some(proxies) => look(proxies),
            None => look(&Proxies::default()),
        })
    }

    fn change_proxies(&self, change: impl FnOnce(&mut Proxies)) {
        self.client.change_transport(|transport| change(transport.proxies_to_set()));
    }
}

/// Returns the host of a proxy, in the form of a target's; an empty text is none.
fn proxy_host(value: &str) -> Result<String> {
    if value.is_empty() { Ok(String::new()) } else { url::bare_host(value) }
}

fn limited(what: &str, value: &str, most: usize) -> Result<String> {
    if value.len() > most {
        let text = format!("{what} has at most {most} bytes, not {}.", value.len());
        return Err(Fault::new(ErrorCode::InvalidArgument, text));
    }
    copy_of_text(value)
}
