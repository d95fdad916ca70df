//! Two hexadecimal digits for each byte.

use super::Refusal;
use crate::base::Result;

pub(in crate::proto) const CAPITAL: &[u8; 16] = b"0123456789ABCDEF";
pub(super) const SMALL: &[u8; 16] = b"0123456789abcdef";

pub(super) fn encode(bytes: &[u8], digits: &[u8; 16]) -> Result<String> {
    let mut text = String::new();
    text.try_reserve_exact(bytes.len().saturating_mul(2))?;
    text.extend(bytes.iter().flat_map(|byte| pair(*byte, digits)));
    Ok(text)
}

/// Returns the two digits of a byte.
pub(in crate::proto) fn pair(byte: u8, digits: &[u8; 16]) -> [char; 2] {
    [byte >> 4, byte & 15]
        .map(|nibble| digits.get(usize::from(nibble)).map_or('0', |digit| char::from(*digit)))
}

pub(super) fn decode(text: &[u8]) -> std::result::Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(text.len().div_ceil(2))?;
    let mut high = None;
    for (at, byte) in text.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace()) {
        let value = value(*byte).ok_or(Refusal::Malformed { at, why: "this is no hexadecimal digit" })?;
        match high.take() {
            None => high = Some(value),
            Some(high) => bytes.push(high << 4 | value),
        }
    }
    match high {
        None => Ok(bytes),
        Some(_) => Err(Refusal::Malformed { at: text.len(), why: "a digit is missing" }),
    }
}

/// Returns the byte that an escape's two digits, of either case, stand for.
pub(super) fn byte_of(digits: Option<&[u8]>) -> Option<u8> {
    match digits? {
        [high, low] => Some(value(*high)? << 4 | value(*low)?),
        _ => None,
    }
}

fn value(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
