//! `max_message_size`: what can never be held fails the connection (section 7.4.1, status code 1009); what
//! can't be held now waits.

use ckws::base::{ErrorCode, Fault};
use ckws::proto::ws::{Held, Opcode, Step, close};

use super::receiver::{inbound_with, is_mid_message, part, receive_limited, stream_of, whole};

const LIMIT: u64 = 10;

fn code(step: Result<Step, Fault>) -> Option<ErrorCode> {
    step.err().map(|fault| fault.code())
}

#[test]
fn a_frame_of_the_limit_passes_and_one_byte_more_fails() {
    let fits = [whole(Opcode::Binary, [0; 10])];
    let seen = receive_limited(&stream_of(&fits), LIMIT);
    assert_eq!((seen.frames.as_slice(), seen.fault), (&fits[..], None));
    let seen = receive_limited(&stream_of(&[whole(Opcode::Binary, [0; 11])]), LIMIT);
    assert_eq!((seen.frames.len(), seen.fault), (0, Some(ErrorCode::MessageTooBig)));
    assert_eq!(close::code_for(ErrorCode::MessageTooBig), 1009);
}

#[test]
fn the_fragments_of_a_message_count_together() {
    let fits =
        [part(Opcode::Binary, [0; 4]), whole(Opcode::Ping, [0; 99]), whole(Opcode::Continuation, [0; 6])];
    assert_eq!(receive_limited(&stream_of(&fits), LIMIT).fault, None);
    let frames = [part(Opcode::Binary, [0; 4]), whole(Opcode::Continuation, [0; 7])];
    let seen = receive_limited(&stream_of(&frames), LIMIT);
    assert_eq!((seen.frames.as_slice(), seen.fault), (&frames[..1], Some(ErrorCode::MessageTooBig)));
}

#[test]
fn fragments_that_the_program_took_do_not_count() {
    let mut inbound = inbound_with(LIMIT);
    assert!(inbound.next(b"\x02\x0A0123456789", Held::default()).is_ok());
    for _ in 0..5 {
        assert_eq!(code(inbound.next(b"\x00\x0A0123456789", Held::default())), None);
    }
    let held = Held { earlier: 0, message: 1 };
    assert_eq!(code(inbound.next(b"\x80\x0A0123456789", held)), Some(ErrorCode::MessageTooBig));
}

#[test]
fn messages_after_each_other_have_the_limit_each() {
    let frames = vec![whole(Opcode::Text, "0123456789"); 4];
    let seen = receive_limited(&stream_of(&frames), LIMIT);
    assert_eq!((seen.frames, seen.fault), (frames, None));
}

#[test]
fn a_full_buffer_lets_the_frame_wait_and_is_no_fault_of_the_server() {
    let mut inbound = inbound_with(LIMIT);
    let frame = b"\x82\x04abcd";
    for held in
        [Held { earlier: 7, message: 0 }, Held { earlier: 0, message: 7 }, Held { earlier: 3, message: 4 }]
    {
        for input in [&frame[..2], frame] {
            assert_eq!(code(inbound.next(input, held)), Some(ErrorCode::ReceiveBufferFull), "{held:?}");
            assert!(!is_mid_message(&inbound), "nothing changed");
        }
    }
    let step = inbound.next(frame, Held { earlier: 6, message: 0 }).unwrap();
    assert!(
        matches!(step, Step::Data(piece) if piece.begins_message && piece.ends_frame && piece.payload == (2..6))
    );
}

#[test]
fn a_continuation_waits_only_for_earlier_messages() {
    let mut inbound = inbound_with(LIMIT);
    assert_eq!(code(inbound.next(b"\x01\x04\xE2\x82\xAC\xC3", Held { earlier: 6, message: 0 })), None);
    let end = b"\x80\x02\xA9!";
    let full = Held { earlier: 6, message: 4 };
    assert_eq!(code(inbound.next(end, full)), Some(ErrorCode::ReceiveBufferFull));
    assert!(is_mid_message(&inbound), "the message is open still");
    let step = inbound.next(end, Held { earlier: 0, message: 4 });
    assert_eq!(code(step), None, "the cut character goes on");
    assert!(!is_mid_message(&inbound));
}

#[test]
fn a_frame_that_has_begun_is_not_stopped() {
    let mut inbound = inbound_with(LIMIT);
    assert_eq!(code(inbound.next(b"\x82\x0A", Held::default())), None);
    inbound.set_max_message_size(1);
    assert_eq!(code(inbound.next(b"0123456789", Held { earlier: 99, message: 0 })), None);
    assert_eq!(code(inbound.next(b"\x82\x02", Held::default())), Some(ErrorCode::MessageTooBig));
}

#[test]
fn a_limit_of_zero_is_none() {
    let mut inbound = inbound_with(LIMIT);
    inbound.set_max_message_size(0);
    let held = Held { earlier: u64::MAX, message: 0 };
    assert_eq!(code(inbound.next(b"\x82\x7F\0\0\0\xFF\0\0\0\0", held)), None);
}

#[test]
fn the_order_of_frames_is_judged_before_the_limit() {
    let mut inbound = inbound_with(LIMIT);
    let step = inbound.next(b"\x80\x7E\xFF\xFF", Held::default());
    assert_eq!(code(step), Some(ErrorCode::UnexpectedContinuation));
}
