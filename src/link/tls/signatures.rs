//! Which signatures are verified: those of rustls with ring, and those of keys that are only for RSA-PSS, which ring
//! verifies and rustls does not offer.

use super::certificate;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls13_signature};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm,
    SubjectPublicKeyInfoDer, alg_id,
};
use std::ops::RangeInclusive;
use webpki::RawPublicKeyEntity;
use webpki::ring::{
    ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384, ED25519,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS, RSA_PKCS1_2048_8192_SHA512,
    RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS, RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA384_LEGACY_KEY, RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
};

/// How long a key of RSA may be for ring.
pub(super) const RSA_BITS: RangeInclusive<usize> = 2048..=8192;

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

/// RSA-PSS with a key that is for nothing else (RFC 4055 section 3.1). ring verifies it as with any key of RSA.
#[derive(Debug)]
struct PssKey {
    key: AlgorithmIdentifier,
    with_any_key: Algorithm,
}

impl SignatureVerificationAlgorithm for PssKey {
    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.with_any_key.signature_alg_id()
    }

    fn verify_signature(&self, key: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        self.with_any_key.verify_signature(key, message, signature)
    }
}

/// id-RSASSA-PSS without parameters: a key for any digest.
const ANY_DIGEST: AlgorithmIdentifier =
    AlgorithmIdentifier::from_slice(b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A");

const fn pss(key: AlgorithmIdentifier, with_any_key: Algorithm) -> PssKey {
    PssKey { key, with_any_key }
}

static PSS_SHA256: Algorithm = &pss(ANY_DIGEST, RSA_PSS_2048_8192_SHA256_LEGACY_KEY);
static PSS_SHA384: Algorithm = &pss(ANY_DIGEST, RSA_PSS_2048_8192_SHA384_LEGACY_KEY);
static PSS_SHA512: Algorithm = &pss(ANY_DIGEST, RSA_PSS_2048_8192_SHA512_LEGACY_KEY);
static PSS_SHA256_ONLY: Algorithm = &pss(alg_id::RSA_PSS_SHA256, RSA_PSS_2048_8192_SHA256_LEGACY_KEY);
static PSS_SHA384_ONLY: Algorithm = &pss(alg_id::RSA_PSS_SHA384, RSA_PSS_2048_8192_SHA384_LEGACY_KEY);
static PSS_SHA512_ONLY: Algorithm = &pss(alg_id::RSA_PSS_SHA512, RSA_PSS_2048_8192_SHA512_LEGACY_KEY);

/// rsa_pss_pss_sha256 and its siblings (RFC 8446 section 4.2.3).
const PSS_KEY_SHA256: SignatureScheme = SignatureScheme::Unknown(0x0809);
const PSS_KEY_SHA384: SignatureScheme = SignatureScheme::Unknown(0x080A);
const PSS_KEY_SHA512: SignatureScheme = SignatureScheme::Unknown(0x080B);

/// Those for which ring has no verification, offered where nothing is verified.
const NOT_VERIFIED: [SignatureScheme; 4] = [
    SignatureScheme::ECDSA_NISTP521_SHA512,
    SignatureScheme::ED448,
    SignatureScheme::ECDSA_SHA1_Legacy,
    SignatureScheme::RSA_PKCS1_SHA1,
];

static SUPPORTED: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        ECDSA_P256_SHA256,
        ECDSA_P256_SHA384,
        ECDSA_P384_SHA256,
        ECDSA_P384_SHA384,
        ED25519,
        RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
        RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
        RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
        PSS_SHA256,
        PSS_SHA384,
        PSS_SHA512,
        PSS_SHA256_ONLY,
        PSS_SHA384_ONLY,
        PSS_SHA512_ONLY,
        RSA_PKCS1_2048_8192_SHA256,
        RSA_PKCS1_2048_8192_SHA384,
        RSA_PKCS1_2048_8192_SHA512,
        RSA_PKCS1_2048_8192_SHA256_ABSENT_PARAMS,
        RSA_PKCS1_2048_8192_SHA384_ABSENT_PARAMS,
        RSA_PKCS1_2048_8192_SHA512_ABSENT_PARAMS,
    ],
    // The most wanted first. TLS 1.3 means the first algorithm of a scheme, TLS 1.2 any of them.
    mapping: &[
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[ECDSA_P384_SHA384, ECDSA_P256_SHA384]),
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[ECDSA_P256_SHA256, ECDSA_P384_SHA256]),
        (SignatureScheme::ED25519, &[ED25519]),
        (SignatureScheme::RSA_PSS_SHA512, &[RSA_PSS_2048_8192_SHA512_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA384, &[RSA_PSS_2048_8192_SHA384_LEGACY_KEY]),
        (SignatureScheme::RSA_PSS_SHA256, &[RSA_PSS_2048_8192_SHA256_LEGACY_KEY]),
        (PSS_KEY_SHA512, &[PSS_SHA512, PSS_SHA512_ONLY]),
        (PSS_KEY_SHA384, &[PSS_SHA384, PSS_SHA384_ONLY]),
        (PSS_KEY_SHA256, &[PSS_SHA256, PSS_SHA256_ONLY]),
        (SignatureScheme::RSA_PKCS1_SHA512, &[RSA_PKCS1_2048_8192_SHA512]),
        (SignatureScheme::RSA_PKCS1_SHA384, &[RSA_PKCS1_2048_8192_SHA384]),
        (SignatureScheme::RSA_PKCS1_SHA256, &[RSA_PKCS1_2048_8192_SHA256]),
    ],
};

