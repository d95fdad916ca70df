//! What rustls reports, as faults with our numbers and sentences.
//!
//! Its own texts name the variants of its types, so none of them is quoted.

use super::refusal::certificate_fault;
use crate::base::{ErrorCode, Fault};
use rustls::{AlertDescription, ClientConnection, Error, PeerIncompatible, PeerMisbehaved};
use std::io;

/// How far a connection was when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The server has not chosen a version yet.
    Negotiation,
    Handshake,
    Open,
}

impl Stage {
    pub(super) fn of(session: &ClientConnection) -> Self {
        match session.protocol_version() {
            None => Self::Negotiation,
            Some(_) if session.is_handshaking() => Self::Handshake,
            Some(_) => Self::Open,
        }
    }
}

/// What both must have in common, for a server that found nothing.
const IN_COMMON: &str = "This library speaks TLS 1.2 and 1.3 with AES-GCM and ChaCha20-Poly1305, and verifies \
                         keys of RSA (2048 bits or more), P-256, P-384 and Ed25519, not of P-521 or Ed448.";

/// Returns the fault for a TLS error.
pub(super) fn tls_fault(error: &Error, stage: Stage) -> Fault {
    let (code, sentence) = match error {
        Error::InvalidCertificate(reason) => return certificate_fault(reason),
        Error::AlertReceived(alert) => return alert_fault(*alert, stage),
        Error::PeerIncompatible(reason) => return incompatible_fault(reason),
        Error::NoCertificatesPresented => (ErrorCode::TlsNoCertificate, "The server sent no certificate."),
        Error::InvalidMessage(_) if stage == Stage::Negotiation => (
            ErrorCode::TlsProtocol,
            "The server does not speak TLS on this port: its answer is no TLS record. Perhaps it speaks ws:// or HTTP.",
        ),
        Error::InvalidMessage(_) => (ErrorCode::TlsProtocol, "The server sent a malformed TLS message."),
        Error::PeerSentOversizedRecord => {
            (ErrorCode::TlsProtocol, "The server sent a TLS record that is longer than permitted.")
        }
        Error::DecryptError => (
            ErrorCode::TlsProtocol,
            "A TLS record could not be decrypted: it was damaged or changed on its way, or the server broke the \
             protocol.",
        ),
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            (ErrorCode::TlsProtocol, "The server sent a TLS message that has no place there.")
        }
        Error::PeerMisbehaved(PeerMisbehaved::SignedKxWithWrongAlgorithm) => (
            ErrorCode::TlsNoCommonVersion,
            "The server signed the handshake of TLS 1.2 with a key that this library verifies in TLS 1.3 only \
             (RSA-PSS), or with one that does not fit the cipher suite.",
        ),
        Error::PeerMisbehaved(reason) => (ErrorCode::TlsProtocol, misbehaviour(reason)),
        Error::FailedToGetRandomBytes => {
            (ErrorCode::TlsInternal, "The system gave no random numbers for TLS.")
        }
        Error::FailedToGetCurrentTime => {
            (ErrorCode::TlsInternal, "The system's clock could not be read for TLS.")
        }
        Error::General(_) => (ErrorCode::TlsInternal, "TLS failed inside this library."),
        _ => (ErrorCode::TlsProtocol, "The TLS connection failed."),
    };
    Fault::new(code, sentence)
}

fn misbehaviour(reason: &PeerMisbehaved) -> &'static str {
    match reason {
        PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme => {
            "The server signed the TLS handshake with an algorithm that was not offered."
        }
        PeerMisbehaved::TooManyEmptyFragments
        | PeerMisbehaved::TooManyKeyUpdateRequests
        | PeerMisbehaved::TooManyRenegotiationRequests
        | PeerMisbehaved::TooManyWarningAlertsReceived => {
            "The server sent too many TLS messages that bring nothing (empty records, key updates, renegotiations or \
             warnings)."
        }
        _ => "The server broke the TLS protocol.",
    }
}

