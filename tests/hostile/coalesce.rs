//! Frames in the segment of the 101, and the same bytes split at every offset (T-COALESCE).

use crate::client::Client;
use crate::frames::{close, frame, text};
use crate::script::{Action, OPENING, OPENING_LEN, Server};

/// What the server sends behind its answer: a text, a long binary, a Ping inside a fragmented text, a Close.
fn behind() -> Vec<u8> {
    let frames = [
        text("one"),
        frame(0x82, &[7; 300]),
        frame(0x01, "fr\u{e4}g".as_bytes()),
        frame(0x89, b"ping"),
        frame(0x80, b"mented"),
        close(4321),
    ];
    frames.concat()
}

/// The client gets all of it, whatever the pieces.
#[track_caller]
fn expect_all(send: Action) {
    let sent = format!("{send:?}");
    let server = Server::start(vec![send]);
    let client = Client::connected(&server.url());
    let expected =
        [(1, b"one".to_vec()), (2, vec![7; 300]), (1, "fr\u{e4}gmented".into()), (8, b"\x10\xE1".to_vec())];
    for message in expected {
        assert_eq!(client.receive(), Ok(message), "{sent}");
    }
    assert_eq!(client.close_status(), 4321);
    assert!(!client.is_connected());
    let seen: Vec<_> =
        server.finish().frames().into_iter().map(|frame| (frame.first, frame.payload)).collect();
    assert_eq!(seen, [(0x8A, b"ping".to_vec()), (0x88, b"\x10\xE1".to_vec())], "{sent}");
}

#[test]
fn frames_in_the_segment_of_the_101() {
    expect_all(Action::Send([OPENING, &behind()].concat()));
}

#[test]
fn split_at_every_offset() {
    let stream = [OPENING, &behind()].concat();
    for at in 0..=OPENING_LEN + behind().len() {
        expect_all(Action::SendInTwo(stream.clone(), at));
    }
}

#[test]
fn byte_by_byte() {
    expect_all(Action::Trickle([OPENING, &behind()].concat()));
}
