//! What both sides agree on: the jobs, the frames, and the head that comes before them.

use std::fmt;
use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::str::FromStr;

/// What fails in a measurement ends it.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Read and written at once where nothing else says how much: enough that a system call is a small part of it.
pub(crate) const LARGE: usize = 256 * 1024;

/// The payload of every message, repeated.
pub(crate) const PATTERN: u8 = b'.';

/// What the client does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Workload {
    /// The server floods.
    Receive,
    /// Each message leaves before the next is given.
    Send,
    /// Messages are gathered and leave when there are enough of them, the last with a flush.
    SendBatched,
    /// One message there and back.
    Echo,
}

impl Workload {
    pub(crate) const ALL: [Self; 4] = [Self::Receive, Self::Send, Self::SendBatched, Self::Echo];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Send => "send",
            Self::SendBatched => "send-batched",
            Self::Echo => "echo",
        }
    }
}

/// What one connection is for. The server learns it from the path of the request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Job {
    pub(crate) workload: Workload,
    /// Payload bytes of a message.
    pub(crate) size: usize,
    /// Messages in all, with those that are not measured.
    pub(crate) total: usize,
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}/{}/{}", self.workload.name(), self.size, self.total)
    }
}

impl FromStr for Job {
    type Err = Box<dyn std::error::Error + Send + Sync>;

    fn from_str(path: &str) -> Result<Self> {
        let mut parts = path.split('/').skip(1);
        let mut next = || parts.next().ok_or("a part of the path is missing");
        let name = next()?;
        let workload = Workload::ALL.into_iter().find(|workload| workload.name() == name);
        Ok(Self {
            workload: workload.ok_or("no such workload")?,
            size: next()?.parse()?,
            total: next()?.parse()?,
        })
    }
}

/// A Binary frame with `size` payload bytes, as a server sends it or, masked, with a key of 0, as a client.
pub(crate) fn frame(size: usize, masked: bool) -> Vec<u8> {
    let mask = if masked { 0x80 } else { 0 };
    let mut frame = vec![0x82];
    match size {
        0..=125 => frame.push(mask | size as u8),
        126..=0xFFFF => {
            frame.push(mask | 126);
            frame.extend((size as u16).to_be_bytes());
        }
        _ => {
            frame.push(mask | 127);
            frame.extend((size as u64).to_be_bytes());
        }
    }
    if masked {
        frame.extend([0; 4]);
    }
    frame.resize(frame.len() + size, PATTERN);
    frame
}

/// As many whole frames as make one large write.
pub(crate) fn many(frame: &[u8]) -> Vec<u8> {
    frame.repeat(LARGE.div_ceil(frame.len()))
}

/// The head of a request or response, byte by byte, so that nothing behind it is taken.
pub(crate) fn read_head(stream: &mut impl Read) -> Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(String::from_utf8(head)?)
}

/// A TCP stream that is read in large pieces, whatever TLS above it asks for (4 KiB).
pub(crate) struct Wide(BufReader<TcpStream>);

impl Wide {
    pub(crate) fn new(tcp: TcpStream) -> Self {
        Self(BufReader::with_capacity(LARGE, tcp))
    }
}

impl Read for Wide {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

impl Write for Wide {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.get_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
