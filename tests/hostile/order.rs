//! A server that breaks the protocol: nothing behind it is delivered, the error names it, and the server is told
//! by a Close (T-ORDER).

use crate::client::{Client, Code};
use crate::frames::{close, frame, opening_and, text};
use crate::script::{ClientFrame, End, Server};
use ckws::base::ErrorCode;
use std::thread;
use std::time::{Duration, Instant};

const LIMIT: i64 = 1000;

/// The bytes, the error, the status code of our Close, and words of the error's text.
type Violation = (Vec<u8>, ErrorCode, u16, &'static str);

fn violations() -> Vec<Violation> {
    use ErrorCode::*;
    vec![
        (frame(0xC1, b"x"), ReservedBits, 1002, "reserved bits"),
        (frame(0xA2, b"x"), ReservedBits, 1002, "reserved bits"),
        (frame(0x99, b"x"), ReservedBits, 1002, "reserved bits"),
        (frame(0x83, b"x"), ReservedOpcode, 1002, "reserved opcode 3"),
        (frame(0x8F, b""), ReservedOpcode, 1002, "reserved opcode 15"),
        (b"\x81\x81\x01\x02\x03\x04x".to_vec(), MaskedFrame, 1002, "masked"),
        (b"\x89\x80\0\0\0\0".to_vec(), MaskedFrame, 1002, "masked"),
        (frame(0x89, &[0; 126]), ControlTooLong, 1002, "125"),
        (frame(0x88, &[0; 200]), ControlTooLong, 1002, "125"),
        (frame(0x09, b"x"), ControlFragmented, 1002, "fragmented"),
        (frame(0x08, b""), ControlFragmented, 1002, "fragmented"),
        (frame(0x80, b"x"), UnexpectedContinuation, 1002, "continuation"),
        (frame(0x00, b"x"), UnexpectedContinuation, 1002, "continuation"),
        ([frame(0x01, b"part"), text("x")].concat(), ExpectedContinuation, 1002, "before the open one"),
        ([frame(0x02, b""), frame(0x02, b"")].concat(), ExpectedContinuation, 1002, "before the open one"),
        (b"\x82\x7E\0\x01x".to_vec(), LengthNotMinimal, 1002, "shortest"),
        (b"\x82\x7F\0\0\0\0\0\0\0\x7E".to_vec(), LengthNotMinimal, 1002, "shortest"),
        (b"\x82\x7F\x80\0\0\0\0\0\0\x01".to_vec(), LengthInvalid, 1002, "highest bit"),
        (frame(0x81, b"\xFF"), TextNotUtf8, 1007, "UTF-8"),
        (frame(0x81, b"\xC3"), TextNotUtf8, 1007, "UTF-8"),
        (frame(0x81, b"\xED\xA0\x80"), TextNotUtf8, 1007, "UTF-8"),
        ([frame(0x01, b"\xC3"), frame(0x80, b"(")].concat(), TextNotUtf8, 1007, "UTF-8"),
        // Known to be wrong before the message is whole.
        (frame(0x01, b"a\xC0\xAF"), TextNotUtf8, 1007, "UTF-8"),
        (frame(0x88, b"\x03"), ClosePayload, 1002, "half a status code"),
        (close(999), CloseCode, 1002, "999"),
        (close(1005), CloseCode, 1002, "1005"),
        (close(5000), CloseCode, 1002, "5000"),
        (frame(0x88, b"\x03\xE8\xFF"), CloseReason, 1007, "reason"),
        (frame(0x82, &[0; 1001]), MessageTooBig, 1009, "max_message_size"),
        (b"\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF".to_vec(), MessageTooBig, 1009, "max_message_size"),
        ([frame(0x02, b"part"), frame(0x80, &[0; 1001])].concat(), MessageTooBig, 1009, "max_message_size"),
    ]
}

/// The ways of reading, each giving what it delivered.
type Reading = fn(&Client) -> Result<Vec<u8>, Code>;

const READINGS: [(&str, Reading); 4] = [
    ("receive", |client| client.receive().map(|(_, payload)| payload)),
    ("read_frame", |client| client.read_frame().map(|()| client.take_data())),
    ("read_message", |client| client.read_message().map(|()| client.take_data())),
    ("try_read_frame", |client| try_read(client).map(|()| client.take_data())),
];

/// Tries until something comes of it.
pub(crate) fn try_read(client: &Client) -> Result<(), Code> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        match client.try_read_frame() {
            Err(code) if code == ErrorCode::WouldBlock.into() => {
                assert!(Instant::now() < deadline, "nothing comes");
                thread::yield_now();
            }
            outcome => return outcome,
        }
    }
}

#[track_caller]
fn expect_failure(name: &str, read: Reading, (bytes, code, status, words): &Violation) {
    let behind = [text("never"), frame(0x89, b"never"), close(1000)].concat();
    let server = Server::start(vec![opening_and(&[&text("before"), &bytes[..], &behind].concat())]);
    let client = Client::new();
    client.set_max_message_size(LIMIT);
    let about = format!("{name} {:02X?}", &bytes[..bytes.len().min(16)]);
    assert_eq!(client.connect(&server.url()), Ok(()), "{about}");

    let mut delivered = Vec::new();
    let failure = loop {
        match read(&client) {
            Ok(payload) => delivered.push(payload),
            Err(failure) => break failure,
        }
    };
    assert_eq!(failure, (*code).into(), "{about}");
    assert!(client.error_text().contains(words), "{about}: {}", client.error_text());
    assert_eq!(client.fail_reason(), 4, "{about}");
    assert_eq!(delivered.first().map(Vec::as_slice), Some(&b"before"[..]), "{about}");
    assert!(!delivered.iter().any(|payload| payload == b"never"), "{about}");
    expect_end(&client, &about);

    let seen = server.finish();
    let [ClientFrame { first: 0x88, payload }] = &seen.frames()[..] else { panic!("{about}: {seen:?}") };
    assert_eq!(payload.first_chunk(), Some(&status.to_be_bytes()), "{about}");
    assert!(std::str::from_utf8(&payload[2..]).is_ok_and(|reason| !reason.is_empty()), "{about}");
    assert_eq!(seen.end, End::Fin, "{about}");
}

/// Nothing is delivered or sent any more, however it is asked for.
#[track_caller]
fn expect_end(client: &Client, about: &str) {
    assert!(!client.is_connected(), "{about}");
    for (name, read) in READINGS {
        assert!(read(client).is_err(), "{name} after {about}");
    }
    assert!(client.poll_data_available(), "{about}: a read fails at once");
    // What came before, of a message that is not whole, may be taken; nothing else.
    assert!(!client.take_data().windows(5).any(|part| part == b"never"), "{about}");
    assert!(client.send_text("x").is_err(), "{about}");
}

#[test]
fn nothing_is_delivered_behind_a_violation() {
    for violation in violations() {
        for (name, read) in READINGS {
            expect_failure(name, read, &violation);
        }
    }
}

#[test]
fn a_violation_found_by_poll_data_available_waits_for_the_read() {
    let server = Server::start(vec![opening_and(&[frame(0xC1, b"x"), text("never")].concat())]);
    let client = Client::connected(&server.url());
    while !client.poll_data_available() {
        thread::yield_now();
    }
    assert_eq!(client.read_frame(), Err(ErrorCode::ReservedBits.into()));
    expect_end(&client, "poll_data_available");
    assert_eq!(server.finish().end, End::Fin);
}
