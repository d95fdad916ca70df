//! Section 8.1: a text message is UTF-8 as a whole, wherever frames and reads cut it.

use ckws::base::ErrorCode;
use ckws::proto::ws::{Held, Opcode};

use super::receiver::{Frame, expect_fault, expect_frames, inbound_with, part, receive, stream_of, whole};

const GOOD: &str = "aé€𐍈 κόσμε \u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}";

const BAD: [&[u8]; 9] = [
    b"\x80",
    b"ok\xFF",
    b"\xC0\xAF",
    b"\xC1\xBF",
    b"\xE0\x80\xAF",
    b"\xED\xA0\x80",
    b"\xF4\x90\x80\x80",
    b"\xF8\x88\x80\x80\x80",
    b"\xE2\x82 cut inside",
];

fn in_two(kind: Opcode, bytes: &[u8], at: usize) -> [Frame; 2] {
    [part(kind, &bytes[..at]), whole(Opcode::Continuation, &bytes[at..])]
}

#[test]
fn section_8_1_good_text_whole_and_cut_at_every_offset() {
    expect_frames(&stream_of(&[whole(Opcode::Text, GOOD)]), &[whole(Opcode::Text, GOOD)]);
    for at in 0..=GOOD.len() {
        let frames = in_two(Opcode::Text, GOOD.as_bytes(), at);
        expect_frames(&stream_of(&frames), &frames);
    }
}

#[test]
fn section_8_1_a_character_may_be_cut_by_several_fragments_and_control_frames() {
    let [a, b, c, d] = *b"\xF0\x90\x8D\x88";
    let frames = [
        part(Opcode::Text, [a]),
        whole(Opcode::Ping, "\u{10348}"),
        part(Opcode::Continuation, [b]),
        part(Opcode::Continuation, ""),
        whole(Opcode::Pong, [0xFF]),
        part(Opcode::Continuation, [c]),
        whole(Opcode::Continuation, [d]),
    ];
    expect_frames(&stream_of(&frames), &frames);
}

#[test]
fn section_8_1_bad_text_whole_and_cut_at_every_offset() {
    for bad in BAD {
        expect_fault(&stream_of(&[whole(Opcode::Text, bad)]), &[], ErrorCode::TextNotUtf8);
        for at in 0..=bad.len() {
            let seen = receive(&stream_of(&in_two(Opcode::Text, bad, at)));
            assert_eq!(seen.fault, Some(ErrorCode::TextNotUtf8), "{bad:02X?} cut at {at}");
            assert!(seen.frames.len() <= 1, "the frame with the fault is not delivered");
        }
    }
}

#[test]
fn section_8_1_the_end_of_the_message_must_not_cut_a_character() {
    for cut in [&b"\xC3"[..], b"a\xE2\x82", b"\xF0\x90\x8D"] {
        expect_fault(&stream_of(&[whole(Opcode::Text, cut)]), &[], ErrorCode::TextNotUtf8);
        let frames = [part(Opcode::Text, cut), whole(Opcode::Continuation, "")];
        expect_fault(&stream_of(&frames), &frames[..1], ErrorCode::TextNotUtf8);
    }
}

#[test]
fn section_8_1_a_bad_byte_is_noticed_before_the_frame_is_complete() {
    let mut inbound = inbound_with(0);
    assert!(inbound.next(b"\x81\x7Dgood", Held::default()).is_ok());
    assert_eq!(inbound.absorb(b"\xE2\x82").map(|piece| piece.ends_frame), Ok(false));
    assert_eq!(inbound.absorb(b"\x28").unwrap_err().code(), ErrorCode::TextNotUtf8);
}

#[test]
fn section_8_1_is_about_text_only() {
    for bytes in BAD {
        expect_frames(&stream_of(&[whole(Opcode::Binary, bytes)]), &[whole(Opcode::Binary, bytes)]);
        let frames = in_two(Opcode::Binary, bytes, 1);
        expect_frames(&stream_of(&frames), &frames);
        expect_frames(&stream_of(&[whole(Opcode::Ping, bytes)]), &[whole(Opcode::Ping, bytes)]);
    }
}

#[test]
fn section_8_1_each_message_is_checked_by_itself() {
    let frames = [
        part(Opcode::Text, b"\xE2"),
        whole(Opcode::Continuation, b"\x82\xAC"),
        whole(Opcode::Binary, b"\xE2"),
        whole(Opcode::Text, "€"),
    ];
    expect_frames(&stream_of(&frames), &frames);
}
