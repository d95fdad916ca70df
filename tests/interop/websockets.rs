//! Against Python: its `websockets` package as the server, and libckws used from Python by ctypes.
//!
//! The server is `echo_server.py`; the client is the C API, called from Rust.

use crate::peer::{Seen, Server, field, run_ctypes_client, run_python_of};
use ckws::base::ErrorCode;
use support::client::{BINARY, CLOSE, Client, PONG, READ_LOST, TEXT};

/// Every case is run in clear text and with TLS.
fn with_both(case: impl Fn(&mut Server)) {
    case(&mut Server::start());
    case(&mut Server::start_tls());
}

fn connect(server: &Server, path: &str) -> Client {
    let client = new_client(server);
    client.must_connect(&server.url(path));
    client
}

fn new_client(server: &Server) -> Client {
    if server.roots.is_empty() { Client::new() } else { Client::trusting(&server.roots) }
}

fn assert_echoes_text(client: &Client, text: &str) {
    assert!(client.send_text(text), "{}", client.account());
    let (opcode, data) = client.message();
    assert_eq!((opcode, data.len()), (TEXT, text.len()));
    assert!(data == text.as_bytes(), "the text came back changed");
}

fn assert_echoes_binary(client: &Client, bytes: &[u8]) {
    assert!(client.send_binary(bytes), "{}", client.account());
    let (opcode, data) = client.message();
    assert_eq!((opcode, data.len()), (BINARY, bytes.len()));
    assert!(data == bytes, "the bytes came back changed");
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index * 7 + index / 251) as u8).collect()
}

#[test]
fn messages_of_all_sizes_come_back() {
    with_both(|server| {
        let client = connect(server, "/echo");
        for text in ["", "a", "grüße 🦀", "with a\0NUL"] {
            assert_echoes_text(&client, text);
        }
        assert_echoes_text(&client, &"ä€🦀".repeat(10_000));
        // Around the lengths where the frame header changes its form, and where this library changes its way.
        for len in [0, 1, 125, 126, 127, 32_768, 32_769, 65_535, 65_536, 1 << 20, 5 << 20] {
            assert_echoes_binary(&client, &bytes(len));
        }
    });
}

#[test]
fn fragmented_messages_go_both_ways() {
    with_both(|server| {
        let client = connect(server, "/fragments");
        assert!(client.send_frame("one ", false) && client.send_frame("two ", false));
        assert!(client.send_frame("three", true));
        assert_eq!(client.message(), (TEXT, b"one two three".to_vec()));

        assert_echoes_binary(&client, &bytes(1 << 20));

        assert!(client.send_text("frame by frame"));
        assert!(client.read_frame());
        assert_eq!(client.opcode(), TEXT);
        assert!(client.read_message(), "the rest of the message");
        assert_eq!(client.data(), b"frame by frame");
    });
}

#[test]
fn pings_are_answered_in_both_directions() {
    with_both(|server| {
        let client = connect(server, "/ping");
        assert_eq!(client.message(), (TEXT, b"the pong came".to_vec()));

        client.consume_pongs(false);
        assert!(client.send_ping("and you?"));
        assert_eq!(client.message(), (PONG, b"and you?".to_vec()));
    });
}

#[test]
fn the_server_sees_our_header_fields_and_chooses_a_subprotocol() {
    with_both(|server| {
        let client = new_client(server);
        client.header("Authorization", "Bearer abc");
        client.header("X-Custom", "one; two");
        client.header("Sec-WebSocket-Protocol", "superchat, chat");
        client.must_connect(&server.url("/headers"));
        assert_eq!(client.subprotocol(), "chat");

        let (_, headers) = client.message();
        let headers = String::from_utf8(headers).expect("JSON is UTF-8");
        assert_eq!(field(&headers, "authorization"), "Bearer abc");
        assert_eq!(field(&headers, "x-custom"), "one; two");
        assert_eq!(field(&headers, "sec-websocket-version"), "13");
        assert!(!headers.contains("sec-websocket-extensions"), "{headers}");
    });
}

#[test]
fn a_close_by_the_server_is_told_and_answered() {
    with_both(|server| {
        let client = connect(server, "/close");
        assert_eq!(client.message().0, CLOSE);
        assert_eq!((client.close_code(), client.close_reason().as_str()), (4001, "that was all"));
        assert!(!client.is_connected());
        // The answer repeats the code, not the reason.
        assert_eq!(server.seen(), Seen::new("/close", 4001, ""));
    });
}

#[test]
fn the_server_sees_our_close() {
    with_both(|server| {
        let client = connect(server, "/echo");
        assert!(client.send_close(4321, "schön war es"));
        assert_eq!(client.message().0, CLOSE);
        assert_eq!(client.close_code(), 4321);
        assert!(!client.is_connected());
        assert_eq!(server.seen(), Seen::new("/echo", 4321, "schön war es"));
    });
}

#[test]
fn the_server_notices_a_hard_end() {
    with_both(|server| {
        let client = connect(server, "/echo");
        assert!(client.close_connection());
        assert_eq!(server.seen(), Seen::new("/echo", 1006, ""));
    });
}

/// What a read reports after the server ended the stream in the way of `path`.
fn code_after_end(server: &Server, path: &str) -> i32 {
    let client = connect(server, path);
    assert!(client.send_text("go"));
    assert_eq!(client.receive(), None);
    assert_eq!(client.fail_reason(), READ_LOST);
    let code = client.code();
    assert!(!client.is_connected());
    code
}

#[test]
fn a_stream_that_ends_without_a_close_is_a_lost_connection() {
    let lost = ErrorCode::ConnectionLost as i32;
    with_both(|server| assert_eq!(code_after_end(server, "/end"), lost));
    assert_eq!(code_after_end(&Server::start(), "/cut"), lost);
}

#[test]
fn a_tls_stream_that_ends_without_close_notify_is_reported_as_truncated() {
    let server = Server::start_tls();
    assert_eq!(code_after_end(&server, "/cut"), ErrorCode::TlsTruncated as i32);
}

#[test]
fn the_library_can_be_used_from_python() {
    with_both(|server| run_ctypes_client(server));
}

#[test]
fn a_python_program_of_the_docs_works_by_cffi() {
    assert_eq!(run_python_of("docs/languages.md", &Server::start()), "received: Grüße\n");
}
