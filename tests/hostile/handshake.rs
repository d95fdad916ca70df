//! Every answer of the table, by ckws_connect and by the five steps over a Rest, whole and in pieces.

use crate::client::{Client, Code, Rest};
use crate::handshake_table::{ACCEPT, Answer, CASES, CONNECTION, Case, Outcome, STATUS, UPGRADE};
use crate::script::{Action, Seen, Server};
use ckws::base::ErrorCode;
use std::fmt::Write;
use std::thread;

/// An answer up to this size is also sent byte by byte.
const SMALL: usize = 400;

/// The bytes of an answer.
fn bytes_of(answer: Answer) -> Vec<u8> {
    let lines = [STATUS, UPGRADE, CONNECTION, ACCEPT];
    let but = |line: &[u8], text: &[u8]| lines.map(|known| if known == line { text } else { known }).concat();
    let whole = lines.concat();
    let blank: &[u8] = b"\r\n";
    match answer {
        Answer::Raw(bytes) => bytes.to_vec(),
        Answer::Start(line) => [&but(STATUS, line), blank].concat(),
        Answer::Without(line) => [&but(line, b""), blank].concat(),
        Answer::Instead(line, text) => [&but(line, text), blank].concat(),
        Answer::With(line) => [&whole, line, blank].concat(),
        Answer::Before(bytes) => [bytes, &whole, blank].concat(),
        Answer::Fields(count) => [whole, b"X: y\r\n".repeat(count), blank.to_vec()].concat(),
        Answer::Padded(size) => {
            // The placeholder is replaced by 28 characters.
            let rest = whole.len() - b"$ACCEPT".len() + 28 + b"X: \r\n\r\n".len();
            [&whole, &b"X: "[..], &b"y".repeat(size - rest), b"\r\n\r\n"].concat()
        }
        Answer::Endless(size) => [STATUS, b"X: ", &b"y".repeat(size)].concat(),
    }
}

/// How the answer travels.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pieces {
    Whole,
    Bytes,
}

/// How the client makes the handshake.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Connect,
    FiveSteps,
}

fn play(offered: &str, bytes: Vec<u8>, pieces: Pieces, way: Way) -> (Result<String, Code>, Seen) {
    let send = if pieces == Pieces::Bytes { Action::Trickle(bytes) } else { Action::Send(bytes) };
    let server = Server::start(vec![send, Action::Fin]);
    let client = Client::new();
    let outcome = match way {
        Way::Connect => connect(&client, &server, offered),
        Way::FiveSteps => five_steps(&client, &server, offered),
    };
    assert_eq!(client.is_connected(), outcome.is_ok());
    if outcome.is_err() {
        assert!(client.error_text().contains("Failed."));
    }
    let result = outcome.map(|()| client.subprotocol());
    drop(client);
    (result, server.finish())
}

fn connect(client: &Client, server: &Server, offered: &str) -> Result<(), Code> {
    if !offered.is_empty() {
        client.offer_subprotocols(offered);
    }
    client.connect(&server.url())
}

/// The error of the step that fails; of a Rest, the response's own.
fn five_steps(client: &Client, server: &Server, offered: &str) -> Result<(), Code> {
    let rest = Rest::connected(server.port());
    if !offered.is_empty() {
        rest.offer_subprotocols(offered);
    }
    client.use_connection(&rest)?;
    client.add_client_headers()?;
    let answered = rest.get("/path");
    let validated = client.validate_server_handshake();
    answered.and(validated)
}

/// What differs from the table, in words.
fn check((offered, answer, expected): Case, pieces: Pieces, way: Way) -> Option<String> {
    let bytes = bytes_of(answer);
    if pieces == Pieces::Bytes && (bytes.len() > SMALL || bytes.ends_with(b"$LONG\r\n\r\n")) {
        return None;
    }
    // By hand, the body of a refusal is read as well, and a malformed one is the Rest's failure.
    let status = bytes.get(9..12).unwrap_or_default();
    if way == Way::FiveSteps
        && matches!(expected, Outcome::Fails(ErrorCode::UpgradeRefused))
        && status == b"404"
    {
        return None;
    }
    let shown = bytes.get(..bytes.len().min(SMALL)).unwrap_or_default().escape_ascii().to_string();
    let (result, seen) = play(offered, bytes, pieces, way);
    let expected = match expected {
        Outcome::Opens => Ok(String::new()),
        Outcome::Speaks(name) => Ok(name.to_owned()),
        Outcome::Fails(code) => Err(Code::from(code)),
    };
    let mut text = String::new();
    if result != expected {
        let _ = writeln!(text, "{way:?} {pieces:?} {shown}\n    gave {result:?}, not {expected:?}");
    }
    if !seen.received.is_empty() {
        let _ =
            writeln!(text, "{way:?} {pieces:?} {shown}\n    sent {:02X?} behind its request", seen.received);
    }
    (!text.is_empty()).then_some(text)
}

/// All cases at once, a few threads at a time; tells everything that is wrong.
fn check_all(pieces: Pieces, way: Way) {
    let wrong: Vec<String> = thread::scope(|scope| {
        let check_some = |cases: &'static [Case]| cases.iter().filter_map(|case| check(*case, pieces, way));
        let threads: Vec<_> = CASES
            .chunks(CASES.len().div_ceil(4))
            .map(|cases| scope.spawn(move || check_some(cases).collect::<Vec<_>>()))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("every case can be played")).collect()
    });
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), CASES.len(), wrong.concat());
}

#[test]
fn the_table_has_at_least_150_cases() {
    assert!(CASES.len() >= 150, "{}", CASES.len());
}

#[test]
fn connect_judges_every_answer() {
    check_all(Pieces::Whole, Way::Connect);
}

#[test]
fn connect_judges_every_answer_byte_by_byte() {
    check_all(Pieces::Bytes, Way::Connect);
}

#[test]
fn the_five_steps_judge_every_answer() {
    check_all(Pieces::Whole, Way::FiveSteps);
}
