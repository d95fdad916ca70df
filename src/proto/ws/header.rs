//! Frame headers (RFC 6455 section 5.2): decoding a server's, encoding ours.
//!
//! A header is judged by itself here; whether the frame may come at this point is for `decode`.

use super::Opcode;
use crate::base::{ErrorCode, Fault};

/// The longest header: two bytes, a 64-bit length and the masking key.
pub const MAX_HEADER_LEN: usize = 14;

/// The longest payload of a control frame (section 5.5).
pub const MAX_CONTROL_LEN: usize = 125;

const FIN: u8 = 0x80;
const RSV: u8 = 0x70;
const OPCODE: u8 = 0x0F;
const MASK: u8 = 0x80;
const LENGTH: u8 = 0x7F;
/// The 7-bit length that announces a 16-bit one.
const LENGTH_16: u8 = 126;
/// The 7-bit length that announces a 64-bit one.
const LENGTH_64: u8 = 127;

/// The facts of a frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Whether this frame ends its message.
    pub fin: bool,
    /// The reserved bits that are set, where they are in the first byte; 0 without an extension that uses them.
    pub rsv: u8,
    /// What the frame is.
    pub opcode: Opcode,
    /// How many payload bytes follow the header; at most 2^63 - 1.
    pub payload_len: u64,
}

impl FrameHeader {
    /// Reads the header of a frame from a server: `input` begins with it, except that its first byte is `first`. Returns
    /// the header and how many bytes it takes; `None` when more are needed.
    ///
    /// `refused_bits` are the reserved bits that no agreed extension uses, see [`refused_bits`]. Fails as soon as the bytes
    /// show a fault: for a refused bit the first byte is enough.
    #[inline]
    pub fn decode(first: u8, input: &[u8], refused_bits: u8) -> Result<Option<(Self, usize)>, Fault> {
        let (fin, rsv) = (first & FIN != 0, first & RSV);
        let Some(opcode) = Opcode::from_bits(first & (refused_bits | OPCODE)) else {
            return Err(first_byte_fault(first, refused_bits));
        };
        if opcode.is_control() {
            check_control(first, input.get(1).copied())?;
        }
        let Some(&second) = input.get(1) else { return Ok(None) };
        if second & MASK != 0 {
            return Err(masked_frame());
        }
        let lengths =
            if second < LENGTH_16 { Some((second.into(), 2)) } else { long_lengths(second, input)? };
        Ok(lengths.map(|(payload_len, header_len)| (Self { fin, rsv, opcode, payload_len }, header_len)))
    }

    /// Returns whether a data frame with this header is the first of its message.
    #[inline]
    pub fn begins_message(&self) -> bool {
        self.opcode != Opcode::Continuation
    }

    /// Appends this header as a client sends it: with the MASK bit and the masking key (section 5.3).
    #[inline]
    pub fn encode_masked(&self, key: [u8; 4], out: &mut Vec<u8>) {
        let first = if self.fin { FIN } else { 0 } | self.rsv | self.opcode.bits();
        let [a, b, c, d] = key;
        // One append of fixed size for the usual small frame; a length known only at run time costs a call.
        match self.payload_len {
            len @ 0..=125 => out.extend_from_slice(&[first, MASK | len as u8, a, b, c, d]),
            len @ 126..=0xFFFF => {
                let [high, low] = (len as u16).to_be_bytes();
                out.extend_from_slice(&[first, MASK | LENGTH_16, high, low, a, b, c, d]);
            }
            len => {
                out.extend_from_slice(&[first, MASK | LENGTH_64]);
                out.extend_from_slice(&len.to_be_bytes());
                out.extend_from_slice(&key);
            }
        }
    }
}

/// Returns the payload length that a header gives and the length of the header without a masking key; `None` when
/// more bytes are needed. Judges nothing.
#[inline]
pub(super) fn unmasked_lengths(header: &[u8]) -> Option<(u64, usize)> {
    match header.get(1)? & LENGTH {
        LENGTH_16 => Some((u16::from_be_bytes(*header.get(2..)?.first_chunk()?).into(), 4)),
        LENGTH_64 => Some((u64::from_be_bytes(*header.get(2..)?.first_chunk()?), 10)),
        short => Some((short.into(), 2)),
    }
}

/// Returns the reserved bits of a first byte that are refused where agreed extensions use `extension_bits`.
pub fn refused_bits(extension_bits: u8) -> u8 {
    RSV & !extension_bits
}

/// Checks what the first two bytes say of a control frame (section 5.5).
fn check_control(first: u8, second: Option<u8>) -> Result<(), Fault> {
    if first & RSV != 0 {
        return Err(reserved_bits(first));
    }
    if first & FIN == 0 {
        return Err(control_fragmented());
    }
    match second {
        Some(second) if second & MASK == 0 && usize::from(second) > MAX_CONTROL_LEN => {
            Err(control_too_long())
        }
        _ => Ok(()),
    }
}

/// Returns payload length and header length where the 7-bit length announces a longer one; `None` when more bytes are
/// needed.
fn long_lengths(second: u8, input: &[u8]) -> Result<Option<(u64, usize)>, Fault> {
    if second == LENGTH_64 && input.get(2).is_some_and(|&top| top & 0x80 != 0) {
        return Err(length_invalid());
    }
    let lengths = unmasked_lengths(input);
    let shortest_in_this_form = if second == LENGTH_64 { 0x1_0000 } else { 126 };
    match lengths {
        Some((payload_len, _)) if payload_len < shortest_in_this_form => Err(length_not_minimal()),
        lengths => Ok(lengths),
    }
}

