//! The SOCKS handshake: what is sent, and what any answer leads to, whole, byte by byte and split everywhere (T-SOCKS).

use ckws::base::ErrorCode::{self, InvalidArgument, ProxyLogin, ProxyProtocol, ProxyRefused};
use ckws::base::Fault;
use ckws::proto::socks::Handshake;
use ckws::proto::socks::Version::{self, V4, V5};

/// Who connects, and to where.
#[derive(Clone, Copy)]
struct Ask<'a> {
    version: Version,
    host: &'a str,
    login: (&'a str, &'a str),
}

const PORT: u16 = 0x1234;

const PLAIN: Ask<'_> = Ask { version: V5, host: "a.example", login: ("", "") };
const WITH_LOGIN: Ask<'_> = Ask { login: ("user", "password"), ..PLAIN };
const OLD: Ask<'_> = Ask { version: V4, ..PLAIN };

/// What was sent, how many bytes of the answer were taken, and whether the handshake is complete.
type Outcome = Result<(Vec<u8>, usize, bool), Fault>;

/// Gives the handshake the pieces of an answer, each as far as it takes it.
fn feed(ask: Ask<'_>, pieces: &[&[u8]]) -> Outcome {
    let (username, password) = ask.login;
    let mut handshake = Handshake::begin(ask.version, ask.host, PORT, username, password)?;
    let mut sent = Vec::new();
    let mut taken = 0;
    for piece in pieces {
        let mut rest = *piece;
        loop {
            sent.extend_from_slice(handshake.output());
            handshake.sent(handshake.output().len());
            let count = handshake.receive(rest)?;
            taken += count;
            rest = &rest[count..];
            if count == 0 {
                break;
            }
        }
    }
    sent.extend_from_slice(handshake.output());
    Ok((sent, taken, handshake.missing() == 0))
}

/// The outcome of an answer, which is the same however it arrives.
fn outcome(ask: Ask<'_>, answer: &[u8]) -> Outcome {
    let whole = feed(ask, &[answer]);
    let bytes: Vec<&[u8]> = answer.chunks(1).collect();
    assert_eq!(feed(ask, &bytes), whole, "byte by byte: {answer:02X?}");
    for at in 0..=answer.len() {
        let (first, second) = answer.split_at(at);
        assert_eq!(feed(ask, &[first, second]), whole, "split at {at}: {answer:02X?}");
    }
    whole
}

#[track_caller]
fn expect_fault(ask: Ask<'_>, answer: &[u8], code: ErrorCode, words: &str) {
    let fault = outcome(ask, answer).expect_err("the handshake fails");
    assert_eq!(fault.code(), code, "{answer:02X?}: {fault}");
    assert!(fault.text().contains(words), "{answer:02X?}: {fault}");
}

fn request_5(address: &[u8]) -> Vec<u8> {
    [&[5, 1, 0], address, &PORT.to_be_bytes()].concat()
}

