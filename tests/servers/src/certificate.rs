//! A certificate for localhost and 127.0.0.1, signed by an authority that is made on the spot.

#![allow(clippy::expect_used, reason = "a demo or test ends at the first thing that goes wrong")]

use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

/// What a server with TLS needs, and its clients.
pub struct Tls {
    /// The configuration of a server that shows the certificate.
    pub config: Arc<ServerConfig>,
    /// The PEM file for the authority that signed the server's certificate.
    pub ca_path: PathBuf,
    ca_pem: String,
}

impl Tls {
    /// Makes authority and certificate.
    pub fn new(ca_path: PathBuf) -> Self {
        let (config, ca_pem) = make();
        Self { config, ca_path, ca_pem }
    }

    /// Writes the authority's file, in one step: a client finds the former or the new one whole. A server does it when
    /// it listens, so one that finds its ports in use leaves the file of the one that has them.
    pub fn write_ca(&self) -> io::Result<()> {
        let whole = self.ca_path.with_extension(format!("{}.new", std::process::id()));
        fs::write(&whole, &self.ca_pem)?;
        fs::rename(whole, &self.ca_path)
    }
}

/// A server's configuration and the PEM of its authority.
fn make() -> (Arc<ServerConfig>, String) {
    let mut ca_params = CertificateParams::new(Vec::<String>::new()).expect("no names are valid names");
    ca_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca_params.distinguished_name.push(DnType::CommonName, "libckws test authority");
    let ca_key = KeyPair::generate().expect("a key can be made");
    let ca = CertifiedIssuer::self_signed(ca_params, ca_key).expect("the authority can be signed");

    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let key = KeyPair::generate().expect("a key can be made");
    let params = CertificateParams::new(names).expect("the names are valid");
    let certificate = params.signed_by(&key, &ca).expect("the certificate can be signed");

    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring supports the default versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("the key belongs to the certificate");
    (Arc::new(config), ca.pem())
}