fn incompatible_fault(reason: &PeerIncompatible) -> Fault {
    let what = match reason {
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig => {
            "The server speaks a version of TLS older than 1.2."
        }
        _ => "The server and this library have no TLS parameters in common.",
    };
    Fault::new(ErrorCode::TlsNoCommonVersion, [what, IN_COMMON].join(" "))
}

fn alert_fault(alert: AlertDescription, stage: Stage) -> Fault {
    let number = u8::from(alert);
    let name =
        ALERTS.iter().find(|(known, _)| *known == alert).map_or("of an unknown kind", |(_, name)| name);
    if stage == Stage::Open {
        let ended = format!("The server ended the TLS connection with an alert: {name} ({number}).");
        return Fault::new(ErrorCode::TlsAlert, ended + hint(alert));
    }
    let refused = format!("The server refused the TLS handshake with an alert: {name} ({number}).");
    match alert {
        AlertDescription::HandshakeFailure
        | AlertDescription::ProtocolVersion
        | AlertDescription::InsufficientSecurity
            if stage == Stage::Negotiation =>
        {
            let why = "It found no version, cipher suite or key in common.";
            Fault::new(ErrorCode::TlsNoCommonVersion, [&refused, why, IN_COMMON].join(" "))
        }
        _ => Fault::new(ErrorCode::TlsAlert, refused + hint(alert)),
    }
}

/// Returns what to do about an alert, where that is known.
fn hint(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::CertificateRequired => {
            " It asks for a certificate of the client: give one to a Socket with ckws_socket_set_ssl_client_cert_pem."
        }
        AlertDescription::UnrecognisedName => " It does not know the host name.",
        _ => "",
    }
}

/// The names of RFC 8446 section 6 and RFC 5246 section 7.2.
const ALERTS: [(AlertDescription, &str); 26] = [
    (AlertDescription::UnexpectedMessage, "unexpected_message"),
    (AlertDescription::BadRecordMac, "bad_record_mac"),
    (AlertDescription::RecordOverflow, "record_overflow"),
    (AlertDescription::DecompressionFailure, "decompression_failure"),
    (AlertDescription::HandshakeFailure, "handshake_failure"),
    (AlertDescription::BadCertificate, "bad_certificate"),
    (AlertDescription::UnsupportedCertificate, "unsupported_certificate"),
    (AlertDescription::CertificateRevoked, "certificate_revoked"),
    (AlertDescription::CertificateExpired, "certificate_expired"),
    (AlertDescription::CertificateUnknown, "certificate_unknown"),
    (AlertDescription::IllegalParameter, "illegal_parameter"),
    (AlertDescription::UnknownCA, "unknown_ca"),
    (AlertDescription::AccessDenied, "access_denied"),
    (AlertDescription::DecodeError, "decode_error"),
    (AlertDescription::DecryptError, "decrypt_error"),
    (AlertDescription::ProtocolVersion, "protocol_version"),
    (AlertDescription::InsufficientSecurity, "insufficient_security"),
    (AlertDescription::InternalError, "internal_error"),
    (AlertDescription::InappropriateFallback, "inappropriate_fallback"),
    (AlertDescription::UserCanceled, "user_canceled"),
    (AlertDescription::NoRenegotiation, "no_renegotiation"),
    (AlertDescription::MissingExtension, "missing_extension"),
    (AlertDescription::UnsupportedExtension, "unsupported_extension"),
    (AlertDescription::UnrecognisedName, "unrecognized_name"),
    (AlertDescription::CertificateRequired, "certificate_required"),
    (AlertDescription::NoApplicationProtocol, "no_application_protocol"),
];

