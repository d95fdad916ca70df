//! The six opcodes of RFC 6455 section 5.2; the ten reserved ones have no value here.

/// What a frame is.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// Goes on with the message that an earlier frame began.
    Continuation = 0,
    /// Begins a message of UTF-8 text.
    Text = 1,
    /// Begins a message of bytes.
    Binary = 2,
    /// Begins or answers the closing handshake.
    Close = 8,
    /// Asks for a Pong.
    Ping = 9,
    /// Answers a Ping, or is sent unsolicited as a heartbeat.
    Pong = 10,
}

impl Opcode {
    /// Returns the opcode of the four low bits of a frame's first byte; `None` for a reserved one.
    #[inline]
    pub fn from_bits(bits: u8) -> Option<Self> {
        match bits {
            0 => Some(Self::Continuation),
            1 => Some(Self::Text),
            2 => Some(Self::Binary),
            8 => Some(Self::Close),
            9 => Some(Self::Ping),
            10 => Some(Self::Pong),
            _ => None,
        }
    }

    /// Returns the number on the wire.
    #[inline]
    pub fn bits(self) -> u8 {
        self as u8
    }

    /// Returns whether this is Close, Ping or Pong: the highest of the four bits says so (RFC 6455 section 5.5).
    #[inline]
    pub fn is_control(self) -> bool {
        self.bits() & 0x8 != 0
    }

    /// Returns the name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Continuation => "Continuation",
            Self::Text => "Text",
            Self::Binary => "Binary",
            Self::Close => "Close",
            Self::Ping => "Ping",
            Self::Pong => "Pong",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_round_trip_and_reserved_ones_have_no_opcode() {
        for bits in 0..=u8::MAX {
            match Opcode::from_bits(bits) {
                Some(opcode) => assert_eq!(opcode.bits(), bits),
                None => assert!(matches!(bits, 3..=7 | 11..), "{bits} has a meaning"),
            }
        }
    }

    #[test]
    fn control_opcodes_are_the_upper_three() {
        for opcode in [Opcode::Close, Opcode::Ping, Opcode::Pong] {
            assert!(opcode.is_control(), "{}", opcode.name());
        }
        for opcode in [Opcode::Continuation, Opcode::Text, Opcode::Binary] {
            assert!(!opcode.is_control(), "{}", opcode.name());
        }
    }
}
