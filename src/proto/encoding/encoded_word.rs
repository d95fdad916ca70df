//! The words of mail headers (RFC 2047): `=?charset?B?...?=` in Base64, `=?charset?Q?...?=` like quoted-printable.

use super::{Refusal, base64, hex};
use crate::base::Result;
use ::base64::engine::general_purpose::STANDARD;

/// A word is at most this long, so that lines stay short.
const MAX_WORD: usize = 75;

/// How a word is written.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    B,
    Q,
}

/// The charset whose name stands in a word, and whether text in it may be cut between any two of its bytes that do not
/// continue a character of UTF-8.
#[derive(Clone, Copy)]
pub(super) struct WordCharset {
    pub(super) name: &'static str,
    pub(super) may_be_cut: bool,
}

impl WordCharset {
    pub(super) const UTF_8: Self = Self { name: "UTF-8", may_be_cut: true };
}

pub(super) fn encode(kind: Kind, bytes: &[u8], charset: WordCharset) -> Result<String> {
    let room = MAX_WORD - "=??B??=".len() - charset.name.len();
    let most = match kind {
        _ if !charset.may_be_cut => usize::MAX,
        Kind::B => room / 4 * 3,
        Kind::Q => room / 3,
    };
    let mut text = String::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (part, behind) = rest.split_at(end_of_part(rest, most));
        let (letter, payload) = match kind {
            Kind::B => ('B', base64::encode(&STANDARD, part)?),
            Kind::Q => ('Q', encode_q(part)?),
        };
        text.try_reserve(payload.len().saturating_add(MAX_WORD))?;
        if !text.is_empty() {
            text.push_str("\r\n ");
        }
        text.extend(["=?", charset.name, "?"]);
        text.push(letter);
        text.extend(["?", &payload, "?="]);
        rest = behind;
    }
    Ok(text)
}

/// Returns where to cut: at most `most` bytes, and not inside a character of UTF-8, which has up to three bytes after
/// its first.
fn end_of_part(bytes: &[u8], most: usize) -> usize {
    let continues = |at: &usize| bytes.get(*at).is_some_and(|byte| byte & 0xC0 == 0x80);
    match bytes.len() <= most {
        true => bytes.len(),
        false => (most - 3..=most).rev().find(|at| !continues(at)).unwrap_or(most),
    }
}

fn encode_q(bytes: &[u8]) -> Result<String> {
    let mut text = String::new();
    text.try_reserve(bytes.len().saturating_mul(3))?;
    for byte in bytes {
        match byte {
            b' ' => text.push('_'),
            byte if byte.is_ascii_alphanumeric() || b"!*+-/".contains(byte) => text.push(char::from(*byte)),
            _ => {
                text.push('=');
                text.extend(hex::pair(*byte, hex::CAPITAL));
            }
        }
    }
    Ok(text)
}

/// Returns the bytes of all words, whatever their charset; text between them stands for itself, blanks between two do
/// not count.
pub(super) fn decode(text: &[u8]) -> std::result::Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(text.len())?;
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if rest.starts_with(b"=?") {
            at += decode_word(rest, at, &mut bytes)?;
            at += blanks_between_words(text.get(at..).unwrap_or_default());
            continue;
        }
        let byte = rest.first().copied().unwrap_or_default();
        if !matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n') {
            return Err(Refusal::Malformed { at, why: "this byte must be written in an encoded word" });
        }
        bytes.push(byte);
        at += 1;
    }
    Ok(bytes)
}

fn blanks_between_words(text: &[u8]) -> usize {
    let behind = text.trim_ascii_start();
    if behind.starts_with(b"=?") { text.len() - behind.len() } else { 0 }
}

/// Decodes the word that `text` begins with; its length.
fn decode_word(text: &[u8], start: usize, bytes: &mut Vec<u8>) -> std::result::Result<usize, Refusal> {
    let malformed = || Refusal::Malformed { at: start, why: "this is no encoded word" };
    let mut parts = text.splitn(5, |byte| *byte == b'?');
    let [_, charset, kind, payload, end] = [(); 5].map(|()| parts.next().unwrap_or_default());
    if charset.is_empty() || !end.starts_with(b"=") {
        return Err(malformed());
    }
    let begin = "=???".len() + charset.len() + kind.len();
    match kind {
        b"B" | b"b" => {
            let decoded =
                base64::decode(&STANDARD, payload).map_err(|refusal| refusal.moved(start + begin))?;
            bytes.extend(decoded);
        }
        b"Q" | b"q" => decode_q(payload, start + begin, bytes)?,
        _ => return Err(malformed()),
    }
    Ok(begin + payload.len() + "?=".len())
}

fn decode_q(payload: &[u8], start: usize, bytes: &mut Vec<u8>) -> std::result::Result<(), Refusal> {
    let mut at = 0;
    while let Some(byte) = payload.get(at) {
        let malformed = |why| Refusal::Malformed { at: start + at, why };
        match byte {
            b'_' => bytes.push(b' '),
            b'=' => {
                let byte = hex::byte_of(payload.get(at + 1..at + 3));
                bytes.push(byte.ok_or_else(|| malformed("= needs two hexadecimal digits"))?);
                at += 2;
            }
            b'!'..=b'~' => bytes.push(*byte),
            _ => return Err(malformed("this byte must be written as =XX")),
        }
        at += 1;
    }
    Ok(())
}
