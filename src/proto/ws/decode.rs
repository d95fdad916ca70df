//! Decodes the framing of a server's stream, incrementally and in place (RFC 6455 sections 5.2 to 5.5).
//!
//! [`FrameDecoder`] owns no bytes: it gets the received bytes, returns what each part of them is, and stores only where
//! in a frame and a message it is. It judges the order of frames, their lengths and their bits. It does not look at
//! payloads and knows no limit: that is for [`super::message`], which sees the bytes of messages.

use std::ops::Range;

use super::header::{self, FrameHeader};
use super::opcode::Opcode;
use crate::base::{ErrorCode, Fault};

/// What the next bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decoded {
    /// More bytes are needed; those shown have to be shown again.
    Incomplete,
    /// A whole control frame.
    Control {
        /// Close, Ping or Pong.
        opcode: Opcode,
        /// Where in the input the payload is; the frame ends where it ends.
        payload: Range<usize>,
    },
    /// The header of a data frame. It is consumed by [`FrameDecoder::begin_frame`]; until then nothing has changed.
    Header(DataHeader),
    /// Payload of the open data frame, for [`FrameDecoder::take_payload`].
    Payload,
}

/// The header of a data frame that may come at this point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataHeader {
    /// What the header says.
    pub header: FrameHeader,
    len: usize,
}

/// A part of a data frame: its beginning, more of its payload, its end, or all three.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataPiece {
    /// The opcode on the wire: Text, Binary or Continuation.
    pub opcode: Opcode,
    /// What the message is: Text or Binary.
    pub message: Opcode,
    /// Whether the frame is the last of its message.
    pub fin: bool,
    /// Whether the frame is the first of its message and begins here.
    pub begins_message: bool,
    /// Whether the frame's payload ends with this piece.
    pub ends_frame: bool,
    /// Where in the input the payload bytes are; may be empty. The piece ends where they end.
    pub payload: Range<usize>,
}

impl DataPiece {
    /// Returns whether the message ends with this piece.
    #[inline]
    pub fn ends_message(&self) -> bool {
        self.ends_frame && self.fin
    }

    /// Returns whether this is a whole message.
    #[inline]
    pub fn is_whole_message(&self) -> bool {
        self.begins_message && self.ends_message()
    }
}

/// The framing of one connection.
#[derive(Clone, Debug)]
pub struct FrameDecoder {
    /// The reserved bits that no agreed extension uses.
    refused_bits: u8,
    /// Payload bytes of the open frame that have not arrived.
    remaining: u64,
    /// Opcode and FIN bit of the open data frame, or of the latest one.
    opcode: Opcode,
    fin: bool,
    /// Kind of the open message, or of the latest one.
    message: Opcode,
    message_open: bool,
    /// The first byte of the next frame, where the input has another in its place.
    first_byte: Option<u8>,
}

impl FrameDecoder {
    /// Creates a decoder that begins at the first byte after the opening handshake. `extension_bits` are the reserved
    /// bits that agreed extensions use: the first frame of a message may set them.
    pub fn new(extension_bits: u8) -> Self {
        Self {
            refused_bits: header::refused_bits(extension_bits),
            remaining: 0,
            opcode: Opcode::Binary,
            fin: true,
            message: Opcode::Binary,
            message_open: false,
            first_byte: None,
        }
    }

    /// Returns what `input` begins with: the bytes that arrived and were not consumed by an earlier step.
    #[inline]
    pub fn next(&mut self, input: &[u8]) -> Result<Decoded, Fault> {
        let Some(&shown) = input.first() else { return Ok(Decoded::Incomplete) };
        if self.remaining > 0 {
            return Ok(Decoded::Payload);
        }
        let first = self.first_byte.unwrap_or(shown);
        let Some((header, len)) = FrameHeader::decode(first, input, self.refused_bits)? else {
            return Ok(Decoded::Incomplete);
        };
        if header.opcode.is_control() {
            return Ok(self.control(header, len, input));
        }
        self.check_order(&header, first)?;
        Ok(Decoded::Header(DataHeader { header, len }))
    }

