//! What a hostile peer can make the library hold, measured by an allocator that counts.
//!
//! A bound is stated as payload, or limit, and an overhead that no peer can raise. The peers of these tests write
//! what was allocated before the count began, so that all that is counted is the library's. A reallocation counts
//! twice for its moment, old and new: an allocator that cannot grow in place needs both.

use std::ffi::c_int;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::allocator::{left_behind, most_during, with_at_most};
use ckws::base::ErrorCode;
use ckws::proto::ws::handshake;
use support::client::{Client, TEXT, rest_code};
use support::own_process::in_own_process;
use support::running::{self, ENDED_WITHIN, Running};
use support::server::{frame, serve_one};
use support::tasks::{ABORTED, Task};

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// What a call may hold beside payload: the read block, the block for what is sent, the call log.
const OVERHEAD: usize = 160 * KIB;

/// More than the kernel's buffers hold on both sides.
const BEYOND_KERNEL: usize = 32 * MIB;

/// What a peer writes again and again; made before the count begins.
#[derive(Clone)]
struct Flood {
    first: Vec<u8>,
    pattern: &'static [u8],
    /// How often the pattern comes; None is until the client goes.
    times: Option<usize>,
    last: Vec<u8>,
    /// How much has left when the test hears of it: more than the kernel's buffers hold, where it matters that the
    /// client must be reading.
    begun_after: usize,
}

impl Flood {
    /// `one`, `count` times, written in blocks of about 64 KiB, and `last` behind them.
    fn of(one: &[u8], count: usize, last: &[u8]) -> Self {
        let in_block = (64 * KIB / one.len()).min(count).max(1);
        assert_eq!(count % in_block, 0, "the count is a multiple of what fits into a block");
        Self {
            first: Vec::new(),
            pattern: kept(one.repeat(in_block)),
            times: Some(count / in_block),
            last: last.to_vec(),
            begun_after: BEYOND_KERNEL,
        }
    }

    fn endless(first: &[u8], one: &[u8]) -> Self {
        let pattern = kept(one.repeat((64 * KIB / one.len()).max(1)));
        Self { first: first.to_vec(), pattern, times: None, last: Vec::new(), begun_after: BEYOND_KERNEL }
    }

    /// Writes it all, or as much as the client takes; tells `begun` once.
    fn write(&self, stream: &mut TcpStream, begun: &Sender<()>) -> std::io::Result<()> {
        stream.write_all(&self.first)?;
        let mut written = 0;
        let mut round = 0;
        while self.times.is_none_or(|times| round < times) {
            stream.write_all(self.pattern)?;
            round += 1;
            let before = written;
            written += self.pattern.len();
            if before < self.begun_after && written >= self.begun_after {
                let _ = begun.send(());
            }
        }
        stream.write_all(&self.last)
    }
}

/// Never freed: the count of a later test must not see it go. It hangs where a leak checker finds it.
fn kept(bytes: Vec<u8>) -> &'static [u8] {
    static KEPT: Mutex<Vec<&[u8]>> = Mutex::new(Vec::new());
    let bytes: &[u8] = bytes.leak();
    KEPT.lock().expect("no test ends while it holds the lock").push(bytes);
    bytes
}

/// A server that has said all it says; the connection ends with this value.
struct Peer {
    begun: Receiver<()>,
    _keep: Sender<()>,
}

/// A server that answers a request by `answer`, then floods, and reads nothing more.
fn flooding(answer: fn(&mut TcpStream), flood: Flood) -> (u16, Peer) {
    let (begun_sender, begun) = channel();
    let (keep, over) = channel::<()>();
    let port = serve_one(move |mut stream| {
        answer(&mut stream);
        let _ = flood.write(&mut stream, &begun_sender);
        let _ = over.recv();
    });
    (port, Peer { begun, _keep: keep })
}

/// Reads a request's head.
fn read_request(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("the client sends a request");
        head.extend(byte);
    }
    String::from_utf8(head).expect("a request is ASCII")
}

fn read_request_only(stream: &mut TcpStream) {
    let _ = read_request(stream);
}

/// Opens the WebSocket.
fn upgrade(stream: &mut TcpStream) {
    let request = read_request(stream);
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    let accept = handshake::accept(key.expect("the request has a key"));
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade";
    write!(stream, "{head}\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").expect("the client reads the answer");
}

/// A client with an open WebSocket whose server floods.
fn flooded(flood: Flood) -> (Client, Peer) {
    let (port, peer) = flooding(upgrade, flood);
    (Client::connected(&format!("ws://127.0.0.1:{port}/")), peer)
}

