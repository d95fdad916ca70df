//! Encodings: tables of bytes, round trips, and what is refused where.

#![allow(clippy::too_many_lines, reason = "tables")]

use ckws::base::ErrorCode;
use ckws::proto::charset::Charset;
use ckws::proto::encoding::Encoding;

const NAMES: [&str; 18] = [
    "base64",
    "base64_mime",
    "base64url",
    "modBase64",
    "base32",
    "base58",
    "hex",
    "hex_lower",
    "url",
    "url_rfc3986",
    "url_oauth",
    "url_rfc1738",
    "url_rfc2396",
    "quoted-printable",
    "qp",
    "Q",
    "B",
    "uu",
];

fn named(name: &str) -> Encoding {
    Encoding::named(name).unwrap()
}

#[test]
fn names_are_known_in_any_case_and_no_others() {
    for name in NAMES {
        assert_eq!(named(name), named(&name.to_uppercase()));
        assert_eq!(named(name), named(&name.to_lowercase()));
    }
    for name in ["", "base-64", " hex", "xx", "base64\n"] {
        let fault = Encoding::named(name).unwrap_err();
        assert_eq!(fault.code(), ErrorCode::InvalidArgument);
        assert!(fault.text().contains(&format!("\"{name}\"")), "{fault}");
        assert!(NAMES.iter().all(|known| fault.text().contains(known)), "{fault}");
    }
}

#[test]
fn what_is_written() {
    let table: &[(&str, &[u8], &str)] = &[
        // RFC 4648 section 10.
        ("base64", b"", ""),
        ("base64", b"f", "Zg=="),
        ("base64", b"fo", "Zm8="),
        ("base64", b"foo", "Zm9v"),
        ("base64", b"foob", "Zm9vYg=="),
        ("base64", b"fooba", "Zm9vYmE="),
        ("base64", b"foobar", "Zm9vYmFy"),
        ("base64", b"\xFB\xFF", "+/8="),
        ("base64url", b"\xFB\xFF", "-_8"),
        ("modBase64", b"\xFB\xFF", "-_8"),
        ("base64_mime", b"short", "c2hvcnQ="),
        (
            "base64_mime",
            &[0; 57],
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ),
        (
            "base64_mime",
            &[0; 58],
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\nAA==",
        ),
        // RFC 4648 section 10.
        ("base32", b"", ""),
        ("base32", b"f", "MY======"),
        ("base32", b"fo", "MZXQ===="),
        ("base32", b"foo", "MZXW6==="),
        ("base32", b"foob", "MZXW6YQ="),
        ("base32", b"fooba", "MZXW6YTB"),
        ("base32", b"foobar", "MZXW6YTBOI======"),
        // draft-msporny-base58 section 5.
        ("base58", b"", ""),
        ("base58", b"Hello World!", "2NEpo7TZRRrLZSi2U"),
        (
            "base58",
            b"The quick brown fox jumps over the lazy dog.",
            "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
        ),
        ("base58", b"\0\0\x28\x7F\xB4\xCD", "11233QC4"),
        ("base58", b"\0", "1"),
        ("url_rfc3986", b"a b!*", "a%20b%21%2A"),
        ("url_oauth", b"a b!*", "a%20b%21%2A"),
        ("url_rfc1738", b"a~b $-_.+!*'(),", "a%7Eb%20$-_.+!*'(),"),
        ("url_rfc2396", b"a$b+ -_.!~*'()", "a%24b%2B%20-_.!~*'()"),
        ("B", b"", ""),
        ("B", b"Keld J\xC3\xB8rn", "=?UTF-8?B?S2VsZCBKw7hybg==?="),
        ("Q", b"Keld J\xC3\xB8rn_?=", "=?UTF-8?Q?Keld_J=C3=B8rn=5F=3F=3D?="),
        ("uu", b"", ""),
        ("uu", b"Cat", "begin 644 data\r\n#0V%T\r\n`\r\nend\r\n"),
        ("uu", b"\0\0", "begin 644 data\r\n\"````\r\n`\r\nend\r\n"),
        ("hex", b"\x00\x1f\xAB", "001FAB"),
        ("hex_lower", b"\x00\x1f\xAB", "001fab"),
        ("url", b"AZaz09-._~", "AZaz09-._~"),
        ("url", b" +/%\x00\xC3\xA9", "%20%2B%2F%25%00%C3%A9"),
        ("quoted-printable", b"a = b\tc", "a =3D b\tc"),
        ("quoted-printable", b"\x00\x7F\xC3\xA9", "=00=7F=C3=A9"),
        ("quoted-printable", b"blank \r\ntab\t\r\nend ", "blank=20\r\ntab=09\r\nend=20"),
        ("quoted-printable", b"\r\n\r\n", "\r\n\r\n"),
        ("quoted-printable", b"\r\r\n\n", "=0D\r\n=0A"),
    ];
    for (name, bytes, text) in table {
        assert_eq!(named(name).encode(bytes).unwrap(), *text, "{name}");
        assert_eq!(named(name).decode(text).unwrap(), *bytes, "{name} {text:?}");
    }
}

