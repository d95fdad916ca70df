//! Calls that wait: their time-outs, what a time-out leaves behind, and how another thread ends them.
//!
//! A promised bound is tested with ten times its length, so that a busy machine fails no test; in full as it is.

use std::ffi::c_int;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use ckws::base::ErrorCode;
use socket2::SockRef;
use support::authority::{Authority, params};
use support::client::{CLOSE, Client, READ_TIMEOUT, TEXT, rest_status};
use support::running::{ENDED_WITHIN, Running, assert_within};
use support::server::{
    TlsStream, accept_one, frame, listener, serve_each, serve_one, silent_address, tls_stream, websocket,
};
use support::tasks::{ABORTED, COMPLETED, Task};
use tungstenite::{Message, WebSocket};

const TIMEOUT_MS: c_int = 300;

/// Neither early nor late; how late is what the system's timer and this machine add.
fn assert_times_out(url: &str, code: ErrorCode) {
    let timeout = Duration::from_millis(TIMEOUT_MS as u64);
    assert_within(Duration::from_millis(100), || {
        let client = Client::new();
        client.connect_timeout(TIMEOUT_MS);
        let start = Instant::now();
        assert!(!client.connect(url));
        let elapsed = start.elapsed();
        assert_eq!(client.code(), code as c_int, "{}", client.account());
        assert!(elapsed >= timeout, "{elapsed:?}");
        elapsed - timeout
    });
}

#[test]
fn a_tcp_connect_that_nobody_answers_ends_with_the_time_out() {
    let (_socket, _filler, port) = silent_address();
    assert_times_out(&format!("ws://127.0.0.1:{port}/"), ErrorCode::ConnectTimeout);
}

#[test]
fn a_server_that_says_nothing_ends_with_the_time_out() {
    let (_listener, port) = listener();
    assert_times_out(&format!("ws://127.0.0.1:{port}/"), ErrorCode::HttpTimeout);
    assert_times_out(&format!("wss://127.0.0.1:{port}/"), ErrorCode::TlsTimeout);
}

/// The time-out bounds the whole connect: bytes that keep coming do not prolong it.
#[test]
fn a_response_that_never_ends_ends_with_the_time_out() {
    let port = serve_each(|stream| drip(stream, b"HTTP/1.1 101 Switching Protocols\r\n", b"A: b\r\n"));
    assert_times_out(&format!("ws://127.0.0.1:{port}/"), ErrorCode::HttpTimeout);
}

/// The same of a TLS record whose bytes come one by one.
#[test]
fn a_tls_handshake_that_never_ends_ends_with_the_time_out() {
    let port = serve_each(|stream| drip(stream, b"\x16\x03\x03\x40\x00\x02\x00\x3F\xFC", b"\x03"));
    assert_times_out(&format!("wss://127.0.0.1:{port}/"), ErrorCode::TlsTimeout);
}

/// Sends `first`, and another `drop` whenever 20 ms have passed, until the client goes.
fn drip(mut stream: TcpStream, first: &[u8], drop: &[u8]) {
    let _ = stream.write_all(first);
    let _ = stream.set_read_timeout(Some(Duration::from_millis(20)));
    while !matches!(stream.read(&mut [0; 1024]), Ok(0)) && stream.write_all(drop).is_ok() {}
}

/// How another thread ends a call.
#[derive(Clone, Copy)]
enum End {
    CloseConnection,
    Dispose,
}

/// Ends `call` while it waits, at the earliest when `until` has returned; it must fail, and soon. How long it took.
fn ended<T>(
    client: Client,
    end: End,
    call: impl FnOnce(&Client) -> bool + Send + 'static,
    until: impl FnOnce() -> T,
) -> Duration {
    let client = Arc::new(client);
    let shared = Arc::clone(&client);
    let running = Running::start(move || (call(&shared), shared.code()));
    // Kept to the end: the client must be ended by its own side alone.
    let _kept = until();
    running.until_it_waits();
    let start = Instant::now();
    match end {
        End::CloseConnection => assert!(client.close_connection()),
        End::Dispose => client.dispose(),
    }
    let expected = match end {
        End::CloseConnection => ErrorCode::ClosedLocally as c_int,
        // The handle is not alive.
        End::Dispose => -1,
    };
    assert_eq!(running.result(), (false, expected));
    start.elapsed()
}

