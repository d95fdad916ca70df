//! A certificate of the client, with its private key.

use super::{pem, signatures};
use crate::base::{ErrorCode, Fault, Result};
use rustls::Error;
use rustls::client::ResolvesClientCert;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

const NOT_ITS_KEY: &str = "The private key does not belong to the first certificate of the PEM text.";
const UNUSABLE: &str = "The private key cannot be used: it must be one of RSA (2048 bits or more), P-256, P-384 or \
                        Ed25519, in PKCS#8, PKCS#1 or SEC 1.";

/// Certificates, the client's own first, and its key. Two are equal only if one is a clone of the other.
#[derive(Clone)]
pub struct ClientIdentity(Arc<SingleCertAndKey>);

impl ClientIdentity {
    /// Takes the certificates and the private key of a PEM text; `password` decrypts the key if it is encrypted, which
    /// may take seconds.
    pub fn from_pem(text: &[u8], password: &str) -> Result<Self> {
        let chain = pem::certificates(text)?;
        let key = pem::private_key(text, password)?;
        let certified = CertifiedKey::from_der(chain, key, &signatures::provider()).map_err(|error| {
            let text = if matches!(error, Error::InconsistentKeys(_)) { NOT_ITS_KEY } else { UNUSABLE };
            Fault::new(ErrorCode::InvalidPem, text)
        })?;
        Ok(Self(Arc::new(SingleCertAndKey::from(certified))))
    }

    /// Returns it for rustls.
    pub(super) fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        Arc::clone(&self.0) as Arc<dyn ResolvesClientCert>
    }
}

/// Shows nothing of the key.
impl std::fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientIdentity")
    }
}

impl PartialEq for ClientIdentity {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ClientIdentity {}

impl Hash for ClientIdentity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}