/// Returns the fault for an error of the stream that carries TLS.
pub(super) fn transport_fault(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::new(
            ErrorCode::TlsTruncated,
            "The peer ended the stream without TLS close_notify: what arrived may have been cut.",
        ),
        _ => Fault::new(ErrorCode::TlsInternal, "TLS failed inside this library."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{CertificateError, ContentType, HandshakeType, InvalidMessage, OtherError};
    use std::sync::Arc;

    const STAGES: [Stage; 3] = [Stage::Negotiation, Stage::Handshake, Stage::Open];

    /// Errors whose own texts are Rust's.
    fn errors() -> Vec<Error> {
        let webpki = |error: webpki::Error| CertificateError::Other(OtherError(Arc::new(error)));
        let certificates = [
            CertificateError::BadEncoding,
            CertificateError::BadSignature,
            CertificateError::UnhandledCriticalExtension,
            CertificateError::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id: rustls_pki_types::alg_id::ECDSA_SHA512.as_ref().to_vec(),
                supported_algorithms: vec![rustls_pki_types::alg_id::ECDSA_SHA256; 20],
            },
            CertificateError::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id: vec![0xFF; 300],
                supported_algorithms: Vec::new(),
            },
            CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
                signature_algorithm_id: Vec::new(),
                public_key_algorithm_id: vec![6, 3, 1, 2, 3],
            },
            webpki(webpki::Error::PathLenConstraintViolated),
            webpki(webpki::Error::UnsupportedCertVersion),
            webpki(webpki::Error::TrailingData(webpki::DerTypeId::Extension)),
        ];
        let mut errors: Vec<Error> = certificates.into_iter().map(Error::InvalidCertificate).collect();
        errors.extend((0..=255_u8).map(|number| Error::AlertReceived(number.into())));
        errors.extend([
            Error::PeerMisbehaved(PeerMisbehaved::TooManyEmptyFragments),
            Error::PeerMisbehaved(PeerMisbehaved::WrongGroupForKeyShare),
            Error::PeerIncompatible(PeerIncompatible::NoKxGroupsInCommon),
            Error::InvalidMessage(InvalidMessage::MissingData("ClientHello")),
            Error::InappropriateMessage {
                expect_types: vec![ContentType::Handshake],
                got_type: ContentType::ApplicationData,
            },
            Error::InappropriateHandshakeMessage {
                expect_types: vec![HandshakeType::Finished],
                got_type: HandshakeType::ClientHello,
            },
            Error::General("some { state }".to_owned()),
            Error::DecryptError,
        ]);
        errors
    }

    /// `HandshakeFailure`, `Unknown(7)`, `[1, 2]`, `Context { .. }`: a capital letter inside a word, or brackets.
    fn shows_rust(text: &str) -> bool {
        let words = text.split(|c: char| !c.is_alphanumeric());
        let camel = |word: &str| {
            let letters: Vec<char> = word.chars().collect();
            letters.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
        };
        text.contains(['{', '}', '[', ']', '"']) || words.filter(|word| *word != "ChaCha20").any(camel)
    }

    #[test]
    fn no_structure_of_rust_reaches_a_text() {
        for error in errors() {
            for stage in STAGES {
                let fault = tls_fault(&error, stage);
                assert!(!shows_rust(fault.text()), "{}", fault.text());
                assert!(fault.text().len() < 400 && fault.text().ends_with('.'), "{}", fault.text());
            }
        }
        assert!(shows_rust("received fatal alert: HandshakeFailure"));
    }

    #[test]
    fn an_alert_refuses_a_handshake_or_ends_a_connection() {
        let texts = STAGES.map(|stage| {
            let alert = Error::AlertReceived(AlertDescription::HandshakeFailure);
            let fault = tls_fault(&alert, stage);
            (fault.code(), fault.text().contains("refused the TLS handshake"))
        });
        let expected = [
            (ErrorCode::TlsNoCommonVersion, true),
            (ErrorCode::TlsAlert, true),
            (ErrorCode::TlsAlert, false),
        ];
        assert_eq!(texts, expected);
    }
}
