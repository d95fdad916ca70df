//! How connections end while calls are under way.

use super::script::{AUTO, attach, connected, cx, message, now, options, poll};
use ckws::base::ErrorCode;
use ckws::engine::{Cx, block_on};
use ckws::object::WebSocket;
use ckws::object::by_program::ByProgram;
use ckws::object::common::{add_handle, drop_handle};
use std::net::TcpListener;
use std::pin::pin;
use std::time::{Duration, Instant};

const CLOSE: &[u8] = b"\x88\x02\x03\xE8";

#[test]
fn a_streamed_frame_is_finished_before_the_close_that_answers_the_peers() {
    let (session, wire) = connected(40_000);
    let payload = vec![0; 100_000];
    let mut log = cx();
    let mut send = pin!(session.send(&mut log, message(&payload), 0));
    assert!(poll(send.as_mut()).is_pending(), "the peer takes a part");

    // Room for the rest of this piece, but not for the next, which only the sender has.
    wire.state().room = 30_000;
    wire.arrives(CLOSE);
    let mut reading = cx();
    let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
    assert!(poll(read.as_mut()).is_pending());
    assert!(!wire.state().finished, "our side was ended inside a frame");
    assert!(!session.wants_write(), "there is nothing to write until the sender goes on");

    wire.state().room = usize::MAX;
    now(send).expect("the frame leaves whole");
    assert_eq!(wire.opcodes(), [2, 8]);
    assert!(poll(read.as_mut()).is_pending(), "it waits for the peer's end");
    assert!(wire.state().finished);
}

#[test]
fn a_reader_that_sees_to_the_end_leaves_the_next_connection_alone() {
    let (session, wire) = connected(usize::MAX);
    wire.arrives(CLOSE);
    let mut reading = cx();
    let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
    assert!(poll(read.as_mut()).is_pending(), "it waits for the peer's end");
    let next = attach(&session, usize::MAX);
    assert!(wire.state().dropped);
    assert!(poll(read.as_mut()).is_ready());
    assert!(!next.state().dropped, "the new connection was ended with the old one");
    assert!(session.is_open());
}

#[test]
fn an_end_without_waiting_is_over_after_a_second_too() {
    let (session, wire) = connected(usize::MAX);
    wire.arrives(CLOSE);
    session.try_read_frame(&mut cx(), AUTO).expect("the Close is delivered");
    assert!(!wire.state().dropped, "the peer has not ended its side");
    let began = Instant::now();
    while !wire.state().dropped {
        let fault = session.try_read_frame(&mut cx(), AUTO).expect_err("nothing follows a Close");
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
    let caller = ByProgram(&websocket);
    let mut connecting = Cx::of(&caller, "Connect", false);
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
    let (mut reading, mut sending) = (cx(), cx());
    let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
    let mut send = pin!(session.send(&mut sending, message(b"waits"), 0));
    assert!(poll(read.as_mut()).is_pending() && poll(send.as_mut()).is_pending());
    session.close_now();
    assert!(wire.state().dropped && !session.is_open());
    assert_eq!(now(read).expect_err("it ended").code(), ErrorCode::ClosedLocally);
    assert_eq!(now(send).expect_err("it ended").code(), ErrorCode::ClosedLocally);
}

#[test]
fn a_session_that_starts_over_knows_nothing_of_the_last_close() {
    let (session, wire) = connected(usize::MAX);
    wire.arrives(CLOSE);
    session.try_read_frame(&mut cx(), AUTO).expect("the Close is delivered");
    session.detach();
    let fault = now(session.send(&mut cx(), message(b"early"), 0)).expect_err("nothing is attached");
    assert_eq!(fault.code(), ErrorCode::NotConnected);
    let fault = now(session.read_frame(&mut cx(), options(AUTO))).expect_err("nothing is attached");
    assert_eq!(fault.code(), ErrorCode::NotConnected);
}

#[test]
fn a_descriptor_stays_open_while_somebody_waits_for_it() {
    let (session, wire) = connected(0);
    let mut log = cx();
    {
        let mut send = pin!(session.send(&mut log, message(b"waits"), 0));
        assert!(poll(send.as_mut()).is_pending());
        wire.state().ended = true;
        let fault = now(session.read_frame(&mut cx(), options(AUTO))).expect_err("the stream ended");
        assert_eq!(fault.code(), ErrorCode::ConnectionLost);
        assert!(wire.state().dropped);
        let socket = wire.state().socket.upgrade();
        assert!(socket.is_some(), "its number may be another's when the sender polls it");
        assert_eq!(now(send).expect_err("the link is gone").code(), ErrorCode::NotConnected);
    }
    assert!(wire.state().socket.upgrade().is_none());
}