#[test]
fn what_is_read_besides() {
    let table: &[(&str, &str, &[u8])] = &[
        ("base64", " Zm9v\r\nYmFy\t\n", b"foobar"),
        ("base64", "Z g = =", b"f"),
        ("base64url", "Zg==", b"f"),
        ("base64url", "Zg\n", b"f"),
        ("base32", "mz xw6yq\r\n", b"foob"),
        ("base32", "MZXW6", b"foo"),
        ("base58", "2NEpo7TZ\r\nRRrLZSi2U\n", b"Hello World!"),
        ("uu", "#0V%T", b"Cat"),
        ("uu", "#0V%T\n \nend\n\n", b"Cat"),
        ("uu", "begin 755 a name\n!``\n\"  \n", b"\0\0\0"),
        ("uu", "#\n", b"\0\0\0"),
        ("url_rfc1738", "a+b%7e~", b"a+b~~"),
        ("B", "=?us-ascii?q?a_b=3d?= and =?x?b?Yw==?=\r\n =?x?B?ZA==?=!", b"a b= and cd!"),
        ("Q", "plain", b"plain"),
        ("hex", "00 1f\nAb\t", b"\x00\x1F\xAB"),
        ("hex", "a B", b"\xAB"),
        ("hex_lower", "AB", b"\xAB"),
        ("url", "a+b&c=%c3%A9/", b"a+b&c=\xC3\xA9/"),
        ("qp", "soft=\r\nbreak=\nline= \t\r\n", b"softbreakline"),
        ("qp", "blanks  \t\r\nend \t", b"blanks\r\nend"),
        ("qp", "unix\nlines =c3\n", b"unix\nlines \xC3\n"),
    ];
    for (name, text, bytes) in table {
        assert_eq!(named(name).decode(text).unwrap(), *bytes, "{name} {text:?}");
    }
}

#[test]
fn what_is_malformed_is_refused_with_its_position() {
    let table = [
        ("base64", "Zm9v*mFy", 4),
        ("base64", "Zm\r\n9v\r\n*mFy", 8),
        ("base64", "Zg", 2),
        ("base64", "Zg=", 3),
        ("base64", "Z", 1),
        ("base64", "Zg==Zg==", 2),
        ("base64", "Zh==", 1),
        ("base64", "-_8=", 0),
        ("base64url", "+/8", 0),
        ("base64url", "Zm9vY", 5),
        ("base64", "Zm9vé", 4),
        ("base64_mime", "Zg", 2),
        ("base32", "M1======", 1),
        ("base32", "M", 1),
        ("base32", "MZX", 3),
        ("base32", "MZXW6Y", 6),
        ("base32", "MZ======", 8),
        ("base32", "MY=====", 7),
        ("base32", "MY==MY==", 4),
        ("base32", "MZXW6YTB=", 9),
        ("base58", "2NE0", 3),
        ("base58", "OIl", 0),
        ("base58", "ab\ncdI", 5),
        ("uu", "#0V%T0", 5),
        ("uu", "#0Va%", 3),
        ("uu", "hello", 0),
        ("uu", "#0V%T\nend\n#0V%T", 10),
        ("uu", "#0V%T\nbegin 644 x\n", 6),
        ("B", "é", 0),
        ("B", "a =?x?B?Yw=?=", 11),
        ("B", "a =?x?B?Yw==", 2),
        ("B", "=??B?Yw==?=", 0),
        ("B", "=?x?Z?Yw==?=", 0),
        ("Q", "=?x?Q?a b?=", 7),
        ("Q", "=?x?Q?a=4?=", 7),
        ("hex", "0", 1),
        ("hex", "00 1", 4),
        ("hex", "00 1g", 4),
        ("hex", "0x", 1),
        ("url", "ab%", 2),
        ("url", "ab%4", 2),
        ("url", "%4g", 0),
        ("url", "a b", 1),
        ("url", "aé", 1),
        ("qp", "ab=", 2),
        ("qp", "ab=4", 2),
        ("qp", "ok\r\n=4x", 4),
        ("qp", "ok\r\nab=zz\r\n", 6),
        ("qp", "ok\r\nno\rway", 6),
        ("qp", "aé", 1),
        ("qp", "a\0", 1),
    ];
    for (name, text, at) in table {
        let fault = named(name).decode(text).unwrap_err();
        assert_eq!(fault.code(), ErrorCode::InvalidArgument);
        assert!(fault.text().contains(&format!("(at byte {at})")), "{name} {text:?}: {fault}");
    }
}

