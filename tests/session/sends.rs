//! Frames that wait to leave while other things happen.

use super::script::{
    AUTO, MANUAL, Wakes, attach, complete_now, connected, end, message, op, options, pass, poll,
};
use ckws::base::{Deadline, ErrorCode, Fault};
use ckws::engine::{Op, block_on};
use ckws::link::memory::End;
use ckws::log::Kind;
use ckws::proto::ws::control::ControlPayload;
use ckws::proto::ws::opcode::Opcode;
use ckws::session::Outgoing;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

const PING: &[u8] = b"\x89\x00";
const CLOSE: &[u8] = b"\x88\x02\x03\xE8";

#[test]
fn a_send_of_an_ended_connection_leaves_the_next_one_alone() {
    let (session, _old) = connected(0);
    let mut log = op();
    {
        let mut send = pin!(session.send(&mut log, message(b"old"), 0));
        assert!(poll(send.as_mut()).is_pending());

        let wire = attach(&session, usize::MAX);
        wire.arrives(PING);
        wire.arrives(b"\x81\x00");
        complete_now(session.read_frame(&mut op(), options(AUTO))).expect("a frame is there");
        assert_eq!(wire.opcodes(), [10]);
        // Here the old send is dropped.
    }
    assert!(session.is_open(), "the new connection was ended by a send on the old one");
}

#[test]
fn a_frame_that_an_automatic_close_drops_was_not_sent() {
    let (session, wire) = connected(0);
    let mut log = op();
    let mut send = pin!(session.send(&mut log, message(b"never"), 0));
    assert!(poll(send.as_mut()).is_pending());

    wire.arrives(CLOSE);
    let mut reading = op();
    let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
    assert!(poll(read.as_mut()).is_pending(), "the Close cannot leave yet");
    wire.state().room = usize::MAX;
    let outcome = complete_now(send);
    assert_eq!(wire.opcodes(), [8]);
    assert_eq!(outcome.expect_err("only the Close has left").code(), ErrorCode::Closed);
    assert!(!wire.state().is_closed, "the Close goes on to its end");
}

#[test]
fn a_frame_that_went_with_the_link_was_not_sent() {
    let (session, wire) = connected(0);
    let mut log = op();
    let mut send = pin!(session.send(&mut log, message(b"never"), 0));
    assert!(poll(send.as_mut()).is_pending());

    // The reader meets the fault first, when it looks whether output can leave.
    wire.state().write_fault = Some(Fault::new(ErrorCode::ConnectionReset, "reset"));
    let mut reading = op();
    let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
    assert!(poll(read.as_mut()).is_pending());
    let fault = complete_now(send).expect_err("nothing has left");
    assert_eq!(fault.code(), ErrorCode::ConnectionReset);
}

#[test]
fn gathered_frames_that_were_dropped_fail_the_flush() {
    let (session, wire) = connected(0);
    complete_now(session.send(&mut op(), Outgoing { flush: false, ..message(b"gathered") }, 0))
        .expect("it gathers");
    wire.arrives(CLOSE);
    let mut reading = op();
    let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
    assert!(poll(read.as_mut()).is_pending(), "the Close cannot leave yet");
    wire.state().room = usize::MAX;
    let fault = complete_now(session.flush(&mut op(), 0)).expect_err("it was dropped");
    assert_eq!((fault.code(), wire.opcodes()), (ErrorCode::Closed, vec![8]));
}

#[test]
fn a_withdrawn_frame_does_not_make_a_received_close_unseen() {
    let (session, wire) = connected(0);
    let mut log = op();
    {
        let mut send = pin!(session.send(&mut log, message(b"withdrawn"), 0));
        assert!(poll(send.as_mut()).is_pending());
        wire.arrives(CLOSE);
        complete_now(session.read_frame(&mut op(), options(MANUAL))).expect("the Close is delivered");
    }
    wire.state().room = usize::MAX;
    let mut closing = op();
    let mut close = pin!(session.send_close(&mut closing, ControlPayload::EMPTY, 0));
    let _ = poll(close.as_mut());
    assert_eq!(wire.opcodes(), [8]);
    assert!(!session.is_open(), "both have sent their Close");
}

