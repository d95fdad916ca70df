//! Response bodies: framing by RFC 9112 section 6.3, limits, and every split (T-BODY).

use ckws::base::ErrorCode::{self, HttpBodyInvalid, HttpBodyTooLarge, HttpTruncated};
use ckws::base::Fault;
use ckws::proto::http1::body::{MAX_CHUNK_LINE, MAX_TRAILERS};
use ckws::proto::http1::{BodyReader, Framing, HeadReader};

fn framing(verb: &str, status_and_fields: &str) -> Result<Framing, ErrorCode> {
    let text = format!("HTTP/{status_and_fields}\r\n\r\n").replace('|', "\r\n");
    let head = HeadReader::default().feed(text.as_bytes()).unwrap().expect(&text);
    Framing::of(verb, &head).map_err(|fault| fault.code())
}

#[test]
fn framing_follows_rfc_9112_section_6_3() {
    use Framing::{Chunked, Empty, Length, UntilClose};
    for (verb, head, expected) in [
        ("GET", "1.1 200 OK", Ok(UntilClose)),
        ("GET", "1.0 200 OK", Ok(UntilClose)),
        ("GET", "1.1 404 No|Content-Length: 5", Ok(Length(5))),
        ("GET", "1.1 200 OK|Content-Length: 0", Ok(Length(0))),
        ("GET", "1.1 200 OK|content-length:18446744073709551615", Ok(Length(u64::MAX))),
        ("GET", "1.1 200 OK|Transfer-Encoding: chunked", Ok(Chunked)),
        ("GET", "1.1 200 OK|transfer-encoding: CHUNKED ", Ok(Chunked)),
        ("HEAD", "1.1 200 OK|Content-Length: 5", Ok(Empty)),
        ("HEAD", "1.1 200 OK|Transfer-Encoding: chunked", Ok(Empty)),
        ("head", "1.1 200 OK|Content-Length: 5", Ok(Length(5))),
        ("GET", "1.1 101 S|Content-Length: 5", Ok(Empty)),
        ("GET", "1.1 204 No|Content-Length: 5", Ok(Empty)),
        ("GET", "1.1 304 Not|Transfer-Encoding: chunked|Content-Length: x", Ok(Empty)),
        ("CONNECT", "1.1 200 OK|Transfer-Encoding: chunked", Ok(Empty)),
        ("CONNECT", "1.1 407 No|Content-Length: 5", Ok(Length(5))),
        ("GET", "1.1 200 OK|Content-Length: 5|Content-Length: 5", Ok(Length(5))),
        ("GET", "1.1 200 OK|Content-Length: 5, 5|Content-Length: 5", Ok(Length(5))),
        ("GET", "1.1 200 OK|Content-Length: 5|Content-Length: 6", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Content-Length: 5, 6", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Content-Length: 5,", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Content-Length: 05|Content-Length: 5", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Content-Length:", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Content-Length: +5", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Content-Length: -5", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Content-Length: 0x5", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Content-Length: 5 5", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Content-Length: 5.0", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Content-Length: ５", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Content-Length: 18446744073709551616", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Transfer-Encoding: gzip, chunked", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Transfer-Encoding: chunked, chunked", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Transfer-Encoding: chunked|Transfer-Encoding: chunked", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Transfer-Encoding: gzip|Transfer-Encoding: chunked", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Transfer-Encoding: identity", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Transfer-Encoding: xchunked", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Transfer-Encoding: \u{a0}chunked", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Transfer-Encoding:", Err(HttpBodyInvalid)),
        ("GET", "1.1 200 OK|Transfer-Encoding: chunked|Content-Length: 5", Err(HttpBodyInvalid)),
        ("GET", "1.0 200 OK|Transfer-Encoding: chunked", Err(HttpBodyInvalid)),
    ] {
        assert_eq!(framing(verb, head), expected, "{verb}: {head}");
    }
}

/// Body and bytes behind it; the code that came instead, with the data handed out before.
type Outcome = (Vec<u8>, Result<Vec<u8>, ErrorCode>);

/// Feeds the pieces as a session does, then the end of the stream.
fn read<'a>(framing: Framing, max: u64, pieces: impl IntoIterator<Item = &'a [u8]>) -> Outcome {
    let mut reader = BodyReader::new(framing, max);
    let (mut body, mut rest) = (Vec::new(), Vec::new());
    let mut run = |body: &mut Vec<u8>, rest: &mut Vec<u8>, piece: &[u8]| -> Result<(), Fault> {
        let mut input = piece;
        loop {
            let step = reader.next(input)?;
            assert!(step.data.end <= step.consumed && step.consumed <= input.len());
            assert_eq!(step.done, reader.is_done());
            body.extend_from_slice(&input[step.data]);
            input = &input[step.consumed..];
            if step.done {
                rest.extend_from_slice(input);
                return Ok(());
            }
            if step.consumed == 0 {
                assert!(input.is_empty(), "what is not done takes what it gets");
                return Ok(());
            }
        }
    };
    for piece in pieces {
        if let Err(fault) = run(&mut body, &mut rest, piece) {
            return (body, Err(fault.code()));
        }
    }
    let end = reader.at_eof();
    (body, end.map(|()| rest).map_err(|fault| fault.code()))
}

