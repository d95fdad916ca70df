//! The connection is reset, ended or left in silence at every byte of the handshake and of three frames (T-NET).

use crate::client::{Client, Code};
use crate::frames::{frame, text};
use crate::script::{Action, OPENING, OPENING_LEN, PATIENCE, Server};
use ckws::base::ErrorCode;
use std::thread;

/// How long the client waits in silence.
pub(crate) const IDLE_MS: i32 = 30;

/// What happens behind the last byte.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Break {
    Reset,
    Fin,
    Stall,
}

impl Break {
    /// What a connect says to it.
    pub(crate) fn in_handshake(self) -> Code {
        match self {
            Self::Reset => ErrorCode::ConnectionReset.into(),
            Self::Fin => ErrorCode::HttpTruncated.into(),
            Self::Stall => ErrorCode::HttpTimeout.into(),
        }
    }

    /// What a read says to it, and its fail reason.
    pub(crate) fn in_frames(self) -> (Code, i32) {
        match self {
            Self::Reset => (ErrorCode::ConnectionReset.into(), 3),
            Self::Fin => (ErrorCode::ConnectionLost.into(), 3),
            Self::Stall => (ErrorCode::ReadTimeout.into(), 1),
        }
    }
}

/// A text, a Ping and a binary frame with a longer header.
pub(crate) fn frames() -> [Vec<u8>; 3] {
    [text("one"), frame(0x89, b"?"), frame(0x82, &[2; 126])]
}

fn script(at: usize, broken: Break) -> Vec<Action> {
    let stream = [OPENING, &frames().concat()].concat();
    let send = Action::SendFirst(stream, at);
    match broken {
        // What the client has not read, its kernel might forget.
        Break::Reset => vec![send, Action::Drained, Action::Reset],
        Break::Fin => vec![send, Action::Fin],
        Break::Stall => vec![send, Action::Tell],
    }
}

/// The messages that are whole within the first `at` bytes.
pub(crate) fn whole_messages(at: usize) -> Vec<(i32, Vec<u8>)> {
    let [text, ping, binary] = frames().map(|frame| frame.len());
    let mut messages = Vec::new();
    if at >= OPENING_LEN + text {
        messages.push((1, b"one".to_vec()));
    }
    if at >= OPENING_LEN + text + ping + binary {
        messages.push((2, vec![2; 126]));
    }
    messages
}

fn break_at(at: usize, broken: Break) {
    if at < OPENING_LEN {
        expect_no_connection(at, broken, broken.in_handshake(), |timeout_ms| {
            let server = Server::start(script(at, broken));
            let client = Client::new();
            client.set_connect_timeout_ms(timeout_ms);
            let outcome = client.connect(&server.url());
            assert!(!client.is_connected());
            drop(client);
            server.finish();
            outcome
        });
        return;
    }
    let server = Server::start(script(at, broken));
    let client = Client::new();
    assert_eq!(client.connect(&server.url()), Ok(()), "{broken:?} at {at}");
    if broken == Break::Stall {
        // The silence begins when everything is there.
        server.wait_for_tell();
        client.set_idle_timeout_ms(IDLE_MS);
    }
    expect_messages(&client, &whole_messages(at), broken.in_frames(), broken);
    drop(client);
    server.finish();
}

/// A connect within a time-out fails as expected. It is the silence that has to end it, not the work before it: a busy
/// machine gets more time.
#[track_caller]
pub(crate) fn expect_no_connection(
    at: usize,
    broken: Break,
    expected: Code,
    connect: impl Fn(i32) -> Result<(), Code>,
) {
    let patience = PATIENCE.as_millis() as i32;
    let times = if broken == Break::Stall { vec![IDLE_MS, 30 * IDLE_MS, patience] } else { vec![patience] };
    let mut outcomes = Vec::new();
    for time in times {
        let outcome = connect(time);
        if outcome == Err(expected) {
            return;
        }
        outcomes.push(outcome);
    }
    panic!("{broken:?} at {at}: {outcomes:?}, not {expected:?}");
}

/// These messages come, and then what a read says to the break: once to silence, again and again to an end.
#[track_caller]
pub(crate) fn expect_messages(
    client: &Client,
    messages: &[(i32, Vec<u8>)],
    (code, reason): (Code, i32),
    broken: Break,
) {
    for message in messages {
        assert_eq!(client.receive().as_ref(), Ok(message), "{broken:?}");
    }
    for _ in 0..2 {
        let count = messages.len();
        assert_eq!(client.receive(), Err(code), "{broken:?} behind {count}: {}", client.error_text());
        assert_eq!(client.fail_reason(), reason, "{broken:?} behind {count}");
        assert_eq!(client.is_connected(), broken == Break::Stall, "{broken:?} behind {count}");
        if broken == Break::Stall {
            return;
        }
    }
}

/// Every offset, shared among a few threads.
fn break_everywhere(broken: Break) {
    let end = OPENING_LEN + frames().concat().len();
    thread::scope(|scope| {
        for first in 0..4 {
            scope.spawn(move || (first..=end).step_by(4).for_each(|at| break_at(at, broken)));
        }
    });
}

#[test]
fn a_reset_at_every_byte() {
    break_everywhere(Break::Reset);
}

#[test]
fn an_end_at_every_byte() {
    break_everywhere(Break::Fin);
}

#[test]
fn silence_at_every_byte() {
    break_everywhere(Break::Stall);
}

#[test]
fn a_read_that_timed_out_inside_a_frame_goes_on_where_it_was() {
    let [text, _, binary] = frames();
    for cut in 0..text.len() {
        let (before, behind) = text.split_at(cut);
        let server = Server::start(vec![
            Action::Send([OPENING, before].concat()),
            Action::Tell,
            Action::Frame,
            Action::Send([behind, &binary].concat()),
        ]);
        let client = Client::connected(&server.url());
        server.wait_for_tell();
        client.set_idle_timeout_ms(1);
        assert_eq!(client.receive(), Err(ErrorCode::ReadTimeout.into()));
        client.set_idle_timeout_ms(20_000);
        assert_eq!(client.send_text("go on"), Ok(()));
        assert_eq!(client.receive(), Ok((1, b"one".to_vec())), "cut at {cut}");
        assert_eq!(client.receive(), Ok((2, vec![2; 126])), "cut at {cut}");
    }
}