    /// Between frames: the next one begins with `byte`, whatever the input shows there.
    #[inline]
    pub fn set_first_byte(&mut self, byte: u8) {
        debug_assert!(self.remaining == 0, "the next byte belongs to a payload");
        self.first_byte = Some(byte);
    }

    /// Consumes the header of a data frame, which `input` begins with, and what has arrived of its payload.
    #[inline]
    pub fn begin_frame(&mut self, next: &DataHeader, input: &[u8]) -> DataPiece {
        let DataHeader { header, len } = *next;
        debug_assert!(self.remaining == 0 && len <= input.len(), "no frame begins here");
        if header.begins_message() {
            self.message = header.opcode;
        }
        self.first_byte = None;
        self.opcode = header.opcode;
        self.fin = header.fin;
        self.remaining = header.payload_len;
        self.take(len, input.len(), header.begins_message())
    }

    /// Consumes what `arrived` has of the open frame's payload, which it begins with.
    #[inline]
    pub fn take_payload(&mut self, arrived: &[u8]) -> DataPiece {
        debug_assert!(self.remaining > 0, "no frame is open");
        self.take(0, arrived.len(), false)
    }

    /// Returns how many payload bytes of the open data frame have not arrived; 0 between frames.
    pub fn payload_remaining(&self) -> u64 {
        self.remaining
    }

    /// Returns whether the open data frame, or the latest one, is the last of its message.
    pub fn is_last_of_message(&self) -> bool {
        self.fin
    }

    /// Checks that a data frame may come now: a Continuation while a message is open, and only then (RFC 6455 section 5.4).
    /// The bits of extensions belong to the message: its first frame has them (RFC 7692 section 6).
    #[inline]
    fn check_order(&self, header: &FrameHeader, first: u8) -> Result<(), Fault> {
        match (header.opcode, self.message_open) {
            (Opcode::Continuation, false) => Err(unexpected_continuation()),
            (Opcode::Continuation, true) if header.rsv != 0 => Err(header::reserved_bits(first)),
            (Opcode::Continuation, true) | (_, false) => Ok(()),
            (_, true) => Err(expected_continuation()),
        }
    }

    /// Takes the bytes from `start` up to `end` that belong to the open frame.
    #[inline]
    fn take(&mut self, start: usize, end: usize, begins_message: bool) -> DataPiece {
        let arrived = end - start;
        let len = usize::try_from(self.remaining).map_or(arrived, |remaining| remaining.min(arrived));
        self.remaining -= len as u64;
        let piece = DataPiece {
            opcode: self.opcode,
            message: self.message,
            fin: self.fin,
            begins_message,
            ends_frame: self.remaining == 0,
            payload: start..start + len,
        };
        self.message_open = !piece.ends_message();
        piece
    }

    /// Returns a control frame, once all of it has arrived.
    #[inline]
    fn control(&mut self, header: FrameHeader, header_len: usize, input: &[u8]) -> Decoded {
        // At most 125 bytes: the header has been judged.
        let end = header_len + header.payload_len as usize;
        if input.len() < end {
            return Decoded::Incomplete;
        }
        self.first_byte = None;
        Decoded::Control { opcode: header.opcode, payload: header_len..end }
    }
}

#[cold]
fn unexpected_continuation() -> Fault {
    Fault::new(
        ErrorCode::UnexpectedContinuation,
        "The server sent a continuation frame without a message to continue (RFC 6455 section 5.4).",
    )
}

