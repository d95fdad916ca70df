//! Charsets: tables of bytes, byte order marks, what is malformed and what is lacking.

use ckws::base::ErrorCode;
use ckws::proto::charset::Charset;

fn named(name: &str) -> Charset {
    Charset::named(name).unwrap()
}

#[test]
fn labels_are_known_in_any_case_and_no_others() {
    for (one, other) in
        [("utf-8", "UTF8"), ("iso-8859-1", "Windows-1252"), ("us-ascii", "latin1"), ("utf-16", "UTF-16")]
    {
        assert_eq!(named(one), named(other));
    }
    assert_eq!(named("ANSI").encode("é€").unwrap(), b"\xE9\x80");
    assert_ne!(named("utf-16"), named("utf-16le"));
    for name in ["", "utf-9", "oem", "iso-2022-kr", "replacement"] {
        let fault = Charset::named(name).unwrap_err();
        assert_eq!(fault.code(), ErrorCode::InvalidArgument);
        assert!(fault.text().contains(&format!("\"{name}\"")), "{fault}");
    }
}

#[test]
fn text_is_written_and_read_back() {
    let table: &[(&str, &str, &[u8])] = &[
        ("utf-8", "aé€👋\0", b"a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x91\x8B\0"),
        ("utf-16", "aé👋", b"a\0\xE9\0\x3D\xD8\x4B\xDC"),
        ("utf-16le", "aé👋", b"a\0\xE9\0\x3D\xD8\x4B\xDC"),
        ("utf-16be", "aé👋", b"\0a\0\xE9\xD8\x3D\xDC\x4B"),
        ("iso-8859-1", "é€\u{81}", b"\xE9\x80\x81"),
        ("iso-8859-15", "€", b"\xA4"),
        ("koi8-r", "Привет", b"\xF0\xD2\xC9\xD7\xC5\xD4"),
        ("shift_jis", "世界", b"\x90\xA2\x8A\x45"),
        ("gb18030", "世👋", b"\xCA\xC0\x94\x39\xD0\x39"),
        ("iso-2022-jp", "a世", b"a\x1B$B\x40\x24\x1B(B"),
    ];
    for (name, text, bytes) in table {
        assert_eq!(named(name).encode(text).unwrap(), *bytes, "{name}");
        assert_eq!(named(name).decode(bytes).unwrap(), *text, "{name}");
        let long = named(name).encode(&text.repeat(5000)).unwrap();
        assert_eq!(named(name).decode(&long).unwrap(), text.repeat(5000), "{name}");
        assert_eq!(named(name).encode("").unwrap(), b"");
        assert_eq!(named(name).decode(b"").unwrap(), "");
    }
}

#[test]
fn a_lacking_character_is_refused_and_named() {
    for (name, text, lacking) in [
        ("iso-8859-1", "ok 世", "U+4E16 (世)"),
        ("koi8-r", "x€", "U+20AC (€)"),
        ("shift_jis", "世👋", "U+1F44B (👋)"),
        ("iso-2022-jp", "é", "U+00E9 (é)"),
    ] {
        let fault = named(name).encode(text).unwrap_err();
        assert_eq!(fault.code(), ErrorCode::InvalidArgument);
        assert!(fault.text().contains(lacking), "{fault}");
    }
}

#[test]
fn malformed_bytes_are_shown() {
    for (name, bytes, text) in [
        ("utf-8", &b"a\xFFb\xE2\x82"[..], "a\u{FFFD}b\u{FFFD}"),
        ("utf-16le", b"a\0\x3D\xD8b\0x", "a\u{FFFD}b\u{FFFD}"),
        ("utf-16", b"\xFE\xFF\xD8\x3D", "\u{FFFD}"),
        ("shift_jis", b"\x90", "\u{FFFD}"),
    ] {
        assert_eq!(named(name).decode(bytes).unwrap(), text, "{name}");
    }
}

#[test]
fn byte_order_marks() {
    // As a string, as a file.
    for (name, bytes, as_string, as_file) in [
        ("utf-8", &b"\xEF\xBB\xBFa"[..], "a", "a"),
        ("utf-16", b"\xFE\xFF\0a", "a", "a"),
        ("utf-16", b"\xFF\xFEa\0", "a", "a"),
        ("utf-16", b"a\0", "a", "a"),
        ("utf-16le", b"\xFF\xFEa\0", "a", "a"),
        ("utf-16be", b"\xFE\xFF\0a", "a", "a"),
        ("utf-16le", b"\xFE\xFF\0a", "\u{FFFE}\u{6100}", "a"),
        ("iso-8859-1", b"\xEF\xBB\xBFa", "ï»¿a", "a"),
        ("utf-8", b"\xFF\xFEa\0", "\u{FFFD}\u{FFFD}a\0", "a"),
        ("utf-8", b"a\xEF\xBB\xBF", "a\u{FEFF}", "a\u{FEFF}"),
    ] {
        assert_eq!(named(name).decode(bytes).unwrap(), as_string, "{name} {bytes:?}");
        assert_eq!(named(name).decode_file(bytes).unwrap(), as_file, "{name} {bytes:?}");
    }
    for name in ["utf-8", "utf-16", "utf-16le", "utf-16be"] {
        let marked = [named(name).byte_order_mark(), &named(name).encode("aé").unwrap()].concat();
        assert_eq!(named(name).decode(&marked).unwrap(), "aé", "{name}");
        assert_eq!(named("koi8-r").decode_file(&marked).unwrap(), "aé", "{name}");
        assert_eq!(named(name).encode("\u{FEFF}").unwrap(), named(name).byte_order_mark());
    }
    assert_eq!(named("iso-8859-1").byte_order_mark(), b"");
}
