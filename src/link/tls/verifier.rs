//! Who the server is: rustls-webpki decides; this adds what programs ask for, and the words.
//!
//! A certificate that is trusted itself is accepted as a server's also where it is marked as an authority, as `openssl
//! req -x509` makes them. Dates, purpose and host name are checked all the same. It is trusted for itself: only one
//! that is an authority's issues others. A self-signed certificate is distinguished from one of an unknown authority.

use super::certificate::{self, NO_AUTHORITY};
use super::roots::Roots;
use super::signatures;
use crate::base::{ErrorCode, Fault};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use std::collections::HashSet;
use std::sync::Arc;

/// Verifies chain, dates and host name.
#[derive(Debug)]
pub(super) struct Verifier {
    roots: Roots,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    pub(super) fn new(roots: Roots, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { roots, algorithms }
    }

    /// Checks that the certificate was issued by an authority that is trusted, or is trusted itself.
    fn verify_issuer(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let parsed = ParsedCertificate::try_from(end_entity)?;
        if self.trusts_itself(end_entity) {
            return self.verify_trusted(&parsed, end_entity, now);
        }
        if !is_bounded(intermediates) {
            return Err(refused(ErrorCode::CertificateInvalid, TOO_MUCH));
        }
        // webpki checks the rest of what makes an authority.
        let issuers = intermediates.iter().filter(|issuer| certificate::may_sign_certificates(issuer));
        let issuers: Vec<_> = issuers.map(borrowed).collect();
        self.verify_chain(&parsed, &self.roots.authorities, &issuers, now)
            .map_err(|error| self.explain(error, end_entity, intermediates))
    }

    /// Returns whether the certificate is among the trusted ones. Of an authority the name and the key say so: who has
    /// them could issue the certificate anyway, unless for some hosts only.
    fn trusts_itself(&self, certificate: &CertificateDer<'_>) -> bool {
        self.roots.others.iter().any(|trusted| trusted == certificate)
            || webpki::anchor_from_trusted_cert(certificate).is_ok_and(|anchor| {
                anchor.name_constraints.is_none() && self.roots.authorities.roots.contains(&anchor)
            })
    }

    /// Checks a certificate that is trusted itself: who issued it does not matter, and it may be an authority's.
    fn verify_trusted(
        &self,
        parsed: &ParsedCertificate<'_>,
        certificate: &CertificateDer<'_>,
        now: UnixTime,
    ) -> Result<(), Error> {
        match self.verify_chain(parsed, &RootCertStore::empty(), &[], now) {
            // webpki looks at the purpose last, so not at that of an authority.
            Err(error) if is_about_the_issuer(&error) && certificate::may_serve(certificate) => Ok(()),
            Err(error) if is_about_the_issuer(&error) => Err(CertificateError::InvalidPurpose.into()),
            outcome => outcome,
        }
    }

    fn verify_chain(
        &self,
        parsed: &ParsedCertificate<'_>,
        authorities: &RootCertStore,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let algorithms = self.algorithms.all;
        verify_server_cert_signed_by_trust_anchor(parsed, authorities, intermediates, now, algorithms)
    }

    /// Returns the error with what people need to know.
    fn explain(
        &self,
        error: Error,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
    ) -> Error {
        let wrong_signature = error == CertificateError::BadSignature.into();
        if wrong_signature {
            let issuer = missing_issuer(end_entity, intermediates);
            let roots = self.roots.others.iter().filter(|root| certificate::subject(root) == issuer);
            let mut chain = [end_entity].into_iter().chain(intermediates).chain(roots);
            if let Some(weak) = chain.find_map(weak_key) {
                return weak;
            }
        }
        // By a signature too: another authority may have the name.
        let self_signed = certificate::issuer(end_entity) == certificate::subject(end_entity);
        if self_signed && (wrong_signature || is_about_the_issuer(&error)) {
            return refused(ErrorCode::CertificateSelfSigned, SELF_SIGNED);
        }
        if error == CertificateError::UnknownIssuer.into() {
            return self.unknown_issuer(end_entity, intermediates);
        }
        error
    }

    fn unknown_issuer(&self, end_entity: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>]) -> Error {
        let Some(issuer) = missing_issuer(end_entity, intermediates) else {
            return CertificateError::UnknownIssuer.into();
        };
        let mut known = self.roots.others.iter().chain(intermediates);
        let no_authority = known
            .any(|known| certificate::subject(known) == Some(issuer) && !certificate::is_authority(known));
        let name = certificate::readable(issuer);
        let text = if no_authority {
            format!(
                "The server's certificate was issued by {name}, which is known and may not issue any: {NO_AUTHORITY}."
            )
        } else {
            format!(
                "The server's certificate was issued by an authority that is not trusted: {name}. Trust it with \
                 ckws_add_trusted_roots_pem (for a Rest ckws_rest_add_trusted_roots_pem), or let the server send the \
                 certificates in between."
            )
        };
        refused(ErrorCode::CertificateUnknownIssuer, text)
    }
}

