//! Base58 as Bitcoin writes it: the bytes as one number, without the digits and letters that look alike; each zero byte
//! in front is a 1.
//!
//! The work grows with the square of the length, so that is bounded; keys and addresses are short.

use super::Refusal;
use crate::base::{ErrorCode, Fault, Result};

const SYMBOLS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const ZERO: u8 = b'1';
/// The most bytes, and the most symbols that they take.
const MAX_BYTES: usize = 4096;
const MAX_SYMBOLS: usize = MAX_BYTES * 138 / 100 + 1;

pub(super) fn encode(bytes: &[u8]) -> Result<String> {
    if bytes.len() > MAX_BYTES {
        return Err(too_long());
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = convert(bytes.iter().copied(), 256, 58);
    let symbols = digits.iter().rev().filter_map(|digit| SYMBOLS.get(usize::from(*digit)));
    Ok(std::iter::repeat_n(&ZERO, zeros).chain(symbols).map(|symbol| char::from(*symbol)).collect())
}

pub(super) fn decode(text: &[u8]) -> std::result::Result<Vec<u8>, Refusal> {
    if text.len() > MAX_SYMBOLS {
        return Err(too_long().into());
    }
    let mut digits = Vec::new();
    for (at, byte) in text.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace()) {
        let digit =
            SYMBOLS.iter().position(|symbol| symbol == byte).and_then(|digit| u8::try_from(digit).ok());
        digits.push(digit.ok_or(Refusal::Malformed { at, why: "this byte does not belong there" })?);
    }
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let bytes = convert(digits.into_iter(), 58, 256);
    Ok(std::iter::repeat_n(0, zeros).chain(bytes.into_iter().rev()).collect())
}

/// Returns the digits of a number in another base, the lowest first, none for zero.
fn convert(digits: impl Iterator<Item = u8>, from: u32, to: u32) -> Vec<u8> {
    let mut converted: Vec<u8> = Vec::new();
    for digit in digits {
        let mut carry = u32::from(digit);
        for place in &mut converted {
            carry += u32::from(*place) * from;
            *place = low_digit(carry, to);
            carry /= to;
        }
        while carry > 0 {
            converted.push(low_digit(carry, to));
            carry /= to;
        }
    }
    converted
}

fn low_digit(number: u32, base: u32) -> u8 {
    // The base is at most 256.
    u8::try_from(number % base).unwrap_or(0)
}

fn too_long() -> Fault {
    let text = format!("The data is too long for base58, which takes at most {MAX_BYTES} bytes.");
    Fault::new(ErrorCode::LengthTooLarge, text)
}
