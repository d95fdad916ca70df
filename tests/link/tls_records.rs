//! The TLS layer over a wire that the test holds: records as no ordinary server sends them, and an end that has to
//! wait (T-TLSIO).

use std::collections::VecDeque;
use std::io::Write;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use ckws::base::{ErrorCode, Fault};
use ckws::engine::{Op, block_on};
use ckws::link::memory::{MemoryLink, Peer};
use ckws::link::tls::{Tls, TlsServer, TlsSettings};
use ckws::link::{Link, ReadBuf, StallLimits, TryError, TryResult};
use ckws::proto::ws::Extensions;
use ckws::proto::ws::autoreply::Policy;
use ckws::proto::ws::opcode::Opcode;
use ckws::session::{ReadOptions, Session};
use rustls::crypto::CryptoProvider;
use rustls::crypto::cipher::{MessageEncrypter, OutboundChunks, OutboundPlainMessage};
use rustls::crypto::ring::cipher_suite::{
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 as SUITE_1_2, TLS13_AES_256_GCM_SHA384 as SUITE_1_3,
};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{
    ConnectionTrafficSecrets, ContentType, ProtocolVersion, ServerConfig, ServerConnection,
    SupportedCipherSuite,
};

const RECORDS: u64 = 10_000;

/// A session ticket (RFC 8446 section 4.6.1), of which a server may send as many as it likes: lifetime, age,
/// nonce, the ticket itself, no extensions.
const TICKET: &[u8] = b"\x04\x00\x00\x12\x00\x00\x0E\x10\x00\x00\x00\x00\x01\x00\x00\x04tick\x00\x00";

/// Asks for a new handshake (RFC 5246 section 7.4.1.1).
const HELLO_REQUEST: &[u8] = b"\x00\x00\x00\x00";

/// What comes behind the handshake is put into the output. The connection is handed back if it is to go on.
type Behind = fn(ServerConnection, &mut VecDeque<u8>) -> Option<ServerConnection>;

/// The server at the other end of a link in memory.
struct Server {
    tls: Option<ServerConnection>,
    /// None once the handshake is done.
    behind: Option<Behind>,
    peer: Peer,
}

impl Server {
    fn new(suite: SupportedCipherSuite, behind: Behind) -> Self {
        let issued = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("it can be made");
        let key = PrivateKeyDer::Pkcs8(issued.signing_key.serialize_der().into());
        let provider = CryptoProvider { cipher_suites: vec![suite], ..default_provider() };
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[suite.version()])
            .expect("the suite is one of this version")
            .with_no_client_auth()
            .with_single_cert(vec![issued.cert.der().clone()], key)
            .expect("the key belongs to the certificate");
        config.send_tls13_tickets = 0;
        config.enable_secret_extraction = true;
        let tls = ServerConnection::new(Arc::new(config)).expect("the configuration is complete");
        Self { tls: Some(tls), behind: Some(behind), peer: Peer::default() }
    }

    /// Takes what the client has sent, and answers.
    fn serve(&mut self) {
        let state = &mut *self.peer.state();
        let received = std::mem::take(&mut state.output);
        if let Some(tls) = &mut self.tls {
            let mut received = received.as_slice();
            while !received.is_empty() {
                tls.read_tls(&mut received).expect("memory gives it");
                tls.process_new_packets().expect("the client keeps to TLS");
            }
            while tls.wants_write() {
                tls.write_tls(&mut state.input).expect("memory takes it");
            }
        }
        if self.tls.as_ref().is_some_and(|tls| !tls.is_handshaking())
            && let Some(behind) = self.behind.take()
        {
            self.tls = self.tls.take().and_then(|tls| behind(tls, &mut state.input));
        }
    }

    /// How many bytes the client has not read.
    fn unread(&self) -> usize {
        self.peer.state().input.len()
    }
}

/// Makes records with the keys of a connection.
struct Encrypter {
    encrypter: Box<dyn MessageEncrypter>,
    number: u64,
}

