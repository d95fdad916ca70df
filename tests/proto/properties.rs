//! What holds for any input: what one side writes the other reads, wherever the bytes are cut.
//!
//! The inputs are random, but the same at every run.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ckws::base::utf8;
use ckws::proto::auth::{self, Scheme};
use ckws::proto::charset::Charset;
use ckws::proto::encoding::Encoding;
use ckws::proto::http1::{BodyReader, Framing};
use ckws::proto::socks::{Handshake, Version};
use ckws::proto::url::{WsUrl, encode_target};
use ckws::proto::ws::extension::{self, Extension};
use ckws::proto::ws::opcode::Opcode;
use ckws::proto::ws::{DataPiece, Extensions, Held, Inbound, Step, close, handshake, mask, outbound};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, RngAlgorithm, RngSeed};

/// The same inputs at every run, and no file beside the sources.
fn config() -> Config {
    Config {
        cases: 1024,
        failure_persistence: None,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(6455),
        ..Config::default()
    }
}

/// Payloads around the places where the length takes another form.
fn payload() -> impl Strategy<Value = Vec<u8>> {
    let sizes = prop_oneof![4 => 0..300_usize, 1 => 65_500..65_600_usize];
    (sizes, any::<[u8; 16]>())
        .prop_map(|(len, pattern)| pattern.into_iter().cycle().take(len).collect::<Vec<u8>>())
}

/// `bytes` in pieces, cut at these places.
fn pieces<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

/// The masked frame of a client as a server would send it: its header length, without MASK bit and key.
fn unmasked(frame: &[u8], payload_len: usize) -> Vec<u8> {
    let key_at = frame.len() - payload_len - 4;
    let key: [u8; 4] = frame[key_at..key_at + 4].try_into().unwrap();
    let mut payload = frame[key_at + 4..].to_vec();
    mask::apply(key, 0, &mut payload);
    let mut header = frame[..key_at].to_vec();
    assert_eq!(header[1] & 0x80, 0x80, "RFC 6455 section 5.3: a client masks");
    header[1] &= 0x7F;
    [header, payload].concat()
}

/// The payload of the one binary message that arrives in these pieces.
fn received(pieces: &[&[u8]]) -> Vec<u8> {
    let mut inbound = Inbound::new(Extensions::default(), 0);
    let (mut unread, mut message, mut ended) = (Vec::new(), Vec::new(), false);
    for piece in pieces {
        unread.extend_from_slice(piece);
        loop {
            let held = Held { earlier: 0, message: message.len() as u64 };
            match inbound.next(&unread, held).unwrap() {
                Step::Incomplete => break,
                Step::Control { .. } => unreachable!("none was sent"),
                Step::Data(data) => {
                    ended = data.ends_message();
                    message.extend_from_slice(&unread[data.payload.clone()]);
                    unread.drain(..data.payload.end);
                }
            }
        }
    }
    assert!(ended && unread.is_empty());
    message
}

/// The extension as a field names it, each value in quotes.
fn extension_field(extension: &Extension<'_>) -> String {
    let parameters = extension.parameters.iter().map(|(name, value)| match value {
        Some(value) => format!(";{name}=\"{value}\""),
        None => format!("; {name}"),
    });
    extension.name.to_owned() + &parameters.collect::<String>()
}

