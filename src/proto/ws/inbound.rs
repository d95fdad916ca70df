//! Decodes the frames of a server, incrementally and in place.
//!
//! [`Inbound`] owns no bytes: it gets the received bytes, returns what each part of them is, and stores only where in a
//! frame and a message it is. A control frame is returned whole, the payload of a data frame as it arrives. After the
//! first fault of the server nothing more is returned.

use std::ops::Range;

use super::{FrameHeader, Opcode, close};
use crate::base::utf8::{NotUtf8, Utf8Stream};
use crate::base::{ErrorCode, Fault};

/// What is held for the program and not taken yet; counts against the limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Bytes of messages before the open one.
    pub earlier: u64,
    /// Bytes of the open message; when none is open, of the latest one.
    pub message: u64,
}

/// What the next bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// More bytes are needed; those shown have to be shown again.
    Incomplete,
    /// A whole control frame; the body of a Close has been checked.
    Control {
        /// Close, Ping or Pong.
        opcode: Opcode,
        /// Where in the input the payload is.
        payload: Range<usize>,
        /// How many bytes of the input the frame takes.
        consumed: usize,
    },
    /// A data frame or a part of one.
    Data(DataPiece),
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
    /// Whether the frame's header is consumed with this piece.
    pub begins_frame: bool,
    /// Whether the frame is the first of its message and begins here.
    pub begins_message: bool,
    /// Whether the frame's payload ends with this piece.
    pub ends_frame: bool,
    /// Where in the input the payload bytes are; may be empty.
    pub payload: Range<usize>,
    /// How many bytes of the input the piece takes.
    pub consumed: usize,
}

/// The decoder of one connection.
#[derive(Clone, Debug)]
pub struct Inbound {
    max_message_size: u64,
    /// Payload bytes of the open frame that have not arrived.
    remaining: u64,
    /// Opcode and FIN bit of the open data frame, or of the latest one.
    opcode: Opcode,
    fin: bool,
    /// Kind of the open message, or of the latest one.
    message: Opcode,
    message_open: bool,
    text: Utf8Stream,
    /// The first byte of the next frame, where the input has another in its place.
    first_byte: Option<u8>,
    own_close_code: Option<u16>,
    failed: Option<Fault>,
}

impl Inbound {
    /// Creates a decoder that begins at the first byte after the opening handshake; a `max_message_size` of 0 means no
    /// limit.
    pub fn new(max_message_size: u64) -> Self {
        let mut inbound = Self {
            max_message_size: u64::MAX,
            remaining: 0,
            opcode: Opcode::Binary,
            fin: true,
            message: Opcode::Binary,
            message_open: false,
            text: Utf8Stream::default(),
            first_byte: None,
            own_close_code: None,
            failed: None,
        };
        inbound.set_max_message_size(max_message_size);
        inbound
    }

    /// Changes the limit, from the next frame on; 0 means none.
    pub fn set_max_message_size(&mut self, max_message_size: u64) {
        // A length has 63 bits and sums saturate, so no sum is above this.
        self.max_message_size = if max_message_size == 0 { u64::MAX } else { max_message_size };
    }

    /// Notes the status code of our Close, which the server may echo whatever it is.
    pub fn expect_close_code(&mut self, code: Option<u16>) {
        self.own_close_code = code;
    }

    /// Returns the code of [`Self::expect_close_code`].
    pub fn own_close_code(&self) -> Option<u16> {
        self.own_close_code
    }

    /// Says what `input` begins with: the bytes that arrived and were not consumed by an earlier step.
    ///
    /// `ReceiveBufferFull` changes nothing: ask again when the program has taken data. Other faults stay.
    #[inline]
    pub fn next(&mut self, input: &[u8], held: Held) -> Result<Step, Fault> {
        if let Some(fault) = &self.failed {
            return Err(fault.clone());
        }
        self.step(input, held).inspect_err(|fault| self.remember(fault))
    }

    /// Between frames: the next one begins with `byte`, whatever the input shows there.
    #[inline]
    pub fn set_first_byte(&mut self, byte: u8) {
        self.first_byte = Some(byte);
    }

    /// Returns how many payload bytes of the open data frame have not arrived; 0 between frames.
    pub fn payload_remaining(&self) -> u64 {
        self.remaining
    }

    /// Returns whether the open data frame, or the latest one, is the last of its message.
    pub fn is_last_of_message(&self) -> bool {
        self.fin
    }

