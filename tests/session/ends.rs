//! How connections end while calls are under way.

use super::script::{AUTO, Wakes, attach, complete_now, connected, message, op, options, pass, poll};
use ckws::base::ErrorCode;
use ckws::engine::{Op, block_on};
use ckws::link::Link;
use ckws::link::memory::End;
use ckws::link::socket_options::SocketOptions;
use ckws::object::WebSocket;
use ckws::object::blocking_caller::BlockingCaller;
use ckws::object::object_base::{add_handle, drop_handle};
use ckws::proto::ws::Extensions;
use ckws::proto::ws::control::ControlPayload;
use ckws::route::happy_eyeballs;
use ckws::session::Session;
use std::net::TcpListener;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

const CLOSE: &[u8] = b"\x88\x02\x03\xE8";

#[test]
fn a_streamed_frame_is_finished_before_the_close_that_answers_the_peers() {
    let (session, wire) = connected(40_000);
    let payload = vec![0; 100_000];
    let mut log = op();
    let mut send = pin!(session.send(&mut log, message(&payload), 0));
    assert!(poll(send.as_mut()).is_pending(), "the peer takes a part");

    // Room for the rest of this piece, but not for the next, which only the sender has.
    wire.state().room = 30_000;
    wire.arrives(CLOSE);
    let mut reading = op();
    let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
    assert!(poll(read.as_mut()).is_pending());
    assert!(!wire.state().is_finished, "our side was ended inside a frame");
    assert!(!session.wants_write(), "there is nothing to write until the sender goes on");

    wire.state().room = usize::MAX;
    complete_now(send).expect("the frame leaves whole");
    assert_eq!(wire.opcodes(), [2, 8]);
    assert!(poll(read.as_mut()).is_pending(), "it waits for the peer's end");
    assert!(wire.state().is_finished);
}

#[test]
fn a_reader_that_sees_to_the_end_leaves_the_next_connection_alone() {
    let (session, wire) = connected(usize::MAX);
    wire.arrives(CLOSE);
    let mut reading = op();
    let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
    assert!(poll(read.as_mut()).is_pending(), "it waits for the peer's end");
    let next = attach(&session, usize::MAX);
    assert!(wire.state().is_closed);
    assert!(poll(read.as_mut()).is_ready());
    assert!(!next.state().is_closed, "the new connection was ended with the old one");
    assert!(session.is_open());
}

#[test]
fn an_end_without_waiting_is_over_after_a_second_too() {
    let (session, wire) = connected(usize::MAX);
    wire.arrives(CLOSE);
    session.try_read_frame(&mut op(), AUTO).expect("the Close is delivered");
    assert!(!wire.state().is_closed, "the peer has not ended its side");
    let began = Instant::now();
    while !wire.state().is_closed {
        let fault = session.try_read_frame(&mut op(), AUTO).expect_err("nothing follows a Close");
        assert_eq!(fault.code(), ErrorCode::Closed);
        assert!(began.elapsed() < Duration::from_secs(5), "it never ends");
        std::thread::yield_now();
    }
}

#[test]
fn a_call_that_begins_as_its_object_goes_does_not_wait() {
    // Nobody answers here.
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let websocket = WebSocket::default();
    websocket.client().set_connect_timeout_ms(2_000).expect("a valid time-out");
    add_handle(&websocket);
    let caller = BlockingCaller(&websocket);
    let mut connecting = Op::of(&caller, "Connect", false);
    // The call has found its handle, and has not begun to wait.
    drop_handle(&websocket);
    let fault = block_on(websocket.connect(&mut connecting, &format!("ws://{address}/")))
        .expect_err("the last handle is gone");
    assert_eq!(fault.code(), ErrorCode::ClosedLocally);
    drop(listener);
}

#[test]
fn an_ended_connection_stays_ended_for_those_who_wait() {
    let (session, wire) = connected(0);
    let (mut reading, mut sending) = (op(), op());
    let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
    let mut send = pin!(session.send(&mut sending, message(b"waits"), 0));
    assert!(poll(read.as_mut()).is_pending() && poll(send.as_mut()).is_pending());
    session.close_now();
    assert!(wire.state().is_closed && !session.is_open());
    assert_eq!(complete_now(read).expect_err("it ended").code(), ErrorCode::ClosedLocally);
    assert_eq!(complete_now(send).expect_err("it ended").code(), ErrorCode::ClosedLocally);
}

#[test]
fn a_session_that_starts_over_knows_nothing_of_the_last_close() {
    let (session, wire) = connected(usize::MAX);
    wire.arrives(CLOSE);
    session.try_read_frame(&mut op(), AUTO).expect("the Close is delivered");
    session.detach(&mut op());
    let fault = complete_now(session.send(&mut op(), message(b"early"), 0)).expect_err("nothing is attached");
    assert_eq!(fault.code(), ErrorCode::NotConnected);
    let fault = complete_now(session.read_frame(&mut op(), options(AUTO))).expect_err("nothing is attached");
    assert_eq!(fault.code(), ErrorCode::NotConnected);
}

