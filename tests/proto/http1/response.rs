//! Response heads: each input whole, byte by byte and split at every offset gives the same (T-HDR).

use ckws::base::ErrorCode::{self, HttpHeadTooLarge, HttpInvalid, HttpTooManyFields, HttpTruncated};
use ckws::base::Fault;
use ckws::proto::http1::HeadReader;
use ckws::proto::http1::response::{MAX_FIELDS, MAX_HEAD};

/// What came out of a stream: the head, flattened, with the bytes behind it.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    start: (u8, u16, String),
    fields: Vec<(String, String)>,
    header_text: String,
    rest: Vec<u8>,
}

/// Feeds the pieces, then the end of the stream.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Outcome, Fault> {
    let mut reader = HeadReader::default();
    let mut found = None;
    for piece in pieces {
        if let Some(head) = reader.feed(piece)? {
            assert!(found.replace(head).is_none(), "a head is given once");
        }
    }
    let Some(head) = found else { return Err(reader.eof_fault()) };
    Ok(Outcome {
        start: (head.minor_version, head.status, head.reason),
        fields: head.headers.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        header_text: head.header_text,
        rest: reader.take_rest(),
    })
}

/// Reads `stream` in every way, checks that all agree, and gives the result.
fn read_all_ways(stream: &[u8]) -> Result<Outcome, Fault> {
    let whole = read([stream]);
    assert_eq!(read(stream.chunks(1)), whole, "by bytes: {}", stream.escape_ascii());
    for at in 0..=stream.len() {
        let (before, after) = stream.split_at(at);
        assert_eq!(read([before, after]), whole, "split at {at}: {}", stream.escape_ascii());
    }
    whole
}

/// Stream; minor version, status, reason; fields; bytes behind the head.
type Good = (&'static [u8], (u8, u16, &'static str), &'static [(&'static str, &'static str)], &'static [u8]);