impl Encrypter {
    fn of(tls: ServerConnection) -> Self {
        let suite = tls.negotiated_cipher_suite().expect("the handshake is done");
        let secrets = tls.dangerous_extract_secrets().expect("the configuration allows it");
        let (number, ConnectionTrafficSecrets::Aes256Gcm { key, iv }) = secrets.tx else {
            panic!("another suite than these")
        };
        let encrypter = match suite {
            SupportedCipherSuite::Tls13(suite) => suite.aead_alg.encrypter(key, iv),
            // Half of the nonce is in every record (RFC 5288 section 3).
            SupportedCipherSuite::Tls12(suite) => {
                let (implicit, explicit) = iv.as_ref().split_at(4);
                suite.aead_alg.encrypter(key, implicit, explicit)
            }
        };
        Self { encrypter, number }
    }

    fn record(&mut self, typ: ContentType, content: &[u8]) -> Vec<u8> {
        let payload = OutboundChunks::Single(content);
        let plain = OutboundPlainMessage { typ, version: ProtocolVersion::TLSv1_2, payload };
        let record = self.encrypter.encrypt(plain, self.number).expect("a record fits").encode();
        self.number += 1;
        record
    }
}

fn tickets(tls: ServerConnection, output: &mut VecDeque<u8>) -> Option<ServerConnection> {
    let mut encrypter = Encrypter::of(tls);
    output.extend((0..RECORDS).flat_map(|_| encrypter.record(ContentType::Handshake, TICKET)));
    None
}

fn empty_records(tls: ServerConnection, output: &mut VecDeque<u8>) -> Option<ServerConnection> {
    let mut encrypter = Encrypter::of(tls);
    output.extend((0..RECORDS).flat_map(|_| encrypter.record(ContentType::ApplicationData, b"")));
    None
}

fn a_few_key_updates(mut tls: ServerConnection, output: &mut VecDeque<u8>) -> Option<ServerConnection> {
    update_keys(&mut tls, 10, output);
    write(&mut tls, b"data", output);
    Some(tls)
}

fn key_updates(mut tls: ServerConnection, output: &mut VecDeque<u8>) -> Option<ServerConnection> {
    update_keys(&mut tls, RECORDS, output);
    None
}

/// Each asks for the client's own update (RFC 8446 section 4.6.3).
fn update_keys(tls: &mut ServerConnection, count: u64, output: &mut VecDeque<u8>) {
    for _ in 0..count {
        tls.refresh_traffic_keys().expect("the handshake is done");
        tls.write_tls(output).expect("memory takes it");
    }
}

fn one_byte_records(mut tls: ServerConnection, output: &mut VecDeque<u8>) -> Option<ServerConnection> {
    for byte in ONE_BY_ONE {
        write(&mut tls, &[*byte], output);
    }
    Some(tls)
}

const ONE_BY_ONE: &[u8] = b"every byte in a record of its own";

fn data_behind_close_notify(tls: ServerConnection, output: &mut VecDeque<u8>) -> Option<ServerConnection> {
    let mut encrypter = Encrypter::of(tls);
    output.extend(encrypter.record(ContentType::ApplicationData, b"data"));
    output.extend(encrypter.record(ContentType::Alert, b"\x01\x00"));
    output.extend(encrypter.record(ContentType::ApplicationData, b"never"));
    None
}

/// The longest of all versions is 2^14 + 2048 bytes (RFC 5246 section 6.2.3).
fn a_record_too_long(_: ServerConnection, output: &mut VecDeque<u8>) -> Option<ServerConnection> {
    output.extend(b"\x17\x03\x03\x48\x01");
    None
}

/// Frames of a WebSocket, and in the same segment what breaks TLS.
fn messages_and(fault: &[u8], tls: ServerConnection, output: &mut VecDeque<u8>) -> Option<ServerConnection> {
    let mut encrypter = Encrypter::of(tls);
    output.extend(encrypter.record(ContentType::ApplicationData, b"\x82\x03one"));
    output.extend(encrypter.record(ContentType::ApplicationData, b"\x82\x03two\x82\x05cut"));
    output.extend(fault);
    None
}