#[test]
fn a_withdrawn_close_leaves_the_connection_open_for_sending() {
    let (session, wire) = connected(0);
    let mut log = op();
    {
        let mut close = pin!(session.send_close(&mut log, ControlPayload::EMPTY, 0));
        assert!(poll(close.as_mut()).is_pending());
    }
    wire.state().room = usize::MAX;
    complete_now(session.send(&mut op(), message(b"after"), 0)).expect("no Close was sent");
    assert_eq!(wire.opcodes(), [2]);
}

#[test]
fn a_reader_takes_over_what_a_sender_leaves_behind() {
    let (session, wire) = connected(0);
    let mut log = op();
    let wakes = Arc::new(Wakes::default());
    let mut reading = op();
    let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
    {
        let mut send = pin!(session.send(&mut log, message(b"withdrawn"), 0));
        assert!(poll(send.as_mut()).is_pending());
        // The sender sees to the Pong, which comes behind its frame: the reader waits for reading alone.
        wire.arrives(PING);
        let waker = Waker::from(Arc::clone(&wakes));
        assert!(read.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(wakes.count(), 0);
    }
    assert!(wakes.count() > 0, "nobody waits until the Pong can leave");
    wire.state().room = usize::MAX;
    assert!(poll(read.as_mut()).is_pending());
    assert_eq!(wire.opcodes(), [10]);
}

#[test]
fn nothing_follows_our_close() {
    let (session, wire) = connected(3);
    complete_now(session.send(&mut op(), Outgoing { flush: false, ..message(b"first") }, 0))
        .expect("it gathers");
    wire.arrives(PING);
    let mut reading = op();
    let mut read = pin!(session.read_frame(&mut reading, options(AUTO)));
    assert!(poll(read.as_mut()).is_pending(), "the Pong waits for the end of the frame");
    let mut log = op();
    let mut close = pin!(session.send_close(&mut log, ControlPayload::EMPTY, 0));
    let _ = poll(close.as_mut());
    wire.state().room = usize::MAX;
    complete_now(close).expect("the Close leaves");
    assert_eq!(wire.opcodes(), [2, 8]);
}

#[test]
fn a_dropped_pong_leaves_its_ping_unanswered() {
    let (session, wire) = connected(0);
    wire.arrives(PING);
    complete_now(session.read_frame(&mut op(), options(MANUAL))).expect("the Ping is delivered");
    let mut log = op();
    {
        let mut pong = pin!(session.send_pong(&mut log, 0));
        assert!(poll(pong.as_mut()).is_pending());
    }
    assert!(session.has_unanswered_ping());
    wire.state().room = usize::MAX;
    complete_now(session.send_pong(&mut op(), 0)).expect("it leaves");
    assert!(!session.has_unanswered_ping());
}

#[test]
fn waiting_for_the_turn_is_no_stall_while_the_peer_takes_data() {
    const IDLE_MS: u32 = 200;
    let (session, wire) = connected(0);
    let payload = vec![0; 200_000];
    let (mut large_log, mut small_log) = (op(), op());
    let mut large = pin!(session.send(&mut large_log, message(&payload), 0));
    assert!(poll(large.as_mut()).is_pending());
    let mut small = pin!(session.send(&mut small_log, message(b"small"), IDLE_MS));
    assert!(poll(small.as_mut()).is_pending());
    pass(IDLE_MS);
    wire.state().room = 50_000;
    assert!(poll(large.as_mut()).is_pending());
    assert!(poll(small.as_mut()).is_pending(), "the peer took 50,000 bytes meanwhile");
    pass(IDLE_MS);
    let fault = complete_now(small).expect_err("now it took nothing");
    assert_eq!(fault.code(), ErrorCode::SendTimeout);
    assert!(session.is_open());
}

/// What leaves early in a wait is noticed early: noticed at the end, it would double the wait. The clock of a test may be
/// late, so the two waits are compared with each other.
#[test]
fn a_stalled_send_is_given_up_at_its_time_out() {
    const IDLE_MS: u32 = 1_500;
    let (session, wire) = connected(0);
    let payload = vec![0; 100_000];
    let (mut send_log, mut timer_log) = (op(), op());
    let mut send = pin!(session.send(&mut send_log, message(&payload), IDLE_MS));
    let until = Deadline::after_ms(IDLE_MS + IDLE_MS / 2);
    let mut timer = pin!(timer_log.sleep(until));
    let outcome = block_on(poll_fn(|context| match send.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => {
            if wire.state().output.is_empty() {
                wire.state().room = 100;
            }
            timer.as_mut().poll(context).map(|_| None)
        }
    }));
    let fault = outcome.expect("the time-out comes first").expect_err("it takes no more");
    assert_eq!((fault.code(), wire.state().output.len()), (ErrorCode::SendInterrupted, 100));
}