#[track_caller]
fn assert_within(most: usize, bound: usize) {
    println!("{} KiB of at most {} KiB", most / KIB, bound / KIB);
    assert!(most <= bound, "{most} bytes were alive, more than {bound}");
}

/// The header of a frame that announces `len` bytes in the 64-bit form.
fn announcing(first_byte: u8, len: u64) -> Vec<u8> {
    [&[first_byte, 127], &len.to_be_bytes()[..]].concat()
}

/// CVE-2022-35922: memory comes with the bytes, not with their announcement.
#[test]
fn an_announced_length_allocates_nothing() {
    in_own_process(|| {
        let arrived = 256 * KIB;
        let flood = Flood {
            first: announcing(0x82, 1 << 62),
            pattern: kept(vec![b'x'; arrived]),
            times: Some(1),
            last: Vec::new(),
            begun_after: BEYOND_KERNEL,
        };
        let (client, _peer) = flooded(flood);
        client.max_message_size(0);
        client.idle(200);
        let (read, most) = most_during(|| client.read_frame());
        assert!(!read);
        assert_eq!(client.code(), ErrorCode::ReadTimeout as c_int, "{}", client.account());
        assert_within(most, arrived * 3 + OVERHEAD);
    });
}

/// Also while it waits, a connection holds what has arrived, and not a buffer for what is to come.
#[test]
fn a_frame_that_has_begun_holds_what_has_arrived() {
    in_own_process(|| {
        for arrived in [0, 1, 10 * KIB, 100 * KIB] {
            let mut flood = Flood::of(b"x", 0, &vec![b'x'; arrived]);
            flood.first = announcing(0x82, 32 * MIB as u64);
            let (client, _peer) = flooded(flood);
            client.idle(200);
            let (read, left) = left_behind(|| client.read_frame());
            assert!(!read);
            assert_eq!(client.code(), ErrorCode::ReadTimeout as c_int, "{}", client.account());
            assert_within(left, 2 * arrived + 4 * KIB);
        }
    });
}

#[test]
fn a_smaller_message_gives_back_what_a_larger_one_took() {
    in_own_process(|| {
        let takes: [fn(&Client) -> usize; 3] = [
            |client| client.message().1.len(),
            |client| {
                assert!(client.read_message(), "{}", client.account());
                client.data().len()
            },
            |client| {
                let task = Task::receive(client).expect("the handle is alive");
                assert!(task.run() && task.wait(0));
                task.message().expect("there is one").1.len()
            },
        ];
        for take in takes {
            for small in [1, 100 * KIB] {
                let mut flood = Flood::of(b"x", 0, &frame(0x82, &vec![b'x'; small]).repeat(2));
                flood.first = [frame(0x02, &[b'x'; MIB]), frame(0x80, &vec![b'x'; 7 * MIB])].concat();
                let (client, _peer) = flooded(flood);
                let ((), left) = left_behind(|| {
                    assert_eq!(take(&client), 8 * MIB);
                    assert_eq!([take(&client), take(&client)], [small; 2]);
                });
                assert_within(left, 4 * small + OVERHEAD);
            }
        }
    });
}

/// Each byte becomes three: the text takes the place of the bytes.
#[test]
fn bytes_that_are_no_text_take_what_their_text_takes() {
    in_own_process(|| {
        let len = 8 * MIB;
        let (client, _peer) = flooded(Flood::of(&frame(0x82, &vec![0xFF; len]), 1, b""));
        assert!(client.read_message(), "{}", client.account());
        let (text, most) = most_during(|| client.text_len());
        assert_eq!(text, 3 * len);
        assert_within(most, 3 * len + OVERHEAD);
    });
}

/// Over the limit: refused at the header, before a byte of payload is kept.
#[test]
fn a_frame_over_the_limit_is_refused_at_its_header() {
    in_own_process(|| {
        for (limit, announced) in [(64 * MIB, 1 << 62), (MIB, 256 * MIB as u64), (MIB, MIB as u64 + 1)] {
            let (client, _peer) = flooded(Flood::endless(&announcing(0x82, announced), &[b'x'; 1024]));
            client.max_message_size(limit as i64);
            let (read, most) = most_during(|| client.read_frame());
            assert!(!read);
            assert_eq!(client.code(), ErrorCode::MessageTooBig as c_int, "{}", client.account());
            assert_within(most, OVERHEAD);
        }
    });
}

