//! Base64, hexadecimal, percent and quoted-printable: tables of bytes, round trips, and what is refused where.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use ckws::base::ErrorCode;
use ckws::proto::encoding::Encoding;

const NAMES: [&str; 7] = ["base64", "base64url", "hex", "hex_lower", "url", "quoted-printable", "qp"];

fn named(name: &str) -> Encoding {
    Encoding::named(name).unwrap()
}

#[test]
fn names_are_known_in_any_case_and_no_others() {
    for name in NAMES {
        assert_eq!(named(name), named(&name.to_uppercase()));
    }
    for name in ["", "base-64", " hex", "uu", "base64\n"] {
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
