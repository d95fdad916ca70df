//! Frames to send: which opcode comes next, and the bytes of a frame.
//!
//! When they leave is for the session; where keys come from, for the caller, who must take a fresh one from a
//! strong source for each frame (RFC 6455 section 5.3).

use super::header::{self, MAX_HEADER_LEN};
use super::{FrameHeader, Opcode, mask};

const KEY_LEN: usize = 4;

/// Where the outgoing data frames are within a message (RFC 6455 section 5.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outbound {
    message_open: bool,
}

impl Outbound {
    /// Returns whether a fragmented message was begun and not ended.
    pub fn message_open(self) -> bool {
        self.message_open
    }

    /// Returns the opcode of the next data frame of a message of this kind: Continuation while one is open.
    pub fn next_opcode(self, kind: Opcode) -> Opcode {
        if self.message_open { Opcode::Continuation } else { kind }
    }

    /// Returns the state after a data frame with this FIN bit.
    #[must_use]
    pub fn after(self, fin: bool) -> Self {
        Self { message_open: !fin }
    }
}

/// Appends a whole frame: header, then payload, copied and masked in one pass.
#[inline]
pub fn encode_frame(out: &mut Vec<u8>, opcode: Opcode, fin: bool, key: [u8; 4], payload: &[u8]) {
    out.reserve(MAX_HEADER_LEN.saturating_add(payload.len()));
    encode_header(out, opcode, fin, key, payload.len() as u64);
    mask::append(key, 0, payload, out);
}

/// Appends the header of a frame whose payload follows in pieces; `payload_len` is at most 2^63 - 1.
#[inline]
pub fn encode_header(out: &mut Vec<u8>, opcode: Opcode, fin: bool, key: [u8; 4], payload_len: u64) {
    FrameHeader { fin, rsv: 0, opcode, payload_len }.encode_masked(key, out);
}

/// Returns the length of a frame with its header and masking key.
pub fn frame_length(payload_len: usize) -> u64 {
    let short = match payload_len {
        0..=125 => 0,
        126..=0xFFFF => 2,
        _ => 8,
    };
    payload_len as u64 + short + 2 + KEY_LEN as u64
}

/// Returns the length of each frame in `bytes`, which this module encoded and which begin at a frame boundary.
///
/// The last frame may go on beyond the end of `bytes`, and still has its full length; a header that is cut ends the
/// walk.
pub fn frame_lengths(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (payload_len, unmasked_len) = header::unmasked_lengths(rest)?;
        let payload_len = usize::try_from(payload_len).unwrap_or(usize::MAX);
        let frame_len = payload_len.saturating_add(unmasked_len + KEY_LEN);
        rest = rest.get(frame_len..).unwrap_or_default();
        Some(frame_len)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn continuation_follows_until_fin() {
        let idle = Outbound::default();
        assert_eq!(idle.next_opcode(Opcode::Text), Opcode::Text);
        let open = idle.after(false);
        assert!(open.message_open());
        assert_eq!(open.next_opcode(Opcode::Binary), Opcode::Continuation);
        assert_eq!(open.after(false), open);
        assert_eq!(open.after(true), idle);
    }

    #[test]
    fn a_frame_in_pieces_is_the_same_frame() {
        let payload: Vec<u8> = (0..=255).cycle().take(70_000).collect();
        let key = [9, 8, 7, 6];
        let mut whole = Vec::new();
        encode_frame(&mut whole, Opcode::Binary, true, key, &payload);
        let mut streamed = Vec::new();
        encode_header(&mut streamed, Opcode::Binary, true, key, payload.len() as u64);
        for (index, piece) in payload.chunks(4_097).enumerate() {
            mask::append(key, index * 4_097, piece, &mut streamed);
        }
        assert_eq!(whole, streamed);
    }

    #[test]
    fn frame_lengths_walk_every_form_and_name_the_cut_one_in_full() {
        let mut bytes = Vec::new();
        for len in [0, 5, 125, 126, 65_535, 65_536] {
            encode_frame(&mut bytes, Opcode::Binary, true, [1, 2, 3, 4], &vec![0; len]);
        }
        let expected = [6, 11, 131, 134, 65_543, 65_550];
        assert_eq!([0, 5, 125, 126, 65_535, 65_536].map(frame_length), expected.map(|length| length as u64));
        assert_eq!(frame_lengths(&bytes).collect::<Vec<_>>(), expected);
        assert_eq!(frame_lengths(&bytes[..bytes.len() - 65_536]).collect::<Vec<_>>(), expected);
        assert_eq!(frame_lengths(b"").count(), 0);
        let mut huge = Vec::new();
        encode_header(&mut huge, Opcode::Binary, true, [0; 4], u64::MAX >> 1);
        assert_eq!(frame_lengths(&huge).collect::<Vec<_>>(), [(usize::MAX >> 1) + 14]);
    }
}
