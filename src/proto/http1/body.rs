//! Where a response body ends, and its bytes without the framing (RFC 9112 sections 6 and 7).
//!
//! Nothing is buffered but an unfinished chunk line: the body's bytes are handed out as ranges of what came in.
//! Content codings are never undone here. What a lenient reader would guess about is refused (CVE-2025-43859).

use std::ops::Range;

use super::headers::is_blank;
use super::response::Head;
use crate::base::slices::part;
use crate::base::{ErrorCode, Fault, Result};

/// The longest chunk-size line, extensions included.
pub const MAX_CHUNK_LINE: usize = 4 * 1024;
/// The most bytes of trailer fields (CVE-2026-22815: without a limit they never end).
pub const MAX_TRAILERS: usize = 8 * 1024;

/// How the end of a body is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// There is no body.
    Empty,
    /// So many bytes.
    Length(u64),
    /// Chunks (RFC 9112 section 7.1).
    Chunked,
    /// Whatever comes until the server closes the connection.
    UntilClose,
}

impl Framing {
    /// Returns the framing of the response `head` to a request with `verb`, by RFC 9112 section 6.3.
    pub fn of(verb: &str, head: &Head) -> Result<Self> {
        let tunnel = verb == "CONNECT" && (200..300).contains(&head.status);
        if verb == "HEAD" || tunnel || matches!(head.status, 100..200 | 204 | 304) {
            return Ok(Self::Empty);
        }
        let codings = head.headers.values_of("Transfer-Encoding");
        let lengths = head.headers.values_of("Content-Length");
        match (codings.as_slice(), lengths.as_slice()) {
            ([], []) => Ok(Self::UntilClose),
            ([], lengths) => Ok(Self::Length(content_length(lengths)?)),
            (_, [_, ..]) => malformed("both Transfer-Encoding and Content-Length are given"),
            // RFC 9112 section 6.1: a 1.0 server cannot know it; the message's end is not to be trusted.
            _ if head.minor_version == 0 => malformed("Transfer-Encoding in an HTTP/1.0 response"),
            ([coding], []) if coding.eq_ignore_ascii_case("chunked") => Ok(Self::Chunked),
            _ => malformed("its Transfer-Encoding is not \"chunked\" alone"),
        }
    }
}

/// Returns the one length that all fields and all their list elements state alike (RFC 9110 section 8.6).
fn content_length(fields: &[&str]) -> Result<u64> {
    let mut stated = fields.iter().flat_map(|field| field.split(',')).map(|text| text.trim_matches(is_blank));
    let first = stated.next().unwrap_or_default();
    if stated.any(|other| other != first) {
        return malformed("it has different Content-Length values");
    }
    if first.is_empty() || !first.bytes().all(|b| b.is_ascii_digit()) {
        return malformed("its Content-Length is not a number");
    }
    first.parse().or_else(|_| malformed("its Content-Length is too large"))
}

/// What one step of [`BodyReader::next`] did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyStep {
    /// How many bytes of the input are used up.
    pub consumed: usize,
    /// Which of those are content; often none.
    pub data: Range<usize>,
    /// Whether the body is complete. The input after `consumed` belongs to what follows the body.
    pub done: bool,
}

/// Takes the framing off a body.
#[derive(Debug)]
pub struct BodyReader {
    state: State,
    /// The most bytes that the body may have; `u64::MAX` without a limit.
    max_size: u64,
    /// What of that is left.
    room: u64,
    /// A line of the chunked framing that is not complete yet.
    line: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Length(u64),
    UntilClose,
    ChunkSize,
    ChunkData(u64),
    ChunkEnd,
    /// So many bytes of trailers may still come.
    Trailers(usize),
    Done,
}

impl BodyReader {
    /// Returns the limit; u64::MAX if there is none.
    pub fn max_size(&self) -> u64 {
        self.max_size
    }

    /// Creates a reader for a body of at most `max_size` bytes; 0 sets no limit.
    pub fn new(framing: Framing, max_size: u64) -> Self {
        let state = match framing {
            Framing::Empty | Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::ChunkSize,
            Framing::UntilClose => State::UntilClose,
        };
        let max_size = if max_size == 0 { u64::MAX } else { max_size };
        Self { state, max_size, room: max_size, line: Vec::new() }
    }

    /// Takes one step into `input`, which begins after what earlier steps consumed. A step that consumes nothing and is
    /// not done needs more input. After a failure the reader is of no further use.
    pub fn next(&mut self, input: &[u8]) -> Result<BodyStep> {
        match self.state {
            State::Done => Ok(self.step(0, 0)),
            State::Length(left) => {
                // Before the first byte: an announced body over the limit is not read at all.
                self.check_room(left)?;
                let taken = self.take_data(input, left);
                self.state = if taken == left { State::Done } else { State::Length(left - taken) };
                Ok(self.data_step(taken))
            }
            State::UntilClose => {
                self.check_room(u64::from(!input.is_empty()))?;
                let taken = self.take_data(input, self.room);
                Ok(self.data_step(taken))
            }
            State::ChunkData(left) => {
                let taken = self.take_data(input, left);
                self.state = if taken == left { State::ChunkEnd } else { State::ChunkData(left - taken) };
                Ok(self.data_step(taken))
            }
            State::ChunkSize | State::ChunkEnd | State::Trailers(_) => self.framing_line(input),
        }
    }

