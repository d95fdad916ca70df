//! Why a server's certificate is refused, in words.

use crate::base::{ErrorCode, Fault};
use rustls::CertificateError;
use rustls_pki_types::{UnixTime, alg_id};

/// A certificate may be for thousands of hosts.
const MAX_HOSTS: usize = 5;
/// A server may write anything.
const MAX_HOST: usize = 100;

/// Signature algorithms that are not accepted (the content of their AlgorithmIdentifier begins so), by their names.
const ALGORITHMS: [(&[u8], &str); 6] = [
    (b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x04", "md5WithRSAEncryption"),
    (b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x05", "sha1WithRSAEncryption"),
    (b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0A", "RSASSA-PSS with unusual parameters"),
    (b"\x06\x07\x2A\x86\x48\xCE\x3D\x04\x01", "ecdsa-with-SHA1"),
    (b"\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x04", "ecdsa-with-SHA512"),
    (b"\x06\x03\x2B\x65\x71", "Ed448"),
];

/// Returns the fault for a refused certificate.
pub(super) fn certificate_fault(reason: &CertificateError) -> Fault {
    match reason {
        CertificateError::Other(other) => {
            if let Some(fault) = other.0.downcast_ref::<Fault>() {
                return fault.clone();
            }
            let text = other.0.downcast_ref::<webpki::Error>().map_or(UNUSABLE, webpki_sentence);
            Fault::new(ErrorCode::CertificateInvalid, text)
        }
        CertificateError::ExpiredContext { time, not_after } => expired(*time, *not_after),
        CertificateError::NotValidYetContext { time, not_before } => not_yet_valid(*time, *not_before),
        CertificateError::NotValidForNameContext { expected, presented } => {
            let text = format!("{}, not for {}.", for_hosts(presented), expected.to_str());
            Fault::new(ErrorCode::CertificateWrongHost, text)
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { signature_algorithm_id, .. } => {
            let text = format!(
                "A certificate in the server's chain is signed with {}, which this library does not accept.",
                algorithm(signature_algorithm_id)
            );
            Fault::new(ErrorCode::CertificateInvalid, text)
        }
        CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
            public_key_algorithm_id,
            ..
        } => {
            let why = if public_key_algorithm_id == alg_id::ECDSA_P521.as_ref() {
                "a key on the curve P-521, which this library cannot verify"
            } else {
                "a key of another kind than its signature says, or of one that this library cannot verify"
            };
            let text = format!("A certificate in the server's chain is signed by {why}.");
            Fault::new(ErrorCode::CertificateInvalid, text)
        }
        reason => plain_fault(reason),
    }
}

/// Reasons that come without particulars.
fn plain_fault(reason: &CertificateError) -> Fault {
    let (code, sentence) = match reason {
        CertificateError::Expired => (
            ErrorCode::CertificateExpired,
            "The server's certificate, or that of an authority in its chain, is never valid: it ends before it begins.",
        ),
        CertificateError::Revoked => (ErrorCode::CertificateRevoked, "The server's certificate was revoked."),
        CertificateError::UnknownIssuer => (
            ErrorCode::CertificateUnknownIssuer,
            "The server's certificate was issued by an authority that is not trusted.",
        ),
        CertificateError::BadSignature => (
            ErrorCode::CertificateBadSignature,
            "A signature of the server, or one in its certificate chain, is wrong. Perhaps an authority has a new key, \
             and the trusted certificate of that name is its old one.",
        ),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => (
            ErrorCode::CertificatePurpose,
            "The server's certificate is not for servers: its extended key usage lacks serverAuth.",
        ),
        CertificateError::BadEncoding => {
            (ErrorCode::CertificateInvalid, "A certificate in the server's chain is malformed.")
        }
        CertificateError::UnhandledCriticalExtension => (
            ErrorCode::CertificateInvalid,
            "A certificate in the server's chain has a critical extension that this library does not know.",
        ),
        _ => (ErrorCode::CertificateInvalid, UNUSABLE),
    };
    Fault::new(code, sentence)
}

const UNUSABLE: &str = "The server's certificate cannot be used.";

fn webpki_sentence(error: &webpki::Error) -> &'static str {
    use webpki::Error;
    match error {
        Error::CaUsedAsEndEntity => "The server shows the certificate of an authority as its own.",
        Error::EndEntityUsedAsCa => {
            "A certificate in the server's chain was issued by a certificate that is not an authority's."
        }
        Error::NameConstraintViolation => {
            "An authority in the server's certificate chain may not speak for this host (name constraints)."
        }
        Error::PathLenConstraintViolated => {
            "An authority in the server's certificate chain may not have so many below it (path length)."
        }
        Error::UnsupportedCertVersion => {
            "A certificate in the server's chain is of an old version of X.509; version 3 is needed."
        }
        Error::MaximumPathDepthExceeded
        | Error::MaximumPathBuildCallsExceeded
        | Error::MaximumSignatureChecksExceeded
        | Error::MaximumNameConstraintComparisonsExceeded => {
            "The server's certificate chain is too long, or too entangled, to be verified."
        }
        _ => UNUSABLE,
    }
}

fn expired(now: UnixTime, end: UnixTime) -> Fault {
    let text = format!(
        "The server's certificate, or that of an authority in its chain, expired {} ago; or the clock of this machine \
         is wrong.",
        duration(now, end)
    );
    Fault::new(ErrorCode::CertificateExpired, text)
}

fn not_yet_valid(now: UnixTime, begin: UnixTime) -> Fault {
    let text = format!(
        "The server's certificate, or that of an authority in its chain, will be valid in {}; or the clock of this \
         machine is wrong.",
        duration(now, begin)
    );
    Fault::new(ErrorCode::CertificateNotYetValid, text)
}

/// Returns how far two points in time are apart, for people.
fn duration(one: UnixTime, other: UnixTime) -> String {
    let seconds = one.as_secs().abs_diff(other.as_secs());
    let units = [(24 * 60 * 60, "days"), (60 * 60, "hours"), (60, "minutes"), (1, "seconds")];
    let (unit, name) = units.into_iter().find(|(unit, _)| seconds >= 2 * unit).unwrap_or((1, "seconds"));
    format!("{} {name}", seconds / unit)
}

fn for_hosts(hosts: &[String]) -> String {
    let some: Vec<String> = hosts.iter().take(MAX_HOSTS).map(|host| harmless(host)).collect();
    match hosts.len() {
        0 => "The server's certificate is for no host".to_owned(),
        1..=MAX_HOSTS => format!("The server's certificate is for {}", some.join(", ")),
        count => {
            format!("The server's certificate is for {} and {} more", some.join(", "), count - MAX_HOSTS)
        }
    }
}

/// Returns a name that a peer wrote, without characters that no name has.
fn harmless(name: &str) -> String {
    name.chars().filter(char::is_ascii_graphic).take(MAX_HOST).collect()
}

fn algorithm(identifier: &[u8]) -> &'static str {
    let known = ALGORITHMS.iter().find(|(oid, _)| identifier.starts_with(oid));
    known.map_or("an unknown algorithm", |(_, name)| name)
}