fn messages_and_no_tls(tls: ServerConnection, output: &mut VecDeque<u8>) -> Option<ServerConnection> {
    messages_and(b"HTTP/1.1 400 Bad Request\r\n", tls, output)
}

/// A record that was changed on its way.
fn messages_and_a_forged_record(
    tls: ServerConnection,
    output: &mut VecDeque<u8>,
) -> Option<ServerConnection> {
    messages_and(&[b"\x17\x03\x03\x00\x20".as_slice(), &[7; 0x20]].concat(), tls, output)
}

fn messages_and_an_alert(tls: ServerConnection, output: &mut VecDeque<u8>) -> Option<ServerConnection> {
    let mut encrypter = Encrypter::of(tls);
    output.extend(encrypter.record(ContentType::ApplicationData, b"\x82\x03one\x82\x03two"));
    output.extend(encrypter.record(ContentType::Alert, b"\x02\x50"));
    None
}

fn a_new_handshake(tls: ServerConnection, output: &mut VecDeque<u8>) -> Option<ServerConnection> {
    let mut encrypter = Encrypter::of(tls);
    output.extend(encrypter.record(ContentType::Handshake, HELLO_REQUEST));
    output.extend(encrypter.record(ContentType::ApplicationData, b"data"));
    None
}

fn new_handshakes(tls: ServerConnection, output: &mut VecDeque<u8>) -> Option<ServerConnection> {
    let mut encrypter = Encrypter::of(tls);
    output.extend((0..RECORDS).flat_map(|_| encrypter.record(ContentType::Handshake, HELLO_REQUEST)));
    None
}

fn write(tls: &mut ServerConnection, data: &[u8], output: &mut VecDeque<u8>) {
    tls.writer().write_all(data).expect("memory takes it");
    while tls.wants_write() {
        tls.write_tls(output).expect("memory takes it");
    }
}

fn try_connect(suite: SupportedCipherSuite, behind: Behind) -> Result<(Tls, Server), Fault> {
    let mut server = Server::new(suite, behind);
    let link = Box::new(MemoryLink::to(&server.peer));
    let mut settings = TlsSettings::default();
    settings.set_verify(false);
    let mut op = Op::new("test", false);
    let stalls = StallLimits::default();
    let name = TlsServer { host: "localhost", port: 443, way: "" };
    let mut connect = pin!(Tls::connect(&mut op, link, name, &settings, stalls));
    let tls = loop {
        match connect.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => break outcome?,
            Poll::Pending => server.serve(),
        }
    };
    server.serve();
    Ok((tls, server))
}

fn connect(suite: SupportedCipherSuite, behind: Behind) -> (Tls, Server) {
    try_connect(suite, behind).expect("the handshake succeeds")
}

/// What one read brings.
fn read(tls: &mut Tls) -> TryResult<Vec<u8>> {
    let mut into = Vec::with_capacity(16 * 1024);
    tls.try_read(&mut ReadBuf::new(&mut into, 16 * 1024)).map(|_| into)
}

