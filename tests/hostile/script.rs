//! A server that does what a list says: it reads one opening handshake, plays its actions, and then reads until
//! the client is gone. What it saw is handed back.
//!
//! It knows nothing of the library, and of WebSocket only what it needs to take a client's frames apart.

#![allow(unsafe_code, reason = "asks the kernel about the client's socket")]

use std::fs;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::{BorrowedFd, RawFd};
use std::slice::SliceIndex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::SockRef;
use tungstenite::handshake::derive_accept_key;

/// What must happen happens within this time; a test that waits longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The answer that opens the connection.
pub(crate) const OPENING: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\
    Connection: Upgrade\r\nSec-WebSocket-Accept: $ACCEPT\r\n\r\n";

/// How long the opening is when it is sent: the placeholder stands for 28 characters.
pub(crate) const OPENING_LEN: usize = OPENING.len() - b"$ACCEPT".len() + 28;

/// One step of a script. After the last one the server sends nothing more, which is how it stalls.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Sends the bytes, in one segment if they fit.
    Send(Vec<u8>),
    /// Sends only so many of the bytes.
    SendFirst(Vec<u8>, usize),
    /// Sends so many of the bytes, and the others when the client has read those.
    SendInTwo(Vec<u8>, usize),
    /// Sends each byte only when the client has read the one before.
    Trickle(Vec<u8>),
    /// Waits until the client has read all that was sent, or is gone.
    Drained,
    /// Waits for a whole frame of the client.
    Frame,
    /// Tells the test that the script has come here; see [`Server::wait_for_tell`].
    Tell,
    /// Does nothing until [`Server::release`].
    Hold,
    /// Ends our side of the stream.
    Fin,
    /// Ends the connection with a reset; the script ends with it.
    Reset,
}

/// How the connection ended, as the server saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The client ended its side of the stream: all that it sent has arrived.
    Fin,
    /// The client's kernel sent a reset.
    Reset,
    /// The script ended it.
    Ours,
}

/// A frame of the client, unmasked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientFrame {
    /// FIN, reserved bits and opcode.
    pub(crate) first: u8,
    pub(crate) payload: Vec<u8>,
}

/// What the server saw.
#[derive(Debug)]
pub(crate) struct Seen {
    /// All that came behind the request.
    pub(crate) received: Vec<u8>,
    pub(crate) end: End,
}

impl Seen {
    /// The client's frames; fails unless all are whole and masked.
    #[track_caller]
    pub(crate) fn frames(&self) -> Vec<ClientFrame> {
        let mut rest = &self.received[..];
        let mut frames = Vec::new();
        while let Some((frame, len)) = parse_frame(rest) {
            frames.push(frame);
            rest = &rest[len..];
        }
        assert!(rest.is_empty(), "the client sent a torn frame: {rest:02X?}");
        frames
    }
}

/// A scripted server with one connection to serve.
pub(crate) struct Server {
    address: SocketAddr,
    told: Receiver<()>,
    release: Sender<()>,
    thread: JoinHandle<Seen>,
}

impl Server {
    /// Listens on a free port. Placeholders in what is sent are replaced, see [`Placeholders`].
    pub(crate) fn start(script: Vec<Action>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let (tell, told) = channel();
        let (release, released) = channel();
        let thread = thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a client comes");
            Connection::new(stream, tell, released).serve(script)
        });
        Self { address, told, release, thread }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/path", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Waits for the script's next [`Action::Tell`].
    #[track_caller]
    pub(crate) fn wait_for_tell(&self) {
        self.told.recv_timeout(PATIENCE).expect("the script comes to its Tell");
    }

    /// Lets the script go on behind an [`Action::Hold`].
    pub(crate) fn release(&self) {
        self.release.send(()).expect("the script is being played");
    }

    /// Whether the connection is over.
    pub(crate) fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for the end of the connection.
    #[track_caller]
    pub(crate) fn finish(self) -> Seen {
        self.thread.join().expect("the script is played to its end")
    }
}

