//! Quoted-printable (RFC 2045 section 6.7): CRLF is a line break, everything that is not printable is =XX.

use super::{Refusal, hex};
use crate::base::Result;

/// A line is at most this long, the `=` of a soft line break included.
const MAX_LINE: usize = 76;

pub(super) fn encode(bytes: &[u8]) -> Result<String> {
    let mut text = String::new();
    text.try_reserve(bytes.len())?;
    let mut column = 0;
    let mut rest = bytes;
    while let Some((byte, behind)) = rest.split_first() {
        // Enough for a soft line break and an escape.
        text.try_reserve(6)?;
        if let Some(behind) = rest.strip_prefix(b"\r\n") {
            text.push_str("\r\n");
            column = 0;
            rest = behind;
            continue;
        }
        let is_plain = match byte {
            b'=' => false,
            b'!'..=b'~' => true,
            // A blank at the end of a line is lost on the way.
            b' ' | b'\t' => !behind.is_empty() && !behind.starts_with(b"\r\n"),
            _ => false,
        };
        let width = if is_plain { 1 } else { 3 };
        if column + width >= MAX_LINE {
            text.push_str("=\r\n");
            column = 0;
        }
        if is_plain {
            text.push(char::from(*byte));
        } else {
            text.push('=');
            text.extend(hex::pair(*byte, hex::CAPITAL));
        }
        column += width;
        rest = behind;
    }
    Ok(text)
}

pub(super) fn decode(text: &[u8]) -> std::result::Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(text.len())?;
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let (line, line_break) = split_line_break(line);
        // Blanks at the end of a line are no data: they came on the way.
        let data = without_blanks(line);
        let is_soft = data.ends_with(b"=") && !line_break.is_empty();
        let data = if is_soft { data.get(..data.len() - 1).unwrap_or_default() } else { data };
        decode_line(data, start, &mut bytes)?;
        if !is_soft {
            bytes.extend_from_slice(line_break);
        }
        start += line.len() + line_break.len();
    }
    Ok(bytes)
}

fn split_line_break(line: &[u8]) -> (&[u8], &[u8]) {
    let line_break = if line.ends_with(b"\r\n") { 2 } else { usize::from(line.ends_with(b"\n")) };
    line.split_at(line.len() - line_break)
}

fn without_blanks(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !matches!(byte, b' ' | b'\t')).map_or(0, |last| last + 1);
    line.get(..end).unwrap_or_default()
}

fn decode_line(line: &[u8], start: usize, bytes: &mut Vec<u8>) -> std::result::Result<(), Refusal> {
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        let malformed = |why| Refusal::Malformed { at: start + at, why };
        match byte {
            b'=' => {
                let byte = hex::byte_of(line.get(at + 1..at + 3));
                bytes.push(byte.ok_or_else(|| malformed("= needs two hexadecimal digits"))?);
                at += 3;
            }
            b'!'..=b'~' | b' ' | b'\t' => {
                bytes.push(*byte);
                at += 1;
            }
            _ => return Err(malformed("this byte must be written as =XX")),
        }
    }
    Ok(())
}
