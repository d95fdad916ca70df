//! Base64: the crate's work, with the memory asked for first and white space left out.

use super::Refusal;
use crate::base::Result;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine};

pub(super) fn encode(engine: &GeneralPurpose, bytes: &[u8]) -> Result<String> {
    let mut text = String::new();
    // Four characters for three bytes; too much for an address space is refused as any other excess.
    text.try_reserve_exact(bytes.len().div_ceil(3).saturating_mul(4))?;
    engine.encode_string(bytes, &mut text);
    Ok(text)
}

/// Lines of 76 characters, which 57 bytes take, with CR LF between them.
pub(super) fn encode_lines(bytes: &[u8]) -> Result<String> {
    let mut text = String::new();
    for line in bytes.chunks(57) {
        text.try_reserve(78)?;
        if !text.is_empty() {
            text.push_str("\r\n");
        }
        STANDARD.encode_string(line, &mut text);
    }
    Ok(text)
}

pub(super) fn decode(engine: &GeneralPurpose, text: &[u8]) -> std::result::Result<Vec<u8>, Refusal> {
    let mut symbols = Vec::new();
    symbols.try_reserve_exact(text.len())?;
    symbols.extend(text.iter().filter(|byte| !byte.is_ascii_whitespace()));
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(symbols.len().div_ceil(4) * 3)?;
    engine.decode_vec(&symbols, &mut bytes).map_err(|error| {
        let (symbol, why) = match error {
            DecodeError::InvalidByte(offset, _) => (offset, "this byte does not belong there"),
            DecodeError::InvalidLastSymbol { offset, .. } => (offset, "the last symbol has bits too many"),
            DecodeError::InvalidLength(_) => (symbols.len(), "the end is missing"),
            DecodeError::InvalidPadding => (symbols.len(), "the padding is wrong"),
        };
        Refusal::Malformed { at: position_of(symbol, text), why }
    })?;
    Ok(bytes)
}

/// Returns where in the text the symbol of that number is.
fn position_of(symbol: usize, text: &[u8]) -> usize {
    let symbols = text.iter().enumerate().filter(|(_, byte)| !byte.is_ascii_whitespace());
    symbols.map(|(at, _)| at).nth(symbol).unwrap_or(text.len())
}
