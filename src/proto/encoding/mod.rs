//! Bytes as text and back: Base64, hexadecimal, percent and quoted-printable.
//!
//! Decoding is strict, so that damaged data is noticed; a refusal tells where the damage is, and only that: the
//! data may be a secret.

mod base64;
mod hex;
mod percent;
mod quoted_printable;

use crate::base::{ErrorCode, Fault, Result};
use ::base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD, URL_SAFE_NO_PAD_INDIFFERENT};

/// A way of writing bytes as ASCII text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// RFC 4648 section 4, with padding, in one line.
    Base64,
    /// RFC 4648 section 5, without padding.
    Base64Url,
    /// Two digits a byte, capital letters.
    Hex,
    /// Two digits a byte, small letters.
    HexLower,
    /// RFC 3986 section 2.1: everything but the unreserved characters as %XX.
    Url,
    /// RFC 2045 section 6.7.
    QuotedPrintable,
}

impl Encoding {
    /// The encoding of a name, in any case.
    pub fn named(name: &str) -> Result<Self> {
        let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, encoding)| *encoding).ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            let text = format!("The encoding \"{name}\" is not known; known are {}.", names.join(", "));
            Fault::new(ErrorCode::InvalidArgument, text)
        })
    }

    /// The bytes as text.
    pub fn encode(self, bytes: &[u8]) -> Result<String> {
        match self {
            Self::Base64 => base64::encode(&STANDARD, bytes),
            Self::Base64Url => base64::encode(&URL_SAFE_NO_PAD, bytes),
            Self::Hex => hex::encode(bytes, hex::CAPITAL),
            Self::HexLower => hex::encode(bytes, hex::SMALL),
            Self::Url => percent::encode(bytes),
            Self::QuotedPrintable => quoted_printable::encode(bytes),
        }
    }

    /// The bytes that the text stands for; white space in Base64 and hexadecimal digits is skipped.
    pub fn decode(self, text: &str) -> Result<Vec<u8>> {
        let text = text.as_bytes();
        let decoded = match self {
            Self::Base64 => base64::decode(&STANDARD, text),
            Self::Base64Url => base64::decode(&URL_SAFE_NO_PAD_INDIFFERENT, text),
            Self::Hex | Self::HexLower => hex::decode(text),
            Self::Url => percent::decode(text),
            Self::QuotedPrintable => quoted_printable::decode(text),
        };
        decoded.map_err(|refusal| match refusal {
            Refusal::Malformed { at, why } => {
                let text = format!("The data is not valid {} (at byte {at}): {why}.", self.name());
                Fault::new(ErrorCode::InvalidArgument, text)
            }
            Refusal::Fault(fault) => fault,
        })
    }

    fn name(self) -> &'static str {
        NAMES.iter().find(|(_, encoding)| *encoding == self).map_or("", |(name, _)| name)
    }
}

/// The first name of an encoding is the one that is written.
const NAMES: [(&str, Encoding); 7] = [
    ("base64", Encoding::Base64),
    ("base64url", Encoding::Base64Url),
    ("hex", Encoding::Hex),
    ("hex_lower", Encoding::HexLower),
    ("url", Encoding::Url),
    ("quoted-printable", Encoding::QuotedPrintable),
    ("qp", Encoding::QuotedPrintable),
];

/// Why text could not be decoded.
enum Refusal {
    Malformed { at: usize, why: &'static str },
    Fault(Fault),
}

impl<F: Into<Fault>> From<F> for Refusal {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}
