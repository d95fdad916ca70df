//! What a received frame leads to: is it delivered, is it answered. A pure function of the
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
}

impl Reaction {
    const DELIVER: Self = Self { deliver: true, reply: None };
    const DROP: Self = Self { deliver: false, reply: None };
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
    let answers = policy.close_auto_respond && !closing.sent;
    Reaction { reply: answers.then_some(Reply::Close), ..Reaction::DELIVER }
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
            (Ping, AUTO, OPEN, (false, Some(Reply::Pong))),
            (Ping, AUTO, SENT, (false, None)),
            (Ping, AUTO, RECEIVED, (false, None)),
            (Ping, MANUAL, OPEN, (true, None)),
            (Ping, MANUAL, SENT, (true, None)),
            (Pong, AUTO, OPEN, (false, None)),
            (Pong, MANUAL, OPEN, (true, None)),
            (Close, AUTO, OPEN, (true, Some(Reply::Close))),
            (Close, AUTO, SENT, (true, None)),
            (Close, MANUAL, OPEN, (true, None)),
            (Close, MANUAL, SENT, (true, None)),
            (Text, AUTO, OPEN, (true, None)),
            (Binary, MANUAL, SENT, (true, None)),
            (Continuation, AUTO, SENT, (true, None)),
            (Binary, AUTO, RECEIVED, (false, None)),
        ];
        for (opcode, policy, closing, (deliver, reply)) in table {
            let expected = Reaction { deliver, reply };
            assert_eq!(react(opcode, policy, closing), expected, "{opcode:?} {policy:?} {closing:?}");
        }
    }
}
