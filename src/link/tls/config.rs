//! What a program sets about TLS, and the rustls configuration made of it.
//!
//! A configuration is large (a copy of the root store), so it is made once for all connections with the same settings:
//! with the process for the defaults, else for as long as an object has such settings. Of it each server, by host,
//! port and the proxies on the way, has a copy with session tickets of its own, which shares what is large. So tickets
//! never cross settings, servers or proxies; nor names, by which rustls keeps them.

use super::TlsServer;
use super::certificate::{self, NO_AUTHORITY};
use super::choices::TlsChoices;
use super::fault::{Stage, tls_fault};
use super::identity::ClientIdentity;
use super::pem;
use super::pins::Pinned;
use super::roots::{self, Roots};
use super::signatures;
use super::verifier::{AcceptAny, Verifier};
use crate::base::utf8::excerpt;
use crate::base::{ErrorCode, Fault, Locked, Result};
use crate::log::Log;
use crate::sys::process::{ProcessLocal, is_privileged};
use once_cell::sync::OnceCell;
use rustls::client::Resumption;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::{ClientConfig, KeyLogFile};
use rustls_pki_types::{CertificateDer, ServerName};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};

static DEFAULT: ProcessLocal<OnceCell<Arc<Shared>>> = ProcessLocal::new(OnceCell::new);
static OTHERS: ProcessLocal<Locked<HashMap<ConfigKey, Weak<Shared>>>> = ProcessLocal::new(Locked::default);

/// The longest name of a host.
const MAX_NAME: usize = 253;

/// How many servers have their session tickets kept, for each configuration.
const MAX_SERVERS: usize = 64;

/// How many tickets of a server are kept for each of its names.
const MAX_TICKETS: usize = 8;

/// How the server is verified, and what TLS may be.
#[derive(Clone, Debug, Default)]
pub struct TlsSettings {
    /// SniHostname.
    server_name: String,
    key: ConfigKey,
    /// Shared by the clones, of which each connect uses one; a setting that changes begins another.
    config: Arc<OnceCell<Arc<Shared>>>,
}

/// A configuration, and its copies for servers, the latest last.
#[derive(Debug)]
struct Shared {
    config: ClientConfig,
    servers: Locked<VecDeque<(Server, Arc<ClientConfig>)>>,
}

/// The host that is connected to, the port, and the proxies on the way.
type Server = (String, u16, String);

/// What decides how a configuration is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct ConfigKey {
    trust: Trust,
    choices: TlsChoices,
    identity: Option<ClientIdentity>,
}

/// What decides whether a server is believed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Trust {
    verify: bool,
    added_roots: Vec<CertificateDer<'static>>,
}

impl Default for Trust {
    fn default() -> Self {
        Self { verify: true, added_roots: Vec::new() }
    }
}

impl TlsSettings {
    /// Returns whether the server's certificate is verified.
    pub fn verifies(&self) -> bool {
        self.key.trust.verify
    }

    /// Returns what TLS may be.
    pub fn choices(&self) -> &TlsChoices {
        &self.key.choices
    }

    /// Changes what TLS may be; a refused change keeps all.
    pub fn change_choices(&mut self, change: impl FnOnce(&mut TlsChoices) -> Result<()>) -> Result<()> {
        change(&mut self.key.choices)?;
        self.config = Arc::default();
        Ok(())
    }

    /// Sets the certificate of the client, with its private key.
    pub fn set_client_certificate(&mut self, identity: ClientIdentity) {
        self.key.identity = Some(identity);
        self.config = Arc::default();
    }

    /// SniHostname.
    pub fn server_name(&self) -> &str {
        &self.server_name
    }

    /// Sets SniHostname: the name that is sent, and verified, instead of the host's; empty for the host's.
    pub fn set_server_name(&mut self, value: &str) -> Result<()> {
        if value.len() > MAX_NAME {
            let text = format!("The name of a server has at most {MAX_NAME} characters.");
            return Err(Fault::new(ErrorCode::InvalidArgument, text));
        }
        if !value.is_empty() {
            named(value)?;
        }
        value.clone_into(&mut self.server_name);
        Ok(())
    }