/// CVE-2014-0193, CVE-2025-32049: the limit is on the message, not on its frames.
#[test]
fn a_message_of_endless_fragments_is_held_up_to_the_limit() {
    in_own_process(|| {
        for (fragment, limit) in
            [(1, MIB), (16 * KIB, 12 * MIB), (64 * KIB, 12 * MIB), (64 * KIB, 16 * MIB + KIB)]
        {
            let fragments = frame(0x00, &vec![b'x'; fragment]);
            let (client, _peer) = flooded(Flood::endless(&frame(0x02, b""), &fragments));
            client.max_message_size(limit as i64);
            let (read, most) = most_during(|| client.read_message());
            assert!(!read);
            assert_eq!(client.code(), ErrorCode::MessageTooBig as c_int, "{}", client.account());
            assert_within(most, 2 * limit + OVERHEAD);
        }
    });
}

/// CVE-2026-48779, CVE-2026-12151, websockets/ws#2329: what is held counts in bytes, however many frames they
/// came in.
#[test]
fn a_million_tiny_fragments_cost_what_their_bytes_cost() {
    in_own_process(|| {
        const COUNT: usize = 1_000_000;
        for (len, one) in [(0, &[0x00, 0x00][..]), (1, &[0x00, 0x01, b'x'])] {
            let in_block = 64 * KIB / one.len();
            let count = COUNT.next_multiple_of(in_block);
            let mut flood = Flood::of(one, count, &[0x80, 0x00]);
            flood.first = frame(0x02, b"");
            let (client, _peer) = flooded(flood);
            let (read, most) = most_during(|| client.read_message());
            assert!(read, "{}", client.account());
            assert_eq!(client.data_size() as usize, count * len);
            assert_within(most, 3 * count * len + OVERHEAD);
        }
    });
}

/// How the program ends a call.
#[derive(Clone, Copy)]
enum End {
    Close,
    Dispose,
}

impl End {
    fn of(self, client: &Client) {
        match self {
            Self::Close => assert!(client.close_connection()),
            Self::Dispose => client.dispose(),
        }
    }

    /// What the call says to it: a connection that is closed between two calls is none to the second, and a disposed
    /// handle is not alive.
    fn codes(self) -> &'static [c_int] {
        match self {
            Self::Close => &[ErrorCode::ClosedLocally as c_int, ErrorCode::NotConnected as c_int],
            Self::Dispose => &[-1],
        }
    }
}

/// A call that a peer feeds without end hears the program, and so do the handle's other functions.
fn assert_stays_responsive(flood: &Flood, call: fn(&Client) -> bool, ends: &[End]) {
    for &end in ends {
        running::assert_within(ENDED_WITHIN, || ended_while_fed(flood.clone(), call, end));
    }
}

/// How long such a call goes on once it is ended.
fn ended_while_fed(flood: Flood, call: fn(&Client) -> bool, end: End) -> Duration {
    let (client, peer) = flooded(flood);
    let client = Arc::new(client);
    let (took, most) = most_during(|| {
        let shared = Arc::clone(&client);
        let running = Running::start(move || (call(&shared), shared.code()));
        peer.begun.recv().expect("the client reads");
        let asking = Arc::clone(&client);
        assert!(Running::start(move || asking.data_size()).result() >= 0);
        let start = Instant::now();
        end.of(&client);
        let (succeeded, code) = running.result();
        assert!(!succeeded && end.codes().contains(&code), "{code}");
        start.elapsed()
    });
    assert_within(most, OVERHEAD);
    took
}

#[test]
fn empty_fragments_without_end_hold_no_call() {
    in_own_process(|| {
        assert_stays_responsive(
            &Flood::endless(&frame(0x02, b""), &[0x00, 0x00]),
            Client::read_message,
            &[End::Close],
        );
    });
}

#[test]
fn empty_fragments_without_end_hold_no_receive() {
    in_own_process(|| {
        let flood = Flood::endless(&frame(0x02, b""), &[0x00, 0x00]);
        assert_stays_responsive(&flood, |client| client.receive().is_some(), &[End::Close]);
    });
}

/// CVE-2026-11586, CVE-2025-5399: the server floods with Pings and reads no Pong.
#[test]
fn pings_without_end_hold_no_call() {
    in_own_process(|| {
        let flood = Flood::endless(&[], &frame(0x89, b"ping"));
        assert_stays_responsive(&flood, Client::read_message, &[End::Close, End::Dispose]);
    });
}

/// Each is a message, so each call ends; the next hears the program as well.
#[test]
fn one_byte_messages_without_end_hold_no_program() {
    in_own_process(|| {
        let flood = Flood { begun_after: MIB, ..Flood::endless(&[], &frame(0x82, b"x")) };
        let read_all = |client: &Client| {
            while client.receive().is_some() {}
            false
        };
        // A dispose would end the loan while the message is looked at.
        assert_stays_responsive(&flood, read_all, &[End::Close]);
    });
}

