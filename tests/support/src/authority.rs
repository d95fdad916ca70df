//! Certificates made on the spot, for the servers of the tests.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::tmp_dir;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, SupportedProtocolVersion};

/// A certificate authority.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// A root with this name.
    pub fn new(name: &str) -> Self {
        Self::of(authority_params(name))
    }

    /// A root whose certificate says this.
    pub fn of(params: CertificateParams) -> Self {
        let issuer = CertifiedIssuer::self_signed(params, key());
        Self(issuer.expect("the authority can be signed"))
    }

    /// An authority below this one.
    pub fn intermediate(&self, name: &str) -> Self {
        self.intermediate_of(authority_params(name))
    }

    /// As [`Self::intermediate`], with a certificate that says this.
    pub fn intermediate_of(&self, params: CertificateParams) -> Self {
        let issuer = CertifiedIssuer::signed_by(params, key(), &self.0);
        Self(issuer.expect("the authority can be signed"))
    }

    /// Its certificate as PEM.
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Its certificate as DER.
    pub fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// Issues a server's certificate.
    pub fn issue(&self, params: CertificateParams) -> Identity {
        self.issue_for(params, key())
    }

    /// Issues a certificate of this key.
    pub fn issue_for(&self, params: CertificateParams, key: KeyPair) -> Identity {
        let certificate = params.signed_by(&key, &self.0).expect("the certificate can be signed");
        Identity::new(&certificate, key)
    }
}

/// What an authority's certificate says if nothing else is changed.
pub fn authority_params(name: &str) -> CertificateParams {
    let mut params = params([]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

/// What a certificate for these names (host names and IP addresses) says if nothing else is changed.
pub fn params<const N: usize>(names: [&str; N]) -> CertificateParams {
    CertificateParams::new(names.map(str::to_owned)).expect("the names are valid")
}

/// A fresh key.
pub fn key() -> KeyPair {
    KeyPair::generate().expect("a key can be made")
}

/// What a server shows and proves itself with.
#[derive(Debug)]
pub struct Identity {
    /// The server's certificate and the intermediates, in the order in which they are sent.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key of the server's certificate.
    pub key: KeyPair,
    /// The server's own certificate.
    pub pem: String,
}

impl Identity {
    /// Shows this certificate only.
    pub fn new(certificate: &Certificate, key: KeyPair) -> Self {
        Self { chain: vec![certificate.der().clone()], key, pem: certificate.pem() }
    }

    /// Shows a certificate that no authority has signed.
    pub fn self_signed(params: &CertificateParams) -> Self {
        let key = key();
        let certificate = params.self_signed(&key).expect("the certificate can be signed");
        Self::new(&certificate, key)
    }

    /// The configuration of a server that shows this.
    pub fn config(&self) -> Arc<ServerConfig> {
        self.config_for(rustls::ALL_VERSIONS)
    }

    /// The same with these versions of TLS.
    pub fn config_for(&self, versions: &[&'static SupportedProtocolVersion]) -> Arc<ServerConfig> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("ring supports all versions")
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), PrivateKeyDer::Pkcs8(self.key.serialize_der().into()));
        Arc::new(config.expect("the key belongs to the certificate"))
    }

    /// The paths of PEM files with the certificate and the key, for servers that are other programs.
    pub fn files(&self) -> [PathBuf; 2] {
        [pem_file(&self.pem), pem_file(&self.key.serialize_pem())]
    }
}

/// A file of its own with this text.
pub fn pem_file(pem: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("made-{}-{number}.pem", std::process::id());
    let path = tmp_dir().join(name);
    fs::write(&path, pem).expect("the temporary directory is writable");
    path
}
