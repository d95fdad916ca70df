//! How connections end while calls are under way.

use super::script::{AUTO, connected, cx, message, now, options, poll};
use ckws::base::ErrorCode;
use std::pin::pin;

const CLOSE: &[u8] = b"\x88\x02\x03\xE8";

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
