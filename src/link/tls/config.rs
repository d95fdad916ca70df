//! What a program sets about TLS, and the rustls configuration made of it.
//!
//! A configuration is large (a copy of the root store, the session tickets), so it is made once for all connections
//! that trust the same: with the process for the defaults, else for as long as somebody has such settings. Tickets never
//! cross different trust settings.

use super::extensions;
use super::fault::tls_fault;
use super::verifier::{AcceptAny, Verifier};
use crate::base::{ErrorCode, Fault, Locked, Result};
use crate::log::Log;
use crate::sys::process::ProcessLocal;
use once_cell::sync::OnceCell;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

static DEFAULT: ProcessLocal<OnceCell<Arc<ClientConfig>>> = ProcessLocal::new(OnceCell::new);
static OTHERS: ProcessLocal<Locked<HashMap<Trust, Weak<ClientConfig>>>> = ProcessLocal::new(Locked::default);
static SYSTEM_ROOTS: ProcessLocal<OnceCell<Arc<RootCertStore>>> = ProcessLocal::new(OnceCell::new);

/// How the server is verified.
#[derive(Clone, Debug, Default)]
pub struct TlsSettings {
    trust: Trust,
    /// Shared by the clones, of which each connect uses one; a setting that changes begins another.
    config: Arc<OnceCell<Arc<ClientConfig>>>,
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
    /// Whether the server's certificate is verified.
    pub fn verifies(&self) -> bool {
        self.trust.verify
    }

    /// Switches verification on or off.
    pub fn set_verify(&mut self, verify: bool) {
        self.trust.verify = verify;
        self.config = Arc::default();
    }

    /// Adds the certificates of a PEM text to the trusted roots; how many there were.
    pub fn add_roots_pem(&mut self, pem: &[u8]) -> Result<usize> {
        let mut added = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate =
                certificate.map_err(|error| pem_fault(&format!("The PEM text is malformed: {error:?}")))?;
            // Refuse now what could never verify anything.
            webpki::anchor_from_trusted_cert(&certificate).map_err(|error| {
                pem_fault(&format!("A certificate in the PEM text is malformed: {error}"))
            })?;
            added.push(certificate);
        }
        if added.is_empty() {
            return Err(pem_fault("The text holds no PEM certificate (-----BEGIN CERTIFICATE-----)"));
        }
        let count = added.len();
        self.trust.added_roots.append(&mut added);
        self.config = Arc::default();
        Ok(count)
    }

    /// The rustls configuration.
    pub(super) fn client_config(&self, log: &mut Log) -> Result<Arc<ClientConfig>> {
        log.fact("verifyCertificate", self.trust.verify);
        if !self.trust.verify {
            log.info("The server's certificate is not verified, as the program asked.");
        }
        if self.trust == Trust::default() {
            return DEFAULT.get().get_or_try_init(|| self.trust.make_config()).cloned();
        }
        self.config.get_or_try_init(|| self.trust.shared_config()).cloned()
    }
}

impl Trust {
    /// The configuration of all who trust the same.
    fn shared_config(&self) -> Result<Arc<ClientConfig>> {
        let known = OTHERS.get().lock().get(self).and_then(Weak::upgrade);
        if let Some(known) = known {
            return Ok(known);
        }
        // Without the lock: it takes a while. Two who do it at once have two, of which one is shared later.
        let fresh = self.make_config()?;
        let mut others = OTHERS.get().lock();
        others.retain(|_, config| config.strong_count() > 0);
        others.insert(self.clone(), Arc::downgrade(&fresh));
        Ok(fresh)
    }

    fn make_config(&self) -> Result<Arc<ClientConfig>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> =
            if self.verify { self.verifier(&provider)? } else { Arc::new(AcceptAny(Arc::clone(&provider))) };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| tls_fault(&error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }

    fn verifier(&self, provider: &Arc<CryptoProvider>) -> Result<Arc<Verifier>> {
        let mut roots = Arc::clone(SYSTEM_ROOTS.get().get_or_init(system_roots));
        if !self.added_roots.is_empty() {
            // A server's own certificate is for the verifier alone: as a root it could issue others, for any host.
            let authorities = self.added_roots.iter().filter(|root| extensions::is_authority(root));
            Arc::make_mut(&mut roots).add_parsable_certificates(authorities.cloned());
        }
        let webpki = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider))
            .build()
            .map_err(|error| {
                let text = format!("The server's certificate cannot be verified: {error}.");
                Fault::new(ErrorCode::NoTrustedRoots, text)
            })?;
        Ok(Arc::new(Verifier::new(webpki, self.added_roots.clone())))
    }
}

/// The operating system's trusted roots; where it has none, those of Mozilla that were built in.
fn system_roots() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Arc::new(roots)
}

fn pem_fault(text: &str) -> Fault {
    Fault::new(ErrorCode::InvalidPem, format!("{text}."))
}
