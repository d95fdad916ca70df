//! Who the server is: rustls-webpki decides; this adds the two answers that programs ask for.
//!
//! A self-signed certificate is told apart from one of an unknown authority, and one that the program added as
//! a root itself is accepted as a server's also where it is marked as an authority, as `openssl req -x509`
//! makes them. Dates, purpose and host name are checked all the same. It is trusted for itself: only one that is
//! an authority's issues others.

use super::extensions;
use crate::base::{ErrorCode, Fault};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::Arc;

/// Verifies chain, dates and host name.
#[derive(Debug)]
pub(super) struct Verifier {
    webpki: Arc<WebPkiServerVerifier>,
    added_roots: Vec<CertificateDer<'static>>,
}

impl Verifier {
    pub(super) fn new(webpki: Arc<WebPkiServerVerifier>, added_roots: Vec<CertificateDer<'static>>) -> Self {
        Self { webpki, added_roots }
    }

    /// A second look at a certificate that webpki refused for its issuer or for being an authority's. webpki
    /// checks the dates before it says either.
    fn reconsider(
        &self,
        certificate: &CertificateDer<'_>,
        name: &ServerName<'_>,
        error: Error,
    ) -> Result<(), Error> {
        if self.added_roots.iter().any(|root| root == certificate) {
            // webpki looks at this last, so not if it is an authority's.
            if !extensions::may_serve(certificate) {
                return Err(CertificateError::InvalidPurpose.into());
            }
            return verify_server_name(&ParsedCertificate::try_from(certificate)?, name);
        }
        let self_signed = webpki::EndEntityCert::try_from(certificate)
            .is_ok_and(|parsed| parsed.issuer() == parsed.subject());
        if !self_signed {
            return Err(error);
        }
        let text = "The server's certificate is self-signed and not among the trusted roots.";
        let fault = Fault::new(ErrorCode::CertificateSelfSigned, text);
        Err(CertificateError::Other(OtherError(Arc::new(fault))).into())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verdict =
            self.webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verdict {
            Err(error) if may_reconsider(&error) => {
                self.reconsider(end_entity, server_name, error).map(|()| ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

fn may_reconsider(error: &Error) -> bool {
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => true,
        Error::InvalidCertificate(CertificateError::Other(other)) => {
            other.0.downcast_ref::<webpki::Error>() == Some(&webpki::Error::CaUsedAsEndEntity)
        }
        _ => false,
    }
}

/// Accepts every certificate: for programs that switched verification off. The signatures of the handshake are
/// still checked, so the peer at least owns the key of what it showed.
#[derive(Debug)]
pub(super) struct AcceptAny(pub(super) Arc<CryptoProvider>);

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