#[test]
fn rfc_1928_the_request_has_the_address_or_the_name() {
    let v6: Vec<u8> = [&[4][..], &[0x20, 1, 0xD, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]].concat();
    for (host, address) in
        [("a.example", &b"\x03\x09a.example"[..]), ("192.0.2.7", &[1, 192, 0, 2, 7]), ("2001:db8::1", &v6)]
    {
        let answer = [5, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        let sent = [&[5, 1, 0][..], &request_5(address)].concat();
        assert_eq!(outcome(Ask { host, ..PLAIN }, &answer), Ok((sent, answer.len(), true)), "{host}");
    }
}

#[test]
fn rfc_1929_the_login_goes_out_only_if_the_proxy_asks_for_it() {
    let request = request_5(b"\x03\x09a.example");
    let reply = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let offer = [5, 2, 0, 2];
    let asked = [&[5, 2, 1, 0][..], &reply].concat();
    let sent = [&offer[..], b"\x01\x04user\x08password", &request].concat();
    assert_eq!(outcome(WITH_LOGIN, &asked), Ok((sent, asked.len(), true)));
    let not_asked = [&[5, 0][..], &reply].concat();
    let sent = [&offer[..], &request].concat();
    assert_eq!(outcome(WITH_LOGIN, &not_asked), Ok((sent, not_asked.len(), true)));
    // No password is an empty one.
    let sent = [&offer[..], b"\x01\x04user\x00", &request].concat();
    let ask = Ask { login: ("user", ""), ..PLAIN };
    assert_eq!(outcome(ask, &asked), Ok((sent, asked.len(), true)));
}

#[test]
fn rfc_1928_what_follows_the_reply_is_left() {
    let name = [&[5, 0, 5, 0, 0, 3, 5][..], b"proxy", &[0, 80]].concat();
    let longest = [&[5, 0, 5, 0, 0, 3, 255][..], &[b'x'; 255], &[0, 80]].concat();
    let v6 = [&[5, 0, 5, 0, 0, 4][..], &[0; 18]].concat();
    for reply in
        [&[5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 80][..], &name, &longest, &v6, &[5, 0, 5, 0, 0, 3, 0, 0, 80]]
    {
        let (_, taken, complete) = outcome(PLAIN, &[reply, b"SSH-2.0"].concat()).unwrap();
        assert_eq!((taken, complete), (reply.len(), true), "{reply:02X?}");
        for at in 0..reply.len() {
            let (_, taken, complete) = feed(PLAIN, &[&reply[..at]]).unwrap();
            assert_eq!((taken, complete), (at, false), "{reply:02X?}");
        }
    }
}

#[test]
fn rfc_1928_each_refusal_has_its_own_sentence() {
    for (code, words) in [
        (1, "failed in general"),
        (2, "rules"),
        (3, "network cannot be reached"),
        (4, "host cannot be reached"),
        (5, "refused the TCP connection"),
        (6, "time to live"),
        (7, "command"),
        (8, "type of address"),
        (9, "code 9"),
        (255, "code 255"),
    ] {
        // The rest of the reply may never come.
        expect_fault(PLAIN, &[5, 0, 5, code], ProxyRefused, words);
    }
    expect_fault(PLAIN, &[5, 0xFF], ProxyLogin, "no user name is set");
    expect_fault(WITH_LOGIN, &[5, 0xFF], ProxyLogin, "neither");
    expect_fault(WITH_LOGIN, &[5, 2, 1, 1], ProxyLogin, "refused the user name or password");
}

#[test]
fn rfc_1928_answers_of_another_protocol_are_refused() {
    for (ask, answer, words) in [
        (PLAIN, &b"HTTP/1.1 400 Bad Request"[..], "does not speak"),
        (PLAIN, &[4, 0], "does not speak"),
        (PLAIN, &[0, 90], "does not speak"),
        (PLAIN, &[5, 2], "not offered"),
        (PLAIN, &[5, 1], "not offered"),
        (WITH_LOGIN, &[5, 1], "not offered"),
        (WITH_LOGIN, &[5, 2, 2, 0], "does not speak"),
        (PLAIN, &[5, 0, 4, 0], "does not speak"),
        (PLAIN, &[5, 0, 5, 0, 0, 2, 0], "type of address"),
        (PLAIN, &[5, 0, 5, 0, 0, 0, 0], "type of address"),
        (OLD, b"HTTP/1.1 400 Bad Request", "does not speak"),
        (OLD, &[5, 0], "does not speak"),
        (OLD, &[4, 90], "does not speak"),
    ] {
        expect_fault(ask, answer, ProxyProtocol, words);
    }
}

#[test]
fn socks_4_has_an_address_and_4a_a_name() {
    let answer = [0, 90, 1, 2, 3, 4, 5, 6];
    for (host, username, request) in [
        ("192.0.2.7", "", &b"\x04\x01\x12\x34\xC0\x00\x02\x07\x00"[..]),
        ("192.0.2.7", "user", b"\x04\x01\x12\x34\xC0\x00\x02\x07user\x00"),
        ("a.example", "", b"\x04\x01\x12\x34\x00\x00\x00\x01\x00a.example\x00"),
        ("a.example", "user", b"\x04\x01\x12\x34\x00\x00\x00\x01user\x00a.example\x00"),
    ] {
        // The password is not sent.
        let ask = Ask { host, login: (username, "password"), ..OLD };
        assert_eq!(outcome(ask, &answer), Ok((request.to_vec(), 8, true)), "{host}");
        let followed = [&answer[..], b"SSH-2.0"].concat();
        assert_eq!(outcome(ask, &followed), Ok((request.to_vec(), 8, true)), "{host}");
    }
    for (code, words) in
        [(91, "rejected"), (92, "identd"), (93, "another user"), (94, "code 94"), (0, "code 0")]
    {
        expect_fault(OLD, &[0, code], ProxyRefused, words);
    }
    expect_fault(Ask { host: "2001:db8::1", ..OLD }, &[], InvalidArgument, "2001:db8::1; use SOCKS 5");
    expect_fault(Ask { login: ("us\0er", ""), ..OLD }, &[], ErrorCode::ForbiddenCharacter, "NUL");
}

#[test]
fn a_text_of_256_bytes_is_refused_before_anything_is_sent() {
    let (longest, longer, huge) = ("x".repeat(255), "x".repeat(256), "x".repeat(65_535));
    for version in [V4, V5] {
        let ask = Ask { version, ..PLAIN };
        assert!(outcome(Ask { host: &longest, ..ask }, &[]).is_ok());
        assert!(outcome(Ask { login: (&longest, &longest), ..ask }, &[]).is_ok());
        for text in [&longer, &huge] {
            expect_fault(Ask { host: text, ..ask }, &[], InvalidArgument, "host name has");
            expect_fault(
                Ask { login: (text, ""), ..ask },
                &[],
                InvalidArgument,
                "user name of the SOCKS proxy has",
            );
        }
    }
    expect_fault(Ask { login: ("user", &longer), ..PLAIN }, &[], InvalidArgument, "256 bytes");
}
