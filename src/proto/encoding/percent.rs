//! Percent-encoding (RFC 3986 section 2.1).

use super::{Refusal, hex};
use crate::base::Result;

/// What beside letters and digits stands for itself, in RFC 3986 (section 2.3) and in those before it.
pub(super) const UNRESERVED: &[u8] = b"-._~";
pub(super) const UNRESERVED_RFC_2396: &[u8] = b"-_.!~*'()";
pub(super) const UNRESERVED_RFC_1738: &[u8] = b"$-_.+!*'(),";

pub(super) fn encode(bytes: &[u8], unreserved: &[u8]) -> Result<String> {
    let mut text = String::new();
    text.try_reserve(bytes.len())?;
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || unreserved.contains(byte) {
            text.try_reserve(1)?;
            text.push(char::from(*byte));
        } else {
            text.try_reserve(3)?;
            text.push('%');
            text.extend(hex::pair(*byte, hex::CAPITAL));
        }
    }
    Ok(text)
}

/// A `+` stays one: that it means a blank is a rule of HTML forms, not of RFC 3986.
pub(super) fn decode(text: &[u8]) -> std::result::Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(text.len())?;
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'%' => {
                let byte = hex::byte_of(text.get(at + 1..at + 3));
                bytes.push(byte.ok_or(Refusal::Malformed { at, why: "% needs two hexadecimal digits" })?);
                at += 3;
            }
            b'!'..=b'~' => {
                bytes.push(*byte);
                at += 1;
            }
            _ => return Err(Refusal::Malformed { at, why: "this byte must be written as %XX" }),
        }
    }
    Ok(bytes)
}