const GOOD: &[Good] = &[
    (b"HTTP/1.1 200 OK\r\n\r\n", (1, 200, "OK"), &[], b""),
    (b"HTTP/1.0 404 Not Found\r\n\r\n", (0, 404, "Not Found"), &[], b""),
    (b"HTTP/1.1 200\r\n\r\n", (1, 200, ""), &[], b""),
    (b"HTTP/1.1 200 \r\n\r\n", (1, 200, ""), &[], b""),
    (b"HTTP/1.1 999 Odd  one\t\r\n\r\n", (1, 999, "Odd  one"), &[], b""),
    (b"HTTP/1.1 200 Gr\xC3\xBCn\r\n\r\n", (1, 200, "Grün"), &[], b""),
    (b"HTTP/1.1 200 Gr\xFCn\r\n\r\n", (1, 200, "Grün"), &[], b""),
    (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", (1, 200, "OK"), &[("A", "b")], b""),
    (b"HTTP/1.1 200 OK\r\nA:b\r\nC: \t d e \t\r\n\r\n", (1, 200, "OK"), &[("A", "b"), ("C", "d e")], b""),
    (b"HTTP/1.1 200 OK\r\nEmpty:\r\nBlank:  \r\n\r\n", (1, 200, "OK"), &[("Empty", ""), ("Blank", "")], b""),
    (
        b"HTTP/1.1 200 OK\r\nX: a\r\nx: b\r\nX: a\r\n\r\n",
        (1, 200, "OK"),
        &[("X", "a"), ("x", "b"), ("X", "a")],
        b"",
    ),
    (b"HTTP/1.1 200 OK\r\n!#$%&'*+-.^_`|~09: v\r\n\r\n", (1, 200, "OK"), &[("!#$%&'*+-.^_`|~09", "v")], b""),
    (b"HTTP/1.1 200 OK\r\nX: a:b: c\td\r\n\r\n", (1, 200, "OK"), &[("X", "a:b: c\td")], b""),
    (
        b"HTTP/1.1 200 OK\r\nU: \xE2\x82\xAC\r\nL: \xE9\xFF\r\n\r\n",
        (1, 200, "OK"),
        &[("U", "€"), ("L", "éÿ")],
        b"",
    ),
    (
        b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x81\x02hi\r\n\r\n\n",
        (1, 101, "Switching"),
        &[("Upgrade", "websocket")],
        b"\x81\x02hi\r\n\r\n\n",
    ),
    // Lines that end with LF alone (RFC 9112 section 2.2).
    (b"HTTP/1.1 200 OK\n\nbody\n\n", (1, 200, "OK"), &[], b"body\n\n"),
    (b"HTTP/1.1 200 OK\nA: b\r\nC: d\n\r\n\n", (1, 200, "OK"), &[("A", "b"), ("C", "d")], b"\n"),
    (b"HTTP/1.1 204\r\nA: b\n\n\r\n", (1, 204, ""), &[("A", "b")], b"\r\n"),
    (b"HTTP/1.1 100 C\n\nHTTP/1.1 200 OK\r\n\n", (1, 200, "OK"), &[], b""),
    // Folded fields (RFC 9112 section 5.2).
    (b"HTTP/1.1 401 No\r\nA: b\r\n c\r\n\r\nbody", (1, 401, "No"), &[("A", "b c")], b"body"),
    (
        b"HTTP/1.1 401 No\r\nA:\r\n\t \tb\n  c d \r\nE: f\r\n\r\n",
        (1, 401, "No"),
        &[("A", "b c d"), ("E", "f")],
        b"",
    ),
    (b"HTTP/1.1 401 No\r\nA: b\r\n \r\n\t\r\n\r\n", (1, 401, "No"), &[("A", "b")], b""),
    (b"HTTP/1.1 401 No\r\nA: b\r\n Upgrade: c\r\n\r\n", (1, 401, "No"), &[("A", "b Upgrade: c")], b""),
    (
        b"HTTP/1.1 401 No\r\nUpgrade: b\r\nA:\r\n c\r\n\r\n",
        (1, 401, "No"),
        &[("Upgrade", "b"), ("A", "c")],
        b"",
    ),
    (b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", (1, 200, "OK"), &[], b"HTTP/1.1 200 OK\r\n\r\n"),
    (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\nbody",
        (1, 200, "OK"),
        &[("A", "b")],
        b"body",
    ),
    (
        b"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 102 P\r\n\r\nHTTP/1.1 101 S\r\n\r\n\x89\0",
        (1, 101, "S"),
        &[],
        b"\x89\0",
    ),
];

/// What the text must say; the streams.
const BAD: &[(ErrorCode, &str, &[&[u8]])] = &[
    (HttpTruncated, "without sending any", &[b""]),
    (HttpTruncated, "inside the response head, after 1 bytes", &[b"H"]),
    (HttpTruncated, "inside the response head", &[b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nA: b\r\n\r"]),
    (HttpTruncated, "inside the response head", &[b"HTTP/1.1 banana", b"HTTP/1.1 100 C\r\n\r\nHTTP"]),
    (HttpTruncated, "after an interim response", &[b"HTTP/1.1 100 Continue\r\n\r\n"]),
    (
        HttpInvalid,
        "another protocol",
        &[b"S", b"SSH-2.0-OpenSSH_9.9\r\n", b"220 smtp ESMTP\r\n", b"\x15\x03\x03\0\x02\x02"],
    ),
    (
        HttpInvalid,
        "another protocol",
        &[b"\r\nHTTP/1.1 200 OK\r\n\r\n", b" HTTP/1.1 200 OK\r\n\r\n", b"\0", b"\n"],
    ),
    (
        HttpInvalid,
        "another protocol",
        &[b"http/1.1 200 OK\r\n\r\n", b"HTTP 200 OK\r\n\r\n", b"<html>hi</html>", b"ICY 200"],
    ),
    (
        HttpInvalid,
        "version",
        &[b"HTTP/0.9 200 OK\r\n\r\n", b"HTTP/2 200\r\n\r\n", b"HTTP/2.0 200 OK\r\n\r\n", b"HTTP/11 "],
    ),
    (
        HttpInvalid,
        "HTTP/1.0",
        &[b"HTTP/1.0 101 Switching Protocols\r\n\r\n", b"HTTP/1.0 101\r\nA: b\r\n\r\n"],
    ),
    (
        HttpInvalid,
        "version",
        &[
            b"HTTP/1.2 200 OK\r\n\r\n",
            b"HTTP/1.10 200 OK\r\n\r\n",
            b"HTTP/1.1\r\n\r\n",
            b"HTTP/1.1\t200\r\n\r\n",
        ],
    ),
    (
        HttpInvalid,
        "status",
        &[
            b"HTTP/1.1 20 OK\r\n\r\n",
            b"HTTP/1.1 2000 OK\r\n\r\n",
            b"HTTP/1.1 -20 OK\r\n\r\n",
            b"HTTP/1.1 2x0 OK\r\n\r\n",
        ],
    ),
    (
        HttpInvalid,
        "status",
        &[
            b"HTTP/1.1 099 OK\r\n\r\n",
            b"HTTP/1.1 000 OK\r\n\r\n",
            b"HTTP/1.1  200 OK\r\n\r\n",
            b"HTTP/1.1 200OK\r\n\r\n",
        ],
    ),
    (
        HttpInvalid,
        "status",
        &[
            b"HTTP/1.1 \r\n\r\n",
            b"HTTP/1.1 OK\r\n\r\n",
            b"HTTP/1.1 200 O\x01K\r\n\r\n",
            b"HTTP/1.1 200 \x7f\r\n\r\n",
        ],
    ),
    (HttpTruncated, "inside the response head", &[b"HTTP/1.1 200 OK\n", b"HTTP/1.1 200 OK\nA: b\n c\n"]),
    (
        HttpInvalid,
        "CR without LF",
        &[
            b"HTTP/1.1 200 OK\r\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n\rA: b\r\n\r\n",
            b"HTTP/1.1 200 OK\nA: b\r\r\n\n",
            b"HTTP/1.1 200 OK\nA: b\n\r\r\n",
        ],
    ),
    (
        HttpInvalid,
        "NUL",
        &[
            b"HTTP/1.1 200 O\0K\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n\0: b\r\n\r\n",
        ],
    ),
    (
        HttpInvalid,
        "a folded line before the first header field",
        &[
            b"HTTP/1.1 200 OK\r\n A: b\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n \r\nA: b\r\n\r\n",
            b"HTTP/1.1 200 OK\n\tA: b\n\n",
            b"HTTP/1.1 100 C\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n c\r\n\r\n",
        ],
    ),
    (
        HttpInvalid,
        "a folded line in a field that decides",
        &[
            b"HTTP/1.1 101 S\r\nUpgrade:\r\n websocket\r\n\r\n",
            b"HTTP/1.1 101 S\r\nA: b\r\nCONNECTION: keep-alive,\r\n\tUpgrade\r\n\r\n",
            b"HTTP/1.1 101 S\r\nsec-websocket-accept: a\r\n b\r\n\r\n",
            b"HTTP/1.1 101 S\r\nSec-WebSocket-Protocol: a\n \r\n\r\n",
        ],
    ),
    (
        HttpInvalid,
        "a folded line in a field that decides",
        &[
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 2\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding:\r\n chunked\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nTransfer-Encoding: x\n\tchunked\n\n",
            b"HTTP/1.1 200 OK\r\nContent-Length\r\n : 5\r\n\r\n",
        ],
    ),
    (
        HttpInvalid,
        "header",
        &[
            b"HTTP/1.1 200 OK\r\nA\r\n : b\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nUpgr\r\n ade: websocket\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA: b\r\n \x0C\r\n\r\n",
        ],
    ),
    (
        HttpInvalid,
        "header name",
        &[
            b"HTTP/1.1 200 OK\r\n: b\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA\t: b\r\n\r\n",
        ],
    ),
    (
        HttpInvalid,
        "header name",
        &[
            b"HTTP/1.1 200 OK\r\nA\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA b: c\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n\xC3\xA9: b\r\n\r\n",
        ],
    ),
    (
        HttpInvalid,
        "header name",
        &[
            b"HTTP/1.1 200 OK\r\nA(b): c\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA\x01: c\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n@: c\r\n\r\n",
        ],
    ),
    (
        HttpInvalid,
        "header value",
        &[
            b"HTTP/1.1 200 OK\r\nA: b\x01\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA: \x7f\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nA: \x1b[2J\r\n\r\n",
        ],
    ),
    (HttpInvalid, "header", &[b"HTTP/1.1 100 C\r\nA\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"]),
    (HttpInvalid, "another protocol", &[b"HTTP/1.1 100 C\r\n\r\nbanana"]),
];

#[test]
fn good_heads_are_read_in_every_way() {
    for &(stream, start, fields, rest) in GOOD {
        let outcome =
            read_all_ways(stream).unwrap_or_else(|fault| panic!("{}: {fault}", stream.escape_ascii()));
        assert_eq!((outcome.start.0, outcome.start.1, outcome.start.2.as_str()), start);
        let got: Vec<_> =
            outcome.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(got, fields, "{}", stream.escape_ascii());
        assert_eq!(outcome.rest, rest, "{}", stream.escape_ascii());
    }
}

#[test]
fn bad_heads_are_refused_in_every_way() {
    for &(code, word, streams) in BAD {
        for stream in streams {
            let fault = read_all_ways(stream).expect_err(&stream.escape_ascii().to_string());
            assert_eq!(fault.code(), code, "{}: {fault}", stream.escape_ascii());
            assert!(fault.text().contains(word), "{}: {fault}", stream.escape_ascii());
        }
    }
}

#[test]
fn header_text_is_every_field_line_as_received() {
    let stream = b"HTTP/1.1 200 OK\r\nA:  b \r\nU: \xE2\x82\xAC\r\nL: \xE9\r\n\r\nbody";
    assert_eq!(read_all_ways(stream).unwrap().header_text, "A:  b \r\nU: €\r\nL: é\r\n");
    assert_eq!(read_all_ways(b"HTTP/1.1 204 No\r\n\r\n").unwrap().header_text, "");
    let odd = b"HTTP/1.1 200 OK\nA: b\n\tc\nD: e\r\n\n";
    assert_eq!(read_all_ways(odd).unwrap().header_text, "A: b c\r\nD: e\r\n");
}

#[test]
fn a_failure_is_final() {
    let mut reader = HeadReader::default();
    let first = reader.feed(b"SSH").unwrap_err();
    assert_eq!(reader.feed(b"HTTP/1.1 200 OK\r\n\r\n").unwrap_err(), first);
}

/// A head of exactly `size` bytes.
fn head_of(size: usize) -> Vec<u8> {
    let (begin, end) = (b"HTTP/1.1 200 OK\r\nX: ", b"\r\n\r\n");
    [&begin[..], &vec![b'a'; size - begin.len() - end.len()], end].concat()
}

#[test]
fn the_size_of_a_head_is_bounded() {
    let largest = [&head_of(MAX_HEAD)[..], b"rest"].concat();
    assert_eq!(read([&largest[..]]).unwrap().rest, b"rest");
    assert_eq!(read(largest.chunks(1)).unwrap().rest, b"rest");
    for stream in [head_of(MAX_HEAD + 1), head_of(10_000_000)] {
        for piece in [1, 1000, MAX_HEAD, stream.len()] {
            assert_eq!(read(stream.chunks(piece)).unwrap_err().code(), HttpHeadTooLarge, "pieces of {piece}");
        }
    }
}

#[test]
fn a_head_without_end_is_refused_at_the_bound() {
    let mut reader = HeadReader::default();
    assert!(reader.feed(b"HTTP/1.1 200 OK\r\nX: ").unwrap().is_none());
    let mut fed = 20;
    let fault = loop {
        match reader.feed(&[b'a'; 4]) {
            Ok(_) => fed += 4,
            Err(fault) => break fault,
        }
    };
    assert_eq!((fault.code(), fed), (HttpHeadTooLarge, MAX_HEAD));
}

#[test]
fn the_number_of_fields_is_bounded() {
    let stream = |fields: usize, end: &str| format!("HTTP/1.1 200 OK\r\n{}{end}", "A: b\r\n".repeat(fields));
    assert_eq!(read([stream(MAX_FIELDS, "\r\n").as_bytes()]).unwrap().fields.len(), MAX_FIELDS);
    for text in [stream(MAX_FIELDS + 1, "\r\n"), stream(MAX_FIELDS + 1, ""), stream(1_000_000, "\r\n")] {
        for piece in [1, 7, text.len()] {
            assert_eq!(read(text.as_bytes().chunks(piece)).unwrap_err().code(), HttpTooManyFields);
        }
    }
}

/// A fold is part of its field: many of them are no more fields, and no way around the bound of the head.
#[test]
fn folds_are_bounded_as_the_head_is() {
    let stream = |folds: usize| format!("HTTP/1.1 200 OK\r\nA: b\r\n{}\r\n", " c\r\n".repeat(folds));
    let few = read([stream(1_000).as_bytes()]).unwrap();
    assert_eq!(few.fields, [("A".to_owned(), format!("b{}", " c".repeat(1_000)))]);
    assert_eq!(read([stream(MAX_HEAD).as_bytes()]).unwrap_err().code(), HttpHeadTooLarge);
}

#[test]
fn interim_responses_count_towards_the_bound() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\n";
    let few = format!("{}HTTP/1.1 200 OK\r\n\r\n", interim.repeat(1000));
    assert_eq!(read([few.as_bytes()]).unwrap().start.1, 200);
    let endless = interim.repeat(10_000);
    for piece in [1, 4096, endless.len()] {
        assert_eq!(read(endless.as_bytes().chunks(piece)).unwrap_err().code(), HttpHeadTooLarge);
    }
    // Each may have as many fields as a final response; only their bytes are counted together.
    let hints = format!("HTTP/1.1 103 Early\r\n{}\r\n", "Link: x\r\n".repeat(100)).repeat(2);
    assert_eq!(read([format!("{hints}HTTP/1.1 200 OK\r\n\r\n").as_bytes()]).unwrap().start.1, 200);
}

/// Seeded mutations of the tables: no panic, and pieces never matter.
#[test]
fn pieces_never_matter() {
    let bad = BAD.iter().flat_map(|row| row.2.iter().copied());
    let seeds: Vec<&[u8]> = GOOD.iter().map(|row| row.0).chain(bad).collect();
    let alphabet = b"\r\n\r\n\0 \t:a1\xC3\xFF";
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..5_000 {
        let mut stream = seeds[random(seeds.len())].to_vec();
        for _ in 0..=random(3) {
            stream.insert(random(stream.len() + 1), alphabet[random(alphabet.len())]);
        }
        _ = read_all_ways(&stream);
    }
}
