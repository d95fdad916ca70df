//! Reading from a peer that never stops, and data that stays lent.

use super::cancels::lent;
use super::script::{AUTO, complete_now, connected, op, options, pass, poll, taken};
use ckws::base::{ErrorCode, Fault};
use ckws::engine::op::closed_by_the_program;
use ckws::engine::{Caller, CancelToken, Op};
use ckws::session::{ReadOptions, Session};
use std::pin::pin;

/// More than a call may take in one go.
const FLOOD: usize = 6 * 1024 * 1024;

/// A call that never waits, or one poll of a call that may, takes less than this.
const IN_ONE_GO: usize = 2 * 1024 * 1024;

#[test]
fn a_flood_of_tiny_frames_does_not_hold_a_call_that_never_waits() {
    let (session, wire) = connected(usize::MAX);
    // Pongs, which are swallowed: many of them fit into what is read at once.
    wire.arrives(&b"\x8A\x00".repeat(FLOOD / 2));
    let fault = session.try_read_frame(&mut op(), AUTO).expect_err("no frame is to be delivered");
    assert_eq!(fault.code(), ErrorCode::WouldBlock);
    let left = wire.state().input.len();
    assert!(left > FLOOD - IN_ONE_GO, "{left} bytes are left");
    assert!(!session.poll_readable(AUTO));
    let left_now = wire.state().input.len();
    assert!(left_now < left && left_now > left - IN_ONE_GO, "{left_now} bytes are left");
}

/// Of small frames and of a large one, which is received where it will be handed out.
#[test]
fn a_call_that_never_waits_takes_64_kib() {
    let large = [&b"\x82\x7F\x00\x00\x00\x00\x10\x00\x00\x00"[..], &[0; FLOOD]].concat();
    for input in [b"\x8A\x00".repeat(FLOOD / 2), large] {
        let (session, wire) = connected(usize::MAX);
        wire.arrives(&input);
        let mut left = input.len();
        while left > 0 {
            let fault = session.try_read_frame(&mut op(), AUTO).expect_err("no frame is to be delivered");
            assert_eq!(fault.code(), ErrorCode::WouldBlock);
            let left_now = wire.state().input.len();
            assert!(left_now < left && left - left_now <= 64 * 1024, "{left_now} of {left} bytes are left");
            left = left_now;
        }
    }
}

#[test]
fn a_flood_of_fragments_does_not_hold_a_message_that_is_read() {
    for fragment in [&b"\x00\x00"[..], &[b"\x00\x7E\x40\x00".as_slice(), &[0; 0x4000]].concat()] {
        let (session, wire) = connected(usize::MAX);
        wire.arrives(b"\x02\x00");
        wire.arrives(&fragment.repeat(FLOOD / fragment.len()));
        let mut log = op();
        let mut read = pin!(session.read_message(&mut log, options(AUTO)));
        assert!(poll(read.as_mut()).is_pending());
        let left = wire.state().input.len();
        assert!(left > FLOOD - IN_ONE_GO, "{left} bytes are left");
        session.close_now();
        let fault = complete_now(read).expect_err("the abort is heard");
        assert_eq!(fault.code(), ErrorCode::ClosedLocally);
    }
}

#[test]
fn data_stays_lent_until_the_next_read_whatever_is_taken_meanwhile() {
    let (session, wire) = connected(usize::MAX);
    let mut log = op();
    wire.arrives(b"\x82\x04lent");
    complete_now(session.read_frame(&mut log, options(AUTO))).expect("a frame is there");
    let (first, _) = session.return_received().expect("there is memory");
    assert_eq!(session.return_received().expect("there is memory").1, 0, "nothing is left to take");

    // Polling is no read, and what it finds goes where room is.
    wire.arrives(b"\x82\x04more");
    assert!(session.poll_readable(AUTO));
    complete_now(session.read_frame(&mut log, options(AUTO))).expect("a frame is there");
    let next = taken(&session);
    assert_eq!(next, b"more");
    assert_ne!(first, next.as_ptr(), "the lent memory was written to before the next read");
}

#[test]
fn waiting_for_the_turn_is_no_stall_while_data_arrives() {
    const IDLE_MS: u32 = 200;
    let (session, wire) = connected(usize::MAX);
    let (mut first_log, mut second_log) = (op(), op());
    let mut first = pin!(session.receive(&mut first_log, options(AUTO)));
    assert!(poll(first.as_mut()).is_pending());
    let mut second =
        pin!(session.receive(&mut second_log, ReadOptions { idle_ms: IDLE_MS, ..options(AUTO) }));
    assert!(poll(second.as_mut()).is_pending());
    pass(IDLE_MS);
    wire.arrives(b"\x82");
    assert!(poll(first.as_mut()).is_pending());
    assert!(poll(second.as_mut()).is_pending(), "a byte has arrived meanwhile");
    pass(IDLE_MS);
    let fault = complete_now(second).expect_err("now nothing has");
    assert_eq!(fault.code(), ErrorCode::ReadTimeout);
}

