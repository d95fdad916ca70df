//! What reads deliver, what can be asked about it, and how much of it one step may take.

use crate::proto::ws::close::CloseInfo;
use crate::proto::ws::opcode::Opcode;
use crate::sys::blocks::BLOCK_SIZE;
use std::ops::Range;

/// Of a call that waits, in one step.
const FRAMES_PER_TURN: usize = 64;
const BYTES_PER_TURN: usize = 64 * 1024;

/// Of a call that never waits, in all: a block full of the smallest Pings is answered in some tens of milliseconds.
const BYTES_PER_VISIT: usize = 64 * 1024;

/// What a call may take before it checks for aborts and yields, or leaves the remaining bytes for later, so that a peer
/// that never stops cannot hold it.
pub(in crate::session) struct Budget {
    pub(super) frames: usize,
    /// From the link; what it has inside comes on top.
    pub(super) bytes: usize,
}

impl Budget {
    /// For one step of a call that waits.
    pub(super) const STEP: Self = Self { frames: FRAMES_PER_TURN, bytes: BYTES_PER_TURN };

    /// For a call that never waits. It ends where the kernel has the next byte, however many frames that are, so that a
    /// poll of the descriptor reports the remaining ones.
    pub(in crate::session) const VISIT: Self = Self { frames: usize::MAX, bytes: BYTES_PER_VISIT };

    /// Returns what one reading of the link may take.
    pub(super) fn most(&self) -> usize {
        if self.bytes > 0 { self.bytes.min(BLOCK_SIZE) } else { BLOCK_SIZE }
    }
}

/// A frame that is delivered to the program.
#[derive(Clone, Debug)]
pub enum ReceivedFrame {
    /// A data frame; its payload was accumulated, or, where `borrowed` is set, is in the receive block.
    Data {
        /// The opcode on the wire.
        opcode: Opcode,
        /// Text or Binary.
        message: Opcode,
        /// The last frame of its message.
        fin: bool,
        /// A whole message, at this range of the unread input.
        borrowed: Option<Range<usize>>,
    },
    /// A control frame; its payload is in the reader. (It is large, and this is moved about for every frame.)
    Control(Opcode),
}

impl ReceivedFrame {
    /// Returns whether a read of a whole message ends here: with the message, or before its end with a control frame.
    pub(in crate::session) fn ends_message(&self) -> bool {
        !matches!(self, Self::Data { fin: false, .. })
    }

    /// Returns whether it is the peer's Close.
    pub(in crate::session) fn is_close(&self) -> bool {
        matches!(self, Self::Control(Opcode::Close))
    }

    /// Returns the opcode of the message, or of the control frame.
    pub(in crate::session) fn message(&self) -> Opcode {
        match self {
            Self::Data { message, .. } => *message,
            Self::Control(opcode) => *opcode,
        }
    }
}

/// What the program can ask about the last frame.
#[derive(Debug, Default)]
pub struct LastFrame {
    /// The last delivered frame's opcode.
    pub opcode: Option<Opcode>,
    /// Whether the last data frame was the last of its message.
    pub final_frame: bool,
    /// Whether the last read swallowed a Pong.
    pub pong_consumed: bool,
    /// What the peer's Close said.
    pub close: Option<CloseInfo>,
    pub(super) message: Option<Opcode>,
}

impl LastFrame {
    /// Returns whether a text message is open, so that a character may be cut at the end of what has arrived.
    pub fn is_mid_text(&self) -> bool {
        self.message == Some(Opcode::Text) && !self.final_frame
    }
}
