//! The properties of a Socket that concern TLS.

use super::Socket;
use crate::base::Result;
use crate::base::growth::copy_of_text;
use crate::link::tls::{ClientIdentity, TlsChoices};
use crate::object::files::pem_or_file;

impl Socket {
    /// Returns a part of what TLS may be.
    pub fn tls_choice<R>(&self, look: impl FnOnce(&TlsChoices) -> R) -> R {
        self.client.transport(|transport| look(transport.tls.choices()))
    }

    /// Changes what TLS may be, for connections to come; a refused change keeps all.
    pub fn change_tls_choice(&self, change: impl FnOnce(&mut TlsChoices) -> Result<()>) -> Result<()> {
        self.client.change_transport(|transport| transport.tls.change_choices(change))
    }

    /// SslProtocol.
    pub fn ssl_protocol(&self) -> Result<String> {
        self.tls_choice(|choices| match choices.protocol.as_str() {
            "" => Ok("default".to_owned()),
            protocol => copy_of_text(protocol),
        })
    }

    /// SetSslClientCertPem: a PEM text, or the name of a file with one.
    pub fn set_ssl_client_cert_pem(&self, pem_or_path: &str, password: &str) -> Result<()> {
        let identity = ClientIdentity::from_pem(&pem_or_file(pem_or_path)?, password)?;
        self.client.change_transport(|transport| transport.tls.set_client_certificate(identity));
        Ok(())
    }

    /// SniHostname.
    pub fn sni_hostname(&self) -> Result<String> {
        self.client.transport(|transport| copy_of_text(transport.tls.server_name()))
    }

    /// Sets SniHostname.
    pub fn set_sni_hostname(&self, value: &str) -> Result<()> {
        self.client.change_transport(|transport| transport.tls.set_server_name(value))
    }
}
