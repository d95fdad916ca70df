//! Base32 (RFC 4648 section 6): eight symbols of five bits for five bytes.

use super::Refusal;
use crate::base::Result;

const SYMBOLS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const PADDING: u8 = b'=';

pub(super) fn encode(bytes: &[u8]) -> Result<String> {
    let mut text = String::new();
    text.try_reserve_exact(bytes.len().div_ceil(5).saturating_mul(8))?;
    for group in bytes.chunks(5) {
        let bits = (0..5).fold(0u64, |bits, at| bits << 8 | u64::from(group.get(at).copied().unwrap_or(0)));
        let count = (group.len() * 8).div_ceil(5);
        text.extend(
            (0..8).map(|at| if at < count { symbol(bits >> (35 - 5 * at)) } else { char::from(PADDING) }),
        );
    }
    Ok(text)
}

fn symbol(bits: u64) -> char {
    usize::try_from(bits & 31)
        .ok()
        .and_then(|index| SYMBOLS.get(index))
        .map_or('A', |symbol| char::from(*symbol))
}

/// Small letters are read too, and the padding may be left out.
pub(super) fn decode(text: &[u8]) -> std::result::Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(text.len().div_ceil(8).saturating_mul(5))?;
    let (mut bits, mut pending, mut symbols, mut padding) = (0u32, 0u32, 0usize, 0usize);
    for (at, byte) in text.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace()) {
        if *byte == PADDING {
            padding += 1;
            continue;
        }
        let value = value(*byte).filter(|_| padding == 0);
        let value = value.ok_or(Refusal::Malformed { at, why: "this byte does not belong there" })?;
        symbols += 1;
        bits = (bits << 5 | value) & 0xFFF;
        pending += 5;
        if pending >= 8 {
            pending -= 8;
            bytes.push(u8::try_from(bits >> pending & 0xFF).unwrap_or(0));
        }
    }
    let why = match symbols % 8 {
        1 | 3 | 6 => "the end is missing",
        _ if bits & ((1 << pending) - 1) != 0 => "the last symbol has bits too many",
        last if padding != 0 && padding != (8 - last) % 8 => "the padding is wrong",
        _ => return Ok(bytes),
    };
    Err(Refusal::Malformed { at: text.len(), why })
}

fn value(byte: u8) -> Option<u32> {
    match byte.to_ascii_uppercase() {
        letter @ b'A'..=b'Z' => Some(u32::from(letter - b'A')),
        digit @ b'2'..=b'7' => Some(u32::from(digit - b'2') + 26),
        _ => None,
    }
}
