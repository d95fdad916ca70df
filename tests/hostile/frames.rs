//! Frames as a server sends them, encoded independently of the library.

use crate::script::{Action, OPENING};

/// A frame with this first byte (FIN, reserved bits, opcode).
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        len @ 0..126 => bytes.push(len as u8),
        len @ 126..65_536 => {
            bytes.push(126);
            bytes.extend((len as u16).to_be_bytes());
        }
        len => {
            bytes.push(127);
            bytes.extend((len as u64).to_be_bytes());
        }
    }
    bytes.extend(payload);
    bytes
}

/// A whole text message.
pub(crate) fn text(payload: &str) -> Vec<u8> {
    frame(0x81, payload.as_bytes())
}

/// A Close with a status code.
pub(crate) fn close(code: u16) -> Vec<u8> {
    frame(0x88, &code.to_be_bytes())
}

/// The opening, with these bytes behind it in the same segment.
pub(crate) fn opening_and(bytes: &[u8]) -> Action {
    Action::Send([OPENING, bytes].concat())
}
