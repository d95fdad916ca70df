//! Charsets: text as bytes and back. The tables are encoding_rs's, which has every charset of the WHATWG Encoding
//! Standard under every label that the standard lists.

use crate::base::slices::part;
use crate::base::utf8::excerpt;
use crate::base::{ErrorCode, Fault, Result};
use encoding_rs::{CoderResult, Decoder, EncoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// A charset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset {
    encoding: &'static Encoding,
    /// The name says UTF-16 and no byte order: the byte order mark decides on input, little endian without one.
    order_is_open: bool,
}

impl Charset {
    /// Returns the charset of a label of the WHATWG Encoding Standard, in any case. As there, iso-8859-1 and us-ascii
    /// are names of windows-1252; so is ansi, the original's name for the code page of a Western Windows.
    pub fn named(name: &str) -> Result<Self> {
        // Without the labels for which the standard has no charset, but a decoder that refuses everything.
        let label = if name.eq_ignore_ascii_case("ansi") { "windows-1252" } else { name };
        let encoding = Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| {
            let text = format!(
                "The charset \"{}\" is not known; known are utf-8, utf-16, iso-8859-1, windows-1252, ansi, shift_jis and \
                 the other labels of the WHATWG Encoding Standard.",
                excerpt(name)
            );
            Fault::new(ErrorCode::InvalidArgument, text)
        })?;
        let order_is_open = encoding == UTF_16LE && !name.trim_ascii().eq_ignore_ascii_case("utf-16le");
        Ok(Self { encoding, order_is_open })
    }

    /// Its name in the standard.
    pub fn name(self) -> &'static str {
        self.encoding.name()
    }

    /// Returns whether text in it may be cut wherever no byte that continues a character of UTF-8 follows.
    pub fn may_be_cut(self) -> bool {
        self.encoding == UTF_8 || self.encoding.is_single_byte()
    }

    /// Returns the text as bytes, without a byte order mark. A character that the charset lacks is refused.
    pub fn encode(self, text: &str) -> Result<Vec<u8>> {
        if self.encoding == UTF_16LE {
            encode_utf16(text, u16::to_le_bytes)
        } else if self.encoding == UTF_16BE {
            encode_utf16(text, u16::to_be_bytes)
        } else {
            self.encode_by_table(text)
        }
    }

    /// Returns the bytes as text: what is malformed becomes U+FFFD, a byte order mark of this charset is dropped.
    pub fn decode(self, bytes: &[u8]) -> Result<String> {
        let encoding =
            if self.order_is_open && bytes.starts_with(&[0xFE, 0xFF]) { UTF_16BE } else { self.encoding };
        decode(encoding.new_decoder_with_bom_removal(), bytes)
    }

    /// Returns the content of a file as text: a byte order mark overrides the charset that the program names.
    pub fn decode_file(self, bytes: &[u8]) -> Result<String> {
        decode(self.encoding.new_decoder(), bytes)
    }

    /// Returns the byte order mark; empty for a charset that has none.
    pub fn byte_order_mark(self) -> &'static [u8] {
        if self.encoding == UTF_8 {
            &[0xEF, 0xBB, 0xBF]
        } else if self.encoding == UTF_16LE {
            &[0xFF, 0xFE]
        } else if self.encoding == UTF_16BE {
            &[0xFE, 0xFF]
        } else {
            &[]
        }
    }

    fn encode_by_table(self, text: &str) -> Result<Vec<u8>> {
        let mut encoder = self.encoding.new_encoder();
        let mut bytes = Vec::new();
        let mut rest = text;
        loop {
            // The encoder stops where the next character might not fit; this much lets it always go on.
            bytes.try_reserve(rest.len().max(STEP))?;
            let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
            rest = rest.get(read..).unwrap_or_default();
            match result {
                EncoderResult::InputEmpty => return Ok(bytes),
                EncoderResult::OutputFull => {}
                EncoderResult::Unmappable(character) => {
                    let (code, name) = (u32::from(character), self.encoding.name());
                    let text = format!("The character U+{code:04X} ({character}) does not exist in {name}.");
                    return Err(Fault::new(ErrorCode::InvalidArgument, text));
                }
            }
        }
    }
}

/// Room for any character in any charset.
const STEP: usize = 64;

/// encoding_rs has no UTF-16 encoder, because the Web writes none.
fn encode_utf16(text: &str, order: impl Fn(u16) -> [u8; 2]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(text.encode_utf16().count().saturating_mul(2))?;
    bytes.extend(text.encode_utf16().flat_map(order));
    Ok(bytes)
}

fn decode(mut decoder: Decoder, bytes: &[u8]) -> Result<String> {
    let mut text = String::new();
    let mut rest = bytes;
    loop {
        text.try_reserve(rest.len().max(STEP))?;
        let (result, read, _) = decoder.decode_to_string(rest, &mut text, true);
        rest = part(rest, read..);
        match result {
            CoderResult::InputEmpty => return Ok(text),
            CoderResult::OutputFull => {}
        }
    }
}