    /// Takes payload bytes of the open frame that were read straight to where they belong; at most
    /// [`Self::payload_remaining`].
    pub fn absorb(&mut self, payload: &[u8]) -> Result<DataPiece, Fault> {
        if let Some(fault) = &self.failed {
            return Err(fault.clone());
        }
        let piece = if self.remaining == 0 || payload.len() as u64 > self.remaining {
            Err(absorbed_too_much())
        } else {
            self.take(payload, 0, false)
        };
        piece.inspect_err(|fault| self.remember(fault))
    }

    /// Returns whether a data frame or a fragmented message is open.
    pub fn mid_message(&self) -> bool {
        self.message_open
    }

    #[inline]
    fn step(&mut self, input: &[u8], held: Held) -> Result<Step, Fault> {
        if self.remaining > 0 {
            return if input.is_empty() {
                Ok(Step::Incomplete)
            } else {
                self.take(input, 0, false).map(Step::Data)
            };
        }
        let Some(&shown) = input.first() else { return Ok(Step::Incomplete) };
        let first = self.first_byte.unwrap_or(shown);
        let Some((header, header_len)) = FrameHeader::decode_with(first, input)? else {
            return Ok(Step::Incomplete);
        };
        if header.opcode.is_control() {
            return self.control(header, header_len, input);
        }
        let begins_message = self.check_order(header.opcode)?;
        self.check_limit(header.payload_len, begins_message, held)?;
        if begins_message {
            self.message = header.opcode;
        }
        self.first_byte = None;
        self.opcode = header.opcode;
        self.fin = header.fin;
        self.remaining = header.payload_len;
        self.take(input, header_len, begins_message).map(Step::Data)
    }

    /// Returns whether a data frame begins a message; only a Continuation may come while one is open, and only then
    /// (RFC 6455 section 5.4).
    #[inline]
    fn check_order(&self, opcode: Opcode) -> Result<bool, Fault> {
        match (opcode, self.message_open) {
            (Opcode::Continuation, true) => Ok(false),
            (Opcode::Continuation, false) => Err(unexpected_continuation()),
            (_, true) => Err(expected_continuation()),
            (_, false) => Ok(true),
        }
    }

    /// A frame that can never be held is a fault of the server; one that cannot be held now has to wait.
    #[inline]
    fn check_limit(&self, announced: u64, begins_message: bool, held: Held) -> Result<(), Fault> {
        let of_message = if begins_message { 0 } else { held.message };
        if announced.saturating_add(of_message) > self.max_message_size {
            return Err(message_too_big(announced, of_message, self.max_message_size));
        }
        let of_all = held.earlier.saturating_add(held.message);
        if announced.saturating_add(of_all) > self.max_message_size {
            return Err(receive_buffer_full(announced, of_all, self.max_message_size));
        }
        Ok(())
    }

    /// Tells the bytes from `start` on that belong to the open frame; in front of them is its header, if any.
    #[inline]
    fn take(&mut self, input: &[u8], start: usize, begins_message: bool) -> Result<DataPiece, Fault> {
        let arrived = input.get(start..).unwrap_or_default();
        let len =
            usize::try_from(self.remaining).map_or(arrived.len(), |remaining| remaining.min(arrived.len()));
        self.remaining -= len as u64;
        let ends_frame = self.remaining == 0;
        let ends_message = ends_frame && self.fin;
        if self.message == Opcode::Text {
            let bytes = arrived.get(..len).unwrap_or_default();
            self.check_text(bytes, begins_message, ends_message).map_err(|NotUtf8| text_not_utf8())?;
        }
        self.message_open = !ends_message;
        let consumed = start + len;
        Ok(DataPiece {
            opcode: self.opcode,
            message: self.message,
            fin: self.fin,
            begins_frame: start > 0,
            begins_message,
            ends_frame,
            payload: start..consumed,
            consumed,
        })
    }

    /// Text is checked while it arrives, and as one string across its fragments (RFC 6455 section 8.1).
    #[inline]
    fn check_text(&mut self, bytes: &[u8], begins: bool, ends: bool) -> Result<(), NotUtf8> {
        if begins && ends {
            return simdutf8::basic::from_utf8(bytes).map(drop).map_err(|_| NotUtf8);
        }
        self.text.feed(bytes)?;
        if ends { self.text.finish() } else { Ok(()) }
    }

