//! Section 5.4: fragmentation, with control frames in between.

use ckws::base::ErrorCode;
use ckws::proto::ws::{Held, Opcode, Step};

use super::receiver::{expect_fault, expect_frames, inbound_with, part, receive, stream_of, whole};

#[test]
fn section_5_4_a_message_is_a_first_frame_and_continuations() {
    for kind in [Opcode::Text, Opcode::Binary] {
        let frames = [
            part(kind, "one "),
            part(Opcode::Continuation, "two "),
            whole(Opcode::Continuation, "three"),
            whole(kind, "next message"),
        ];
        expect_frames(&stream_of(&frames), &frames);
    }
}

#[test]
fn section_5_4_control_frames_may_come_between_any_two_fragments() {
    let message =
        [part(Opcode::Text, "a€"), part(Opcode::Continuation, ""), whole(Opcode::Continuation, "b")];
    for control in [whole(Opcode::Ping, "p"), whole(Opcode::Pong, ""), whole(Opcode::Close, b"\x03\xE8")] {
        for at in 0..=message.len() {
            let mut frames = message.to_vec();
            frames.insert(at, control.clone());
            expect_frames(&stream_of(&frames), &frames);
        }
    }
}

#[test]
fn section_5_4_a_control_frame_between_every_fragment() {
    let mut frames = vec![part(Opcode::Binary, [0])];
    for n in 1..10 {
        frames.push(whole(Opcode::Ping, [n]));
        frames.push(part(Opcode::Continuation, [n]));
    }
    frames.push(whole(Opcode::Pong, ""));
    frames.push(whole(Opcode::Continuation, ""));
    expect_frames(&stream_of(&frames), &frames);
}

#[test]
fn section_5_4_what_looks_like_a_control_frame_inside_a_payload_is_payload() {
    let frames = [whole(Opcode::Binary, b"\x89\x00\x88\x02\x03\xE8")];
    expect_frames(&stream_of(&frames), &frames);
}

#[test]
fn section_5_4_a_continuation_needs_an_open_message() {
    expect_fault(b"\x80\x01x", &[], ErrorCode::UnexpectedContinuation);
    expect_fault(b"\x00\x01x", &[], ErrorCode::UnexpectedContinuation);
    let first = [whole(Opcode::Text, "whole")];
    let input = [&stream_of(&first), &b"\x80\x01x"[..]].concat();
    expect_fault(&input, &first, ErrorCode::UnexpectedContinuation);
}

#[test]
fn section_5_4_a_new_message_needs_the_open_one_to_end() {
    for second in [b"\x81\x01x", b"\x82\x01x", b"\x01\x01x", b"\x02\x01x"] {
        let first = [part(Opcode::Binary, "begun")];
        let input = [&stream_of(&first), &second[..]].concat();
        expect_fault(&input, &first, ErrorCode::ExpectedContinuation);
    }
}

#[test]
fn section_5_4_empty_fragments_count_as_fragments() {
    let frames = [part(Opcode::Text, ""), part(Opcode::Continuation, ""), whole(Opcode::Continuation, "")];
    expect_frames(&stream_of(&frames), &frames);
    expect_fault(b"\x01\x00\x81\x00", &[part(Opcode::Text, "")], ErrorCode::ExpectedContinuation);
}

#[test]
fn section_5_4_a_million_empty_fragments_leave_no_trace() {
    let mut inbound = inbound_with(1);
    assert!(inbound.next(b"\x02\x00", Held::default()).is_ok());
    let mut after_one = String::new();
    for _ in 0..1_000_000 {
        let step = inbound.next(b"\x00\x00", Held::default());
        assert!(matches!(step, Ok(Step::Data(_))), "{step:?}");
        if after_one.is_empty() {
            after_one = format!("{inbound:?}");
        }
    }
    assert_eq!(format!("{inbound:?}"), after_one);
}

#[test]
fn mid_message_is_true_from_the_first_header_to_the_last_byte() {
    for (input, expected) in [
        (&b""[..], false),
        (b"\x81", false),
        (b"\x81\x02", true),
        (b"\x81\x02a", true),
        (b"\x81\x02ab", false),
        (b"\x01\x00", true),
        (b"\x01\x00\x89\x00", true),
        (b"\x01\x00\x80", true),
        (b"\x01\x00\x80\x00", false),
    ] {
        assert_eq!(receive(input).mid_message, expected, "{input:02X?}");
    }
}