struct Connection {
    stream: TcpStream,
    tell: Sender<()>,
    released: Receiver<()>,
    placeholders: Placeholders,
    /// A write has failed.
    was_reset: bool,
    /// Looked for once it is asked for.
    client_end: Option<ClientEnd>,
    received: Vec<u8>,
    /// How many of the received bytes [`Action::Frame`] has taken.
    taken: usize,
}

impl Connection {
    fn new(stream: TcpStream, tell: Sender<()>, released: Receiver<()>) -> Self {
        stream.set_nodelay(true).expect("it is a TCP socket");
        stream.set_read_timeout(Some(PATIENCE)).expect("it is a TCP socket");
        stream.set_write_timeout(Some(PATIENCE)).expect("it is a TCP socket");
        let placeholders = Placeholders::default();
        Self {
            stream,
            tell,
            released,
            placeholders,
            was_reset: false,
            client_end: None,
            received: Vec::new(),
            taken: 0,
        }
    }

    fn serve(mut self, script: Vec<Action>) -> Seen {
        self.read_request();
        for action in script {
            match action {
                Action::Send(bytes) => self.send(&bytes),
                Action::SendFirst(bytes, count) => self.send_part(&bytes, ..count),
                Action::SendInTwo(bytes, at) => {
                    self.send_part(&bytes, ..at);
                    self.wait_until_drained();
                    self.send_part(&bytes, at..);
                }
                Action::Trickle(bytes) => self.trickle(&bytes),
                Action::Drained => self.wait_until_drained(),
                Action::Frame => self.wait_for_frame(),
                // The test may not be interested.
                Action::Tell => drop(self.tell.send(())),
                Action::Hold => self.released.recv_timeout(PATIENCE).expect("the test releases the server"),
                Action::Fin => drop(self.stream.shutdown(Shutdown::Write)),
                Action::Reset => return self.reset(),
            }
        }
        let end = loop {
            match self.receive() {
                Ok(0) if self.was_reset => break End::Reset,
                Ok(0) => break End::Fin,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break End::Reset,
                Err(error) => panic!("the client does not end the connection: {error}"),
            }
        };
        Seen { received: self.received, end }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.send_part(bytes, ..);
    }

    fn send_part(&mut self, bytes: &[u8], part: impl SliceIndex<[u8], Output = [u8]>) {
        self.write(&self.placeholders.fill(bytes)[part]);
    }

    /// A client that gave up reads no more. The kernel tells of a reset once, perhaps here.
    fn write(&mut self, bytes: &[u8]) {
        self.was_reset |= self.stream.write_all(bytes).is_err();
    }

    fn trickle(&mut self, bytes: &[u8]) {
        for byte in self.placeholders.fill(bytes) {
            self.write(&[byte]);
            self.wait_until_drained();
        }
    }

    fn reset(self) -> Seen {
        reset(self.stream);
        Seen { received: self.received, end: End::Ours }
    }

    fn read_request(&mut self) {
        let end = loop {
            if let Some(at) = find(&self.received, b"\r\n\r\n") {
                break at + 4;
            }
            assert_ne!(self.receive().expect("the request comes"), 0, "the client sends a whole request");
        };
        let head = self.received.drain(..end).collect();
        let request = String::from_utf8(head).expect("a request is text");
        self.placeholders = Placeholders::of(&request);
    }

    fn receive(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 16 * 1024];
        let count = self.stream.read(&mut buffer)?;
        self.received.extend_from_slice(&buffer[..count]);
        Ok(count)
    }

    fn wait_for_frame(&mut self) {
        loop {
            if let Some((_, len)) = parse_frame(&self.received[self.taken..]) {
                self.taken += len;
                return;
            }
            assert_ne!(
                self.receive().expect("the client sends a frame"),
                0,
                "the client sends a whole frame"
            );
        }
    }

    fn wait_until_drained(&mut self) {
        self.client_end.get_or_insert_with(|| ClientEnd::of(&self.stream)).wait_until_drained();
    }
}

/// Linger 0: the kernel sends a reset instead of a FIN.
pub(crate) fn reset(stream: TcpStream) {
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("it is a TCP socket");
}