    /// A control frame, once all of it has arrived. The body of a Close is checked here, so that a fault in it stays
    /// like every other fault.
    fn control(&mut self, header: FrameHeader, header_len: usize, input: &[u8]) -> Result<Step, Fault> {
        let payload_len = usize::try_from(header.payload_len).unwrap_or(usize::MAX);
        let consumed = header_len.saturating_add(payload_len);
        let Some(payload) = input.get(header_len..consumed) else { return Ok(Step::Incomplete) };
        if header.opcode == Opcode::Close {
            close::parse(payload, self.own_close_code)?;
        }
        self.first_byte = None;
        Ok(Step::Control { opcode: header.opcode, payload: header_len..consumed, consumed })
    }

    #[cold]
    fn remember(&mut self, fault: &Fault) {
        if fault.code() != ErrorCode::ReceiveBufferFull {
            self.failed = Some(fault.clone());
        }
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

#[cold]
fn text_not_utf8() -> Fault {
    Fault::new(
        ErrorCode::TextNotUtf8,
        "The server sent a text message that is not valid UTF-8 (RFC 6455 section 8.1).",
    )
}

#[cold]
fn message_too_big(announced: u64, held: u64, limit: u64) -> Fault {
    Fault::new(
        ErrorCode::MessageTooBig,
        format!(
            "The server announced a frame of {announced} bytes; with the {held} bytes held of its message \
             that is more than ckws_set_max_message_size allows ({limit})."
        ),
    )
}

#[cold]
fn receive_buffer_full(announced: u64, held: u64, limit: u64) -> Fault {
    Fault::new(
        ErrorCode::ReceiveBufferFull,
        format!(
            "A frame of {announced} bytes waits: with the {held} bytes that the program has not taken it \
             would exceed what ckws_set_max_message_size allows ({limit}). Take them and read again."
        ),
    )
}

#[cold]
fn absorbed_too_much() -> Fault {
    Fault::new(ErrorCode::Internal, "Payload bytes were absorbed that no open frame announced.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(step: Step) -> DataPiece {
        match step {
            Step::Data(piece) => piece,
            other => panic!("{other:?} is not data"),
        }
    }

    #[test]
    fn a_whole_small_frame_is_one_piece() {
        let mut inbound = Inbound::new(0);
        let piece = data(inbound.next(b"\x82\x03abc\x81", Held::default()).unwrap());
        let expected = DataPiece {
            opcode: Opcode::Binary,
            message: Opcode::Binary,
            fin: true,
            begins_frame: true,
            begins_message: true,
            ends_frame: true,
            payload: 2..5,
            consumed: 5,
        };
        assert_eq!(piece, expected);
        assert!(!inbound.mid_message());
    }

    #[test]
    fn a_header_alone_is_a_piece_and_the_rest_can_be_absorbed() {
        let mut inbound = Inbound::new(0);
        let piece = data(inbound.next(b"\x01\x04", Held::default()).unwrap());
        assert!(piece.begins_frame && piece.begins_message && !piece.ends_frame && piece.payload.is_empty());
        assert_eq!((inbound.payload_remaining(), inbound.mid_message()), (4, true));
        assert_eq!(inbound.next(b"", Held::default()), Ok(Step::Incomplete));

        let piece = inbound.absorb("a€".as_bytes()).unwrap();
        assert!(!piece.begins_frame && !piece.begins_message && piece.ends_frame && !piece.fin);
        assert_eq!((piece.payload, piece.consumed), (0..4, 4));
        assert_eq!((inbound.payload_remaining(), inbound.mid_message()), (0, true));
    }

    #[test]
    fn a_first_byte_that_is_covered_is_remembered_until_its_frame_is_taken() {
        let frames = [&b"\x82\x01a"[..], b"\x89\x02hi", b"\x82\x7E\x00\x7E", b"\x88\x00"];
        for frame in frames {
            let mut covered = frame.to_vec();
            covered[0] = 0;
            let (mut plain, mut remembering) = (Inbound::new(0), Inbound::new(0));
            remembering.set_first_byte(frame[0]);
            for len in 1..=frame.len() {
                let expected = plain.next(&frame[..len], Held::default());
                assert_eq!(remembering.next(&covered[..len], Held::default()), expected, "{frame:?}");
                if expected != Ok(Step::Incomplete) {
                    break;
                }
            }
            assert_eq!(remembering.first_byte, None, "{frame:?}");
        }
    }

    #[test]
    fn absorbing_more_than_announced_is_a_defect_of_the_caller() {
        let mut inbound = Inbound::new(0);
        assert_eq!(inbound.absorb(b"").unwrap_err().code(), ErrorCode::Internal);
        let mut inbound = Inbound::new(0);
        inbound.next(b"\x82\x02", Held::default()).unwrap();
        assert_eq!(inbound.absorb(b"abc").unwrap_err().code(), ErrorCode::Internal);
    }
}
