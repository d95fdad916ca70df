//! The same over TLS: reset, end and silence at every byte on the wire, from the first of the TLS handshake on, and
//! an orderly end at every byte inside TLS (T-NET).

use crate::client::{Client, Code};
use crate::network::{Break, IDLE_MS, expect_messages, expect_no_connection, frames, whole_messages};
use crate::script::{ClientEnd, OPENING, OPENING_LEN, PATIENCE, Placeholders, reset};
use ckws::base::ErrorCode;
use rcgen::{KeyPair, PKCS_ED25519};
use rustls::server::ServerSessionMemoryCache;
use rustls::version::{TLS12, TLS13};
use rustls::{ProtocolVersion, ServerConfig, ServerConnection, SupportedProtocolVersion};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use support::authority::{Authority, params};

/// What a connect says to it before the TLS connection stands.
fn in_tls_handshake(broken: Break) -> Code {
    match broken {
        Break::Reset => ErrorCode::ConnectionReset.into(),
        Break::Fin => ErrorCode::TlsClosed.into(),
        Break::Stall => ErrorCode::TlsTimeout.into(),
    }
}

/// The same before the WebSocket is open.
fn in_opening(broken: Break) -> Code {
    match broken {
        Break::Fin => ErrorCode::TlsTruncated.into(),
        _ => broken.in_handshake(),
    }
}

/// What a read says to it, and its fail reason.
fn in_frames(broken: Break) -> (Code, i32) {
    match broken {
        Break::Fin => (ErrorCode::TlsTruncated.into(), 3),
        _ => broken.in_frames(),
    }
}

/// What a server sends, and where it stops.
#[derive(Clone, Copy)]
struct Plan {
    /// How many bytes on the wire.
    wire: usize,
    /// How many bytes inside TLS, which ends in order behind them.
    inside: Option<usize>,
    broken: Break,
    /// Each byte leaves only when the client has read the one before.
    trickle: bool,
}

impl Plan {
    const ALL: Self = Self { wire: usize::MAX, inside: None, broken: Break::Fin, trickle: false };
}

/// A version of TLS, and where on the wire what the server sends ends: the TLS handshake, the opening, each frame.
struct Version {
    config: Arc<ServerConfig>,
    roots: String,
    ends: Vec<usize>,
}

impl Version {
    /// Signatures of Ed25519 are all of one length, so every handshake has the same.
    fn new(version: &'static SupportedProtocolVersion) -> Self {
        let authority = Authority::new("authority");
        let key = KeyPair::generate_for(&PKCS_ED25519).expect("a key can be made");
        let identity = authority.issue_for(params(["127.0.0.1"]), key);
        let mut version =
            Self { config: identity.config_for(&[version]), roots: authority.pem(), ends: Vec::new() };
        let server = Server::start(&version, Plan::ALL);
        let client = version.client();
        assert_eq!(client.connect(&server.url()), Ok(()), "{}", client.error_text());
        expect_messages(&client, &whole_messages(usize::MAX), in_frames(Break::Fin), Break::Fin);
        drop(client);
        version.ends = server.finish();
        assert_eq!(version.ends.len(), 5);
        version
    }

    fn client(&self) -> Client {
        Client::trusting(&self.roots)
    }

    /// How many of the ends lie within the first `at` bytes.
    fn passed(&self, at: usize) -> usize {
        self.ends.iter().take_while(|&&end| end <= at).count()
    }

    fn break_at(&self, at: usize, broken: Break) {
        let plan = Plan { wire: at, broken, ..Plan::ALL };
        match self.passed(at) {
            0 => self.expect_no_connection(plan, in_tls_handshake(broken)),
            1 => self.expect_no_connection(plan, in_opening(broken)),
            passed => self.expect_frames(plan, passed - 2),
        }
    }

    fn expect_no_connection(&self, plan: Plan, expected: Code) {
        expect_no_connection(plan.wire, plan.broken, expected, |timeout_ms| {
            let server = Server::start(self, plan);
            let client = self.client();
            client.set_connect_timeout_ms(timeout_ms);
            let outcome = client.connect(&server.url());
            assert!(!client.is_connected());
            drop(client);
            let passed = server.finish().len();
            assert!(outcome != Err(expected) || passed == self.passed(plan.wire));
            outcome
        });
    }

