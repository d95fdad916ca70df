//! T-CTRL: section 5.5, control frames.

use ckws::base::ErrorCode;
use ckws::proto::ws::{Held, Opcode, Step};

use super::receiver::{expect_fault, expect_frames, inbound_with, receive, stream_of, whole};

#[test]
fn section_5_5_a_control_frame_has_up_to_125_bytes() {
    for opcode in [Opcode::Ping, Opcode::Pong] {
        for len in [0, 1, 124, 125] {
            let frames = [whole(opcode, vec![b'x'; len])];
            expect_frames(&stream_of(&frames), &frames);
        }
    }
}

#[test]
fn section_5_5_longer_control_frames_fail_in_either_length_form() {
    for first in [0x88, 0x89, 0x8A] {
        expect_fault(&[first, 126, 0, 126], &[], ErrorCode::ControlTooLong);
        expect_fault(&[first, 127, 0, 0, 0, 0, 0, 1, 0, 0], &[], ErrorCode::ControlTooLong);
        // Not even a length that would have fitted may use the long form, and two bytes are enough to say so.
        expect_fault(&[first, 126, 0, 5], &[], ErrorCode::ControlTooLong);
        expect_fault(&[first, 126], &[], ErrorCode::ControlTooLong);
    }
}

#[test]
fn section_5_5_a_control_frame_may_not_be_fragmented() {
    for first in [0x08, 0x09, 0x0A] {
        expect_fault(&[first, 0], &[], ErrorCode::ControlFragmented);
        expect_fault(&[first], &[], ErrorCode::ControlFragmented);
    }
}

#[test]
fn section_5_5_2_a_control_frame_is_delivered_only_whole() {
    let mut inbound = inbound_with(0);
    let ping = b"\x89\x04abcd";
    for len in 0..ping.len() {
        assert_eq!(inbound.next(&ping[..len], Held::default()), Ok(Step::Incomplete), "{len} bytes");
        assert_eq!(inbound.payload_remaining(), 0, "only data can be absorbed");
    }
    let expected = Step::Control { opcode: Opcode::Ping, payload: 2..6 };
    assert_eq!(inbound.next(ping, Held::default()), Ok(expected));
}

#[test]
fn section_5_5_3_an_unasked_pong_is_a_frame_like_any_other() {
    let frames = [whole(Opcode::Pong, "alive"), whole(Opcode::Ping, ""), whole(Opcode::Pong, "")];
    expect_frames(&stream_of(&frames), &frames);
}

#[test]
fn control_frames_are_outside_the_limit() {
    let mut inbound = inbound_with(1);
    let full = Held { earlier: 1, message: 0 };
    let step = inbound.next(b"\x89\x03abc", full);
    assert!(matches!(step, Ok(Step::Control { .. })), "{step:?}");
}

#[test]
fn a_flood_of_empty_pings_always_moves_on() {
    let frames = vec![whole(Opcode::Ping, ""); 50];
    assert_eq!(receive(&stream_of(&frames)).frames, frames);
}
