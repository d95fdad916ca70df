//! Automatic control frames, which leave at the next frame boundary, before frames that the program sends later.
//!
//! One Pong, the newest, and one Close: a flood of Pings grows nothing and tears no frame (RFC 6455 section 5.4: control
//! frames may come between fragments, never inside a frame).

use crate::proto::ws::control::{ControlPayload, ControlPlace};
use crate::proto::ws::opcode::Opcode;

/// The control frames that wait.
#[derive(Default)]
pub(super) struct ControlLane {
    pong: ControlPlace,
    close: ControlPlace,
}

impl ControlLane {
    /// Queues a Pong; replaces an older one that has not left (RFC 6455 section 5.5.3).
    pub(super) fn put_pong(&mut self, payload: ControlPayload) {
        self.pong.put(payload);
    }

    /// Queues the Close; drops a Pong, which must not follow it (RFC 6455 section 5.5.1).
    pub(super) fn put_close(&mut self, payload: ControlPayload) {
        self.close.put(payload);
        self.pong.clear();
    }

    /// Returns whether no frame waits.
    pub(super) fn is_empty(&self) -> bool {
        !self.pong.is_full() && !self.close.is_full()
    }

    /// Takes the next frame. Drops a Pong that would follow a Close of the program.
    pub(super) fn take(&mut self, is_close_sent: bool) -> Option<(Opcode, ControlPayload)> {
        match self.pong.take().filter(|_| !is_close_sent) {
            Some(payload) => Some((Opcode::Pong, payload)),
            None => self.close.take().map(|payload| (Opcode::Close, payload)),
        }
    }

    /// Drops what waits.
    pub(super) fn clear(&mut self) {
        self.pong.clear();
        self.close.clear();
    }
}