const ENCODINGS: [&str; 14] = [
    "base64",
    "base64_mime",
    "base64url",
    "base32",
    "base58",
    "hex",
    "hex_lower",
    "url",
    "url_rfc1738",
    "url_rfc2396",
    "quoted-printable",
    "Q",
    "B",
    "uu",
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_frame_comes_back_however_it_is_cut(payload in payload(), key: [u8; 4], cuts in vec(any::<Index>(), 0..6)) {
        let mut sent = Vec::new();
        outbound::encode_frame(&mut sent, Opcode::Binary, true, key, &payload);
        prop_assert_eq!(outbound::frame_lengths(&sent).collect::<Vec<_>>(), [sent.len()]);
        let arriving = unmasked(&sent, payload.len());
        prop_assert_eq!(received(&pieces(&arriving, &cuts)), payload);
    }

    #[test]
    fn a_message_comes_back_however_it_is_fragmented(
        payload in payload(),
        fragments in vec(any::<Index>(), 0..5),
        cuts in vec(any::<Index>(), 0..6),
    ) {
        let fragments = pieces(&payload, &fragments);
        let mut arriving = Vec::new();
        for (number, fragment) in fragments.iter().enumerate() {
            let opcode = if number == 0 { Opcode::Binary } else { Opcode::Continuation };
            let mut sent = Vec::new();
            outbound::encode_frame(&mut sent, opcode, number + 1 == fragments.len(), [1, 2, 3, 4], fragment);
            arriving.extend(unmasked(&sent, fragment.len()));
        }
        prop_assert_eq!(received(&pieces(&arriving, &cuts)), payload);
    }

    #[test]
    fn no_bytes_make_the_decoder_claim_more_than_there_is(bytes in vec(any::<u8>(), 0..200), limit in 0..300_u64) {
        let mut inbound = Inbound::new(Extensions::default(), limit);
        let mut rest = &bytes[..];
        while let Ok(step) = inbound.next(rest, Held::default()) {
            let consumed = match step {
                Step::Incomplete => break,
                Step::Control { payload, .. } | Step::Data(DataPiece { payload, .. }) => {
                    prop_assert!(payload.start <= payload.end);
                    payload.end
                }
            };
            prop_assert!(consumed > 0 && consumed <= rest.len());
            rest = &rest[consumed..];
        }
    }

    /// The faults: a reserved bit, a MASK bit, a continuation of nothing, a fragmented Ping.
    #[test]
    fn nothing_is_delivered_after_a_fault(
        fault in select(vec![[0xC2, 0x00], [0x82, 0x80], [0x80, 0x00], [0x09, 0x00]]),
        after in vec(any::<u8>(), 0..40),
    ) {
        let mut inbound = Inbound::new(Extensions::default(), 0);
        let first = inbound.next(&[&fault, &after[..]].concat(), Held::default()).unwrap_err();
        for next in [&after[..], b"\x82\x01x", b"\x89\x00", b""] {
            prop_assert_eq!(inbound.next(next, Held::default()).unwrap_err().code(), first.code());
        }
    }

    #[test]
    fn a_close_body_comes_back(code in prop_oneof![1000..=1003_u16, 1007..=1014_u16, 3000..=4999_u16], reason: String) {
        let info = close::parse(close::build(Some(code), &reason).as_bytes(), None).unwrap();
        prop_assert_eq!(info.code, Some(code));
        prop_assert_eq!(info.reason, utf8::prefix(&reason, 123));
    }

    #[test]
    fn a_list_of_extensions_survives_writing_it_again(value in "[a-c;,= \t\"\\\\]{0,20}") {
        if let Some(extensions) = extension::parse(&value) {
            let written = extensions.iter().map(extension_field).collect::<Vec<_>>().join(",");
            prop_assert_eq!(extension::parse(&written), Some(extensions));
        }
    }

    #[test]
    fn an_accept_belongs_to_its_key(one: [u8; 16], other: [u8; 16]) {
        let key = handshake::key(one);
        prop_assert_eq!(STANDARD.decode(&key).unwrap(), one);
        let accept = handshake::accept(&key);
        prop_assert_eq!(STANDARD.decode(&accept).unwrap().len(), 20);
        prop_assert_eq!(accept == handshake::accept(&handshake::key(other)), one == other);
    }

    #[test]
    fn what_a_url_means_survives_writing_it_again(
        tls: bool,
        host in "[a-zA-Z][a-zA-Z0-9-]{0,20}[a-z](\\.[a-z][a-z0-9]{0,9}){0,3}|\\[::[0-9a-f]{1,4}\\]|127\\.0\\.0\\.1",
        port in 1..=65535_u16,
        target in "(/[a-zA-Z0-9._~!$&'()*+,;=:@%-]{0,12}){0,4}(\\?[a-z0-9=&/?]{0,12})?",
    ) {
        let scheme = if tls { "wss" } else { "ws" };
        let url = format!("{scheme}://{host}:{port}{}", target.replace('%', "%25"));
        let first = WsUrl::parse(&url).unwrap();
        let host = if first.host.contains(':') { format!("[{}]", first.host) } else { first.host.clone() };
        let again = WsUrl::parse(&format!("{scheme}://{host}:{}{}", first.port, first.target)).unwrap();
        prop_assert_eq!(&again, &first);
        prop_assert!(first.target.starts_with('/'));
        prop_assert_eq!((first.tls, first.port), (tls, port));
    }

    #[test]
    fn no_text_makes_a_target_that_could_split_a_request(text in "\\PC{0,40}") {
        if let Ok(url) = WsUrl::parse(&format!("ws://example.org/{text}")) {
            prop_assert_eq!(url.host, "example.org");
            prop_assert!(url.target.bytes().all(|byte| byte.is_ascii_graphic()));
        }
        let encoded = encode_target(&text).unwrap().into_owned();
        prop_assert_eq!(encode_target(&encoded).unwrap(), encoded.as_str());
    }

    #[test]
    fn encodings_give_the_bytes_back(bytes in vec(any::<u8>(), 0..400)) {
        for name in ENCODINGS {
            let encoding = Encoding::named(name).unwrap();
            let text = encoding.encode(&bytes).unwrap();
            prop_assert!(text.is_ascii());
            prop_assert_eq!(&encoding.decode(&text).unwrap(), &bytes, "{}", name);
        }
    }

    /// Line ends, spaces at them and equals signs are what quoted-printable is about.
    #[test]
    fn quoted_printable_gives_lines_back(text in "[ a=\t\r\n.é]{0,300}") {
        let encoded = Encoding::QuotedPrintable.encode(text.as_bytes()).unwrap();
        prop_assert!(encoded.split("\r\n").all(|line| line.len() <= 76));
        prop_assert_eq!(Encoding::QuotedPrintable.decode(&encoded).unwrap(), text.as_bytes());
    }

    #[test]
    fn no_text_breaks_a_decoder(text: String) {
        for name in ENCODINGS {
            let decoded = Encoding::named(name).unwrap().decode(&text);
            // A line of uu whose blanks were lost stands for up to 63 bytes.
            let most = if name == "uu" { text.len() * 63 } else { text.len() };
            prop_assert!(decoded.is_err() || decoded.is_ok_and(|bytes| bytes.len() <= most), "{}", name);
        }
    }

    #[test]
    fn charsets_give_the_text_back(text: String, name in select(vec!["utf-8", "utf-16", "utf-16le", "utf-16be", "gb18030"])) {
        // A byte order mark at the beginning is not text; gb18030 has bytes of its own for a few private characters.
        let private = |c: char| ('\u{E000}'..='\u{F8FF}').contains(&c);
        prop_assume!(!text.starts_with('\u{FEFF}') && !text.contains(private));
        let charset = Charset::named(name).unwrap();
        prop_assert_eq!(charset.decode(&charset.encode(&text).unwrap()).unwrap(), text);
    }

    #[test]
    fn a_byte_of_latin_1_is_a_character(text in "[ -~\u{A0}-\u{FF}]{0,60}") {
        let charset = Charset::named("iso-8859-1").unwrap();
        let bytes = charset.encode(&text).unwrap();
        prop_assert_eq!(bytes.len(), text.chars().count());
        prop_assert_eq!(charset.decode(&bytes).unwrap(), text);
    }

    #[test]
    fn a_chunked_body_comes_back_however_it_is_cut(chunks in vec(vec(any::<u8>(), 1..60), 0..6), cuts in vec(any::<Index>(), 0..8)) {
        let mut wire = Vec::new();
        for chunk in &chunks {
            wire.extend(format!("{:x};a=b\r\n", chunk.len()).bytes());
            wire.extend(chunk.iter().chain(b"\r\n"));
        }
        wire.extend(b"0\r\nTrailer: x\r\n\r\n");
        let mut reader = BodyReader::new(Framing::Chunked, 0);
        let mut body = Vec::new();
        for mut piece in pieces(&wire, &cuts) {
            loop {
                let step = reader.next(piece).unwrap();
                body.extend_from_slice(&piece[step.data]);
                piece = &piece[step.consumed..];
                if step.done || step.consumed == 0 { break }
            }
            prop_assert!(piece.is_empty());
        }
        prop_assert!(reader.is_done());
        prop_assert_eq!(body, chunks.concat());
    }

    #[test]
    fn no_answer_makes_a_socks_handshake_take_more_than_it_lacks(
        answer in vec(prop_oneof![any::<u8>(), select(vec![0_u8, 1, 2, 3, 4, 5, 90])], 0..300),
        version in select(vec![Version::V4, Version::V5]),
        username in select(vec!["", "user"]),
    ) {
        let mut handshake = Handshake::begin(version, "a.example", 80, username, "").unwrap();
        let mut rest = answer.as_slice();
        while let missing @ 1.. = handshake.missing() {
            prop_assert!(missing <= 257);
            let Ok(taken @ 1..) = handshake.receive(rest) else { break };
            prop_assert!(taken <= missing);
            rest = &rest[taken..];
        }
    }

    #[test]
    fn no_challenge_adds_a_line_to_its_answer(field in "(Digest |Basic |realm|nonce|qop|algorithm|=|\"|,| |\\\\|auth|MD5|SHA-256|[ -~])*") {
        let challenges = auth::challenges(&[&field]);
        if let Some(Scheme::Digest(digest)) = auth::strongest(&challenges, |_| true) {
            let answer = digest.answer("CONNECT", "a.example:443", "user", "secret", [7; 16]).unwrap();
            prop_assert!(!answer.contains(char::is_control) && !answer.contains("secret"));
        }
    }
}