#[cold]
fn expected_continuation() -> Fault {
    Fault::new(
        ErrorCode::ExpectedContinuation,
        "The server began a message before the open one was finished (RFC 6455 section 5.4).",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What RFC 7692 section 6 uses: RSV1.
    const RSV1: u8 = 0x40;

    fn piece(decoder: &mut FrameDecoder, input: &[u8]) -> DataPiece {
        match decoder.next(input).unwrap() {
            Decoded::Header(next) => decoder.begin_frame(&next, input),
            Decoded::Payload => decoder.take_payload(input),
            other => panic!("{other:?} is not data"),
        }
    }

    #[test]
    fn a_whole_small_frame_is_one_piece() {
        let mut decoder = FrameDecoder::new(0);
        let expected = DataPiece {
            opcode: Opcode::Binary,
            message: Opcode::Binary,
            fin: true,
            begins_message: true,
            ends_frame: true,
            payload: 2..5,
        };
        assert_eq!(piece(&mut decoder, b"\x82\x03abc\x81"), expected);
        assert!(expected.is_whole_message() && !decoder.message_open);
    }

    #[test]
    fn a_header_that_is_not_consumed_changes_nothing() {
        let mut decoder = FrameDecoder::new(0);
        for _ in 0..2 {
            let Ok(Decoded::Header(next)) = decoder.next(b"\x01\x02ab") else { panic!("a header is there") };
            assert_eq!((next.header.payload_len, next.header.begins_message()), (2, true));
        }
        assert_eq!(decoder.payload_remaining(), 0);
        assert!(piece(&mut decoder, b"\x01\x02ab").begins_message);
        assert!(!piece(&mut decoder, b"\x80\x00").begins_message);
    }

    #[test]
    fn a_payload_comes_in_as_many_pieces_as_it_arrives_in() {
        let mut decoder = FrameDecoder::new(0);
        let begin = piece(&mut decoder, b"\x01\x04");
        assert!(begin.begins_message && !begin.ends_frame && begin.payload.is_empty());
        assert!(matches!(decoder.next(b""), Ok(Decoded::Incomplete)));
        assert_eq!((piece(&mut decoder, b"a").payload, decoder.payload_remaining()), (0..1, 3));
        let end = piece(&mut decoder, b"bcd\x80");
        assert!(!end.begins_message && end.ends_frame && !end.ends_message());
        assert_eq!((end.payload, decoder.payload_remaining(), decoder.message_open), (0..3, 0, true));
    }

    #[test]
    fn a_first_byte_that_is_covered_is_remembered_until_its_frame_is_taken() {
        let frames = [&b"\x82\x01a"[..], b"\x89\x02hi", b"\x82\x7E\x00\x7E", b"\x88\x00"];
        for frame in frames {
            let mut covered = frame.to_vec();
            covered[0] = 0;
            let (mut plain, mut remembering) = (FrameDecoder::new(0), FrameDecoder::new(0));
            remembering.set_first_byte(frame[0]);
            for len in 1..=frame.len() {
                let seen = remembering.next(&covered[..len]).unwrap();
                assert_eq!(Ok(seen.clone()), plain.next(&frame[..len]), "{frame:?}");
                match seen {
                    Decoded::Incomplete => continue,
                    Decoded::Header(next) => {
                        assert!(remembering.begin_frame(&next, &covered[..len]).begins_message)
                    }
                    Decoded::Control { .. } | Decoded::Payload => {}
                }
                break;
            }
            assert_eq!(remembering.first_byte, None, "{frame:?}");
        }
    }

    #[test]
    fn a_bit_of_an_extension_is_shown_at_the_first_frame_of_a_message() {
        let mut decoder = FrameDecoder::new(RSV1);
        for (input, rsv) in [(b"\x41\x00", RSV1), (b"\x80\x00", 0), (b"\xC2\x00", RSV1), (b"\x82\x00", 0)] {
            let Ok(Decoded::Header(next)) = decoder.next(input) else { panic!("{input:02X?} is refused") };
            assert_eq!(next.header.rsv, rsv);
            decoder.begin_frame(&next, input);
        }
    }

    #[test]
    fn a_bit_of_an_extension_is_refused_elsewhere() {
        let code = |decoder: &mut FrameDecoder, input: &[u8]| decoder.next(input).unwrap_err().code();
        let mut decoder = FrameDecoder::new(RSV1);
        assert_eq!(code(&mut decoder, b"\xC9\x00"), ErrorCode::ReservedBits, "in a control frame");
        assert_eq!(code(&mut decoder, b"\xA1\x00"), ErrorCode::ReservedBits, "RSV2 is not of the extension");
        assert_eq!(code(&mut decoder, b"\xC0\x00"), ErrorCode::UnexpectedContinuation);
        piece(&mut decoder, b"\x41\x00");
        assert_eq!(code(&mut decoder, b"\xC0\x00"), ErrorCode::ReservedBits, "in a continuation");
    }
}
