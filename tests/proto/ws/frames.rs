//! Sections 5.1 to 5.3 and 5.7: the frame as such.

use ckws::base::ErrorCode;
use ckws::proto::ws::header::refused_bits;
use ckws::proto::ws::{FrameHeader, Held, Opcode, Step, mask, outbound};

use super::receiver::{bytes_of, expect_fault, expect_frames, inbound_with, part, receive, stream_of, whole};

#[test]
fn section_5_7_single_frame_unmasked_text() {
    expect_frames(b"\x81\x05Hello", &[whole(Opcode::Text, "Hello")]);
}

#[test]
fn section_5_7_single_frame_masked_text() {
    let mut out = Vec::new();
    outbound::encode_frame(&mut out, Opcode::Text, true, [0x37, 0xFA, 0x21, 0x3D], b"Hello");
    assert_eq!(out, [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]);
}

#[test]
fn section_5_7_fragmented_unmasked_text() {
    let frames = [part(Opcode::Text, "Hel"), whole(Opcode::Continuation, "lo")];
    expect_frames(b"\x01\x03Hel\x80\x02lo", &frames);
}

#[test]
fn section_5_7_unmasked_ping_and_masked_pong() {
    expect_frames(b"\x89\x05Hello", &[whole(Opcode::Ping, "Hello")]);
    let mut out = Vec::new();
    outbound::encode_frame(&mut out, Opcode::Pong, true, [0x37, 0xFA, 0x21, 0x3D], b"Hello");
    assert_eq!(out, [0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]);
}

#[test]
fn section_5_7_binary_of_256_bytes_and_of_64_kib() {
    let short = vec![0xAB; 256];
    let input = [&[0x82, 0x7E, 0x01, 0x00], &short[..]].concat();
    expect_frames(&input, &[whole(Opcode::Binary, &short)]);

    // Fed whole only: every split of 64 KiB would take minutes.
    let header = [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0];
    let expected = FrameHeader { fin: true, rsv: 0, opcode: Opcode::Binary, payload_len: 65_536 };
    assert_eq!(FrameHeader::decode(header[0], &header, refused_bits(0)), Ok(Some((expected, 10))));
    let input = [&header[..], &[0xAB; 65_536]].concat();
    let step = inbound_with(0).next(&input, Held::default());
    assert!(matches!(step, Ok(Step::Data(piece)) if piece.ends_frame && piece.payload == (10..65_546)));
}

#[test]
fn section_5_1_a_masked_frame_from_a_server_fails_the_connection() {
    for opcode in [Opcode::Text, Opcode::Binary, Opcode::Close, Opcode::Ping, Opcode::Pong] {
        let mut masked = bytes_of(&whole(Opcode::Ping, "first"));
        outbound::encode_frame(&mut masked, opcode, true, [1, 2, 3, 4], b"payload");
        expect_fault(&masked, &[whole(Opcode::Ping, "first")], ErrorCode::MaskedFrame);
    }
}

#[test]
fn section_5_2_every_first_byte_is_judged() {
    for first in 0..=u8::MAX {
        let fin = first & 0x80 != 0;
        let expected = match (first & 0x70, Opcode::from_bits(first & 0x0F)) {
            (1.., _) => Some(ErrorCode::ReservedBits),
            (0, None) => Some(ErrorCode::ReservedOpcode),
            (0, Some(Opcode::Continuation)) => Some(ErrorCode::UnexpectedContinuation),
            (0, Some(opcode)) if opcode.is_control() && !fin => Some(ErrorCode::ControlFragmented),
            (0, Some(_)) => None,
        };
        assert_eq!(receive(&[first, 0]).fault, expected, "first byte {first:#04X}");
    }
}

#[test]
fn section_5_2_reserved_bits_and_opcodes_fail_before_more_arrives() {
    for (first, expected) in [(0xC1, ErrorCode::ReservedBits), (0x8B, ErrorCode::ReservedOpcode)] {
        assert_eq!(receive(&[first]).fault, Some(expected));
    }
}

#[test]
fn section_5_2_frames_follow_each_other_without_a_gap() {
    let frames: Vec<_> = (0..12).map(|n| whole(Opcode::Binary, vec![n; usize::from(n)])).collect();
    expect_frames(&stream_of(&frames), &frames);
}

#[test]
fn section_5_3_the_mask_is_an_xor_that_undoes_itself() {
    let key = [0xA5, 0x00, 0xFF, 0x3C];
    let payload: Vec<u8> = (0..=255).collect();
    let mut masked = Vec::new();
    mask::append(key, 0, &payload, &mut masked);
    assert_eq!(masked[3], payload[3] ^ key[3]);
    assert_eq!(masked[4], payload[4] ^ key[0]);
    mask::apply(key, 0, &mut masked);
    assert_eq!(masked, payload);
}

#[test]
fn section_5_3_every_frame_we_send_is_masked_with_the_key_it_carries() {
    for (len, key_at) in [(0, 2), (125, 2), (126, 4), (65_535, 4), (65_536, 10)] {
        let payload = vec![0x5A; len];
        let mut out = Vec::new();
        outbound::encode_frame(&mut out, Opcode::Binary, false, [1, 2, 3, 4], &payload);
        assert_eq!(out[0], 0x02, "no FIN, no reserved bit");
        assert_eq!(out[1] & 0x80, 0x80, "MASK bit");
        assert_eq!(out[key_at..key_at + 4], [1, 2, 3, 4]);
        mask::apply([1, 2, 3, 4], 0, &mut out[key_at + 4..]);
        assert_eq!(out[key_at + 4..], payload);
    }
}