#[test]
fn what_arrives_early_in_a_wait_for_the_turn_does_not_double_it() {
    const IDLE_MS: u32 = 320;
    let (session, wire) = connected(usize::MAX);
    let (mut first_log, mut second_log) = (op(), op());
    let mut first = pin!(session.receive(&mut first_log, options(AUTO)));
    assert!(poll(first.as_mut()).is_pending());
    let mut second =
        pin!(session.receive(&mut second_log, ReadOptions { idle_ms: IDLE_MS, ..options(AUTO) }));
    assert!(poll(second.as_mut()).is_pending());
    wire.arrives(b"\x82");
    assert!(poll(first.as_mut()).is_pending());
    pass(IDLE_MS / 8);
    assert!(poll(second.as_mut()).is_pending());
    pass(IDLE_MS);
    let fault = complete_now(second).expect_err("nothing has arrived since");
    assert_eq!(fault.code(), ErrorCode::ReadTimeout);
}

/// Who gets the message is not decided before its task has ended; until then no other read may come before it.
#[test]
fn other_reads_wait_while_a_task_is_given_its_message() {
    for is_left in [false, true] {
        let (session, wire) = connected(usize::MAX);
        let (mut first_log, mut second_log) = (op(), op());
        wire.arrives(b"\x82\x05first\x82\x06second");
        complete_now(session.find(&mut first_log, options(AUTO))).expect("a message is there");

        let mut second = pin!(session.read_message(&mut second_log, options(AUTO)));
        assert!(poll(second.as_mut()).is_pending());
        let fault = session.try_read_frame(&mut op(), AUTO).expect_err("a task is reading");
        assert_eq!(fault.code(), ErrorCode::WouldBlock);
        let mut expected = &b"second"[..];
        if is_left {
            session.leave_found();
            expected = b"first";
        } else {
            assert_eq!(session.take_found().expect("it is the same connection").1.len(), 5);
        }
        complete_now(second).expect("it is its turn");
        assert_eq!(taken(&session), expected);
    }
}

#[test]
fn what_was_found_goes_with_its_connection() {
    let (session, wire) = connected(usize::MAX);
    wire.arrives(b"\x82\x03old");
    complete_now(session.find(&mut op(), options(AUTO))).expect("a message is there");
    let next = super::script::attach(&session, usize::MAX);
    assert_eq!(session.take_found().expect_err("it is another").code(), ErrorCode::ClosedLocally);
    next.arrives(b"\x82\x03new");
    complete_now(session.read_frame(&mut op(), options(AUTO))).expect("the way is free");
    assert_eq!(taken(&session), b"new");
}

/// A binary message in one frame.
fn frame(payload: &[u8]) -> Vec<u8> {
    let len = payload.len();
    let mut frame = vec![0x82];
    match len {
        0..=125 => frame.push(len as u8),
        126..=0xFFFF => frame.extend([&[126], &(len as u16).to_be_bytes()[..]].concat()),
        _ => frame.extend([&[127], &(len as u64).to_be_bytes()[..]].concat()),
    }
    [&frame, payload].concat()
}

/// The NUL takes the place of the next frame's first byte, or of one behind a block that is full to its end.
#[test]
fn a_nul_behind_a_message_costs_the_next_one_nothing() {
    for len in [0, 1, 125, 126, 65_529, 65_530, 65_531, 65_532, 65_533, 65_536, 100_000] {
        let payload = vec![b'x'; len];
        let next = [frame(b"next"), frame(&payload), b"\x89\x01?".to_vec(), frame(b"")].concat();
        for cut in [0, 1, 2, 3, 7, next.len()] {
            let (session, wire) = connected(usize::MAX);
            let receive = || {
                let (_, start, len) =
                    complete_now(session.receive(&mut op(), options(AUTO))).expect("it has arrived");
                lent(start, len)
            };
            wire.arrives(&[&frame(&payload), &next[..cut]].concat());
            assert!(receive() == payload, "{len} bytes");
            assert!(session.poll_readable(AUTO) == (cut >= 6));
            wire.arrives(&next[cut..]);
            assert_eq!(receive(), b"next");
            assert!(receive() == payload, "{len} bytes, again");
            assert_eq!(receive(), b"");
            assert_eq!(wire.opcodes(), [10], "the Ping was seen");
        }
    }
}

/// One of several threads that read.
struct Thread(u64, CancelToken);

impl Caller for Thread {
    fn thread(&self) -> Option<u64> {
        Some(self.0)
    }

    fn is_task(&self) -> bool {
        false
    }

    fn cancel_token(&self) -> &CancelToken {
        &self.1
    }

    fn cancel_fault(&self) -> Fault {
        closed_by_the_program()
    }
}

#[test]
fn another_threads_read_leaves_the_nul_where_it_is() {
    fn receive(session: &Session, thread: u64) -> (*const u8, usize) {
        let caller = Thread(thread, CancelToken::default());
        let mut log = Op::of(&caller, "Receive", false);
        let (_, start, len) = complete_now(session.receive(&mut log, options(AUTO))).expect("it has arrived");
        (start, len)
    }
    let (session, wire) = connected(usize::MAX);
    for number in 0..1000 {
        wire.arrives(&frame(format!("message {number}").as_bytes()));
    }
    let mut held = [receive(&session, 0), receive(&session, 1)];
    for number in 2..1000 {
        for (behind, (start, len)) in held.iter().enumerate() {
            assert_eq!(lent(*start, *len), format!("message {}", number - 2 + behind).into_bytes());
        }
        held = [held[1], receive(&session, number as u64 % 2)];
    }
}
