//! Pins: fingerprints of public keys, one of which the server's must have, in addition to all other checks.

use super::{certificate, signatures};
use crate::base::{ErrorCode, Fault, Result};
use crate::proto::encoding::Encoding;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::sync::Arc;

const SHA256_LEN: usize = 32;

const FORM: &str = "Pins are written as sha256, then base64 or hex, then one fingerprint or several of a \
                    SubjectPublicKeyInfo, with commas in between.";

/// SHA-256 fingerprints of keys (SubjectPublicKeyInfo, RFC 7469 section 2.4).
#[derive(Debug)]
pub(super) struct Pins(Vec<Vec<u8>>);

impl Pins {
    /// Parses the text of TlsPinSet; none if it is empty. A fault quotes nothing of it.
    pub(super) fn parse(text: &str) -> Result<Option<Self>> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let mut parts = text.split(',').map(str::trim);
        let is_sha256 = parts.next().is_some_and(|hash| hash.eq_ignore_ascii_case("sha256"));
        let encoding = match parts.next().map(str::to_ascii_lowercase).as_deref() {
            Some("base64") => Encoding::Base64,
            Some("hex") => Encoding::Hex,
            _ => return Err(malformed(FORM)),
        };
        let pins: Vec<Vec<u8>> = parts.map(|pin| encoding.decode(pin)).collect::<Result<_>>()?;
        if !is_sha256 || pins.is_empty() {
            return Err(malformed(FORM));
        }
        if pins.iter().any(|pin| pin.len() != SHA256_LEN) {
            return Err(malformed(
                "A fingerprint of SHA-256 has 32 bytes: 64 digits, or 44 characters of Base64.",
            ));
        }
        Ok(Some(Self(pins)))
    }

    fn check(&self, certificate: &CertificateDer<'_>) -> std::result::Result<(), Error> {
        let key = certificate::public_key(certificate).ok_or(CertificateError::BadEncoding)?;
        let fingerprint = sha256(key);
        if self.0.contains(&fingerprint) {
            return Ok(());
        }
        let shown = Encoding::Base64.encode(&fingerprint).unwrap_or_default();
        let text = format!(
            "The key of the server is none of those that ckws_socket_set_tls_pin_set has; its pin is {shown}."
        );
        let fault = Fault::new(ErrorCode::CertificateNotPinned, text);
        Err(CertificateError::Other(OtherError(Arc::new(fault))).into())
    }
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    let suite = TLS13_AES_128_GCM_SHA256.tls13();
    suite.map(|suite| suite.common.hash_provider.hash(bytes).as_ref().to_vec()).unwrap_or_default()
}

fn malformed(text: &'static str) -> Fault {
    Fault::new(ErrorCode::InvalidArgument, text)
}

/// A verifier that also asks for one of the pins, and for the proof that the server has the key. Without verification
/// `inner` asks for no such proof if a signature is of a kind that is not verified here, or does not fit the key.
#[derive(Debug)]
pub(super) struct Pinned {
    pub(super) pins: Pins,
    pub(super) inner: Arc<dyn ServerCertVerifier>,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, Error> {
        let verified =
            self.inner.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)?;
        self.pins.check(end_entity)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signature)?;
        signatures::verify_any(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signature)?;
        signatures::verify_any(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        signatures::verified_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_parsed() {
        let digest = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert!(Pins::parse("").unwrap().is_none());
        for text in [
            format!("sha256,base64,{digest}"),
            format!("SHA256, hex , {digits}"),
            format!("sha256, base64, {digest}, {digest}"),
        ] {
            let pins = Pins::parse(&text).unwrap().unwrap();
            assert!(pins.0.contains(&sha256(b"")), "{text}");
        }
        for text in [
            format!("sha1, base64, {digest}"),
            format!("sha256, {digest}"),
            "sha256, base64".to_owned(),
            "sha256, hex, 00ff".to_owned(),
            format!("sha256, hex, {digest}"),
        ] {
            assert_eq!(Pins::parse(&text).unwrap_err().code(), ErrorCode::InvalidArgument, "{text}");
        }
    }
}
