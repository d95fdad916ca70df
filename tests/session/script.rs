//! The link, and what the tests say about it.

use ckws::base::{Fault, Result};
use ckws::engine::Op;
use ckws::link::{Link, ReadBuf, TryError, TryResult};
use ckws::proto::ws::Extensions;
use ckws::proto::ws::autoreply::Policy;
use ckws::proto::ws::opcode::Opcode;
use ckws::proto::ws::outbound;
use ckws::session::{Outgoing, Payload, ReadOptions, Session};
use ckws::sys::socket::Socket;
use ckws::sys::source::Interest;
use std::collections::VecDeque;
use std::net::TcpListener;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
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
#[derive(Clone)]
pub(crate) struct Wire(Arc<Mutex<State>>);

#[derive(Default)]
pub(crate) struct State {
    /// What has arrived and was not read.
    pub(crate) input: VecDeque<u8>,
    /// How many bytes can leave.
    pub(crate) room: usize,
    /// What has left.
    pub(crate) output: Vec<u8>,
    /// Why nothing can leave any more.
    pub(crate) broken: Option<Fault>,
    /// The kernel takes data without telling those who wait that it would, as one whose buffer is almost full.
    pub(crate) takes_silently: bool,
    /// Our side of the stream was ended.
    pub(crate) finished: bool,
    /// The peer has ended its side, behind the input.
    pub(crate) ended: bool,
    /// The link is gone.
    pub(crate) dropped: bool,
    /// Whose descriptor those who wait poll.
    pub(crate) socket: Weak<Socket>,
}

impl Wire {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the state")
    }

    pub(crate) fn arrives(&self, bytes: &[u8]) {
        self.state().input.extend(bytes);
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

struct Scripted {
    wire: Wire,
    socket: Arc<Socket>,
    /// Keeps the socket connected, so that polling it tells of no error.
    _listener: TcpListener,
}

impl Link for Scripted {
    fn try_read(&mut self, buf: &mut ReadBuf<'_>) -> TryResult<usize> {
        let mut state = self.wire.state();
        let count = buf.append(state.input.make_contiguous());
        if count == 0 {
            return if state.ended { Ok(0) } else { Err(TryError::WouldBlock) };
        }
        state.input.drain(..count);
        Ok(count)
    }

    fn try_write(&mut self, bytes: &[u8]) -> TryResult<usize> {
        let mut state = self.wire.state();
        if let Some(fault) = &state.broken {
            return Err(TryError::Failed(fault.clone()));
        }
        let count = bytes.len().min(state.room);
        state.room -= count;
        state.output.extend_from_slice(&bytes[..count]);
        if count == 0 { Err(TryError::WouldBlock) } else { Ok(count) }
    }

    fn try_finish(&mut self) -> TryResult<()> {
        self.wire.state().finished = true;
        Ok(())
    }

    fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    fn interest(&self, read: bool, write: bool) -> Interest {
        let write = write && !self.wire.state().takes_silently;
        self.socket.source().interest(read, write)
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.wire.state().dropped = true;
    }
}

/// Gives `session` a new connection, which lets `room` bytes leave.
pub(crate) fn attach(session: &Session, room: usize) -> Wire {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let socket = Arc::new(Socket::start_connect(address).expect("loopback connects"));
    let state = State { room, socket: Arc::downgrade(&socket), ..State::default() };
    let wire = Wire(Arc::new(Mutex::new(state)));
    let link = Scripted { wire: wire.clone(), socket, _listener: listener };
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
pub(crate) fn now<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
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