#[test]
fn every_byte_and_length_comes_back() {
    let all: Vec<u8> = (0..=255).collect();
    let texts: [&[u8]; 4] =
        [b"plain words, and more of them ", b"= = =\t\t \r\n \r", b"\r\n.\r\n", b"\xE4\xB8\x96\n"];
    for name in NAMES {
        let encoding = named(name);
        for len in 0..all.len() {
            let part = &all[..len];
            assert_eq!(encoding.decode(&encoding.encode(part).unwrap()).unwrap(), part, "{name} {len}");
        }
        for text in texts {
            let text = text.repeat(40);
            for len in (0..text.len()).step_by(7) {
                let part = &text[..len];
                assert_eq!(
                    encoding.decode(&encoding.encode(part).unwrap()).unwrap(),
                    part,
                    "{name} {part:?}"
                );
            }
        }
    }
}

#[test]
fn base58_is_bounded() {
    for (name, code) in [(4096, None), (4097, Some(ErrorCode::LengthTooLarge))] {
        let outcome = named("base58").encode(&vec![255; name]);
        assert_eq!(outcome.as_ref().err().map(|fault| fault.code()), code);
        if let Ok(text) = outcome {
            assert_eq!(named("base58").decode(&text).unwrap(), vec![255; name]);
        }
    }
    let fault = named("base58").decode(&"z".repeat(1 << 20)).unwrap_err();
    assert_eq!(fault.code(), ErrorCode::LengthTooLarge);
}

/// A word is at most 75 characters long and holds whole characters, where the charset lets it be cut at all.
#[test]
fn words_of_mail_headers_are_short_and_whole() {
    for name in ["B", "Q"] {
        for text in ["x", "é", "€", "👋", "a€", " 👋é"] {
            for charset in ["utf-8", "utf-16", "koi8-r", "gb18030"].map(|name| Charset::named(name).unwrap())
            {
                let text = text.repeat(60);
                let Ok(encoded) = named(name).encode_text(&text, charset) else { continue };
                let words: Vec<&str> = encoded.split("\r\n ").collect();
                let decoded: Vec<_> = words.iter().map(|word| named(name).decode(word).unwrap()).collect();
                for (word, bytes) in words.iter().zip(&decoded) {
                    assert!(word.len() <= 75 || words.len() == 1, "{word:?}");
                    assert!(word.starts_with(&format!("=?{}?{name}?", charset.name())), "{word:?}");
                    assert!(!charset.decode(bytes).unwrap().contains('\u{FFFD}'), "{word:?}");
                }
                assert_eq!(charset.decode(&decoded.concat()).unwrap(), text);
                assert_eq!(named(name).decode(&encoded).unwrap(), decoded.concat());
            }
        }
    }
}

#[test]
fn quoted_printable_lines_are_short_and_ascii() {
    for text in ["x", "=", " ", "é", "x =", "xé \t"] {
        for len in 70..90 {
            let bytes = text.repeat(len).into_bytes();
            let encoded = named("qp").encode(&bytes).unwrap();
            for line in encoded.split("\r\n") {
                assert!(line.len() <= 76, "{line:?}");
                assert!(line.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t')), "{line:?}");
                assert!(!line.ends_with([' ', '\t']), "{line:?}");
            }
        }
    }
}
