//! Proxies that break the connection, or their protocol, at every byte of their answers, and what follows the answers
//! (T-SOCKS, T-PROXY).

use crate::script::{PATIENCE, reset};
use ckws::base::ErrorCode::{self, ProxyClosed, ProxyTimeout};
use ckws::base::{Deadline, Fault};
use ckws::engine::{CancelToken, Op, block_on};
use ckws::link::{ReadBuf, StallLimits, TryError, Wire};
use ckws::proto::socks::Version;
use ckws::route::{HttpAuth, HttpProxy, Login, Socks, Target, Transport, dial};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const STALL_MS: u32 = 30;
const TARGET: Target<'_> = Target { host: "target.example", port: 80, tls: false };

/// What the proxy reads before it answers.
#[derive(Clone, Copy, Debug)]
enum Expect {
    /// So many bytes.
    Bytes(usize),
    /// The head of a request.
    Head,
}

/// A way through a proxy: what it reads and answers, in turns.
struct Case {
    name: &'static str,
    dialogue: Vec<(Expect, Vec<u8>)>,
    transport: fn(u16) -> Transport,
}

/// What happens once the proxy has sent so many bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Break {
    Reset,
    Fin,
    Stall,
}

fn through_socks(version: Version, username: &str, port: u16) -> Transport {
    let mut transport = Transport::default();
    transport.proxies_to_set().socks = Socks {
        version: Some(version),
        host: "127.0.0.1".to_owned(),
        port,
        login: Login { username: username.to_owned(), password: "secret".to_owned() },
    };
    transport
}

fn through_http(port: u16) -> Transport {
    let mut transport = Transport::default();
    transport.proxies_to_set().http = HttpProxy {
        host: "127.0.0.1".to_owned(),
        port,
        login: Login { username: "user".to_owned(), password: "secret".to_owned() },
        auth: HttpAuth::Basic,
        ..HttpProxy::default()
    };
    transport
}

fn cases() -> Vec<Case> {
    let request = 7 + TARGET.host.len();
    let reply = vec![5, 0, 0, 1, 127, 0, 0, 1, 0, 80];
    vec![
        Case {
            name: "SOCKS 5",
            dialogue: vec![(Expect::Bytes(3), vec![5, 0]), (Expect::Bytes(request), reply.clone())],
            transport: |port| through_socks(Version::V5, "", port),
        },
        Case {
            name: "SOCKS 5 with a login",
            dialogue: vec![
                (Expect::Bytes(4), vec![5, 2]),
                (Expect::Bytes(13), vec![1, 0]),
                (Expect::Bytes(request), reply),
            ],
            transport: |port| through_socks(Version::V5, "user", port),
        },
        Case {
            name: "SOCKS 4a",
            dialogue: vec![(Expect::Bytes(14 + TARGET.host.len()), vec![0, 90, 0, 0, 0, 0, 0, 0])],
            transport: |port| through_socks(Version::V4, "user", port),
        },
        Case {
            name: "HTTP",
            dialogue: vec![(Expect::Head, b"HTTP/1.1 200 Connected\r\nVia: x\r\n\r\n".to_vec())],
            transport: through_http,
        },
        Case {
            name: "HTTP through SOCKS",
            dialogue: vec![
                (Expect::Bytes(3), vec![5, 0]),
                (Expect::Bytes(10), vec![5, 0, 0, 1, 127, 0, 0, 1, 0, 80]),
                (Expect::Head, b"HTTP/1.1 200 Connected\r\n\r\n".to_vec()),
            ],
            transport: |port| {
                let mut transport = through_http(port);
                transport.proxies_to_set().socks =
                    through_socks(Version::V5, "", port).proxies_to_set().socks.clone();
                transport
            },
        },
    ]
}

impl Case {
    fn answer_len(&self) -> usize {
        self.dialogue.iter().map(|(_, answer)| answer.len()).sum()
    }
}

/// Serves one connection: sends the first `most` bytes of its answers, then breaks it. Returns what was read.
struct Proxy {
    port: u16,
    stalled: Receiver<()>,
    thread: JoinHandle<Vec<u8>>,
}