/// The same of a task that is cancelled: the connection stays.
#[test]
fn floods_without_end_hold_no_task() {
    in_own_process(|| {
        for flood in
            [Flood::endless(&frame(0x02, b""), &[0x00, 0x00]), Flood::endless(&[], &frame(0x89, b"ping"))]
        {
            running::assert_within(ENDED_WITHIN, || cancelled_while_fed(flood.clone()));
        }
    });
}

fn cancelled_while_fed(flood: Flood) -> Duration {
    let (client, peer) = flooded(flood);
    let (took, most) = most_during(|| {
        let task = Task::read_message(&client).expect("the handle is alive");
        assert!(task.run());
        peer.begun.recv().expect("the client reads");
        let start = Instant::now();
        assert!(task.cancel());
        assert!(task.wait(0));
        let took = start.elapsed();
        assert_eq!(task.status(), ABORTED);
        assert!(client.is_connected());
        took
    });
    assert_within(most, OVERHEAD);
    took
}

#[test]
fn a_million_pings_whose_pongs_nobody_reads_queue_one_pong() {
    in_own_process(|| {
        let ping = frame(0x89, b"0123456789");
        let count = 1_000_000_usize.next_multiple_of(64 * KIB / ping.len());
        let (client, _peer) = flooded(Flood::of(&ping, count, &frame(0x81, b"done")));
        let (message, most) = most_during(|| client.message());
        assert_eq!(message, (TEXT, b"done".to_vec()));
        assert!(client.pending_send_bytes() <= 2 * 16, "at most a torn Pong and a whole one");
        assert_within(most, OVERHEAD);
    });
}

/// A connect that a server's answer must end.
fn assert_connect_fails(flood: Flood, code: ErrorCode, bound: usize) -> String {
    let (port, _peer) = flooding(read_request_only, flood);
    let (client, url) = (Client::new(), format!("ws://127.0.0.1:{port}/"));
    let (connected, most) = most_during(|| client.connect(&url));
    assert!(!connected);
    assert_eq!(client.code(), code as c_int, "{}", client.account());
    assert_within(most, bound);
    client.account()
}

/// A head is held up to 64 KiB, and what arrived with its last bytes: a read block.
const HEAD_BOUND: usize = 3 * 64 * KIB + OVERHEAD;

const STATUS_101: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n";

/// CVE-2023-38039, CVE-2026-54465, CVE-2023-43669.
#[test]
fn a_response_head_without_end_is_refused() {
    in_own_process(|| {
        let status = "HTTP/1.1 101 Switching Protocols\r\nX: ";
        let one_field = Flood::endless(status.as_bytes(), b"x");
        assert_connect_fails(one_field, ErrorCode::HttpHeadTooLarge, HEAD_BOUND);
        let one_name = Flood::endless(STATUS_101, b"x");
        assert_connect_fails(one_name, ErrorCode::HttpHeadTooLarge, HEAD_BOUND);
        let interim = Flood::endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n");
        assert_connect_fails(interim, ErrorCode::HttpHeadTooLarge, HEAD_BOUND);
        let fields = Flood::endless(STATUS_101, b"A: b\r\n");
        assert_connect_fails(fields, ErrorCode::HttpTooManyFields, HEAD_BOUND);
    });
}

#[test]
fn a_response_field_of_ten_megabytes_is_refused() {
    in_own_process(|| {
        let mut flood = Flood::of(&[b'x'; 64 * KIB], 160, b"\r\n\r\n");
        flood.first = b"HTTP/1.1 101 Switching Protocols\r\nX: ".to_vec();
        assert_connect_fails(flood, ErrorCode::HttpHeadTooLarge, HEAD_BOUND);
    });
}

/// CVE-2022-31080: of a refusal's body 4 KiB are kept, as they came.
#[test]
fn a_refusal_of_a_gibibyte_is_kept_up_to_4_kib() {
    in_own_process(|| {
        let encoded = "Content-Encoding: gzip\r\nContent-Length: 1073741824";
        for framing in ["Content-Length: 1073741824", encoded, "Transfer-Encoding: chunked", "Server: x"] {
            let head = format!("HTTP/1.1 503 Service Unavailable\r\n{framing}\r\n\r\n");
            let one = if framing.ends_with("chunked") { "8\r\n~~~~~~~~\r\n" } else { "~~~~~~~~" };
            let flood = Flood::endless(head.as_bytes(), one.as_bytes());
            let account = assert_connect_fails(flood, ErrorCode::UpgradeRefused, HEAD_BOUND);
            assert_eq!(account.matches('~').count(), 4 * KIB, "{framing}");
        }
    });
}

