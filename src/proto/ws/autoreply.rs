//! What a received frame leads to: is it delivered, is it answered, is it the end. A pure function of the
//! frame, the program's settings and the state of the closing handshake; it sends nothing.

use super::Opcode;

/// What the program wants done for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Answer a Close with a Close.
    pub close_auto_respond: bool,
    /// Answer a Ping with a Pong, and don't deliver the Ping.
    pub ping_auto_respond: bool,
    /// Don't deliver Pongs.
    pub pong_auto_consume: bool,
}

/// How far the closing handshake is, before the frame that is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closing {
    /// We sent a Close.
    pub sent: bool,
    /// The server sent a Close.
    pub received: bool,
}

/// A frame that is to be sent as an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// A Pong with the payload of the Ping (RFC 6455 section 5.5.3).
    Pong,
    /// A Close with the status code of the received one (RFC 6455 section 5.5.1).
    Close,
}

/// What to do about a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// The program gets the frame.
    pub deliver: bool,
    /// The frame to send.
    pub reply: Option<Reply>,
    /// With this frame (and the reply, when it is sent) the closing handshake is complete.
    pub ends: bool,
}

impl Reaction {
    const DELIVER: Self = Self { deliver: true, reply: None, ends: false };
    const DROP: Self = Self { deliver: false, reply: None, ends: false };
}

/// Decides about a received frame.
#[inline]
pub fn react(opcode: Opcode, policy: Policy, closing: Closing) -> Reaction {
    match opcode {
        Opcode::Close => react_to_close(policy, closing),
        // What follows the server's Close is discarded (section 1.4) and not answered (section 5.5.2).
        _ if closing.received => Reaction::DROP,
        // No frame follows our own Close (section 5.5.1), so the Ping stays unanswered then.
        Opcode::Ping if policy.ping_auto_respond => {
            Reaction { reply: (!closing.sent).then_some(Reply::Pong), ..Reaction::DROP }
        }
        Opcode::Pong if policy.pong_auto_consume => Reaction::DROP,
        _ => Reaction::DELIVER,
    }
}

fn react_to_close(policy: Policy, closing: Closing) -> Reaction {
    if closing.sent {
        return Reaction { ends: true, ..Reaction::DELIVER };
    }
    if policy.close_auto_respond {
        return Reaction { reply: Some(Reply::Close), ends: true, ..Reaction::DELIVER };
    }
    Reaction::DELIVER
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTO: Policy =
        Policy { close_auto_respond: true, ping_auto_respond: true, pong_auto_consume: true };
    const MANUAL: Policy =
        Policy { close_auto_respond: false, ping_auto_respond: false, pong_auto_consume: false };
    const OPEN: Closing = Closing { sent: false, received: false };
    const SENT: Closing = Closing { sent: true, received: false };
    const RECEIVED: Closing = Closing { sent: false, received: true };

    #[test]
    fn the_table_of_reactions() {
        use Opcode::{Binary, Close, Continuation, Ping, Pong, Text};
        let table = [
            (Ping, AUTO, OPEN, (false, Some(Reply::Pong), false)),
            (Ping, AUTO, SENT, (false, None, false)),
            (Ping, AUTO, RECEIVED, (false, None, false)),
            (Ping, MANUAL, OPEN, (true, None, false)),
            (Ping, MANUAL, SENT, (true, None, false)),
            (Pong, AUTO, OPEN, (false, None, false)),
            (Pong, MANUAL, OPEN, (true, None, false)),
            (Close, AUTO, OPEN, (true, Some(Reply::Close), true)),
            (Close, AUTO, SENT, (true, None, true)),
            (Close, MANUAL, OPEN, (true, None, false)),
            (Close, MANUAL, SENT, (true, None, true)),
            (Text, AUTO, OPEN, (true, None, false)),
            (Binary, MANUAL, SENT, (true, None, false)),
            (Continuation, AUTO, SENT, (true, None, false)),
            (Binary, AUTO, RECEIVED, (false, None, false)),
        ];
        for (opcode, policy, closing, (deliver, reply, ends)) in table {
            let expected = Reaction { deliver, reply, ends };
            assert_eq!(react(opcode, policy, closing), expected, "{opcode:?} {policy:?} {closing:?}");
        }
    }
}
