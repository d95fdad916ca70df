//! What a handshake has agreed on, in the names of the standards.

use rustls::{CipherSuite, ClientConnection, ProtocolVersion};

/// What a handshake has agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsFacts {
    /// "TLS 1.2" or "TLS 1.3".
    pub version: &'static str,
    cipher_suite: CipherSuite,
}

impl TlsFacts {
    /// Returns the facts of a session whose handshake is done.
    pub(super) fn of(session: &ClientConnection) -> Option<Self> {
        let version = match session.protocol_version()? {
            ProtocolVersion::TLSv1_2 => "TLS 1.2",
            ProtocolVersion::TLSv1_3 => "TLS 1.3",
            _ => return None,
        };
        Some(Self { version, cipher_suite: session.negotiated_cipher_suite()?.suite() })
    }

    /// Returns the name of the cipher suite that IANA has registered.
    pub fn cipher_suite(&self) -> String {
        iana_name(self.cipher_suite)
    }
}

/// rustls marks the suites of TLS 1.3 in their names.
pub(super) fn iana_name(suite: CipherSuite) -> String {
    suite.as_str().unwrap_or_default().replacen("TLS13_", "TLS_", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_have_the_names_of_the_registry() {
        for (suite, name) in [
            (CipherSuite::TLS13_AES_256_GCM_SHA384, "TLS_AES_256_GCM_SHA384"),
            (CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ] {
            assert_eq!(iana_name(suite), name);
        }
    }
}
