//! What a program chooses about TLS by texts: versions, cipher suites, the protocol inside, pins.
//!
//! A text is checked when it is set, and kept: of it a configuration is made.

use super::facts::iana_name;
use super::pins::Pins;
use super::signatures;
use crate::base::growth::copy_of_text;
use crate::base::utf8::excerpt;
use crate::base::{ErrorCode, Fault, Result};
use rustls::version::{TLS12, TLS13};
use rustls::{SupportedCipherSuite, SupportedProtocolVersion};

/// The longest text that is kept, in bytes.
const MAX_TEXT: usize = 16 * 1024;

/// The longest name of a protocol (RFC 7301 section 3.1).
const MAX_ALPN: usize = 255;

/// What TLS may be, as the program has written it; an empty text is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsChoices {
    /// SslProtocol.
    pub protocol: String,
    /// SslAllowedCiphers.
    pub allowed_ciphers: String,
    /// AlpnProtocol.
    pub alpn_protocol: String,
    /// TlsPinSet.
    pub pin_set: String,
    /// TlsKeyLog.
    pub key_log: bool,
}

impl TlsChoices {
    /// Sets SslProtocol.
    pub fn set_protocol(&mut self, value: &str) -> Result<()> {
        versions(value)?;
        self.protocol = text(value)?;
        Ok(())
    }

    /// Sets SslAllowedCiphers.
    pub fn set_allowed_ciphers(&mut self, value: &str) -> Result<()> {
        let value = text(value)?;
        suites(&value)?;
        self.allowed_ciphers = value;
        Ok(())
    }

    /// Sets AlpnProtocol.
    pub fn set_alpn_protocol(&mut self, value: &str) -> Result<()> {
        if value.len() > MAX_ALPN {
            return Err(refused(format!("The name of a protocol has at most {MAX_ALPN} bytes.")));
        }
        self.alpn_protocol = text(value)?;
        Ok(())
    }

    /// Sets TlsPinSet.
    pub fn set_pin_set(&mut self, value: &str) -> Result<()> {
        let value = text(value)?;
        Pins::parse(&value)?;
        self.pin_set = value;
        Ok(())
    }

    /// Returns the versions to offer.
    pub(super) fn versions(&self) -> Result<Vec<&'static SupportedProtocolVersion>> {
        versions(&self.protocol)
    }

    /// Returns the cipher suites to offer, of which one at least is of a version that is offered.
    pub(super) fn suites(&self) -> Result<Vec<SupportedCipherSuite>> {
        let suites = suites(&self.allowed_ciphers)?;
        let versions = self.versions()?;
        match suites.iter().any(|suite| versions.contains(&suite.version())) {
            true => Ok(suites),
            false => {
                let text = "None of the cipher suites of ckws_socket_set_ssl_allowed_ciphers is of a version that \
                            ckws_socket_set_ssl_protocol allows.";
                Err(Fault::new(ErrorCode::TlsNoCommonVersion, text))
            }
        }
    }

    /// Returns the pins, if there are any.
    pub(super) fn pins(&self) -> Result<Option<Pins>> {
        Pins::parse(&self.pin_set)
    }
}

fn versions(value: &str) -> Result<Vec<&'static SupportedProtocolVersion>> {
    match value {
        "" | "default" | "TLS 1.2 or higher" => Ok(vec![&TLS13, &TLS12]),
        "TLS 1.2" => Ok(vec![&TLS12]),
        "TLS 1.3" | "TLS 1.3 or higher" => Ok(vec![&TLS13]),
        _ => {
            let text = format!(
                "The TLS version is \"default\", \"TLS 1.2\", \"TLS 1.3\", \"TLS 1.2 or higher\" or \"TLS 1.3 or \
                 higher\" (older ones are not safe and not spoken), not {}.",
                excerpt(value)
            );
            Err(refused(text))
        }
    }
}

/// Returns the suites of a list of names, in its order; all for an empty one.
fn suites(value: &str) -> Result<Vec<SupportedCipherSuite>> {
    let all = signatures::provider().cipher_suites;
    let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
    let chosen: Vec<SupportedCipherSuite> = names
        .map(|name| {
            let found = all.iter().find(|suite| iana_name(suite.suite()).eq_ignore_ascii_case(name));
            found.copied().ok_or_else(|| {
                let known: Vec<String> = all.iter().map(|suite| iana_name(suite.suite())).collect();
                let text = format!(
                    "This library has no cipher suite {}; it has {}.",
                    excerpt(name),
                    known.join(", ")
                );
                refused(text)
            })
        })
        .collect::<Result<_>>()?;
    Ok(if chosen.is_empty() { all } else { chosen })
}

fn text(value: &str) -> Result<String> {
    if value.len() > MAX_TEXT {
        return Err(refused(format!("The text has more than {MAX_TEXT} bytes.")));
    }
    copy_of_text(value)
}

fn refused(text: String) -> Fault {
    Fault::new(ErrorCode::InvalidArgument, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(suites: &[SupportedCipherSuite]) -> Vec<String> {
        suites.iter().map(|suite| iana_name(suite.suite())).collect()
    }

    #[test]
    fn versions_have_names() {
        for (value, count) in
            [("", 2), ("default", 2), ("TLS 1.2 or higher", 2), ("TLS 1.2", 1), ("TLS 1.3", 1)]
        {
            assert_eq!(versions(value).unwrap().len(), count, "{value}");
        }
        for value in ["TLS 1.1", "TLS 1.0 or higher", "SSL 3.0", "tls", "1.3"] {
            assert!(versions(value).unwrap_err().text().contains("older"), "{value}");
        }
    }

    #[test]
    fn suites_keep_the_order_of_the_list() {
        assert_eq!(suites("").unwrap().len(), 9);
        let chosen = suites(" TLS_CHACHA20_POLY1305_SHA256,tls_aes_128_gcm_sha256 ,").unwrap();
        assert_eq!(names(&chosen), ["TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"]);
        let fault = suites("TLS_AES_128_GCM_SHA256, TLS_RSA_WITH_RC4_128_SHA").unwrap_err();
        assert!(fault.text().contains("no cipher suite TLS_RSA_WITH_RC4_128_SHA"), "{fault}");
    }

    #[test]
    fn a_version_without_a_suite_is_named() {
        let mut choices = TlsChoices::default();
        choices.set_protocol("TLS 1.2").unwrap();
        choices.set_allowed_ciphers("TLS_AES_128_GCM_SHA256").unwrap();
        assert_eq!(choices.suites().unwrap_err().code(), ErrorCode::TlsNoCommonVersion);
        choices.set_protocol("default").unwrap();
        assert_eq!(choices.suites().unwrap().len(), 1);
    }
}
