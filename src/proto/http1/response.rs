//! A response head out of bytes that arrive in pieces.
//!
//! Every byte is looked at once when it arrives, for the rules of lines and the end of the head, so the work is
//! linear however small the pieces are (CVE-2023-43669); a complete head is then parsed once by httparse. Memory
//! is bounded by [`MAX_HEAD`] plus the last piece. The body is not read here.

use super::headers::{Headers, is_blank};
use crate::base::slices::part;
use crate::base::{ErrorCode, Fault, Result};

/// The most bytes that a head may have, together with the interim responses before it.
pub const MAX_HEAD: usize = 64 * 1024;
/// The most fields that a head may have.
pub const MAX_FIELDS: usize = 128;

/// A complete response head.
#[derive(Debug)]
pub struct Head {
    /// 0 or 1, of HTTP/1.0 or HTTP/1.1.
    pub minor_version: u8,
    /// 100 to 999.
    pub status: u16,
    /// The reason phrase; often empty.
    pub reason: String,
    /// The fields, in order, duplicates kept.
    pub headers: Headers,
    /// The field lines as received, each with CR LF, a folded one in one piece, without the status line and the blank
    /// line.
    pub header_text: String,
}

/// Collects bytes until a final response head is complete. Interim responses (1xx except 101) are skipped.
#[derive(Debug, Default)]
pub struct HeadReader {
    bytes: Vec<u8>,
    lines: LineScanner,
    /// How many of `bytes` were looked at.
    scanned: usize,
    /// Where in `bytes` the current head begins; the end of the head once it is complete.
    begin: usize,
    complete: bool,
    failed: Option<Fault>,
}

