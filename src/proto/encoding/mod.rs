//! Bytes as text and back: Base64 and its relatives, hexadecimal, percent, quoted-printable, uu, words of mail headers.
//!
//! Decoding is strict, so that damaged data is noticed; an error text has only the position of the damage: the data may
//! be a secret.

mod base32;
mod base58;
mod base64;
mod encoded_word;
pub(super) mod hex;
mod percent;
mod quoted_printable;
mod uu;

use super::charset::Charset;
use crate::base::utf8::excerpt;
use crate::base::{ErrorCode, Fault, Result};
use ::base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD, URL_SAFE_NO_PAD_INDIFFERENT};
use encoded_word::{Kind, WordCharset};

/// A way of writing bytes as ASCII text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// RFC 4648 section 4, with padding, in one line.
    Base64,
    /// The same in lines of 76 characters (RFC 2045 section 6.8).
    Base64Mime,
    /// RFC 4648 section 5, without padding.
    Base64Url,
    /// RFC 4648 section 6, with padding.
    Base32,
    /// As Bitcoin writes addresses.
    Base58,
    /// Two digits a byte, capital letters.
    Hex,
    /// Two digits a byte, small letters.
    HexLower,
    /// RFC 3986 section 2.1: everything but the unreserved characters as %XX.
    Url,
    /// As [`Encoding::Url`], with the unreserved characters of RFC 1738 section 2.2.
    UrlRfc1738,
    /// As [`Encoding::Url`], with the unreserved characters of RFC 2396 section 2.3.
    UrlRfc2396,
    /// RFC 2045 section 6.7.
    QuotedPrintable,
    /// RFC 2047 section 4.1.
    WordB,
    /// RFC 2047 section 4.2.
    WordQ,
    /// Lines with their lengths, between "begin" and "end" (POSIX uuencode).
    Uu,
}

impl Encoding {
    /// Returns the encoding of a name, in any case.
    pub fn named(name: &str) -> Result<Self> {
        let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map(|(_, encoding)| *encoding).ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            let text =
                format!("The encoding \"{}\" is not known; known are {}.", excerpt(name), names.join(", "));
            Fault::new(ErrorCode::InvalidArgument, text)
        })
    }

    /// Text in a charset, which the words of mail headers name, as text.
    pub fn encode_text(self, text: &str, charset: Charset) -> Result<String> {
        let bytes = charset.encode(text)?;
        let charset = WordCharset { name: charset.name(), may_be_cut: charset.may_be_cut() };
        match self {
            Self::WordB => encoded_word::encode(Kind::B, &bytes, charset),
            Self::WordQ => encoded_word::encode(Kind::Q, &bytes, charset),
            _ => self.encode(&bytes),
        }
    }

    /// Returns the bytes as text; the words of mail headers say that they are UTF-8.
    pub fn encode(self, bytes: &[u8]) -> Result<String> {
        match self {
            Self::Base64 => base64::encode(&STANDARD, bytes),
            Self::Base64Mime => base64::encode_lines(bytes),
            Self::Base32 => base32::encode(bytes),
            Self::Base58 => base58::encode(bytes),
            Self::Base64Url => base64::encode(&URL_SAFE_NO_PAD, bytes),
            Self::Hex => hex::encode(bytes, hex::CAPITAL),
            Self::HexLower => hex::encode(bytes, hex::SMALL),
            Self::Url => percent::encode(bytes, percent::UNRESERVED),
            Self::UrlRfc1738 => percent::encode(bytes, percent::UNRESERVED_RFC_1738),
            Self::UrlRfc2396 => percent::encode(bytes, percent::UNRESERVED_RFC_2396),
            Self::QuotedPrintable => quoted_printable::encode(bytes),
            Self::WordB => encoded_word::encode(Kind::B, bytes, WordCharset::UTF_8),
            Self::WordQ => encoded_word::encode(Kind::Q, bytes, WordCharset::UTF_8),
            Self::Uu => uu::encode(bytes),
        }
    }

    /// Returns the bytes that the text stands for; white space is skipped but in url, quoted-printable, Q, B and uu.
    pub fn decode(self, text: &str) -> Result<Vec<u8>> {
        let text = text.as_bytes();
        let decoded = match self {
            Self::Base64 | Self::Base64Mime => base64::decode(&STANDARD, text),
            Self::Base32 => base32::decode(text),
            Self::Base58 => base58::decode(text),
            Self::Base64Url => base64::decode(&URL_SAFE_NO_PAD_INDIFFERENT, text),
            Self::Hex | Self::HexLower => hex::decode(text),
            Self::Url | Self::UrlRfc1738 | Self::UrlRfc2396 => percent::decode(text),
            Self::QuotedPrintable => quoted_printable::decode(text),
            Self::WordB | Self::WordQ => encoded_word::decode(text),
            Self::Uu => uu::decode(text),
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
const NAMES: [(&str, Encoding); 18] = [
    ("base64", Encoding::Base64),
    ("base64_mime", Encoding::Base64Mime),
    ("base64url", Encoding::Base64Url),
    ("modBase64", Encoding::Base64Url),
    ("base32", Encoding::Base32),
    ("base58", Encoding::Base58),
    ("hex", Encoding::Hex),
    ("hex_lower", Encoding::HexLower),
    ("url", Encoding::Url),
    ("url_rfc3986", Encoding::Url),
    ("url_oauth", Encoding::Url),
    ("url_rfc1738", Encoding::UrlRfc1738),
    ("url_rfc2396", Encoding::UrlRfc2396),
    ("quoted-printable", Encoding::QuotedPrintable),
    ("qp", Encoding::QuotedPrintable),
    ("Q", Encoding::WordQ),
    ("B", Encoding::WordB),
    ("uu", Encoding::Uu),
];

/// Why text could not be decoded.
enum Refusal {
    Malformed { at: usize, why: &'static str },
    Fault(Fault),
}

impl Refusal {
    /// Returns the same of a part that begins at `start`.
    fn moved(self, start: usize) -> Self {
        match self {
            Self::Malformed { at, why } => Self::Malformed { at: start + at, why },
            Self::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl<F: Into<Fault>> From<F> for Refusal {
    fn from(fault: F) -> Self {
        Self::Fault(fault.into())
    }
}
