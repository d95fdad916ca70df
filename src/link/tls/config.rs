//! What a program sets about TLS, and the rustls configuration made of it.
//!
//! A configuration is large (a copy of the root store, the session tickets), so it is made once for all connections
//! that trust the same: with the process for the defaults, else for as long as an object has such settings. Tickets
//! never cross different trust settings.

use super::certificate::{self, NO_AUTHORITY};
use super::fault::{Stage, tls_fault};
use super::pem;
use super::roots::{self, Roots};
use super::signatures;
use super::verifier::{AcceptAny, Verifier};
use crate::base::{ErrorCode, Fault, Locked, Result};
use crate::log::Log;
use crate::sys::process::ProcessLocal;
use once_cell::sync::OnceCell;
use rustls::ClientConfig;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls_pki_types::CertificateDer;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

static DEFAULT: ProcessLocal<OnceCell<Arc<ClientConfig>>> = ProcessLocal::new(OnceCell::new);
static OTHERS: ProcessLocal<Locked<HashMap<Trust, Weak<ClientConfig>>>> = ProcessLocal::new(Locked::default);

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
    /// Returns whether the server's certificate is verified.
    pub fn verifies(&self) -> bool {
        self.trust.verify
    }

    /// Switches verification on or off.
    pub fn set_verify(&mut self, verify: bool) {
        self.trust.verify = verify;
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
        self.trust.added_roots.append(&mut added);
        self.config = Arc::default();
        Ok(())
    }

    /// Returns these settings with the decision of `other` whether to verify, and with the roots of both.
    pub fn trusted_as(mut self, other: &Self) -> Self {
        if self.trust.verify != other.trust.verify || !other.trust.added_roots.is_empty() {
            self.trust.verify = other.trust.verify;
            self.trust.added_roots.extend(other.trust.added_roots.iter().cloned());
            self.config = Arc::default();
        }
        self
    }

    /// Returns the rustls configuration.
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
    /// Returns the configuration that all settings with the same trust share.
    fn shared_config(&self) -> Result<Arc<ClientConfig>> {
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

    fn make_config(&self) -> Result<Arc<ClientConfig>> {
        let provider = signatures::provider();
        let verifier: Arc<dyn ServerCertVerifier> = match self.verify {
            true => Arc::new(self.verifier(provider.signature_verification_algorithms)?),
            false => Arc::new(AcceptAny),
        };
        let config = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| tls_fault(&error, Stage::Negotiation))?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_no_client_auth();
        Ok(Arc::new(config))
    }

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