impl HeadReader {
    /// Takes received bytes; returns the head once, when it is complete. Bytes after it are kept for
    /// [`take_rest`](Self::take_rest). A failure is final.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<Option<Head>> {
        if let Some(fault) = &self.failed {
            return Err(fault.clone());
        }
        self.bytes.extend_from_slice(bytes);
        self.advance().inspect_err(|fault| self.failed = Some(fault.clone()))
    }

    /// Takes the bytes after the last complete head: they belong to the body, or to the WebSocket. The reader is as new
    /// afterwards.
    pub fn take_rest(&mut self) -> Vec<u8> {
        let mut reader = std::mem::take(self);
        reader.bytes.split_off(reader.begin)
    }

    /// Returns the fault for a stream that ended before the head was complete.
    pub fn eof_fault(&self) -> Fault {
        let text = match (self.bytes.len(), self.bytes.len() - self.begin) {
            (0, _) => "The server closed the connection without sending any response.".to_owned(),
            (_, 0) => "The server closed the connection after an interim response (1xx).".to_owned(),
            (_, n) => {
                format!("The server closed the connection inside the response head, after {n} bytes of it.")
            }
        };
        Fault::new(ErrorCode::HttpTruncated, text)
    }

    fn advance(&mut self) -> Result<Option<Head>> {
        while !self.complete && self.scan_to_end()? {
            let head = parse(part(&self.bytes, self.begin..self.scanned))?;
            self.begin = self.scanned;
            // RFC 9110 section 15.2: a client must be able to read interim responses and may ignore them; 101
            // is the answer to an upgrade and final for HTTP (section 15.2.2).
            if head.status >= 200 || head.status == 101 {
                self.complete = true;
                return Ok(Some(head));
            }
        }
        Ok(None)
    }

    /// Looks at bytes not looked at before; true when they end a head.
    fn scan_to_end(&mut self) -> Result<bool> {
        for &byte in part(&self.bytes, self.scanned..) {
            if self.scanned == MAX_HEAD {
                return Err(Fault::new(
                    ErrorCode::HttpHeadTooLarge,
                    "The response head is larger than 64 KiB.",
                ));
            }
            self.scanned += 1;
            if self.lines.take(byte)? {
                self.lines = LineScanner::default();
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What every response that is read here begins with; the rest of the version is left to the parser.
const PREFIX: &[u8] = b"HTTP/1.";

/// The rules of lines, byte by byte. A line ends with CR LF or, as RFC 9112 section 2.2 lets a recipient take it, with
/// only LF; a CR stands nowhere else.
#[derive(Debug, Default)]
struct LineScanner {
    /// Bytes of the head so far.
    seen: usize,
    /// Bytes of the current line so far.
    column: usize,
    /// Whether the byte before was a CR.
    after_cr: bool,
    /// Field lines so far.
    fields: usize,
    /// Whether the current line continues the field before it.
    folded: bool,
}

impl LineScanner {
    /// Takes the next byte; true when it ends the head.
    fn take(&mut self, byte: u8) -> Result<bool> {
        // A server of another protocol never ends a head: say so now, not when the time is over.
        if PREFIX.get(self.seen).is_some_and(|&expected| expected != byte) {
            return Err(self.wrong_start());
        }
        let in_fields = self.seen > self.column;
        let begins_line = self.column == 0;
        let after_cr = std::mem::replace(&mut self.after_cr, byte == b'\r');
        self.seen += 1;
        self.column += 1;
        match byte {
            b'\n' => self.end_line(in_fields, after_cr),
            _ if after_cr => Err(malformed("CR without LF")),
            0 => Err(malformed("a NUL byte")),
            b' ' | b'\t' if in_fields && begins_line => self.begin_folded_line(),
            _ => Ok(false),
        }
    }

    /// RFC 9112 section 2.2: what stands folded before the first field is refused, as it might be hidden from others.
    fn begin_folded_line(&mut self) -> Result<bool> {
        if self.fields == 0 {
            return Err(malformed("a folded line before the first header field"));
        }
        self.folded = true;
        Ok(false)
    }

    fn end_line(&mut self, in_fields: bool, after_cr: bool) -> Result<bool> {
        let blank = std::mem::take(&mut self.column) == 1 + usize::from(after_cr);
        let folded = std::mem::take(&mut self.folded);
        self.fields += usize::from(in_fields && !blank && !folded);
        if self.fields > MAX_FIELDS {
            let text = format!("The response has more than {MAX_FIELDS} header fields.");
            return Err(Fault::new(ErrorCode::HttpTooManyFields, text));
        }
        Ok(blank)
    }

    fn wrong_start(&self) -> Fault {
        if self.seen < b"HTTP/".len() {
            return malformed(
                "it does not begin with HTTP/, so the server speaks another protocol (TLS perhaps: wss)",
            );
        }
        malformed("its version is not HTTP/1.0 or HTTP/1.1")
    }
}

/// The fields that decide where a message ends and what protocol follows: a line of theirs that two readers could
/// understand in two ways is refused.
fn decides(name: &[u8]) -> bool {
    let decisive: [&[u8]; 4] = [b"Upgrade", b"Connection", b"Content-Length", b"Transfer-Encoding"];
    let of_handshake = b"Sec-WebSocket-";
    decisive.iter().any(|each| each.eq_ignore_ascii_case(name))
        || name.get(..of_handshake.len()).is_some_and(|start| start.eq_ignore_ascii_case(of_handshake))
}

/// Returns the head with CR LF after each line, and with a space for each fold (RFC 9112 section 5.2).
fn unfolded(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut lines: Vec<u8> = Vec::with_capacity(bytes.len() + bytes.len() / 8);
    let mut name: &[u8] = &[];
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text_at = line.iter().position(|&b| !is_blank(char::from(b))).unwrap_or(line.len());
        if text_at > 0 {
            if decides(name) {
                return Err(malformed(
                    "a folded line in a field that decides the handshake or the body's length",
                ));
            }
            lines.truncate(lines.len().saturating_sub(b"\r\n".len()));
            lines.push(b' ');
        } else {
            name = line.split(|&b| b == b':').next().unwrap_or_default();
        }
        lines.extend_from_slice(line.get(text_at..).unwrap_or_default());
        lines.extend_from_slice(b"\r\n");
    }
    Ok(lines)
}

/// Parses a complete head whose lines [`LineScanner`] let through.
fn parse(bytes: &[u8]) -> Result<Head> {
    let bytes = &unfolded(bytes)?;
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    let parsed = response.parse(bytes).map_err(malformed)?;
    let (Some(minor_version), Some(status)) = (response.version, response.code) else {
        return Err(malformed("no status line"));
    };
    // RFC 9110 section 15: three digits, the first of which is the class; there is no class 0.
    if status < 100 || parsed != httparse::Status::Complete(bytes.len()) {
        return Err(malformed("the status code is not between 100 and 999"));
    }
    // RFC 9110 section 7.8: Upgrade came with HTTP/1.1; a server of 1.0 cannot mean it.
    if status == 101 && minor_version == 0 {
        return Err(malformed("it changes the protocol (status 101) in HTTP/1.0"));
    }
    let mut headers = Headers::with_room(response.headers.len());
    for field in response.headers.iter() {
        headers.push(field.name, decode(field.value).trim_matches(is_blank))?;
    }
    let mut lines = bytes.split_inclusive(|&b| b == b'\n');
    let reason = reason_of(lines.next().unwrap_or_default());
    let header_text = lines.filter(|line| *line != b"\r\n").map(decode).collect();
    Ok(Head { minor_version, status, reason, headers, header_text })
}

/// Returns the reason phrase, taken from the line itself: httparse drops one that is not ASCII.
fn reason_of(status_line: &[u8]) -> String {
    let reason = status_line.splitn(3, |&b| b == b' ').nth(2).unwrap_or_default();
    decode(reason.trim_ascii_end())
}

/// UTF-8, or else ISO-8859-1, which field values were defined in once (RFC 9110 section 5.5).
fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&b| char::from(b)).collect(),
    }
}

fn malformed(what: impl std::fmt::Display) -> Fault {
    Fault::new(ErrorCode::HttpInvalid, format!("The response is not valid HTTP/1.1: {what}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_looked_at_once() {
        let mut reader = HeadReader::default();
        let mut fed = 0;
        for byte in b"HTTP/1.1 200 OK\r\nX: ".iter().chain(std::iter::repeat(&b'a')).take(MAX_HEAD) {
            assert!(matches!(reader.feed(&[*byte]), Ok(None)));
            fed += 1;
            assert_eq!(reader.scanned, fed, "neither a byte left over nor one looked at again");
        }
        assert_eq!(reader.feed(b"a").unwrap_err().code(), ErrorCode::HttpHeadTooLarge);
    }

    #[test]
    fn bytes_behind_the_head_are_not_looked_at() {
        let mut reader = HeadReader::default();
        let head = b"HTTP/1.1 101 Switching Protocols\r\n\r\n";
        assert!(reader.feed(&[&head[..], &[b'\n'; 2 * MAX_HEAD]].concat()).unwrap().is_some());
        assert_eq!(reader.scanned, head.len());
        assert!(reader.feed(b"\x81\x00").unwrap().is_none());
        assert_eq!(reader.take_rest().len(), 2 * MAX_HEAD + 2);
        assert!(reader.take_rest().is_empty(), "the reader is as new");
    }
}