#[test]
fn records_without_data_do_not_hold_a_read() {
    let (mut tls, server) = connect(SUITE_1_3, tickets);
    let mut reads = 0;
    loop {
        let before = server.unread();
        let outcome = read(&mut tls);
        assert!(matches!(outcome, Err(TryError::WouldBlock)), "there is no data: {outcome:?}");
        let taken = before - server.unread();
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
fn keys_may_be_updated_now_and_then() {
    let (mut tls, mut server) = connect(SUITE_1_3, a_few_key_updates);
    assert_eq!(read(&mut tls).ok(), Some(b"data".to_vec()));
    assert!(tls.try_write(b"answer").is_ok());
    // With our own new keys, which the server understands.
    server.serve();
}

/// Each asks for work and brings nothing.
#[test]
fn floods_of_key_updates_and_of_empty_records_are_refused() {
    for behind in [key_updates, empty_records] {
        let (mut tls, server) = connect(SUITE_1_3, behind);
        let sent = server.unread();
        assert_eq!(fault(read(&mut tls)), Some(ErrorCode::TlsProtocol));
        assert!(sent - server.unread() < 128 * 1024);
    }
}

#[test]
fn records_of_one_byte_are_read_like_any() {
    let (mut tls, _) = connect(SUITE_1_3, one_byte_records);
    let mut data = Vec::new();
    while let Ok(piece) = read(&mut tls) {
        data.extend(piece);
    }
    assert_eq!(data, ONE_BY_ONE);
}

/// RFC 8446 section 6.1: whatever comes behind close_notify is ignored.
#[test]
fn data_behind_close_notify_is_ignored() {
    for suite in [SUITE_1_2, SUITE_1_3] {
        let (mut tls, _) = connect(suite, data_behind_close_notify);
        assert_eq!(read(&mut tls).ok(), Some(b"data".to_vec()));
        for _ in 0..3 {
            assert_eq!(read(&mut tls).ok(), Some(Vec::new()), "the end of the stream");
        }
    }
}

#[test]
fn a_record_that_is_too_long_is_refused_at_its_header() {
    let (mut tls, _) = connect(SUITE_1_3, a_record_too_long);
    assert_eq!(fault(read(&mut tls)), Some(ErrorCode::TlsProtocol));
}

/// A client may decline (RFC 5746 section 4.2), and goes on; a server that insists is left.
#[test]
fn no_second_handshake_takes_place() {
    let (mut tls, _) = connect(SUITE_1_2, a_new_handshake);
    assert_eq!(read(&mut tls).ok(), Some(b"data".to_vec()));
    // They may come with the last record of the first handshake.
    let insisted = match try_connect(SUITE_1_2, new_handshakes) {
        Ok((mut tls, _)) => fault(read(&mut tls)),
        Err(fault) => Some(fault.code()),
    };
    assert_eq!(insisted, Some(ErrorCode::TlsProtocol));
}

/// What arrived before a fault is delivered before it, by a session too, and so the fault is not lost.
#[test]
fn messages_before_a_fault_are_delivered_first() {
    let faults: [(Behind, ErrorCode); 3] = [
        (messages_and_no_tls, ErrorCode::TlsProtocol),
        (messages_and_a_forged_record, ErrorCode::TlsProtocol),
        (messages_and_an_alert, ErrorCode::TlsAlert),
    ];
    for suite in [SUITE_1_2, SUITE_1_3] {
        for (behind, code) in faults {
            let (tls, _) = connect(suite, behind);
            let session = Session::default();
            session
                .attach(
                    session.detach(&mut Op::new("test", false)).epoch(),
                    Box::new(tls),
                    Vec::new(),
                    Extensions::default(),
                    0,
                )
                .expect("it is attached");
            let mut op = Op::new("Test", false);
            for _ in ["one", "two"] {
                assert!(session.poll_readable(POLICY), "a message is there");
                let received = block_on(session.receive(&mut op, OPTIONS));
                assert_eq!(received.map(|(opcode, _, len)| (opcode, len)), Ok((Opcode::Binary, 3)));
            }
            let fault = block_on(session.receive(&mut op, OPTIONS)).expect_err("TLS is broken");
            assert_eq!(fault.code(), code);
            assert!(!fault.text().contains("handshake"), "{fault}");
            assert!(!session.is_open());
        }
    }
}

const POLICY: Policy = Policy { close_auto_respond: true, ping_auto_respond: true, pong_auto_consume: true };
const OPTIONS: ReadOptions = ReadOptions { policy: POLICY, idle_ms: 0 };

fn fault<T>(outcome: TryResult<T>) -> Option<ErrorCode> {
    match outcome {
        Err(TryError::Failed(fault)) => Some(fault.code()),
        _ => None,
    }
}

#[test]
fn the_end_of_the_stream_does_not_overtake_close_notify() {
    let (mut tls, server) = connect(SUITE_1_3, tickets);
    server.peer.state().room = 0;
    assert!(matches!(tls.try_finish(), Err(TryError::WouldBlock)));
    assert!(tls.wants_write() && !server.peer.state().is_finished);
    server.peer.state().room = usize::MAX;
    assert!(tls.try_finish().is_ok());
    assert!(!tls.wants_write() && server.peer.state().is_finished);
}