/// The same for a connect without a time-out of its own.
fn connect_ended<T>(url: String, end: End, until: impl FnOnce() -> T) -> Duration {
    let client = Client::new();
    client.connect_timeout(0);
    ended(client, end, move |client| client.connect(&url), until)
}

#[test]
fn another_thread_ends_a_tcp_connect() {
    let (_socket, _filler, port) = silent_address();
    for end in [End::CloseConnection, End::Dispose] {
        assert_within(ENDED_WITHIN, || connect_ended(format!("ws://127.0.0.1:{port}/"), end, || {}));
    }
}

#[test]
fn another_thread_ends_a_handshake() {
    for scheme in ["ws", "wss"] {
        for end in [End::CloseConnection, End::Dispose] {
            let (listener, port) = listener();
            let speaking = || {
                let mut stream = accept_one(&listener);
                let read = stream.read(&mut [0; 16 * 1024]).expect("the client speaks first");
                assert!(read > 0);
                stream
            };
            assert_within(ENDED_WITHIN, || {
                connect_ended(format!("{scheme}://127.0.0.1:{port}/"), end, speaking)
            });
        }
    }
}

#[test]
fn another_thread_ends_a_read() {
    for end in [End::CloseConnection, End::Dispose] {
        assert_within(ENDED_WITHIN, || {
            let (client, _peer) = open();
            client.idle(0);
            ended(client, end, Client::read_frame, || {})
        });
        assert_within(ENDED_WITHIN, || {
            let (client, _peer) = open_tls();
            client.idle(0);
            ended(client, end, Client::read_frame, || {})
        });
    }
}

#[test]
fn another_thread_ends_a_send_that_the_peer_does_not_take() {
    for end in [End::CloseConnection, End::Dispose] {
        assert_within(ENDED_WITHIN, || {
            let (client, _peer) = open();
            client.idle(0);
            ended(client, end, |client| client.send_binary(&vec![0; 64 << 20]), || {})
        });
    }
}

/// A client and the other end of its connection.
fn open() -> (Client, WebSocket<TcpStream>) {
    let (sender, peer) = channel();
    let port = serve_one(move |stream| sender.send(websocket(stream)).expect("the test waits"));
    let client = Client::connected(&format!("ws://127.0.0.1:{port}/"));
    (client, peer.recv().expect("the server has accepted"))
}

/// The same over TLS.
fn open_tls() -> (Client, WebSocket<TlsStream>) {
    let authority = Authority::new("authority");
    let config = authority.issue(params(["127.0.0.1"])).config();
    let (sender, peer) = channel();
    let port = serve_one(move |stream| {
        sender.send(websocket(tls_stream(&config, stream))).expect("the test waits");
    });
    let client = Client::trusting(&authority.pem());
    client.must_connect(&format!("wss://127.0.0.1:{port}/"));
    (client, peer.recv().expect("the server has accepted"))
}

/// A text message as it arrives, and what it says.
struct Arrival {
    wire: Vec<u8>,
    text: Vec<u8>,
}

impl Arrival {
    /// In one frame.
    fn whole(text: &str) -> Self {
        Self { wire: frame(0x81, text.as_bytes()), text: text.into() }
    }

    /// In frames; between them comes a Ping, which is answered on the way.
    fn fragmented(parts: [&str; 3]) -> Self {
        let [first, second, third] = parts.map(str::as_bytes);
        let frames = [frame(0x01, first), frame(0x89, b"?"), frame(0x00, second), frame(0x80, third)];
        Self { wire: frames.concat(), text: parts.concat().into() }
    }
}

/// The messages that are cut at every byte.
fn arrivals() -> [Arrival; 3] {
    [
        Arrival::whole("grüße"),
        Arrival::fragmented(["grü", "", "ße 🦀"]),
        // The length takes two more bytes.
        Arrival::whole(&"0123456789".repeat(13)),
    ]
}

/// How a client reads a message: its payload, or None.
type ReadCall = fn(&Client) -> Option<Vec<u8>>;

const READ_CALLS: [ReadCall; 2] = [
    |client| {
        let whole = client.read_message();
        assert!(!whole || client.opcode() == TEXT, "the message's opcode, not that of its last frame");
        whole.then(|| client.data())
    },
    |client| {
        let (opcode, payload) = client.receive()?;
        assert_eq!(opcode, TEXT);
        Some(payload)
    },
];

