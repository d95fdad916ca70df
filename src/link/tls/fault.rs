//! What rustls reports, as faults with our numbers and sentences.

use crate::base::{ErrorCode, Fault};
use rustls::{CertificateError, Error};
use std::io;

/// The fault behind a TLS error.
pub(super) fn tls_fault(error: &Error) -> Fault {
    match error {
        Error::InvalidCertificate(reason) => certificate_fault(reason),
        Error::AlertReceived(alert) => {
            Fault::new(ErrorCode::TlsAlert, format!("The server refused the TLS handshake: {alert:?}."))
        }
        Error::NoCertificatesPresented => {
            Fault::new(ErrorCode::TlsNoCertificate, "The server sent no certificate.")
        }
        Error::PeerIncompatible(_) => {
            let text = format!(
                "The server and this library have no TLS version or cipher suite in common: {error}."
            );
            Fault::new(ErrorCode::TlsNoCommonVersion, text)
        }
        Error::InvalidMessage(_) => {
            let text = format!("The server does not speak TLS on this port, or broke the protocol: {error}.");
            Fault::new(ErrorCode::TlsProtocol, text)
        }
        Error::General(_) | Error::FailedToGetRandomBytes | Error::FailedToGetCurrentTime => {
            Fault::new(ErrorCode::TlsInternal, format!("TLS failed: {error}."))
        }
        _ => Fault::new(ErrorCode::TlsProtocol, format!("The TLS connection failed: {error}.")),
    }
}

fn certificate_fault(reason: &CertificateError) -> Fault {
    if let CertificateError::Other(other) = reason
        && let Some(fault) = other.0.downcast_ref::<Fault>()
    {
        return fault.clone();
    }
    let code = match reason {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => ErrorCode::CertificateExpired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            ErrorCode::CertificateNotYetValid
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            ErrorCode::CertificateWrongHost
        }
        CertificateError::UnknownIssuer => ErrorCode::CertificateUnknownIssuer,
        CertificateError::Revoked => ErrorCode::CertificateRevoked,
        CertificateError::BadSignature => ErrorCode::CertificateBadSignature,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            ErrorCode::CertificatePurpose
        }
        _ => ErrorCode::CertificateInvalid,
    };
    let sentence = match code {
        ErrorCode::CertificateUnknownIssuer => {
            "The server's certificate was issued by an authority that is not trusted; trust it with \
             add_trusted_roots_pem"
                .to_owned()
        }
        _ => format!("The server's certificate was refused: {reason}"),
    };
    Fault::new(code, format!("{sentence}."))
}

/// The fault behind an error of the stream that carries TLS.
pub(super) fn transport_fault(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::new(
            ErrorCode::TlsTruncated,
            "The peer ended the stream without TLS close_notify: what arrived may have been cut.",
        ),
        _ => Fault::new(ErrorCode::TlsInternal, format!("The TLS connection failed: {error}.")),
    }
}