impl Proxy {
    fn start(dialogue: &[(Expect, Vec<u8>)], most: usize, broken: Break) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let dialogue = dialogue.to_vec();
        let (stall, stalled) = channel();
        let thread = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_nodelay(true).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            let mut received = Vec::new();
            // A client that a busy machine has kept waiting may have given up.
            if converse(&mut stream, &dialogue, most, &mut received).is_err() {
                return received;
            }
            match broken {
                Break::Reset => {
                    reset(stream);
                    return received;
                }
                Break::Fin => stream.shutdown(Shutdown::Write).unwrap(),
                Break::Stall => stall.send(()).unwrap(),
            }
            // The client's end, which must come.
            match stream.read_to_end(&mut received) {
                Ok(_) => {}
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
            }
            received
        });
        Self { port, stalled, thread }
    }
}

fn converse(
    stream: &mut TcpStream,
    dialogue: &[(Expect, Vec<u8>)],
    most: usize,
    received: &mut Vec<u8>,
) -> io::Result<()> {
    let mut left = most;
    for (expect, answer) in dialogue {
        match *expect {
            Expect::Head => {
                let begin = received.len();
                while !received[begin..].ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    stream.read_exact(&mut byte)?;
                    received.push(byte[0]);
                }
            }
            Expect::Bytes(count) => {
                let begin = received.len();
                received.resize(begin + count, 0);
                stream.read_exact(&mut received[begin..])?;
            }
        }
        let part = &answer[..left.min(answer.len())];
        stream.write_all(part)?;
        left -= part.len();
        if left == 0 && part.len() < answer.len() {
            break;
        }
    }
    Ok(())
}

fn connect(transport: &Transport, op: &mut Op<'_>) -> Result<Wire, Fault> {
    op.set_deadline(Deadline::after(PATIENCE));
    block_on(dial(op, transport, TARGET))
}

#[test]
fn a_proxy_breaks_at_every_byte() {
    for case in cases() {
        for at in 0..case.answer_len() {
            for (broken, code) in
                [(Break::Reset, ProxyClosed), (Break::Fin, ProxyClosed), (Break::Stall, ProxyTimeout)]
            {
                let proxy = Proxy::start(&case.dialogue, at, broken);
                let mut transport = (case.transport)(proxy.port);
                // The others are noticed without it, however late a busy machine is.
                if broken == Break::Stall {
                    transport.stalls = StallLimits { read_ms: STALL_MS, send_ms: STALL_MS };
                }
                let fault = connect(&transport, &mut Op::new("test", false)).err();
                let code_of = fault.as_ref().map(Fault::code);
                assert_eq!(code_of, Some(code), "{}, {broken:?} at {at}: {fault:?}", case.name);
                proxy.thread.join().unwrap();
            }
        }
    }
}

/// How long a cancelled connect may take to end.
fn bound() -> Duration {
    Duration::from_millis(if support::is_full() { 50 } else { 500 })
}

#[test]
fn a_connect_is_cancelled_at_every_byte_of_a_proxy_that_stalls() {
    for case in cases() {
        for at in 0..case.answer_len() {
            let proxy = Proxy::start(&case.dialogue, at, Break::Stall);
            let transport = (case.transport)(proxy.port);
            let token = CancelToken::default();
            let (fault, elapsed) = thread::scope(|scope| {
                let connecting = scope.spawn(|| {
                    let mut op = Op::new("test", false);
                    op.cancel_with(&token);
                    let fault = connect(&transport, &mut op).err();
                    (fault, Instant::now())
                });
                proxy.stalled.recv_timeout(PATIENCE).unwrap();
                let cancelled = Instant::now();
                token.cancel();
                let (fault, ended) = connecting.join().unwrap();
                (fault, ended.saturating_duration_since(cancelled))
            });
            let code = fault.as_ref().map(Fault::code);
            assert_eq!(code, Some(ErrorCode::ClosedLocally), "{} at {at}: {fault:?}", case.name);
            assert!(elapsed <= bound(), "{} at {at}: {elapsed:?}", case.name);
            proxy.thread.join().unwrap();
        }
    }
}