    fn expect_frames(&self, plan: Plan, whole_frames: usize) {
        let server = Server::start(self, plan);
        let client = self.client();
        let (broken, at) = (plan.broken, plan.wire);
        assert_eq!(client.connect(&server.url()), Ok(()), "{broken:?} at {at}: {}", client.error_text());
        if broken == Break::Stall {
            // The silence begins when everything is there.
            server.stalled.recv_timeout(PATIENCE).expect("the server comes to its end");
            client.set_idle_timeout_ms(IDLE_MS);
        }
        let inside = OPENING_LEN + frames()[..whole_frames].concat().len();
        expect_messages(&client, &whole_messages(inside), in_frames(broken), broken);
        drop(client);
        assert_eq!(server.finish().len(), self.passed(at));
    }
}

/// A server with one connection to serve.
struct Server {
    port: u16,
    stalled: Receiver<()>,
    thread: JoinHandle<Vec<usize>>,
}

impl Server {
    fn start(version: &Version, plan: Plan) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let (stall, stalled) = channel();
        // It knows no earlier session: a handshake that resumes one is shorter.
        let mut config = ServerConfig::clone(&version.config);
        config.session_storage = ServerSessionMemoryCache::new(1);
        let tls = ServerConnection::new(Arc::new(config)).expect("the configuration is complete");
        let thread = thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a client comes");
            stream.set_nodelay(true).expect("it is a TCP socket");
            stream.set_read_timeout(Some(PATIENCE)).expect("it is a TCP socket");
            Connection { tls, stream, plan, sent: 0, ends: Vec::new() }.serve(&stall)
        });
        Self { port, stalled, thread }
    }

    fn url(&self) -> String {
        format!("wss://127.0.0.1:{}/path", self.port)
    }

    /// Where on the wire ended what was sent whole.
    fn finish(self) -> Vec<usize> {
        // On a slow machine the client may have timed out before it connected: then this ends the wait for it.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        self.thread.join().expect("the plan is carried out")
    }
}

/// The last byte of the plan has been sent, or the client is gone.
struct Over;

struct Connection {
    tls: ServerConnection,
    stream: TcpStream,
    plan: Plan,
    sent: usize,
    ends: Vec<usize>,
}

impl Connection {
    fn serve(mut self, stall: &Sender<()>) -> Vec<usize> {
        // Over is where most plans end.
        let _ = self.play();
        match self.plan.broken {
            // What the client has not read, its kernel might forget.
            Break::Reset => {
                ClientEnd::of(&self.stream).wait_until_drained();
                reset(self.stream);
                return self.ends;
            }
            Break::Fin => drop(self.stream.shutdown(Shutdown::Write)),
            // The test may not be interested.
            Break::Stall => drop(stall.send(())),
        }
        let _ = io::copy(&mut self.stream, &mut io::sink());
        self.ends
    }

    fn play(&mut self) -> Result<(), Over> {
        self.shake_hands()?;
        let opening = Placeholders::of(&self.request()?).fill(OPENING);
        if let Some(count) = self.plan.inside {
            self.write(&[opening, frames().concat()].concat()[..count]);
            self.tls.send_close_notify();
            return self.send();
        }
        for part in [vec![opening], frames().to_vec()].concat() {
            self.write(&part);
            self.send()?;
            self.ends.push(self.sent);
        }
        Ok(())
    }

    fn shake_hands(&mut self) -> Result<(), Over> {
        while self.tls.is_handshaking() {
            if self.tls.wants_write() {
                self.send()?;
            } else {
                self.receive()?;
            }
        }
        if self.tls.protocol_version() == Some(ProtocolVersion::TLSv1_2) {
            // The server's Finished is the last message (RFC 5246 section 7.3).
            self.send()?;
        }
        self.ends.push(self.sent);
        Ok(())
    }

