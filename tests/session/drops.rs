//! A reading or sending operation that is dropped in the middle, as a cancelled task's is: nothing that was
//! received is lost, and nothing half-sent is continued.

use ckws::base::ErrorCode;
use ckws::engine::{Op, block_on};
use ckws::link::socket_options::SocketOptions;
use ckws::proto::ws::Extensions;
use ckws::proto::ws::autoreply::Policy;
use ckws::proto::ws::opcode::Opcode;
use ckws::route::happy_eyeballs;
use ckws::session::{Outgoing, Payload, ReadOptions, Session};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

const POLICY: Policy = Policy { close_auto_respond: true, ping_auto_respond: true, pong_auto_consume: true };
const OPTIONS: ReadOptions = ReadOptions { policy: POLICY, idle_ms: 20_000 };

/// A session, open without a handshake, and its peer.
fn connected() -> (Session, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let mut op = Op::new("test", false);
    let (addresses, options) = ([address], SocketOptions::default());
    let connect = happy_eyeballs::connect(&mut op, &addresses, &options);
    let (_, link) = block_on(connect).expect("loopback connects");
    let (peer, _) = listener.accept().expect("the connection waits");
    let session = Session::default();
    session
        .attach(
            session.detach(&mut Op::new("test", false)).epoch(),
            Box::new(link),
            Vec::new(),
            Extensions::default(),
            0,
        )
        .expect("the system gives random numbers");
    (session, peer)
}

/// Takes what the session has received.
fn taken(session: &Session) -> Vec<u8> {
    let mut taken = Vec::new();
    let outcome = session.hand_over_received(|bytes| {
        taken.extend_from_slice(bytes);
        Ok(())
    });
    outcome.expect("there is memory");
    taken
}

/// Polls a future `polls` times and drops it; whether it was ready.
fn abandon<F: Future>(polls: usize, future: F) -> bool {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..polls).any(|_| matches!(future.as_mut().poll(&mut context), Poll::Ready(_)))
}

#[test]
fn a_dropped_read_loses_no_byte() {
    // A Ping, then a fragmented text with a Pong between: 4 frames.
    let frames = b"\x89\x02hi\x01\x05Hello\x8A\x00\x80\x06, w\xC3\xB6r";
    for split in 0..frames.len() {
        for polls in 1..4 {
            let (session, mut peer) = connected();
            let mut op = Op::new("test", false);
            peer.write_all(&frames[..split]).expect("loopback takes it");
            assert!(!abandon(polls, session.read_message(&mut op, OPTIONS)), "split {split}");
            peer.write_all(&frames[split..]).expect("loopback takes it");
            block_on(session.read_message(&mut op, OPTIONS)).expect("the message is whole now");
            assert_eq!(taken(&session), "Hello, wör".as_bytes(), "split {split}, {polls} polls");
        }
    }
}

fn text(payload: &[u8]) -> Outgoing<'_> {
    Outgoing {
        kind: Opcode::Text,
        payload: Payload::Borrowed(payload),
        fin: true,
        whole_message: true,
        flush: true,
    }
}

/// Sends until the peer's window is full and a frame has to wait; how many frames went out whole.
fn fill(session: &Session, payload: &[u8]) -> usize {
    let mut op = Op::new("test", false);
    let mut whole = 0;
    while abandon(1, session.send(&mut op, text(payload), 0)) {
        whole += 1;
    }
    whole
}

#[test]
fn a_dropped_send_that_has_begun_ends_the_connection() {
    let (session, mut peer) = connected();
    // Frames that do not divide the window evenly, so that the last one is cut.
    let whole = fill(&session, &[b'x'; 10_007]);
    assert!(whole > 0);
    assert!(!session.is_open(), "the stream cannot be continued");
    let mut received = Vec::new();
    peer.read_to_end(&mut received).expect("the connection has ended");
    assert!(received.len() > whole * (10_007 + 8), "part of the last frame had left");
}

#[test]
fn a_dropped_send_that_waits_for_its_turn_is_as_if_never_made() {
    let (session, mut peer) = connected();
    let payload = vec![b'y'; 8 * 1024 * 1024];
    let mut op = Op::new("test", false);
    let mut large = pin!(session.send(&mut op, text(&payload), 0));
    let mut context = Context::from_waker(Waker::noop());
    assert!(large.as_mut().poll(&mut context).is_pending(), "the peer reads nothing");

    let mut other = Op::new("test", false);
    assert!(!abandon(2, session.send(&mut other, text(b"never"), 0)));
    assert!(session.is_open());

    let reader = std::thread::spawn(move || {
        let mut received = vec![0; 8 * 1024 * 1024 + 14 + 11];
        peer.read_exact(&mut received).expect("both frames arrive");
        received
    });
    block_on(large).expect("the large frame leaves once the peer reads");
    block_on(session.send(&mut other, text(b"after"), 0)).expect("the turn is free again");
    let received = reader.join().expect("the peer reads");
    assert_eq!(received.len() - payload.len(), 14 + 11);
    assert_eq!(received[payload.len() + 14..][..2], [0x81, 0x85], "the next frame is the one sent after");
}

#[test]
fn a_raised_signal_ends_a_read_that_waits() {
    let (session, peer) = connected();
    let mut op = Op::new("test", false);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| block_on(session.read_frame(&mut op, OPTIONS)));
        // Whether it waits already or is about to: the end of the connection reaches it.
        session.close_now();
        let fault = waiting.join().expect("no panic").expect_err("the connection was closed");
        assert!(matches!(fault.code(), ErrorCode::ClosedLocally | ErrorCode::NotConnected), "{fault:?}");
    });
    drop(peer);
}