    /// Returns the name of the server at `host`.
    pub(super) fn name_of(&self, host: &str) -> Result<ServerName<'static>> {
        named(if self.server_name.is_empty() { host } else { &self.server_name })
    }

    /// Switches verification on or off.
    pub fn set_verify(&mut self, verify: bool) {
        self.key.trust.verify = verify;
        self.config = Arc::default();
    }

    /// Adds the certificates of a PEM text to the trusted roots.
    pub fn add_roots_pem(&mut self, pem: &[u8], log: &mut Log) -> Result<()> {
        let mut added = pem::certificates(pem)?;
        for (index, certificate) in added.iter().enumerate() {
            // Refuse now what could never verify anything.
            webpki::anchor_from_trusted_cert(certificate).map_err(|_| {
                let text = format!("Certificate {} in the PEM text is malformed.", index + 1);
                Fault::new(ErrorCode::InvalidPem, text)
            })?;
        }
        log.fact("rootsAdded", added.len());
        for server in added.iter().filter(|certificate| !certificate::is_authority(certificate)) {
            let name = certificate::readable(certificate::subject(server).unwrap_or_default());
            log.info(format!("{name} is trusted for itself alone: {NO_AUTHORITY}. So it issues no others."));
        }
        self.key.trust.added_roots.append(&mut added);
        self.config = Arc::default();
        Ok(())
    }

    /// Returns these settings with the decision of `other` whether to verify, and with the roots of both.
    pub fn trusted_as(mut self, other: &Self) -> Self {
        let (own, other) = (&mut self.key.trust, &other.key.trust);
        if own.verify != other.verify || !other.added_roots.is_empty() {
            own.verify = other.verify;
            own.added_roots.extend(other.added_roots.iter().cloned());
            self.config = Arc::default();
        }
        self
    }

    /// Returns the settings for a proxy on the way: of these what decides whether it is believed. The rest, such as pins,
    /// names and the client's certificate, is between the program and the server.
    pub fn for_proxy(&self) -> Self {
        let key = ConfigKey { trust: self.key.trust.clone(), ..ConfigKey::default() };
        Self { key, ..Self::default() }
    }

    /// Returns the rustls configuration for a server.
    pub(super) fn client_config(&self, log: &mut Log, server: TlsServer<'_>) -> Result<Arc<ClientConfig>> {
        log.fact("verifyCertificate", self.key.trust.verify);
        if !self.key.trust.verify {
            log.info("The server's certificate is not verified, as the program asked.");
        }
        if self.key.choices.key_log {
            log.info(
                "The keys of this connection are written to the file that SSLKEYLOGFILE names, if it is set.",
            );
        }
        if self.key == ConfigKey::default() {
            return Ok(DEFAULT.get().get_or_try_init(|| self.key.make_config())?.for_server(server));
        }
        Ok(self.config.get_or_try_init(|| self.key.shared_config())?.for_server(server))
    }
}

fn named(host: &str) -> Result<ServerName<'static>> {
    ServerName::try_from(host.to_owned()).map_err(|_| {
        let text = format!("{} cannot be the name of a TLS server.", excerpt(host));
        Fault::new(ErrorCode::InvalidArgument, text)
    })
}

impl Shared {
    /// Returns the copy for a server, with session tickets of its own. They do not cross from one proxy to another
    /// either, which would show the server that it is the same client.
    fn for_server(&self, server: TlsServer<'_>) -> Arc<ClientConfig> {
        let TlsServer { host, port, way } = server;
        let mut servers = self.servers.lock();
        let is_same = |known: &Server| known.0 == host && known.1 == port && known.2 == way;
        let at = servers.iter().position(|(known, _)| is_same(known));
        let known = at.and_then(|at| servers.remove(at));
        let (server, config) = known.unwrap_or_else(|| {
            let mut config = self.config.clone();
            config.resumption = Resumption::in_memory_sessions(MAX_TICKETS);
            ((host.to_owned(), port, way.to_owned()), Arc::new(config))
        });
        if servers.len() >= MAX_SERVERS {
            servers.pop_front();
        }
        servers.push_back((server, Arc::clone(&config)));
        config
    }
}

impl ConfigKey {
    /// Returns the configuration that all equal settings share.
    fn shared_config(&self) -> Result<Arc<Shared>> {
        let known = OTHERS.get().lock().get(self).and_then(Weak::upgrade);
        if let Some(known) = known {
            return Ok(known);
        }
        // Without the lock: it takes a while. Two threads that do it at once create two, of which one is shared later.
        let fresh = self.make_config()?;
        let mut others = OTHERS.get().lock();
        others.retain(|_, config| config.strong_count() > 0);
        others.insert(self.clone(), Arc::downgrade(&fresh));
        Ok(fresh)
    }

