//! The TLS layer over a wire that the test holds: records that carry nothing, and an end that has to wait.

#![allow(clippy::expect_used, clippy::panic, reason = "a test ends by panicking")]

use std::collections::VecDeque;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use ckws::base::Deadline;
use ckws::engine::cx::Abort;
use ckws::engine::{Cx, Signal, block_on};
use ckws::link::tls::{Tls, TlsSettings};
use ckws::link::{Link, Step, Stop};
use ckws::sys::socket::Socket;
use rustls::crypto::CryptoProvider;
use rustls::crypto::cipher::{OutboundChunks, OutboundPlainMessage};
use rustls::crypto::ring::cipher_suite::TLS13_AES_256_GCM_SHA384 as SUITE;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ConnectionTrafficSecrets, ContentType, ProtocolVersion, ServerConfig, ServerConnection};

const RECORDS: u64 = 10_000;

/// A session ticket (RFC 8446 section 4.6.1), of which a server may send as many as it likes: lifetime, age,
/// nonce, the ticket itself, no extensions.
const TICKET: &[u8] = b"\x04\x00\x00\x12\x00\x00\x0E\x10\x00\x00\x00\x00\x01\x00\x00\x04tick\x00\x00";

/// A server at the other end of a wire that never makes anybody wait. Behind its handshake come tickets, each in a
/// record of its own.
struct Server {
    /// None once the handshake is done.
    tls: Option<ServerConnection>,
    output: VecDeque<u8>,
    seen: Arc<Seen>,
    socket: Arc<Socket>,
}

/// What the client does, and may do.
#[derive(Default)]
struct Seen {
    /// How many bytes it has read.
    read: AtomicUsize,
    /// It would have to wait to write.
    full: AtomicBool,
    /// It has ended its side of the stream.
    finished: AtomicBool,
}

impl Server {
    fn new(seen: Arc<Seen>) -> Self {
        let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("it can be made");
        let key = PrivateKeyDer::Pkcs8(issued.signing_key.serialize_der().into());
        let provider = CryptoProvider { cipher_suites: vec![SUITE], ..default_provider() };
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .expect("the suite is one of TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![issued.cert.der().clone()], key)
            .expect("the key belongs to the certificate");
        config.send_tls13_tickets = 0;
        config.enable_secret_extraction = true;
        let tls = ServerConnection::new(Arc::new(config)).expect("the configuration is complete");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address");
        let socket = Arc::new(Socket::start_connect(address).expect("loopback connects"));
        Self { tls: Some(tls), output: VecDeque::new(), seen, socket }
    }

    /// Puts all tickets into the output, with the keys of the connection.
    fn flood(&mut self, tls: ServerConnection) {
        let secrets = tls.dangerous_extract_secrets().expect("the configuration allows it");
        let (first, ConnectionTrafficSecrets::Aes256Gcm { key, iv }) = secrets.tx else {
            panic!("another suite than the only one")
        };
        let suite = SUITE.tls13().expect("a suite of TLS 1.3");
        let mut encrypter = suite.aead_alg.encrypter(key, iv);
        for number in first..first + RECORDS {
            let ticket = OutboundPlainMessage {
                typ: ContentType::Handshake,
                version: ProtocolVersion::TLSv1_2,
                payload: OutboundChunks::Single(TICKET),
            };
            self.output.extend(encrypter.encrypt(ticket, number).expect("a ticket fits").encode());
        }
    }
}

impl Link for Server {
    fn try_read(&mut self, into: &mut Vec<u8>, max: usize) -> Step<usize> {
        while let Some(tls) = self.tls.as_mut().filter(|tls| tls.wants_write()) {
            tls.write_tls(&mut self.output).expect("memory takes it");
        }
        if let Some(tls) = self.tls.take_if(|tls| !tls.is_handshaking()) {
            self.flood(tls);
        }
        let count = self.output.len().min(max).min(into.capacity() - into.len());
        if count == 0 {
            return Err(Stop::WouldBlock);
        }
        into.extend(self.output.drain(..count));
        self.seen.read.fetch_add(count, Ordering::Relaxed);
        Ok(count)
    }

    fn try_write(&mut self, mut bytes: &[u8]) -> Step<usize> {
        if self.seen.full.load(Ordering::Relaxed) {
            return Err(Stop::WouldBlock);
        }
        let Some(tls) = &mut self.tls else { return Ok(bytes.len()) };
        let taken = tls.read_tls(&mut bytes).expect("memory gives it");
        tls.process_new_packets().expect("the client keeps to TLS");
        Ok(taken)
    }

    fn try_flush(&mut self) -> Step<()> {
        Ok(())
    }

    fn has_buffered(&self) -> bool {
        false
    }

    fn wants_write(&self) -> bool {
        false
    }

    fn finish(&mut self) -> Step<()> {
        self.seen.finished.store(true, Ordering::Relaxed);
        Ok(())
    }

    fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    fn is_secure(&self) -> bool {
        false
    }
}

fn connect() -> (Tls<Server>, Arc<Seen>) {
    let seen = Arc::new(Seen::default());
    let server = Server::new(Arc::clone(&seen));
    let mut settings = TlsSettings::default();
    settings.set_verify(false);
    let signal = Signal::default();
    let abort = Abort::on(&signal);
    let mut cx = Cx::new("test", false);
    let connect = Tls::connect(&mut cx, server, "localhost", &settings, Deadline::NEVER, &abort);
    (block_on(connect).expect("the handshake succeeds"), seen)
}

#[test]
fn records_without_data_do_not_hold_a_read() {
    let (mut tls, seen) = connect();
    let mut into = Vec::with_capacity(16 * 1024);
    let mut reads = 0;
    loop {
        let before = seen.read.load(Ordering::Relaxed);
        let outcome = tls.try_read(&mut into, 16 * 1024);
        assert!(matches!(outcome, Err(Stop::WouldBlock)), "there is no data: {outcome:?}");
        let taken = seen.read.load(Ordering::Relaxed) - before;
        assert!(taken <= 128 * 1024, "{taken} bytes in one step");
        assert!(!tls.has_buffered(), "the next byte is the kernel's");
        if taken == 0 {
            break;
        }
        reads += 1;
    }
    assert!(reads > 3, "{reads} reads: not enough records to tell");
}

#[test]
fn the_end_of_the_stream_does_not_overtake_close_notify() {
    let (mut tls, seen) = connect();
    seen.full.store(true, Ordering::Relaxed);
    assert!(matches!(tls.finish(), Err(Stop::WouldBlock)));
    assert!(tls.wants_write() && !seen.finished.load(Ordering::Relaxed));
    seen.full.store(false, Ordering::Relaxed);
    assert!(tls.finish().is_ok());
    assert!(!tls.wants_write() && seen.finished.load(Ordering::Relaxed));
}