fn read_all_ways(framing: Framing, max: u64, stream: &[u8]) -> Outcome {
    let whole = read(framing, max, [stream]);
    assert_eq!(read(framing, max, stream.chunks(1)), whole, "by bytes: {}", stream.escape_ascii());
    for at in 0..=stream.len() {
        let (before, after) = stream.split_at(at);
        assert_eq!(read(framing, max, [before, after]), whole, "split at {at}: {}", stream.escape_ascii());
    }
    whole
}

#[test]
fn bodies_without_chunks() {
    use Framing::{Empty, Length, UntilClose};
    for (framing, max, stream, body, end) in [
        (Empty, 0, "", "", Ok("")),
        (Empty, 1, "next", "", Ok("next")),
        (Length(0), 0, "next", "", Ok("next")),
        (Length(5), 0, "hello", "hello", Ok("")),
        (Length(5), 5, "hellonext", "hello", Ok("next")),
        (Length(5), 0, "hell", "hell", Err(HttpTruncated)),
        (Length(5), 0, "", "", Err(HttpTruncated)),
        (Length(5), 4, "hello", "", Err(HttpBodyTooLarge)),
        (Length(u64::MAX), 1 << 40, "x", "", Err(HttpBodyTooLarge)),
        (Length(u64::MAX), 0, "hello", "hello", Err(HttpTruncated)),
        (UntilClose, 0, "", "", Ok("")),
        (UntilClose, 0, "hello", "hello", Ok("")),
        (UntilClose, 5, "hello", "hello", Ok("")),
        (UntilClose, 4, "hello", "hell", Err(HttpBodyTooLarge)),
    ] {
        let expected = (body.as_bytes().to_vec(), end.map(|rest: &str| rest.as_bytes().to_vec()));
        assert_eq!(read_all_ways(framing, max, stream.as_bytes()), expected, "{framing:?} {max} {stream}");
    }
    let announced = BodyReader::new(Length(5), 4).next(b"").unwrap_err();
    assert_eq!(announced.code(), HttpBodyTooLarge, "before a byte of it arrived");
}