/// The client's socket, which is one of this process.
pub(crate) struct ClientEnd {
    fd: RawFd,
    local: Option<SocketAddr>,
    remote: Option<SocketAddr>,
}

impl ClientEnd {
    pub(crate) fn of(server_end: &TcpStream) -> Self {
        let (local, remote) = (server_end.peer_addr().ok(), server_end.local_addr().ok());
        let descriptors = fs::read_dir("/proc/self/fd").expect("Linux has this directory").flatten();
        let numbers = descriptors.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let found = numbers.map(|fd| Self { fd, local, remote }).find(Self::is_open);
        found.unwrap_or(Self { fd: -1, local, remote })
    }

    /// There is no other way to know, without the client's help, that two segments are read by two calls.
    pub(crate) fn wait_until_drained(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.has_unread() {
            assert!(Instant::now() < deadline, "the client does not read");
            thread::yield_now();
        }
    }

    /// The client may have closed it, and the number may be another's by now.
    fn is_open(&self) -> bool {
        if self.fd < 0 || self.local.is_none() || self.remote.is_none() {
            return false;
        }
        // SAFETY: only asked for its addresses; a number that is closed meanwhile is an error, no more.
        let socket = unsafe { BorrowedFd::borrow_raw(self.fd) };
        let socket = SockRef::from(&socket);
        let address = |result: io::Result<socket2::SockAddr>| result.ok().and_then(|found| found.as_socket());
        address(socket.local_addr()) == self.local && address(socket.peer_addr()) == self.remote
    }

    fn has_unread(&self) -> bool {
        let mut count: libc::c_int = 0;
        // SAFETY: FIONREAD writes one int.
        self.is_open() && unsafe { libc::ioctl(self.fd, libc::FIONREAD, &raw mut count) } == 0 && count > 0
    }
}

fn key_of(request: &str) -> &str {
    let field = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
    field.expect("the request has a key")
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}

/// What stands in a script for something that depends on the client's key:
///
/// `$ACCEPT` the Sec-WebSocket-Accept that belongs to it; `$LOWER`, `$UPPER` the same in the wrong case; `$LONG`
/// a thousand times the same; `$KEY` the key itself.
#[derive(Default)]
pub(crate) struct Placeholders(Vec<(&'static [u8], String)>);

impl Placeholders {
    /// Those of the request.
    pub(crate) fn of(request: &str) -> Self {
        let key = key_of(request);
        let accept = derive_accept_key(key.as_bytes());
        Self(vec![
            (b"$LOWER", accept.to_lowercase()),
            (b"$UPPER", accept.to_uppercase()),
            (b"$LONG", accept.repeat(1000)),
            (b"$KEY", key.to_owned()),
            (b"$ACCEPT", accept),
        ])
    }

    pub(crate) fn fill(&self, bytes: &[u8]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some((byte, behind)) = rest.split_first() {
            match self.0.iter().find(|(name, _)| rest.starts_with(name)) {
                Some((name, value)) => {
                    filled.extend_from_slice(value.as_bytes());
                    rest = &rest[name.len()..];
                }
                None => {
                    filled.push(*byte);
                    rest = behind;
                }
            }
        }
        filled
    }
}

/// The frame that `bytes` begin with, and its length on the wire; None when more are needed.
fn parse_frame(bytes: &[u8]) -> Option<(ClientFrame, usize)> {
    let (&first, &second) = (bytes.first()?, bytes.get(1)?);
    assert!(second & 0x80 != 0, "a client masks every frame (RFC 6455 section 5.3)");
    let (len, header) = match second & 0x7F {
        126 => (usize::from(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?)), 4),
        127 => (usize::try_from(u64::from_be_bytes(*bytes.get(2..)?.first_chunk()?)).ok()?, 10),
        short => (usize::from(short), 2),
    };
    let key = bytes.get(header..header + 4)?;
    let masked = bytes.get(header + 4..header + 4 + len)?;
    let payload = masked.iter().zip(key.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
    Some((ClientFrame { first, payload }, header + 4 + len))
}