/// A body without end is refused at the limit, 64 MiB.
#[test]
fn a_response_body_without_end_is_refused_at_the_limit() {
    in_own_process(|| {
        for framing in ["Transfer-Encoding: chunked", "Server: x"] {
            let head = format!("HTTP/1.1 200 OK\r\n{framing}\r\n\r\n");
            let one = [b"8000\r\n", &[b'x'; 0x8000][..], b"\r\n"].concat();
            let (port, _peer) = flooding(read_request_only, Flood::endless(head.as_bytes(), &one));
            let (code, most) = most_during(|| rest_code("127.0.0.1", port));
            assert_eq!(code, ErrorCode::HttpBodyTooLarge as c_int);
            assert_within(most, 2 * 64 * MIB + HEAD_BOUND);
        }
    });
}

/// CVE-2020-35896: what is sent to a peer that never reads waits, or fails; it does not pile up.
#[test]
fn sends_to_a_peer_that_never_reads_gather_32_kib_and_a_frame() {
    in_own_process(|| {
        for len in [1, 1000, 32 * KIB, MIB] {
            let (client, _peer) = flooded(Flood::of(b"x", 0, b""));
            client.auto_flush(false);
            client.idle(100);
            let payload = vec![b'x'; len];
            let ((), most) = most_during(|| {
                while client.send_binary(&payload) {
                    assert!(client.pending_send_bytes() <= (32 * KIB + len.min(32 * KIB) + 14) as i64);
                }
            });
            // The second if part of the frame had left.
            let expected = [ErrorCode::SendTimeout as c_int, ErrorCode::SendInterrupted as c_int];
            assert!(expected.contains(&client.code()), "{}", client.account());
            assert!(client.pending_send_bytes() <= (32 * KIB + len.min(32 * KIB) + 14) as i64);
            assert_within(most, OVERHEAD);
        }
    });
}

/// What a burst of output took goes back; the blocks of the pool are everybody's.
#[test]
fn a_connection_that_has_sent_keeps_4_kib() {
    in_own_process(|| {
        let send = |client: &Client| {
            client.auto_flush(false);
            for len in [1, 3 * KIB, 30 * KIB, 1] {
                assert!(client.send_binary(&vec![b'x'; len]) && client.flush(), "{}", client.account());
            }
        };
        let open = || flooded(Flood::of(b"x", 0, b""));
        let (first, _peer) = open();
        send(&first);
        let (second, _peer) = open();
        let ((), left) = left_behind(|| send(&second));
        assert_within(left, 4 * KIB + KIB);
    });
}

/// What a peer sends may be too much for this machine: that ends the connection, and nothing else.
#[test]
fn a_message_that_memory_does_not_suffice_for_ends_its_connection() {
    in_own_process(|| {
        let reads: [fn(&Client) -> bool; 2] = [Client::read_message, |client| client.receive().is_some()];
        for read in reads {
            assert_ends_its_connection(&frame(0x82, &vec![b'x'; 16 * MIB]), read);
            let fragments = || [frame(0x02, b""), frame(0x00, &[b'x'; 1024]).repeat(16 * KIB)].concat();
            assert_ends_its_connection(&fragments(), read);
        }
    });
}

fn assert_ends_its_connection(message: &[u8], read: fn(&Client) -> bool) {
    let (client, _peer) = flooded(Flood::of(message, 1, b""));
    client.max_message_size(0);
    assert!(!with_at_most(MIB, || read(&client)));
    assert_eq!(client.code(), ErrorCode::OutOfMemory as c_int, "{}", client.account());
    assert!(!client.is_connected());
    let (port, _peer) = flooding(upgrade, Flood::of(&frame(0x81, b"next"), 1, b""));
    client.must_connect(&format!("ws://127.0.0.1:{port}/"));
    assert_eq!(client.message(), (TEXT, b"next".to_vec()));
}

#[test]
fn a_response_that_memory_does_not_suffice_for_is_refused() {
    in_own_process(|| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 16 * MIB);
        let mut flood = Flood::of(&[b'x'; MIB], 16, b"");
        flood.first = head.into_bytes();
        let (port, _peer) = flooding(read_request_only, flood);
        let code = with_at_most(MIB, || rest_code("127.0.0.1", port));
        assert_eq!(code, ErrorCode::OutOfMemory as c_int);
    });
}