/// What the log of a call says, fact by fact.
fn facts(log: &Op<'_>) -> Vec<(&'static str, String)> {
    let facts = log.log.entries().iter().filter_map(|entry| match &entry.kind {
        Kind::Fact(name, value) => Some((*name, value.text().into_owned())),
        _ => None,
    });
    facts.collect()
}

#[test]
fn a_verbose_log_says_what_became_of_a_frame() {
    let sent = |opcode: &str, on_the_wire: &str, fin: bool, payload: usize, frame: usize, sent: usize| {
        [
            ("opcode", opcode.to_owned()),
            ("finalFrame", fin.to_string()),
            ("payloadBytes", payload.to_string()),
            ("opcodeOnTheWire", on_the_wire.to_owned()),
            ("maskedFrameBytes", frame.to_string()),
            ("maskedFrameBytesSent", sent.to_string()),
            ("isBuffered", (sent < frame).to_string()),
        ]
    };
    let (session, wire) = connected(usize::MAX);
    let describe = |frame: Outgoing<'_>, is_verbose: bool| {
        let mut log = Op::new("test", is_verbose);
        end(session.send(&mut log, frame, 0));
        facts(&log)
    };
    let large = vec![0; 70_000];
    let part = Outgoing { fin: false, whole_message: false, ..message(b"part") };
    let buffered = Outgoing { flush: false, whole_message: false, ..message(b"rest of it") };
    assert_eq!(describe(message(&large), true), sent("Binary", "Binary", true, 70_000, 70_014, 70_014));
    assert_eq!(describe(part, true), sent("Binary", "Binary", false, 4, 10, 10));
    assert_eq!(describe(buffered, true), sent("Binary", "Continuation", true, 10, 16, 0));
    let ping = Outgoing::control(Opcode::Ping, b"?");
    assert_eq!(describe(ping, true), sent("Ping", "Ping", true, 1, 7, 7));
    assert_eq!(describe(message(b"quiet"), false), []);
    wire.state().room = 0;
    let mut refused = Op::new("test", true);
    {
        let mut send = pin!(session.send(&mut refused, message(b"stays"), 0));
        assert!(poll(send.as_mut()).is_pending());
    }
    assert_eq!(facts(&refused), sent("Binary", "", true, 5, 0, 0)[..3]);
}

#[test]
fn the_log_of_a_read_says_what_the_peers_close_said() {
    for is_waiting in [true, false] {
        let (session, wire) = connected(usize::MAX);
        wire.arrives(b"\x88\x05\x0F\xA0why");
        wire.state().end = End::Finished;
        let mut log = op();
        match is_waiting {
            true => complete_now(session.read_frame(&mut log, options(AUTO))).expect("a Close is a frame"),
            false => session.try_read_frame(&mut log, AUTO).expect("a Close is a frame"),
        }
        assert_eq!(facts(&log), [("closeStatusCode", "4000".to_owned()), ("closeReason", "why".to_owned())]);
    }
}

#[test]
fn a_control_frame_goes_behind_a_frame_that_waits() {
    let (session, wire) = connected(3);
    let mut log = op();
    let mut send = pin!(session.send(&mut log, message(b"first"), 0));
    assert!(poll(send.as_mut()).is_pending());
    let mut ping_log = op();
    let mut ping = pin!(session.send(&mut ping_log, Outgoing::control(Opcode::Ping, b"?"), 0));
    assert!(poll(ping.as_mut()).is_pending());
    wire.state().room = usize::MAX;
    complete_now(send).expect("it leaves");
    complete_now(ping).expect("it leaves");
    assert_eq!(wire.opcodes(), [2, 9]);
}

#[test]
fn a_peer_that_takes_everything_does_not_hold_a_large_send() {
    let (session, wire) = connected(usize::MAX);
    let payload = vec![0; 1 << 20];
    let mut log = op();
    let mut send = pin!(session.send(&mut log, message(&payload), 0));
    assert!(poll(send.as_mut()).is_pending());
    let left = wire.state().output.len();
    assert!(left <= 128 << 10, "{left} bytes left in one go");
    session.close_now();
    assert_eq!(complete_now(send).expect_err("the abort is heard").code(), ErrorCode::ClosedLocally);
}