#[test]
fn a_descriptor_stays_open_while_an_operation_waits_for_it() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("a bound listener has an address");
    let connected = block_on(happy_eyeballs::connect(&mut op(), &[address], &SocketOptions::default()));
    let (_, tcp) = connected.expect("loopback connects");
    let number = tcp.source().expect("a socket is a source").number();
    let socket = open_file(number);
    let session = Session::default();
    session
        .attach(session.detach(&mut op()).epoch(), Box::new(tcp), Vec::new(), Extensions::default(), 0)
        .expect("it is attached");
    let mut reading = op();
    {
        let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
        assert!(poll(read.as_mut()).is_pending());
        session.close_now();
        assert_eq!(open_file(number), socket, "its number may be another's when the reader polls it");
        assert_eq!(complete_now(read).expect_err("the link was dropped").code(), ErrorCode::ClosedLocally);
    }
    assert_ne!(open_file(number), socket);
}

/// What is open under this number.
fn open_file(number: i32) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{number}")).ok()
}

/// A read waits, our Close leaves, and no Close comes: the read ends at the limit for closing, not at its idle time-out.
#[test]
fn a_read_waits_for_the_answer_to_our_close_no_longer_than_allowed() {
    const CLOSE_MS: u32 = 50;
    for close_first in [true, false] {
        let (session, wire) = connected(usize::MAX);
        session.set_close_timeout_ms(CLOSE_MS);
        let wakes = Arc::new(Wakes::default());
        let mut reading = op();
        let mut read = pin!(session.receive(&mut reading, options(AUTO)));
        let waker = Waker::from(Arc::clone(&wakes));
        let mut context = Context::from_waker(&waker);
        if !close_first {
            assert!(read.as_mut().poll(&mut context).is_pending());
        }
        complete_now(session.send_close(&mut op(), ControlPayload::EMPTY, 0)).expect("it leaves");
        assert!(close_first || wakes.count() > 0, "the read does not know of its limit");
        assert!(read.as_mut().poll(&mut context).is_pending());
        pass(CLOSE_MS);
        // What arrives does not prolong it, and is delivered as long as the connection stands.
        wire.arrives(b"\x82\x04late\x89");
        complete_now(read).expect("a message is there");
        assert!(session.is_open());
        let fault =
            complete_now(session.receive(&mut op(), options(AUTO))).expect_err("the limit has passed");
        assert_eq!(fault.code(), ErrorCode::CloseTimeout);
        assert!(!session.is_open() && wire.state().is_closed);
        let fault = complete_now(session.read_frame(&mut op(), options(AUTO))).expect_err("it stays closed");
        assert_eq!(fault.code(), ErrorCode::CloseTimeout);
    }
}

#[test]
fn a_call_that_never_waits_sees_that_the_answer_to_our_close_is_overdue() {
    const CLOSE_MS: u32 = 50;
    for is_polled in [true, false] {
        let (session, wire) = connected(usize::MAX);
        session.set_close_timeout_ms(CLOSE_MS);
        complete_now(session.send_close(&mut op(), ControlPayload::EMPTY, 0)).expect("it leaves");
        pass(CLOSE_MS);
        assert!(!is_polled || session.poll_readable(AUTO), "a failure waits");
        let fault = session.try_read_frame(&mut op(), AUTO).expect_err("the limit has passed");
        assert_eq!(fault.code(), ErrorCode::CloseTimeout);
        assert!(!session.is_open() && wire.state().is_closed);
    }
}

#[test]
fn a_close_that_has_not_left_limits_no_read() {
    const CLOSE_MS: u32 = 20;
    let (session, wire) = connected(0);
    session.set_close_timeout_ms(CLOSE_MS);
    let (mut closing, mut reading) = (op(), op());
    let mut close = pin!(session.send_close(&mut closing, ControlPayload::EMPTY, 0));
    let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
    assert!(poll(close.as_mut()).is_pending() && poll(read.as_mut()).is_pending());
    pass(CLOSE_MS);
    assert!(poll(read.as_mut()).is_pending());
    wire.state().room = usize::MAX;
    complete_now(close).expect("it leaves");
    assert!(poll(read.as_mut()).is_pending());
    wire.arrives(CLOSE);
    wire.state().end = End::Finished;
    complete_now(read).expect("the answer came in time");
}

#[test]
fn the_peer_may_echo_whatever_code_we_closed_with() {
    for code in [5000_u16, 1005, 0] {
        let (session, wire) = connected(usize::MAX);
        let payload = ckws::proto::ws::close::build(Some(code), "own");
        complete_now(session.send_close(&mut op(), payload, 0)).expect("it leaves");
        wire.arrives(&[&[0x88, 2], code.to_be_bytes().as_slice()].concat());
        wire.state().end = End::Finished;
        complete_now(session.read_frame(&mut op(), options(AUTO))).expect("a Close is a frame");
        let seen = session.with_facts(|facts| facts.close.as_ref().and_then(|close| close.code));
        assert_eq!(seen, Some(code));
    }
}

#[test]
fn another_forbidden_code_than_ours_fails_the_connection() {
    let (session, wire) = connected(usize::MAX);
    complete_now(session.send_close(&mut op(), ckws::proto::ws::close::build(Some(5000), ""), 0))
        .expect("it leaves");
    wire.arrives(b"\x88\x02\x13\x89");
    wire.state().end = End::Finished;
    let fault = complete_now(session.read_frame(&mut op(), options(AUTO))).expect_err("that is 5001");
    assert_eq!(fault.code(), ErrorCode::CloseCode);
}
