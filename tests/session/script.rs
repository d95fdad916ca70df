//! The link, and what the tests say about it.

use ckws::base::{Guard, Result};
use ckws::engine::Op;
use ckws::link::memory::{MemoryLink, Peer, State};
use ckws::proto::ws::Extensions;
use ckws::proto::ws::autoreply::Policy;
use ckws::proto::ws::opcode::Opcode;
use ckws::proto::ws::outbound;
use ckws::session::{Outgoing, Payload, ReadOptions, Session};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

pub(crate) const AUTO: Policy =
    Policy { close_auto_respond: true, ping_auto_respond: true, pong_auto_consume: true };
pub(crate) const MANUAL: Policy =
    Policy { close_auto_respond: false, ping_auto_respond: false, pong_auto_consume: false };

pub(crate) fn options(policy: Policy) -> ReadOptions {
    ReadOptions { policy, idle_ms: 0 }
}

/// The peer's end of a link.
#[derive(Clone, Default)]
pub(crate) struct Wire(Peer);

impl Wire {
    pub(crate) fn state(&self) -> Guard<'_, State> {
        self.0.state()
    }

    pub(crate) fn arrives(&self, bytes: &[u8]) {
        self.0.send(bytes);
    }

    /// The opcodes of the frames that have begun to leave.
    pub(crate) fn opcodes(&self) -> Vec<u8> {
        let state = self.state();
        let mut at = 0;
        outbound::frame_lengths(&state.output)
            .map(|length| (state.output[at] & 0x0F, at += length).0)
            .collect()
    }
}

/// A frame that has left: its opcode, and its payload without the mask.
type Frame = (u8, Vec<u8>);

impl Wire {
    /// The frames that have left; all of them must be whole.
    pub(crate) fn frames(&self) -> Vec<Frame> {
        let output = self.state().output.clone();
        let mut rest = output.as_slice();
        let mut frames = Vec::new();
        while !rest.is_empty() {
            let (header, len) = match rest[1] & 0x7F {
                126 => (4, u64::from(u16::from_be_bytes([rest[2], rest[3]]))),
                127 => (10, u64::from_be_bytes(rest[2..10].try_into().expect("eight bytes"))),
                len => (2, u64::from(len)),
            };
            let (mask, masked) = rest[header..].split_at(4);
            let (masked, behind) = masked.split_at(len as usize);
            let payload = masked.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
            frames.push((rest[0] & 0x0F, payload));
            rest = behind;
        }
        frames
    }
}

/// Gives `session` a new connection, which lets `room` bytes leave.
pub(crate) fn attach(session: &Session, room: usize) -> Wire {
    let wire = Wire::default();
    wire.state().room = room;
    let link = MemoryLink::to(&wire.0);
    session
        .attach(session.detach(&mut op()).epoch(), Box::new(link), Vec::new(), Extensions::default(), 0)
        .expect("the system gives random numbers");
    wire
}

pub(crate) fn connected(room: usize) -> (Session, Wire) {
    let session = Session::default();
    let wire = attach(&session, room);
    (session, wire)
}

/// Takes what the session has received.
pub(crate) fn taken(session: &Session) -> Vec<u8> {
    let mut taken = Vec::new();
    let outcome = session.hand_over_received(|bytes| {
        taken.extend_from_slice(bytes);
        Ok(())
    });
    outcome.expect("there is memory");
    taken
}

/// A whole message that must leave before the call ends.
pub(crate) fn message(payload: &[u8]) -> Outgoing<'_> {
    Outgoing {
        kind: Opcode::Binary,
        payload: Payload::Borrowed(payload),
        fin: true,
        whole_message: true,
        flush: true,
    }
}

pub(crate) fn op() -> Op<'static> {
    Op::new("test", false)
}

/// How often a waker has woken.
#[derive(Default)]
pub(crate) struct Wakes(AtomicUsize);

impl Wakes {
    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls once, as an event of the link would.
pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// The outcome of an operation that is to end now, within a few looks at the link.
pub(crate) fn complete_now<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = std::pin::pin!(future);
    for _ in 0..4 {
        if let Poll::Ready(outcome) = poll(future.as_mut()) {
            return outcome;
        }
    }
    panic!("the operation waits");
}

/// Polls an operation to its end, which must come by itself.
pub(crate) fn end(operation: impl Future<Output = Result<()>>) {
    let mut operation = std::pin::pin!(operation);
    for _ in 0..100 {
        if let Poll::Ready(outcome) = poll(operation.as_mut()) {
            return outcome.expect("the connection is as good as before");
        }
    }
    panic!("it does not end");
}

/// Lets a time-out of `ms` pass.
pub(crate) fn pass(ms: u32) {
    let end = Instant::now() + Duration::from_millis(u64::from(ms) + 1);
    while Instant::now() < end {
        std::thread::yield_now();
    }
}
