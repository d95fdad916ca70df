//! What a server's bytes mean, incrementally and in place: the framing, then the checks of its messages.
//!
//! [`Inbound`] owns no bytes: it gets the received bytes and returns what each part of them is. A control frame is
//! returned whole, the payload of a data frame as it arrives. After the first fault of the server nothing more is
//! returned.

use std::ops::Range;

use super::close;
use super::decode::{DataPiece, Decoded, FrameDecoder};
use super::extension::Extensions;
use super::message::{Held, MessageCheck, Span};
use super::opcode::Opcode;
use crate::base::slices::part;
use crate::base::{ErrorCode, Fault};

/// What the next bytes are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// More bytes are needed; those shown have to be shown again.
    Incomplete,
    /// A whole control frame; the body of a Close has been checked.
    Control {
        /// Close, Ping or Pong.
        opcode: Opcode,
        /// Where in the input the payload is; the frame ends where it ends.
        payload: Range<usize>,
    },
    /// A data frame or a part of one.
    Data(DataPiece),
}

/// The receiving side of one connection.
#[derive(Clone, Debug)]
pub struct Inbound {
    frames: FrameDecoder,
    messages: MessageCheck,
    own_close_code: Option<u16>,
    failed: Option<Fault>,
}

impl Inbound {
    /// Begins at the first byte after the opening handshake, which agreed on `extensions`; a `max_message_size` of 0
    /// means no limit.
    pub fn new(extensions: Extensions, max_message_size: u64) -> Self {
        Self {
            frames: FrameDecoder::new(extensions.reserved_bits()),
            messages: MessageCheck::new(max_message_size),
            own_close_code: None,
            failed: None,
        }
    }

    /// Changes the limit, from the next frame on; 0 means none.
    pub fn set_max_message_size(&mut self, max_message_size: u64) {
        self.messages.set_max_message_size(max_message_size);
    }

    /// Notes the status code of our Close, which the server may echo whatever it is.
    pub fn expect_close_code(&mut self, code: Option<u16>) {
        self.own_close_code = code;
    }

    /// Returns the code of [`Self::expect_close_code`].
    pub fn own_close_code(&self) -> Option<u16> {
        self.own_close_code
    }

    /// Returns what `input` begins with: the bytes that arrived and were not consumed by an earlier step.
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
        self.frames.set_first_byte(byte);
    }

    /// Returns how many payload bytes of the open data frame have not arrived; 0 between frames.
    pub fn payload_remaining(&self) -> u64 {
        self.frames.payload_remaining()
    }

    /// Returns whether the open data frame, or the latest one, is the last of its message.
    pub fn is_last_of_message(&self) -> bool {
        self.frames.is_last_of_message()
    }

    /// Takes payload bytes of the open frame that were read straight to where they belong; at most
    /// [`Self::payload_remaining`].
    pub fn absorb(&mut self, payload: &[u8]) -> Result<DataPiece, Fault> {
        if let Some(fault) = &self.failed {
            return Err(fault.clone());
        }
        let remaining = self.payload_remaining();
        let piece = if remaining == 0 || payload.len() as u64 > remaining {
            Err(absorbed_too_much())
        } else {
            let piece = self.frames.take_payload(payload);
            self.checked(piece, payload)
        };
        piece.inspect_err(|fault| self.remember(fault))
    }

    #[inline]
    fn step(&mut self, input: &[u8], held: Held) -> Result<Step, Fault> {
        let piece = match self.frames.next(input)? {
            Decoded::Incomplete => return Ok(Step::Incomplete),
            Decoded::Control { opcode, payload } => return self.control(opcode, payload, input),
            Decoded::Header(next) => {
                self.messages.check_size(next.header.payload_len, next.header.begins_message(), held)?;
                self.frames.begin_frame(&next, input)
            }
            Decoded::Payload => self.frames.take_payload(input),
        };
        self.checked(piece, input).map(Step::Data)
    }

    /// Returns the piece if its payload, in `input`, may stand in its message.
    #[inline]
    fn checked(&mut self, piece: DataPiece, input: &[u8]) -> Result<DataPiece, Fault> {
        if piece.message == Opcode::Text {
            let span = Span { begins: piece.begins_message, ends: piece.ends_message() };
            self.messages.check_text(part(input, piece.payload.clone()), span)?;
        }
        Ok(piece)
    }

    /// Checks the body of a Close here, so that a fault in it stays like every other fault.
    fn control(&self, opcode: Opcode, payload: Range<usize>, input: &[u8]) -> Result<Step, Fault> {
        if opcode == Opcode::Close {
            close::parse(part(input, payload.clone()), self.own_close_code)?;
        }
        Ok(Step::Control { opcode, payload })
    }

    #[cold]
    fn remember(&mut self, fault: &Fault) {
        if fault.code() != ErrorCode::ReceiveBufferFull {
            self.failed = Some(fault.clone());
        }
    }
}

#[cold]
fn absorbed_too_much() -> Fault {
    Fault::new(ErrorCode::Internal, "Payload bytes were absorbed that no open frame announced.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbound() -> Inbound {
        Inbound::new(Extensions::default(), 0)
    }

    #[test]
    fn the_rest_of_a_frame_can_be_absorbed() {
        let mut inbound = inbound();
        let Ok(Step::Data(begin)) = inbound.next(b"\x01\x04", Held::default()) else {
            panic!("a frame begins")
        };
        assert!(begin.begins_message && !begin.ends_frame && begin.payload.is_empty());
        assert_eq!(inbound.payload_remaining(), 4);
        let end = inbound.absorb("a€".as_bytes()).unwrap();
        assert!(!end.begins_message && end.ends_frame && !end.fin);
        assert_eq!((end.payload, inbound.payload_remaining()), (0..4, 0));
    }

    #[test]
    fn absorbing_more_than_announced_is_a_defect_of_the_caller() {
        assert_eq!(inbound().absorb(b"").unwrap_err().code(), ErrorCode::Internal);
        let mut inbound = inbound();
        inbound.next(b"\x82\x02", Held::default()).unwrap();
        assert_eq!(inbound.absorb(b"abc").unwrap_err().code(), ErrorCode::Internal);
    }
}
