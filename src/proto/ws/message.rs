//! What the bytes of messages must be: no more than the program allows, and in a text message UTF-8.
//!
//! The bytes are those that the program gets, whatever the frames looked like that brought them.

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

/// Which bytes of a message these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first ones.
    pub begins: bool,
    /// The last ones.
    pub ends: bool,
}

/// The checks of one connection's messages.
#[derive(Clone, Debug)]
pub struct MessageCheck {
    max_message_size: u64,
    text: Utf8Stream,
}

impl MessageCheck {
    /// Creates the checks; a `max_message_size` of 0 means no limit.
    pub fn new(max_message_size: u64) -> Self {
        let mut check = Self { max_message_size: u64::MAX, text: Utf8Stream::default() };
        check.set_max_message_size(max_message_size);
        check
    }

    /// Changes the limit; 0 means none.
    pub fn set_max_message_size(&mut self, max_message_size: u64) {
        // A length has 63 bits and sums saturate, so no sum is above this.
        self.max_message_size = if max_message_size == 0 { u64::MAX } else { max_message_size };
    }

    /// Checks that `announced` more bytes of a message may come. Bytes that can never be held are a fault of the server;
    /// those that cannot be held now have to wait.
    #[inline]
    pub fn check_size(&self, announced: u64, begins_message: bool, held: Held) -> Result<(), Fault> {
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

    /// Checks the next bytes of a text message as they arrive, and as one string across its fragments (RFC 6455 section
    /// 8.1).
    #[inline]
    pub fn check_text(&mut self, bytes: &[u8], span: Span) -> Result<(), Fault> {
        let is_utf8 = match span {
            Span { begins: true, ends: true } => simdutf8::basic::from_utf8(bytes).is_ok(),
            Span { ends, .. } => self.feed(bytes, ends).is_ok(),
        };
        if is_utf8 { Ok(()) } else { Err(text_not_utf8()) }
    }

    /// Checks a part of a message. Not inlined: whole messages, which most are, need fewer registers.
    #[inline(never)]
    fn feed(&mut self, bytes: &[u8], ends: bool) -> Result<(), NotUtf8> {
        self.text.feed(bytes)?;
        if ends { self.text.finish() } else { Ok(()) }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: Span = Span { begins: true, ends: true };
    const FIRST: Span = Span { begins: true, ends: false };
    const LAST: Span = Span { begins: false, ends: true };

    #[test]
    fn what_can_never_be_held_is_too_big_and_what_cannot_be_held_now_waits() {
        let check = MessageCheck::new(10);
        let table = [
            (10, true, Held::default(), None),
            (11, true, Held::default(), Some(ErrorCode::MessageTooBig)),
            (5, false, Held { earlier: 0, message: 5 }, None),
            (5, false, Held { earlier: 0, message: 6 }, Some(ErrorCode::MessageTooBig)),
            (5, true, Held { earlier: 0, message: 6 }, Some(ErrorCode::ReceiveBufferFull)),
            (5, false, Held { earlier: 1, message: 5 }, Some(ErrorCode::ReceiveBufferFull)),
            (u64::MAX, false, Held { earlier: u64::MAX, message: 1 }, Some(ErrorCode::MessageTooBig)),
        ];
        for (announced, begins, held, expected) in table {
            let code = check.check_size(announced, begins, held).err().map(|fault| fault.code());
            assert_eq!(code, expected, "{announced} {begins} {held:?}");
        }
    }

    #[test]
    fn text_is_utf8_as_a_whole_and_binary_is_not_looked_at() {
        let mut check = MessageCheck::new(0);
        assert!(check.check_text("a€".as_bytes(), WHOLE).is_ok());
        assert!(check.check_text(b"a\xE2\x82", WHOLE).is_err());
        assert!(check.check_text(b"a\xE2\x82", FIRST).is_ok());
        assert!(check.check_text(b"\xAC", LAST).is_ok());
        assert!(check.check_text(b"\xE2", FIRST).is_ok());
        assert!(check.check_text(b"", LAST).is_err());
    }
}