    /// The stream ended: fine if the body is complete or had no announced end.
    pub fn at_eof(&self) -> Result<()> {
        match self.state {
            State::Done | State::UntilClose => Ok(()),
            _ => Err(Fault::new(
                ErrorCode::HttpTruncated,
                "The server closed the connection inside the response body.",
            )),
        }
    }

    /// Returns whether the body is complete.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Returns how many bytes are to come of a body whose length is announced.
    pub fn announced_rest(&self) -> Option<u64> {
        match self.state {
            State::Length(left) => Some(left),
            _ => None,
        }
    }

    fn step(&self, consumed: usize, data: usize) -> BodyStep {
        BodyStep { consumed, data: 0..data, done: self.is_done() }
    }

    fn data_step(&self, taken: u64) -> BodyStep {
        // Never more than the length of the input, see `take_data`.
        let taken = usize::try_from(taken).unwrap_or(usize::MAX);
        self.step(taken, taken)
    }

    fn check_room(&self, size: u64) -> Result<()> {
        if size > self.room {
            let text = format!(
                "The response body is larger than ckws_rest_set_max_response_size allows ({} bytes).",
                self.max_size
            );
            return Err(Fault::new(ErrorCode::HttpBodyTooLarge, text));
        }
        Ok(())
    }

    fn take_data(&mut self, input: &[u8], most: u64) -> u64 {
        let taken = most.min(input.len() as u64);
        self.room = self.room.saturating_sub(taken);
        taken
    }

    /// Reads a line of the chunked framing, and acts on it when it is complete.
    fn framing_line(&mut self, input: &[u8]) -> Result<BodyStep> {
        let limit = match self.state {
            State::Trailers(left) => left,
            State::ChunkEnd => b"\r\n".len(),
            _ => MAX_CHUNK_LINE,
        };
        let (taken, complete) = match input.iter().position(|&b| b == b'\n') {
            Some(at) => (at + 1, true),
            None => (input.len(), false),
        };
        if self.line.len() + taken > limit {
            return malformed(match self.state {
                State::Trailers(_) => "its trailer fields are larger than 8 KiB",
                State::ChunkEnd => "a chunk is longer than its size says",
                _ => "a chunk-size line is longer than 4 KiB",
            });
        }
        self.line.extend_from_slice(part(input, ..taken));
        if complete {
            let line = std::mem::take(&mut self.line);
            self.state = self.after_line(&line)?;
        }
        Ok(self.step(taken, 0))
    }

    fn after_line(&self, line: &[u8]) -> Result<State> {
        // RFC 9112 section 2.2 lets a recipient take a lone LF for a line end only in heads, not in chunks.
        let text = match line.strip_suffix(b"\r\n") {
            Some(text) if !text.iter().any(|&b| b != b'\t' && b.is_ascii_control()) => text,
            _ => {
                return malformed(
                    "a line of its chunked framing has a forbidden control character or line end",
                );
            }
        };
        match self.state {
            State::ChunkSize => {
                let size = chunk_size(text)?;
                self.check_room(size)?;
                Ok(if size == 0 { State::Trailers(MAX_TRAILERS) } else { State::ChunkData(size) })
            }
            State::Trailers(left) if !text.is_empty() => Ok(State::Trailers(left - line.len())),
            State::Trailers(_) => Ok(State::Done),
            // The line has room for CR LF only, so it is empty.
            _ => Ok(State::ChunkSize),
        }
    }
}

/// 1*HEXDIG, then extensions, which have no use here (RFC 9112 section 7.1.1). Blanks are accepted only where the
/// grammar has them, before ";".
fn chunk_size(line: &[u8]) -> Result<u64> {
    let digits = match line.iter().position(|&b| b == b';') {
        Some(at) => line.get(..at).unwrap_or_default().trim_ascii_end(),
        None => line,
    };
    let hex = digits.iter().all(u8::is_ascii_hexdigit) && (1..=16).contains(&digits.len());
    let text = std::str::from_utf8(digits).ok().filter(|_| hex);
    match text.and_then(|digits| u64::from_str_radix(digits, 16).ok()) {
        Some(size) => Ok(size),
        None => malformed("a chunk size is not a hexadecimal number of at most 16 digits"),
    }
}

fn malformed<T>(what: &'static str) -> Result<T> {
    Err(Fault::new(ErrorCode::HttpBodyInvalid, format!("The response body cannot be delimited: {what}.")))
}