#[test]
fn chunked_bodies() {
    for (max, stream, body, end) in [
        (0, "0\r\n\r\n", "", Ok("")),
        (0, "0\r\n\r\nnext", "", Ok("next")),
        (0, "5\r\nhello\r\n0\r\n\r\n", "hello", Ok("")),
        (5, "5\r\nhello\r\n0\r\n\r\n\r\n", "hello", Ok("\r\n")),
        (0, "2\r\nhe\r\n003\r\nllo\r\n000\r\n\r\n", "hello", Ok("")),
        (0, "a\r\n0123456789\r\nA\r\nabcdefghij\r\n0\r\n\r\n", "0123456789abcdefghij", Ok("")),
        (0, "2\r\n\r\n\r\n0\r\n\r\n", "\r\n", Ok("")),
        (0, "2;x\r\nhe\r\n1 ;y=\"z\"\r\nl\r\n0;last\r\n\r\n", "hel", Ok("")),
        (0, "0000000000000001\r\nx\r\n0\r\n\r\n", "x", Ok("")),
        (0, "1\r\nx\r\n0\r\nA: b\r\nContent-Length: 99\r\n\r\nnext", "x", Ok("next")),
        // The stream ends early.
        (0, "", "", Err(HttpTruncated)),
        (0, "5", "", Err(HttpTruncated)),
        (0, "5\r\nhel", "hel", Err(HttpTruncated)),
        (0, "5\r\nhello", "hello", Err(HttpTruncated)),
        (0, "5\r\nhello\r\n", "hello", Err(HttpTruncated)),
        (0, "5\r\nhello\r\n0\r\n", "hello", Err(HttpTruncated)),
        (0, "0\r\nA: b\r\n\r", "", Err(HttpTruncated)),
        // Sizes.
        (0, "\r\n", "", Err(HttpBodyInvalid)),
        (0, "x\r\n", "", Err(HttpBodyInvalid)),
        (0, "0x5\r\nhello\r\n", "", Err(HttpBodyInvalid)),
        (0, "+5\r\nhello\r\n", "", Err(HttpBodyInvalid)),
        (0, "-1\r\n", "", Err(HttpBodyInvalid)),
        (0, " 5\r\nhello\r\n", "", Err(HttpBodyInvalid)),
        (0, "5 \r\nhello\r\n", "", Err(HttpBodyInvalid)),
        (0, "5_0\r\nhello\r\n", "", Err(HttpBodyInvalid)),
        (0, ";x\r\n", "", Err(HttpBodyInvalid)),
        (0, " ;x\r\n", "", Err(HttpBodyInvalid)),
        (0, "00000000000000001\r\nx\r\n", "", Err(HttpBodyInvalid)),
        (0, "10000000000000000\r\n", "", Err(HttpBodyInvalid)),
        (0, "FFFFFFFFFFFFFFFF\r\nx", "x", Err(HttpTruncated)),
        // Line ends, and chunks that are not as long as they say.
        (0, "5\nhello\r\n", "", Err(HttpBodyInvalid)),
        (0, "5\rhello\r\n", "", Err(HttpBodyInvalid)),
        (0, "5\r\r\nhello\r\n", "", Err(HttpBodyInvalid)),
        (0, "5;a\rb\r\nhello\r\n", "", Err(HttpBodyInvalid)),
        (0, "5;\0\r\nhello\r\n", "", Err(HttpBodyInvalid)),
        (0, "5\r\nhello\n0\r\n\r\n", "hello", Err(HttpBodyInvalid)),
        (0, "5\r\nhello0\r\n\r\n", "hello", Err(HttpBodyInvalid)),
        (0, "4\r\nhello\r\n0\r\n\r\n", "hell", Err(HttpBodyInvalid)),
        (0, "6\r\nhello\r\n0\r\n\r\n", "hello\r", Err(HttpBodyInvalid)),
        (0, "0\r\nA: b\n\r\n", "", Err(HttpBodyInvalid)),
        (0, "0\r\n\n", "", Err(HttpBodyInvalid)),
        // Limit.
        (4, "5\r\nhello\r\n0\r\n\r\n", "", Err(HttpBodyTooLarge)),
        (4, "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "hel", Err(HttpBodyTooLarge)),
        (4, "FFFFFFFFFFFFFFFF\r\n", "", Err(HttpBodyTooLarge)),
        (3, "3\r\nhel\r\n0\r\n\r\n", "hel", Ok("")),
    ] {
        let expected = (body.as_bytes().to_vec(), end.map(|rest: &str| rest.as_bytes().to_vec()));
        assert_eq!(
            read_all_ways(Framing::Chunked, max, stream.as_bytes()),
            expected,
            "{max} {}",
            stream.escape_debug()
        );
    }
}

#[test]
fn chunk_lines_and_trailers_are_bounded() {
    let line = |size: usize| format!("1;{}\r\n", "x".repeat(size - 4));
    let end = "a\r\n0\r\n\r\n";
    let fits = (b"a".to_vec(), Ok(Vec::new()));
    let refused = (Vec::new(), Err(HttpBodyInvalid));
    let trailer = |size: usize| format!("0\r\nA: {}\r\n\r\n", "x".repeat(size - 7));
    for (stream, expected) in [
        (line(MAX_CHUNK_LINE) + end, &fits),
        (line(MAX_CHUNK_LINE + 1) + end, &refused),
        ("1;".to_owned() + &"x".repeat(100_000), &refused),
        ("1\r\n".to_owned() + "a\r\n" + &trailer(MAX_TRAILERS), &fits),
        (trailer(MAX_TRAILERS + 1), &refused),
        ("0\r\n".to_owned() + &"A: b\r\n".repeat(100_000), &refused),
        ("0\r\n".to_owned() + &"x".repeat(100_000), &refused),
    ] {
        for piece in [1, 7, 4096, stream.len()] {
            let got = read(Framing::Chunked, 0, stream.as_bytes().chunks(piece));
            assert_eq!(got, *expected, "pieces of {piece}: {}", &stream[..20]);
        }
    }
}

#[test]
fn endless_chunks_end_at_the_limit() {
    let mut reader = BodyReader::new(Framing::Chunked, 1000);
    let mut body = 0;
    let fault = 'all: loop {
        let mut input = &b"3\r\nabc\r\n"[..];
        while !input.is_empty() {
            match reader.next(input) {
                Ok(step) => {
                    body += step.data.len();
                    input = &input[step.consumed..];
                }
                Err(fault) => break 'all fault,
            }
        }
    };
    assert_eq!((fault.code(), body), (HttpBodyTooLarge, 999));
}
