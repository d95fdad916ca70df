//! Sections 5.5.1 and 7: the closing handshake as far as bytes and rules go.

use ckws::base::ErrorCode;
use ckws::proto::ws::{Closing, Opcode, Policy, Reply, close, outbound, react};

use super::receiver::{expect_fault, expect_frames, stream_of, whole};

const AUTO: Policy = Policy { close_auto_respond: true, ping_auto_respond: true, pong_auto_consume: true };

#[test]
fn section_5_5_1_bodies_that_may_be_sent() {
    let longest = [b"\x03\xE8", "r".repeat(123).as_bytes()].concat();
    for body in [&b""[..], b"\x03\xE8", b"\x03\xE9going away", b"\x0B\xB8\xE2\x82\xAC", &longest] {
        let frames = [whole(Opcode::Close, body)];
        expect_frames(&stream_of(&frames), &frames);
    }
}

#[test]
fn section_5_5_1_bodies_that_may_not_be_sent() {
    for (body, fault) in [
        (&b"\x03"[..], ErrorCode::ClosePayload),
        (b"\x03\xED", ErrorCode::CloseCode),
        (b"\x00\x00", ErrorCode::CloseCode),
        (b"\x03\xE8\xFF", ErrorCode::CloseReason),
        (b"\x03\xE8ok\xE2\x82", ErrorCode::CloseReason),
    ] {
        expect_fault(&stream_of(&[whole(Opcode::Close, body)]), &[], fault);
    }
}

#[test]
fn section_7_4_codes_on_the_wire() {
    let good =
        [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999];
    for code in good {
        let frames = [whole(Opcode::Close, u16::to_be_bytes(code))];
        expect_frames(&stream_of(&frames), &frames);
    }
    for code in [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 16_383, 65_535] {
        let input = stream_of(&[whole(Opcode::Close, u16::to_be_bytes(code))]);
        expect_fault(&input, &[], ErrorCode::CloseCode);
    }
}

#[test]
fn section_5_5_1_the_answer_echoes_the_status_code() {
    let received = close::parse(b"\x03\xF3reason", None).unwrap();
    assert_eq!((received.code, received.reason.as_str()), (Some(1011), "reason"));
    let mut out = Vec::new();
    let reply = close::reply_to(&received);
    outbound::encode_frame(&mut out, Opcode::Close, true, [0; 4], reply.as_bytes());
    assert_eq!(out, [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xF3]);
}

#[test]
fn section_5_5_1_a_close_is_answered_unless_ours_was_sent() {
    let first = react(Opcode::Close, AUTO, Closing::default());
    assert_eq!((first.deliver, first.reply), (true, Some(Reply::Close)));
    let answer = react(Opcode::Close, AUTO, Closing { sent: true, received: false });
    assert_eq!((answer.deliver, answer.reply), (true, None));
}

#[test]
fn section_5_5_2_no_pong_after_a_close_in_either_direction() {
    for closing in [Closing { sent: true, received: false }, Closing { sent: false, received: true }] {
        let reaction = react(Opcode::Ping, AUTO, closing);
        assert_eq!((reaction.deliver, reaction.reply), (false, None), "{closing:?}");
    }
}

#[test]
fn section_1_4_data_is_delivered_until_the_server_closes() {
    let ours_sent = Closing { sent: true, received: false };
    assert!(react(Opcode::Text, AUTO, ours_sent).deliver);
    assert!(!react(Opcode::Text, AUTO, Closing { received: true, ..ours_sent }).deliver);
}

#[test]
fn section_7_1_7_faults_name_their_status_code() {
    use ErrorCode::{CloseCode, CloseReason, MaskedFrame, MessageTooBig, ReservedBits, TextNotUtf8};
    let table = [
        (TextNotUtf8, 1007),
        (CloseReason, 1007),
        (MessageTooBig, 1009),
        (CloseCode, 1002),
        (MaskedFrame, 1002),
        (ReservedBits, 1002),
    ];
    for (fault, code) in table {
        assert_eq!(close::code_for(fault), code, "{fault:?}");
        assert!(close::is_sendable(code));
    }
}