/// The first part arrives, the read times out, the rest arrives: the next read has the whole message.
fn assert_survives_time_out(client: &Client, read: ReadCall, text: &[u8], mut arrive: impl FnMut(bool)) {
    arrive(true);
    client.idle(2);
    assert_eq!(read(client), None);
    assert_eq!(client.fail_reason(), READ_TIMEOUT, "{}", client.account());
    assert!(client.is_connected());
    arrive(false);
    client.idle(10_000);
    assert_eq!(read(client).as_deref(), Some(text), "{}", client.account());
}

fn write_all(peer: &mut impl Write, bytes: &[u8]) {
    peer.write_all(bytes).and_then(|()| peer.flush()).expect("the client is there");
}

/// Cuts a message at every byte. `wire` makes what arrives, which is another each time where it is encrypted.
fn assert_survives_time_outs_everywhere(
    client: &Client,
    text: &[u8],
    mut wire: impl FnMut() -> Vec<u8>,
    mut write: impl FnMut(&[u8]),
) {
    for read in READ_CALLS {
        for at in 0.. {
            let bytes = wire();
            let (first, rest) = bytes.split_at(at);
            assert_survives_time_out(client, read, text, |is_first| {
                write(if is_first { first } else { rest })
            });
            if rest.len() == 1 {
                break;
            }
        }
    }
}

#[test]
fn a_time_out_at_any_byte_of_a_message_loses_nothing() {
    let (client, mut peer) = open();
    for Arrival { wire, text } in arrivals() {
        let write = |bytes: &[u8]| write_all(peer.get_mut(), bytes);
        assert_survives_time_outs_everywhere(&client, &text, || wire.clone(), write);
    }
}

/// Each part is a TLS record of its own.
#[test]
fn a_time_out_at_any_byte_of_a_message_inside_tls_loses_nothing() {
    let (client, mut peer) = open_tls();
    for Arrival { wire, text } in arrivals() {
        let write = |bytes: &[u8]| write_all(peer.get_mut(), bytes);
        assert_survives_time_outs_everywhere(&client, &text, || wire.clone(), write);
    }
}

#[test]
fn a_time_out_at_any_byte_of_a_tls_record_loses_nothing() {
    let (client, mut peer) = open_tls();
    let TlsStream { conn, sock } = peer.get_mut();
    for Arrival { wire, text } in arrivals() {
        let encrypt = || {
            let mut record = Vec::new();
            write_all(&mut conn.writer(), &wire);
            conn.write_tls(&mut record).expect("a vector takes everything");
            record
        };
        assert_survives_time_outs_everywhere(&client, &text, encrypt, |bytes| write_all(sock, bytes));
    }
}

/// A long payload is read by another way than a short one: straight into the buffer that is handed out.
#[test]
fn a_time_out_inside_a_long_frame_loses_nothing() {
    let text = "0123456789".repeat(10_000);
    let Arrival { wire, text } = Arrival::whole(&text);
    let (client, mut peer) = open();
    for read in READ_CALLS {
        for at in [1, 2, 5, 9, 10, 11, 16_384, 50_000, wire.len() - 16_384, wire.len() - 1] {
            let (first, rest) = wire.split_at(at);
            assert_survives_time_out(&client, read, &text, |is_first| {
                write_all(peer.get_mut(), if is_first { first } else { rest });
            });
        }
    }
}