    fn request(&mut self) -> Result<String, Over> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut bytes = [0; 4096];
            match self.tls.reader().read(&mut bytes) {
                Ok(count) => head.extend_from_slice(&bytes[..count]),
                Err(_) => self.receive()?,
            }
        }
        Ok(String::from_utf8(head).expect("a request is text"))
    }

    fn receive(&mut self) -> Result<(), Over> {
        // A client that gives up ends the stream, or resets it.
        if !matches!(self.tls.read_tls(&mut self.stream), Ok(1..)) {
            return Err(Over);
        }
        self.tls.process_new_packets().expect("the client keeps to TLS");
        Ok(())
    }

    fn write(&mut self, plain: &[u8]) {
        self.tls.writer().write_all(plain).expect("memory takes it");
    }

    fn send(&mut self) -> Result<(), Over> {
        let mut bytes = Vec::new();
        while self.tls.wants_write() {
            self.tls.write_tls(&mut bytes).expect("memory takes it");
        }
        let count = bytes.len().min(self.plan.wire - self.sent);
        self.sent += count;
        let pieces = bytes[..count].chunks(if self.plan.trickle { 1 } else { count.max(1) });
        for piece in pieces {
            // A client that gave up reads no more.
            let _ = self.stream.write_all(piece);
            if self.plan.trickle {
                ClientEnd::of(&self.stream).wait_until_drained();
            }
        }
        if count < bytes.len() { Err(Over) } else { Ok(()) }
    }
}

/// Every offset, shared among some threads: where the client waits, many connections at a time.
fn break_everywhere(version: &'static SupportedProtocolVersion, broken: Break) {
    let version = &Version::new(version);
    let end = *version.ends.last().expect("there are frames");
    let threads = if broken == Break::Stall { 16 } else { 4 };
    thread::scope(|scope| {
        for first in 0..threads {
            scope.spawn(move || {
                (first..=end).step_by(threads).for_each(|at| version.break_at(at, broken));
            });
        }
    });
}

#[test]
fn a_reset_at_every_byte_of_tls_1_3() {
    break_everywhere(&TLS13, Break::Reset);
}

#[test]
fn a_reset_at_every_byte_of_tls_1_2() {
    break_everywhere(&TLS12, Break::Reset);
}

#[test]
fn an_end_at_every_byte_of_tls_1_3() {
    break_everywhere(&TLS13, Break::Fin);
}

#[test]
fn an_end_at_every_byte_of_tls_1_2() {
    break_everywhere(&TLS12, Break::Fin);
}

#[test]
fn silence_at_every_byte_of_tls_1_3() {
    break_everywhere(&TLS13, Break::Stall);
}

#[test]
fn silence_at_every_byte_of_tls_1_2() {
    break_everywhere(&TLS12, Break::Stall);
}

#[test]
fn every_byte_of_tls_by_itself() {
    for version in [&TLS12, &TLS13] {
        let version = Version::new(version);
        let server = Server::start(&version, Plan { trickle: true, ..Plan::ALL });
        let client = version.client();
        assert_eq!(client.connect(&server.url()), Ok(()), "{}", client.error_text());
        expect_messages(&client, &whole_messages(usize::MAX), in_frames(Break::Fin), Break::Fin);
        drop(client);
        assert_eq!(server.finish(), version.ends);
    }
}

/// Whoever ends TLS in order has said all: what is missing is HTTP's, or the WebSocket's.
#[test]
fn an_orderly_end_of_tls_at_every_byte_inside() {
    let version = Version::new(&TLS13);
    for at in 0..=OPENING_LEN + frames().concat().len() {
        let server = Server::start(&version, Plan { inside: Some(at), ..Plan::ALL });
        let client = version.client();
        let outcome = client.connect(&server.url());
        if at < OPENING_LEN {
            assert_eq!(outcome, Err(Break::Fin.in_handshake()), "at {at}");
        } else {
            assert_eq!(outcome, Ok(()), "at {at}: {}", client.error_text());
            expect_messages(&client, &whole_messages(at), Break::Fin.in_frames(), Break::Fin);
        }
        drop(client);
        server.finish();
    }
}