/// What a server may send beside its own certificate: how many certificates,
const MAX_AUTHORITIES: usize = 32;
/// how many bytes in all,
const MAX_AUTHORITY_BYTES: usize = 32 * 1024;
/// and how many that have the name of another. webpki tries every way up that the names allow, and each may cost it a
/// signature.
const MAX_NAMESAKES: usize = 2;

const TOO_MUCH: &str = "The server's certificate chain is larger than any that is verified: beside the server's own it \
                        has more than 32 certificates or 32 KiB, or more than two that have the name of another.";

/// Returns whether a chain is verified within a few milliseconds, whatever stands in it: the reactor does nothing else
/// then.
fn is_bounded(authorities: &[CertificateDer<'_>]) -> bool {
    let bytes: usize = authorities.iter().map(|authority| authority.len()).sum();
    let names: HashSet<_> = authorities.iter().map(|authority| certificate::subject(authority)).collect();
    authorities.len() <= MAX_AUTHORITIES
        && bytes <= MAX_AUTHORITY_BYTES
        && authorities.len() - names.len() <= MAX_NAMESAKES
}

const SELF_SIGNED: &str = "The server's certificate is self-signed and not among the trusted roots.";

fn borrowed<'a>(certificate: &'a CertificateDer<'_>) -> CertificateDer<'a> {
    CertificateDer::from(certificate.as_ref())
}

/// Who issued the last certificate on the way up from the server's; the way is one of names, nothing is verified.
fn missing_issuer<'a>(
    end_entity: &'a CertificateDer<'_>,
    intermediates: &'a [CertificateDer<'_>],
) -> Option<&'a [u8]> {
    let mut issuer = certificate::issuer(end_entity)?;
    for _ in intermediates {
        let above = intermediates
            .iter()
            .find(|above| certificate::subject(above) == Some(issuer) && certificate::is_authority(above));
        match above.and_then(|above| certificate::issuer(above)) {
            Some(next) => issuer = next,
            None => break,
        }
    }
    Some(issuer)
}

/// Returns whether webpki refused a certificate for its issuer, or for being an authority's. It checks the dates before
/// it says either.
fn is_about_the_issuer(error: &Error) -> bool {
    match error {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => true,
        Error::InvalidCertificate(CertificateError::Other(other)) => {
            other.0.downcast_ref::<webpki::Error>() == Some(&webpki::Error::CaUsedAsEndEntity)
        }
        _ => false,
    }
}

/// Says that a key of RSA is of a length that is not verified; webpki calls its signature wrong.
fn weak_key(certificate: &CertificateDer<'_>) -> Option<Error> {
    let bits = certificate::rsa_bits(certificate).filter(|bits| !signatures::RSA_BITS.contains(bits))?;
    let (least, most) = (signatures::RSA_BITS.start(), signatures::RSA_BITS.end());
    let text = format!(
        "A certificate in the server's chain has a key of RSA with {bits} bits; {least} to {most} are accepted."
    );
    Some(refused(ErrorCode::CertificateInvalid, text))
}

fn refused(code: ErrorCode, text: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    CertificateError::Other(OtherError(Arc::new(Fault::new(code, text)))).into()
}

/// Checks the host name; webpki's list of the names in the certificate is replaced by one for people.
fn verify_host(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    match verify_server_name(&ParsedCertificate::try_from(certificate)?, name) {
        Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext { expected, .. })) => {
            let presented = certificate::hosts(certificate).collect();
            Err(CertificateError::NotValidForNameContext { expected, presented }.into())
        }
        outcome => outcome,
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verify_issuer(end_entity, intermediates, now)?;
        verify_host(end_entity, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
            .map_err(|error| weak_key(certificate).unwrap_or(error))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        signatures::verify_tls13(message, certificate, signature)
            .map_err(|error| weak_key(certificate).unwrap_or(error))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// Accepts every certificate: for programs that switched verification off. Of the signatures of the handshake those are
/// checked that can be, so that a peer with a key of a usual kind owns the key of what it showed.
#[derive(Debug)]
pub(super) struct AcceptAny;

impl AcceptAny {
    fn check(
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if signatures::is_wrong(message, certificate, signature) {
            return Err(CertificateError::BadSignature.into());
        }
        Ok(HandshakeSignatureValid::assertion())
    }
}

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
        Self::check(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Self::check(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        signatures::any_schemes()
    }
}