#[test]
fn a_connect_through_a_proxy_ends_at_its_deadline() {
    for case in cases() {
        let proxy = Proxy::start(&case.dialogue, 1, Break::Stall);
        let mut op = Op::new("test", false);
        op.set_deadline(Deadline::after_ms(10 * STALL_MS));
        let fault = block_on(dial(&mut op, &(case.transport)(proxy.port), TARGET)).err();
        assert_eq!(fault.map(|fault| fault.code()), Some(ProxyTimeout), "{}", case.name);
        proxy.thread.join().unwrap();
    }
}

#[test]
fn what_follows_the_answer_of_a_proxy_is_the_targets() {
    for case in cases() {
        let mut dialogue = case.dialogue;
        dialogue.last_mut().unwrap().1.extend(b"greeting");
        let proxy = Proxy::start(&dialogue, usize::MAX, Break::Fin);
        let mut op = Op::new("test", true);
        let wire = connect(&(case.transport)(proxy.port), &mut op).unwrap_or_else(|fault| panic!("{fault}"));
        assert_eq!(read_to_end(wire, &mut op), b"greeting", "{}", case.name);
        proxy.thread.join().unwrap();
        let log = op.log.to_text();
        assert!(!log.contains("secret"), "{log}");
    }
}

fn read_to_end(mut wire: Wire, op: &mut Op<'_>) -> Vec<u8> {
    let mut received = Vec::with_capacity(64);
    loop {
        match wire.link.try_read(&mut ReadBuf::new(&mut received, 5)) {
            Ok(0) => return received,
            Ok(_) => {}
            Err(TryError::WouldBlock) => {
                block_on(op.ready(wire.link.readiness(true, false), Deadline::after(PATIENCE))).unwrap();
            }
            Err(TryError::Failed(fault)) => panic!("{fault}"),
        }
    }
}

#[test]
fn a_refusal_of_ten_megabytes_is_read_up_to_4_kib() {
    let mut answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 10000000\r\n\r\n".to_vec();
    answer.resize(200_000, b'x');
    let proxy = Proxy::start(&[(Expect::Head, answer)], usize::MAX, Break::Stall);
    let mut op = Op::new("test", false);
    let fault = connect(&through_http(proxy.port), &mut op).err();
    assert_eq!(fault.map(|fault| fault.code()), Some(ErrorCode::ProxyRefused));
    let log = op.log.to_text();
    assert!(log.contains(&"x".repeat(4096)) && !log.contains(&"x".repeat(4097)), "{log}");
    proxy.thread.join().unwrap();
}

#[test]
fn answers_of_an_http_proxy_that_are_no_answers() {
    for (answer, code) in [
        (&b"HTTP/1.1 101 Switching Protocols\r\n\r\n"[..], ErrorCode::ProxyRefused),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://other/\r\nContent-Length: 0\r\n\r\n",
            ErrorCode::ProxyRefused,
        ),
        (b"\x05\x00\x05\x00", ErrorCode::ProxyProtocol),
        (b"HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", ErrorCode::ProxyProtocol),
        (b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n", ErrorCode::ProxyLogin),
    ] {
        let proxy = Proxy::start(&[(Expect::Head, answer.to_vec())], usize::MAX, Break::Stall);
        let fault = connect(&through_http(proxy.port), &mut Op::new("test", false)).err();
        let text = String::from_utf8_lossy(answer);
        assert_eq!(fault.as_ref().map(Fault::code), Some(code), "{text}: {fault:?}");
        proxy.thread.join().unwrap();
    }
    let endless = [&b"HTTP/1.1 200 OK\r\n"[..], &b"A: b\r\n".repeat(100_000)].concat();
    let proxy = Proxy::start(&[(Expect::Head, endless)], 60_000, Break::Stall);
    let fault = connect(&through_http(proxy.port), &mut Op::new("test", false)).err();
    assert_eq!(fault.map(|fault| fault.code()), Some(ErrorCode::ProxyProtocol));
    proxy.thread.join().unwrap();
}