/// rustls' cryptography by ring, with these signatures.
pub(super) fn provider() -> CryptoProvider {
    CryptoProvider { signature_verification_algorithms: SUPPORTED, ..ring::default_provider() }
}

/// Returns the schemes whose signatures are verified here.
pub(super) fn verified_schemes() -> Vec<SignatureScheme> {
    SUPPORTED.supported_schemes()
}

/// Returns the schemes of a client that accepts any certificate.
pub(super) fn any_schemes() -> Vec<SignatureScheme> {
    verified_schemes().into_iter().chain(NOT_VERIFIED).collect()
}

/// Verifies the server's signature in TLS 1.3.
pub(super) fn verify_tls13(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    match signed.scheme {
        // rustls tries only the first algorithm.
        PSS_KEY_SHA256 | PSS_KEY_SHA384 | PSS_KEY_SHA512 => verify_any(message, certificate, signed),
        _ => verify_tls13_signature(message, certificate, signed, &SUPPORTED),
    }
}

/// Verifies a signature with the key of the certificate, in either version of TLS, by any algorithm of its scheme. The
/// certificate may be of any version of X.509.
pub(super) fn verify_any(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    let outcomes = outcomes(message, certificate, signed).ok_or(CertificateError::BadEncoding)?;
    if outcomes.iter().any(Result::is_ok) {
        return Ok(HandshakeSignatureValid::assertion());
    }
    Err(CertificateError::BadSignature.into())
}

/// Returns whether the server's signature is one that is verified here, and is wrong.
pub(super) fn is_wrong(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
) -> bool {
    let verified = certificate::rsa_bits(certificate).is_none_or(|bits| RSA_BITS.contains(&bits));
    let outcomes = outcomes(message, certificate, signed).unwrap_or_default();
    verified && outcomes.contains(&Err(webpki::Error::InvalidSignatureForPublicKey))
}

/// Returns what each algorithm of the scheme says. The certificate may be of any version of X.509.
fn outcomes(
    message: &[u8],
    certificate: &CertificateDer<'_>,
    signed: &DigitallySignedStruct,
) -> Option<Vec<Result<(), webpki::Error>>> {
    let info = SubjectPublicKeyInfoDer::from(certificate::public_key(certificate)?);
    let key = RawPublicKeyEntity::try_from(&info).ok()?;
    let (_, algorithms) = SUPPORTED.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme)?;
    let verify = |algorithm: &Algorithm| key.verify_signature(*algorithm, message, signed.signature());
    Some(algorithms.iter().map(verify).collect())
}
