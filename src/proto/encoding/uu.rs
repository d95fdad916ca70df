//! Uuencode as POSIX describes it: lines of at most 45 bytes, each after its length, between "begin" and "end".

use super::Refusal;
use crate::base::Result;

const MAX_LINE: usize = 45;

pub(super) fn encode(bytes: &[u8]) -> Result<String> {
    let mut text = String::new();
    if bytes.is_empty() {
        return Ok(text);
    }
    text.try_reserve(bytes.len())?;
    text.push_str("begin 644 data\r\n");
    for line in bytes.chunks(MAX_LINE) {
        // The length, four symbols for three bytes, and the line break.
        text.try_reserve(MAX_LINE / 3 * 4 + 3)?;
        text.push(symbol(line.len()));
        for group in line.chunks(3) {
            let bits =
                (0..3).fold(0, |bits, at| bits << 8 | usize::from(group.get(at).copied().unwrap_or(0)));
            text.extend([18, 12, 6, 0].map(|shift| symbol(bits >> shift)));
        }
        text.push_str("\r\n");
    }
    text.try_reserve(8)?;
    text.push_str("`\r\nend\r\n");
    Ok(text)
}

/// A blank, which is 0, is written as a grave accent: blanks at the end of a line are lost on the way.
fn symbol(bits: usize) -> char {
    match u8::try_from(bits & 63) {
        Ok(bits @ 1..) => char::from(b' ' + bits),
        _ => '`',
    }
}

/// The lines "begin" and "end" may be left out, and blanks at the end of a line.
pub(super) fn decode(text: &[u8]) -> std::result::Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let mut start = 0;
    let mut ended = false;
    for whole in text.split_inclusive(|byte| *byte == b'\n') {
        let line = whole.trim_ascii_end();
        match line {
            b"" => {}
            b"end" => ended = true,
            _ if ended => return Err(Refusal::Malformed { at: start, why: "the end came before" }),
            _ if start == 0 && line.starts_with(b"begin ") => {}
            _ => decode_line(line, start, &mut bytes)?,
        }
        start += whole.len();
    }
    Ok(bytes)
}

fn decode_line(line: &[u8], start: usize, bytes: &mut Vec<u8>) -> std::result::Result<(), Refusal> {
    let wrong = |at: usize| Refusal::Malformed { at: start + at, why: "this byte does not belong there" };
    let Some((first, symbols)) = line.split_first() else { return Ok(()) };
    let length = usize::from(value(*first).ok_or_else(|| wrong(0))?);
    let expected = length.div_ceil(3) * 4;
    if symbols.len() > expected {
        return Err(wrong(1 + expected));
    }
    let end = bytes.len() + length;
    bytes.try_reserve(expected)?;
    for at in (0..expected).step_by(4) {
        let mut bits = 0u32;
        for at in at..at + 4 {
            let symbol = symbols.get(at).copied().unwrap_or(b' ');
            bits = bits << 6 | u32::from(value(symbol).ok_or_else(|| wrong(1 + at))?);
        }
        let [_, group @ ..] = bits.to_be_bytes();
        bytes.extend(group);
    }
    bytes.truncate(end);
    Ok(())
}

fn value(symbol: u8) -> Option<u8> {
    matches!(symbol, b' '..=b'`').then(|| (symbol - b' ') & 63)
}