    fn make_config(&self) -> Result<Arc<Shared>> {
        let choices = &self.choices;
        let provider = CryptoProvider { cipher_suites: choices.suites()?, ..signatures::provider() };
        let verifier: Arc<dyn ServerCertVerifier> = match self.trust.verify {
            true => Arc::new(self.trust.verifier(provider.signature_verification_algorithms)?),
            false => Arc::new(AcceptAny),
        };
        let verifier = match choices.pins()? {
            Some(pins) => Arc::new(Pinned { pins, inner: verifier }),
            None => verifier,
        };
        let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&choices.versions()?)
            .map_err(|error| tls_fault(&error, Stage::Negotiation))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        if let Some(identity) = &self.identity {
            config.client_auth_cert_resolver = identity.resolver();
        }
        if !choices.alpn_protocol.is_empty() {
            config.alpn_protocols = vec![choices.alpn_protocol.clone().into_bytes()];
        }
        // Of a privileged process the environment is another user's.
        if choices.key_log && !is_privileged() {
            config.key_log = Arc::new(KeyLogFile::new());
        }
        Ok(Arc::new(Shared { config, servers: Locked::default() }))
    }
}

impl Trust {
    fn verifier(&self, algorithms: WebPkiSupportedAlgorithms) -> Result<Verifier> {
        let system = roots::system();
        let mut authorities = Arc::clone(&system.authorities);
        if !self.added_roots.is_empty() {
            let added = self.added_roots.iter().filter(|root| certificate::is_authority(root));
            Arc::make_mut(&mut authorities).add_parsable_certificates(added.cloned());
        }
        let others: Vec<_> = system.others.iter().chain(&self.added_roots).cloned().collect();
        if authorities.is_empty() && others.is_empty() {
            let text = "There is no trusted root certificate to verify the server with.";
            return Err(Fault::new(ErrorCode::NoTrustedRoots, text));
        }
        Ok(Verifier::new(Roots { authorities, others }, algorithms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(settings: &TlsSettings, host: &str, port: u16) -> Arc<ClientConfig> {
        config_along(settings, host, port, "")
    }

    fn config_along(settings: &TlsSettings, host: &str, port: u16, way: &str) -> Arc<ClientConfig> {
        settings.client_config(&mut Log::new("test", false), TlsServer { host, port, way }).unwrap()
    }

    /// Settings that verify nothing, with one more.
    fn settings(change: impl FnOnce(&mut TlsChoices) -> Result<()>) -> TlsSettings {
        let mut settings = TlsSettings::default();
        settings.set_verify(false);
        settings.change_choices(change).unwrap();
        settings
    }

    /// The tickets are in the configuration.
    #[test]
    fn tickets_cross_neither_servers_nor_ways_nor_settings() {
        let plain = settings(|_| Ok(()));
        let one = config(&plain, "h", 443);
        assert!(Arc::ptr_eq(&one, &config(&plain, "h", 443)));
        assert!(Arc::ptr_eq(&one, &config(&settings(|_| Ok(())), "h", 443)), "equal settings share");
        for (host, port) in [("h", 8443), ("i", 443)] {
            assert!(!Arc::ptr_eq(&one, &config(&plain, host, port)), "{host} {port}");
        }
        let proxied = config_along(&plain, "h", 443, "socks p:1080");
        assert!(!Arc::ptr_eq(&one, &proxied));
        assert!(Arc::ptr_eq(&proxied, &config_along(&plain, "h", 443, "socks p:1080")));
        let pin = "sha256, hex, e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        for other in [
            settings(|choices| choices.set_protocol("TLS 1.3")),
            settings(|choices| choices.set_allowed_ciphers("TLS_AES_128_GCM_SHA256")),
            settings(|choices| choices.set_alpn_protocol("http/1.1")),
            settings(|choices| choices.set_pin_set(pin)),
        ] {
            assert!(!Arc::ptr_eq(&one, &config(&other, "h", 443)));
        }
    }

    #[test]
    fn few_servers_have_their_tickets_kept() {
        let settings = settings(|choices| choices.set_alpn_protocol("few"));
        let first = config(&settings, "h", 1);
        for port in 2..=u16::try_from(MAX_SERVERS).unwrap() {
            config(&settings, "h", port);
        }
        assert!(Arc::ptr_eq(&first, &config(&settings, "h", 1)), "the latest stay");
        for port in 100..100 + u16::try_from(MAX_SERVERS).unwrap() {
            config(&settings, "h", port);
        }
        assert!(!Arc::ptr_eq(&first, &config(&settings, "h", 1)));
    }
}