#[cold]
fn first_byte_fault(first: u8, refused_bits: u8) -> Fault {
    if first & refused_bits != 0 {
        return reserved_bits(first);
    }
    Fault::new(
        ErrorCode::ReservedOpcode,
        format!(
            "The server sent a frame with the reserved opcode {} (RFC 6455 section 5.2).",
            first & OPCODE
        ),
    )
}

#[cold]
pub(super) fn reserved_bits(first: u8) -> Fault {
    Fault::new(
        ErrorCode::ReservedBits,
        format!(
            "The server sent a frame with reserved bits set (first byte 0x{first:02X}) that no agreed extension \
             uses there (RFC 6455 section 5.2)."
        ),
    )
}

#[cold]
fn control_fragmented() -> Fault {
    Fault::new(
        ErrorCode::ControlFragmented,
        "The server sent a control frame that is fragmented (RFC 6455 section 5.5).",
    )
}

#[cold]
fn masked_frame() -> Fault {
    Fault::new(
        ErrorCode::MaskedFrame,
        "The server sent a masked frame; only a client masks (RFC 6455 section 5.1).",
    )
}

#[cold]
fn control_too_long() -> Fault {
    Fault::new(
        ErrorCode::ControlTooLong,
        "The server sent a control frame with more than 125 payload bytes (RFC 6455 section 5.5).",
    )
}

#[cold]
fn length_invalid() -> Fault {
    Fault::new(
        ErrorCode::LengthInvalid,
        "The server sent a 64-bit payload length with its highest bit set (RFC 6455 section 5.2).",
    )
}

#[cold]
fn length_not_minimal() -> Fault {
    Fault::new(
        ErrorCode::LengthNotMinimal,
        "The server sent a payload length that is not in its shortest form (RFC 6455 section 5.2).",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(input: &[u8], extension_bits: u8) -> Result<Option<(FrameHeader, usize)>, Fault> {
        input
            .first()
            .map_or(Ok(None), |&first| FrameHeader::decode(first, input, refused_bits(extension_bits)))
    }

    fn code(input: &[u8]) -> ErrorCode {
        decode(input, 0).unwrap_err().code()
    }

    #[test]
    fn a_fault_is_told_with_the_first_byte_that_shows_it() {
        assert_eq!(code(&[0xC1]), ErrorCode::ReservedBits);
        assert_eq!(code(&[0x93]), ErrorCode::ReservedBits, "the bits come before the opcode");
        assert_eq!(code(&[0x83]), ErrorCode::ReservedOpcode);
        assert_eq!(code(&[0x09]), ErrorCode::ControlFragmented);
        assert_eq!(code(&[0x81, 0x80]), ErrorCode::MaskedFrame);
        assert_eq!(code(&[0x89, 126]), ErrorCode::ControlTooLong);
        assert_eq!(code(&[0x82, 127, 0x80]), ErrorCode::LengthInvalid);
        assert_eq!(code(&[0x82, 126, 0, 125]), ErrorCode::LengthNotMinimal);
        assert_eq!(code(&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]), ErrorCode::LengthNotMinimal);
    }

    #[test]
    fn only_the_bits_of_extensions_may_be_set_and_in_no_control_frame() {
        for extension_bits in [0, 0x10, 0x20, 0x40, 0x50, 0x70] {
            for first in 0..=u8::MAX {
                let (rsv, opcode) = (first & RSV, Opcode::from_bits(first & OPCODE));
                let refused = match opcode {
                    Some(opcode) if opcode.is_control() => rsv != 0,
                    _ => rsv & !extension_bits != 0,
                };
                match decode(&[first, 0], extension_bits) {
                    Err(fault) => {
                        assert_eq!(fault.code() == ErrorCode::ReservedBits, refused, "{first:#04X}")
                    }
                    Ok(header) => {
                        let shown = header.map(|(header, _)| header.rsv);
                        assert_eq!((shown, refused), (Some(rsv), false), "{first:#04X}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_cut_header_asks_for_more() {
        let header = [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0];
        for len in 0..header.len() {
            assert_eq!(decode(&header[..len], 0), Ok(None), "{len} bytes");
        }
        let expected = FrameHeader { fin: true, rsv: 0, opcode: Opcode::Binary, payload_len: 0x1_0000 };
        assert_eq!(decode(&header, 0), Ok(Some((expected, 10))));
    }

    #[test]
    fn encoding_uses_the_shortest_form() {
        for (payload_len, expected_len) in
            [(0, 6), (125, 6), (126, 8), (0xFFFF, 8), (0x1_0000, 14), (u64::MAX >> 1, MAX_HEADER_LEN)]
        {
            let mut out = Vec::new();
            let header = FrameHeader { fin: false, rsv: 0, opcode: Opcode::Text, payload_len };
            header.encode_masked([1, 2, 3, 4], &mut out);
            assert_eq!(out.len(), expected_len, "payload of {payload_len}");
            assert_eq!(out[..1], [0x01]);
            assert_eq!(out[1] & MASK, MASK);
            assert_eq!(out[expected_len - 4..], [1, 2, 3, 4]);
            assert_eq!(unmasked_lengths(&out), Some((payload_len, expected_len - 4)));
        }
    }
}