/// A server that refuses may answer, and reset the connection, before it has seen the request.
#[test]
fn an_answer_that_came_before_a_reset_is_read() {
    let (listener, port) = listener();
    let status = rest_status("127.0.0.1", port, || {
        let mut stream = accept_one(&listener);
        write_all(&mut stream, b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
        SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("a socket takes the option");
    });
    assert_eq!(status, 503);
}

/// A connection whose buffers are full on both sides, and how many frames of 1000 bytes wait there. Some of them
/// are still in the library, so the next frame cannot begin to leave.
fn open_full() -> (Client, WebSocket<TcpStream>, usize) {
    let (client, peer) = open();
    client.auto_flush(false);
    let mut sent = 0;
    loop {
        for _ in 0..16 {
            assert!(client.send_binary(&[7; 1000]), "{}", client.account());
            sent += 1;
        }
        if !flush_within(&client, 100) && stays_full(&client) {
            client.idle(100);
            client.auto_flush(true);
            return (client, peer, sent);
        }
    }
}

/// The kernel makes more room when it first probes the peer's window, after some 200 ms.
fn stays_full(client: &Client) -> bool {
    loop {
        let pending = client.pending_send_bytes();
        if flush_within(client, 500) {
            return false;
        }
        if client.pending_send_bytes() == pending {
            return true;
        }
    }
}

/// Whether all leaves before nothing has moved for this long.
fn flush_within(client: &Client, idle_ms: c_int) -> bool {
    client.idle(idle_ms);
    let flushed = client.flush();
    assert!(flushed || client.code() == ErrorCode::SendTimeout as c_int, "{}", client.account());
    flushed
}

/// Reads messages to the end of the stream, or a Close.
fn messages<S: Read + Write>(mut peer: WebSocket<S>) -> Vec<Message> {
    std::iter::from_fn(|| peer.read().ok()).collect()
}

#[test]
fn a_send_that_could_not_begin_is_withdrawn() {
    let (client, peer, mut sent) = open_full();
    // On a busy machine the kernel may find room for one more.
    while client.send_text("never leaves") {
        sent += 1;
    }
    assert_eq!(client.code(), ErrorCode::SendTimeout as c_int, "{}", client.account());
    assert!(client.is_connected());
    let reading = Running::start(move || messages(peer));
    client.idle(0);
    assert!(client.send_text("after") && client.send_close(1000, ""), "{}", client.account());
    let messages = reading.result();
    assert_eq!(messages.len(), sent + 2, "nothing of the frame that was withdrawn");
    assert_eq!(messages[sent], Message::text("after"));
}

#[test]
fn a_send_that_is_given_up_in_the_middle_ends_the_connection() {
    let (client, _peer) = open();
    client.idle(50);
    assert!(!client.send_binary(&vec![0; 64 << 20]));
    assert_eq!(client.code(), ErrorCode::SendInterrupted as c_int, "{}", client.account());
    assert!(!client.is_connected());
    assert!(!client.send_text("more"));
}

/// A sender that waits for its turn is not timed out while the frame before it goes on leaving.
#[test]
fn waiting_behind_a_long_frame_is_no_stall() {
    let (client, mut peer) = open();
    let client = Arc::new(client);
    let send = |data: Vec<u8>, idle| {
        client.idle(idle);
        let shared = Arc::clone(&client);
        let running = Running::start(move || (shared.send_binary(&data), shared.account()));
        running.until_it_waits();
        running
    };
    let first = send(vec![1; 64 << 20], 0);
    let second = send(vec![2], 1000);
    // For much longer than the time-out, the peer takes a little whenever the second has waited another 40 ms.
    let mut taken = vec![0; 512 << 10];
    for _ in 0..80 {
        assert_eq!(
            second.result_within(Duration::from_millis(40)),
            None,
            "ended while it waited for its turn"
        );
        peer.get_mut().read_exact(&mut taken).expect("the first frame goes on");
    }
    let draining = Running::start(move || std::io::copy(peer.get_mut(), &mut std::io::sink()));
    assert!(first.result().0);
    let (succeeded, account) = second.result();
    assert!(succeeded, "{account}");
    assert!(client.close_connection());
    let _ = draining.result();
}

#[test]
fn an_automatic_pong_waits_for_the_end_of_the_frame() {
    let (client, mut peer) = open();
    let client = Arc::new(client);
    client.idle(0);
    let shared = Arc::clone(&client);
    let data = bytes(16 << 20);
    let sending = Running::start(move || shared.send_binary(&bytes(16 << 20)));
    sending.until_it_waits();
    write_all(peer.get_mut(), &[frame(0x89, b"one"), frame(0x89, b"two"), frame(0x81, b"read")].concat());
    assert_eq!(client.message().1, b"read");
    assert_eq!(peer.read().expect("a whole frame"), Message::binary(data));
    assert!(sending.result());
    // Only the newest Ping is answered.
    assert_eq!(peer.read().expect("a whole frame"), Message::Pong("two".into()));
}

/// The same where the sender is a task; one that is cancelled in the middle leaves its frame to the reader.
#[test]
fn an_automatic_pong_waits_for_the_end_of_a_tasks_frame() {
    for is_cancelled in [false, true] {
        let (client, mut peer) = open();
        let client = Arc::new(client);
        client.idle(0);
        let data = bytes(16 << 20);
        let task = Task::send_binary(&client, &data).expect("the client is alive");
        assert!(task.run());
        while client.pending_send_bytes() == 0 {
            std::thread::yield_now();
        }
        if is_cancelled {
            assert!(task.cancel() && task.wait(0));
        }
        write_all(peer.get_mut(), &[frame(0x89, b"one"), frame(0x89, b"two"), frame(0x81, b"read")].concat());
        assert_eq!(client.message().1, b"read");
        // Who reads sees to what the task has left behind.
        let reader = Arc::clone(&client);
        let reading = Running::start(move || reader.message().1);
        assert_eq!(peer.read().expect("a whole frame"), Message::binary(data));
        assert_eq!(peer.read().expect("a whole frame"), Message::Pong("two".into()));
        assert!(task.wait(0));
        assert_eq!(task.status(), if is_cancelled { ABORTED } else { COMPLETED });
        assert_ne!(task.succeeded(), is_cancelled);
        assert!(client.is_connected());
        peer.send(Message::text("end")).expect("the client is there");
        assert_eq!(reading.result(), b"end");
    }
}

#[test]
fn an_automatic_close_waits_for_the_end_of_the_frame() {
    // Often: the Close may arrive at any point of the sender's work.
    for _ in 0..30 {
        let (client, mut peer) = open();
        let client = Arc::new(client);
        let (sender, reader) = (Arc::clone(&client), Arc::clone(&client));
        let sending = Running::start(move || sender.send_binary(&bytes(4 << 20)));
        // The frame has begun, then.
        assert_eq!(peer.get_ref().peek(&mut [0]).ok(), Some(1));
        write_all(peer.get_mut(), &frame(0x88, &1000_u16.to_be_bytes()));
        let reading = Running::start(move || reader.read_frame());
        // tungstenite would answer the Close first of all, so the frames are read by hand.
        let mut received = Vec::new();
        peer.get_mut().read_to_end(&mut received).expect("the stream ends cleanly");
        assert_eq!(received.len(), (14 + (4 << 20)) + (6 + 2), "one frame and a Close");
        assert_eq!(received[14 + (4 << 20)..][..2], [0x88, 0x82]);
        drop(peer);
        assert!(sending.result() && reading.result());
    }
}

#[test]
fn a_frame_that_an_automatic_close_dropped_was_not_sent() {
    let (client, mut peer, _) = open_full();
    client.idle(0);
    let client = Arc::new(client);
    let (sender, reader) = (Arc::clone(&client), Arc::clone(&client));
    let sending = Running::start(move || (sender.send_text("never leaves"), sender.code()));
    sending.until_it_waits();
    write_all(peer.get_mut(), &frame(0x88, &1000_u16.to_be_bytes()));
    let reading = Running::start(move || reader.read_frame());
    reading.until_it_waits();
    let mut received = Vec::new();
    peer.get_mut().read_to_end(&mut received).expect("the stream ends cleanly");
    drop(peer);
    assert!(reading.result());
    // Whole frames, and a Close.
    let frames = received.len() - (6 + 2);
    assert_eq!(frames % (8 + 1000), 0);
    assert_eq!(received[frames..][..2], [0x88, 0x82]);
    assert_eq!(sending.result(), (false, ErrorCode::Closed as c_int));
}

/// A Close that arrived while a sender waited is not forgotten when that send is withdrawn.
#[test]
fn a_withdrawn_send_forgets_no_close() {
    let (client, mut peer, _) = open_full();
    client.answer_closes(false);
    let client = Arc::new(client);
    client.idle(500);
    let sender = Arc::clone(&client);
    let sending = Running::start(move || (sender.send_text("never leaves"), sender.code()));
    sending.until_it_waits();
    write_all(peer.get_mut(), &frame(0x88, &1000_u16.to_be_bytes()));
    assert!(client.read_frame());
    assert_eq!(client.opcode(), CLOSE);
    assert_eq!(sending.result(), (false, ErrorCode::SendTimeout as c_int));

    let draining = Running::start(move || std::io::copy(peer.get_mut(), &mut std::io::sink()).map(|_| peer));
    client.idle(0);
    assert!(client.send_close(1000, ""));
    assert!(!client.is_connected(), "our Close was the answer, so all is over");
    assert!(draining.result().is_ok());
}

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index * 7 + index / 251) as u8).collect()
}
