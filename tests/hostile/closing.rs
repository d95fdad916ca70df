//! The end of a connection: our Close reaches the server, although the client's kernel holds bytes that nobody
//! will read, for which it would send a reset that destroys the Close (c-api, section 8.21).

use crate::client::Client;
use crate::frames::{close, frame, opening_and, text};
use crate::order::try_read;
use crate::script::{Action, End, Seen, Server};
use ckws::base::ErrorCode;
use std::thread;
use std::time::{Duration, Instant};

/// More than the kernel buffers on both sides, less than the library discards.
const MUCH: usize = 900 * 1024;

/// The server got exactly one frame, this Close, and then the end of the stream.
#[track_caller]
fn expect_close(seen: &Seen, payload_start: &[u8]) {
    let frames = seen.frames();
    assert_eq!(frames.len(), 1, "{frames:?}");
    assert_eq!(frames[0].first, 0x88);
    assert!(frames[0].payload.starts_with(payload_start), "{frames:?}");
    assert_eq!(seen.end, End::Fin, "a reset would eat the Close");
}

/// A server that sends these bytes, much else behind them, and its end.
fn noisy_server(bytes: &[u8]) -> Server {
    Server::start(vec![opening_and(bytes), Action::Send(vec![0xEE; MUCH]), Action::Fin])
}

#[test]
fn the_answer_to_a_close_arrives_although_more_came_behind_it() {
    let reads: [fn(&Client) -> Result<i32, _>; 3] = [
        |client| client.receive().map(|(opcode, _)| opcode),
        |client| client.read_frame().map(|()| client.opcode()),
        |client| client.read_message().map(|()| client.opcode()),
    ];
    for read in reads {
        let server = noisy_server(&close(1001));
        let client = Client::connected(&server.url());
        assert_eq!(read(&client), Ok(8));
        assert!(!client.is_connected());
        drop(client);
        expect_close(&server.finish(), &1001u16.to_be_bytes());
    }
}

#[test]
fn after_try_read_frame_the_rest_is_discarded_by_later_calls() {
    let server = noisy_server(&close(1001));
    let client = Client::connected(&server.url());
    assert_eq!(try_read(&client), Ok(()));
    assert_eq!(client.opcode(), 8);
    assert!(!client.is_connected());
    let deadline = Instant::now() + Duration::from_secs(20);
    while !server.is_finished() {
        assert!(Instant::now() < deadline, "the connection never ends");
        assert!(client.try_read_frame().is_err());
        thread::yield_now();
    }
    expect_close(&server.finish(), &1001u16.to_be_bytes());
}

#[test]
fn after_try_read_frame_the_dispose_discards_once_more() {
    let server = Server::start(vec![
        opening_and(&close(1001)),
        // The client has closed by now, and this comes behind it.
        Action::Frame,
        Action::Send(vec![0xEE; 10_000]),
        Action::Tell,
        Action::Fin,
    ]);
    let client = Client::connected(&server.url());
    assert_eq!(try_read(&client), Ok(()));
    server.wait_for_tell();
    drop(client);
    expect_close(&server.finish(), &1001u16.to_be_bytes());
}

#[test]
fn a_failure_is_told_although_more_came_behind_it() {
    for (bytes, status) in [(frame(0xC1, b"x"), 1002_u16), (frame(0x81, b"\xFF"), 1007)] {
        let server = noisy_server(&bytes);
        let client = Client::connected(&server.url());
        assert!(client.receive().is_err());
        drop(client);
        expect_close(&server.finish(), &status.to_be_bytes());
    }
}

#[test]
fn a_message_over_the_limit_is_told_while_it_is_still_coming() {
    let server = noisy_server(b"\x82\x7F\0\0\0\0\0\x10\0\0");
    let client = Client::new();
    client.set_max_message_size(1000);
    assert_eq!(client.connect(&server.url()), Ok(()));
    assert_eq!(client.receive(), Err(ErrorCode::MessageTooBig.into()));
    drop(client);
    expect_close(&server.finish(), &1009u16.to_be_bytes());
}

#[test]
fn our_own_close_comes_first_and_messages_of_the_server_are_still_delivered() {
    let behind = [text("late"), frame(0x82, &vec![1; MUCH]), close(1000)].concat();
    let server = Server::start(vec![opening_and(b""), Action::Frame, Action::Send(behind), Action::Fin]);
    let client = Client::connected(&server.url());
    assert_eq!(client.send_close(1000), Ok(()));
    assert_eq!(client.receive(), Ok((1, b"late".to_vec())));
    assert_eq!(client.receive().map(|(opcode, payload)| (opcode, payload.len())), Ok((2, MUCH)));
    assert_eq!(client.receive().map(|(opcode, _)| opcode), Ok(8));
    assert!(!client.is_connected());
    expect_close(&server.finish(), &1000u16.to_be_bytes());
}

#[test]
fn a_close_that_the_program_answers_arrives_too() {
    let server = noisy_server(&close(1001));
    let client = Client::connected(&server.url());
    client.set_close_auto_respond(false);
    assert_eq!(client.receive().map(|(opcode, _)| opcode), Ok(8));
    assert_eq!(client.send_close(4000), Ok(()));
    assert!(!client.is_connected());
    drop(client);
    expect_close(&server.finish(), &4000u16.to_be_bytes());
}

#[test]
fn a_server_that_does_not_end_its_side_is_left_after_a_second() {
    let server = Server::start(vec![opening_and(&close(1001)), Action::Hold]);
    let client = Client::connected(&server.url());
    let start = Instant::now();
    assert_eq!(client.receive().map(|(opcode, _)| opcode), Ok(8));
    let waited = start.elapsed();
    assert!((Duration::from_millis(900)..Duration::from_secs(10)).contains(&waited), "{waited:?}");
    server.release();
    expect_close(&server.finish(), &1001u16.to_be_bytes());
}

#[test]
fn a_server_that_never_stops_sending_is_left_after_a_mebibyte() {
    let server = Server::start(vec![opening_and(&close(1001)), Action::Send(vec![0xEE; 64 << 20])]);
    let client = Client::connected(&server.url());
    let start = Instant::now();
    assert_eq!(client.receive().map(|(opcode, _)| opcode), Ok(8));
    assert!(start.elapsed() < Duration::from_secs(10));
    // It may be a reset now: the server has had its second.
    server.finish();
}

#[test]
fn a_frame_behind_the_close_is_neither_delivered_nor_answered() {
    let behind = [close(1000), text("never"), frame(0x89, b"never")].concat();
    let server = Server::start(vec![opening_and(&behind), Action::Fin]);
    let client = Client::connected(&server.url());
    assert_eq!(client.receive().map(|(opcode, _)| opcode), Ok(8));
    assert_eq!(client.receive(), Err(ErrorCode::Closed.into()));
    assert_eq!(client.take_data(), b"");
    expect_close(&server.finish(), &1000u16.to_be_bytes());
}
