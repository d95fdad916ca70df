//! Request heads, and what is refused before a byte is written (T-CRLF).

use ckws::base::ErrorCode::{self, ForbiddenCharacter, InvalidArgument};
use ckws::proto::http1::Headers;
use ckws::proto::http1::request::{basic, encode, encode_connect, host_field};

fn code<T>(result: ckws::base::Result<T>) -> Option<ErrorCode> {
    result.err().map(|fault| fault.code())
}

#[test]
fn a_request_is_written_field_by_field() {
    let mut headers = Headers::default();
    headers.add("Host", "h:81").unwrap();
    headers.add("Cookie", " a=b ").unwrap();
    headers.add("X-Empty", "").unwrap();
    headers.add("X-Text", "grün\t€").unwrap();
    let head = encode("GET", "/ä?x={}", &headers).unwrap();
    let expected =
        "GET /%C3%A4?x=%7B%7D HTTP/1.1\r\nHost: h:81\r\nCookie: a=b\r\nX-Empty: \r\nX-Text: grün\t€\r\n\r\n";
    assert_eq!(String::from_utf8(head).unwrap(), expected);
    assert_eq!(encode("OPTIONS", "*", &Headers::default()).unwrap(), b"OPTIONS * HTTP/1.1\r\n\r\n");
}

#[test]
fn verbs_and_targets_are_checked() {
    for (verb, expected) in [
        ("GET", None),
        ("M-SEARCH", None),
        ("get", None),
        ("", Some(InvalidArgument)),
        ("GET /", Some(InvalidArgument)),
        ("G\tT", Some(InvalidArgument)),
        ("GÉT", Some(InvalidArgument)),
        ("GET/", Some(InvalidArgument)),
        ("GET\r\n", Some(ForbiddenCharacter)),
        ("G\0T", Some(ForbiddenCharacter)),
    ] {
        assert_eq!(code(encode(verb, "/", &Headers::default())), expected, "{verb:?}");
    }
    for (target, expected) in [
        ("/", None),
        ("*", None),
        ("/?a=b%20c", None),
        ("", Some(InvalidArgument)),
        ("x", Some(InvalidArgument)),
        ("?x", Some(InvalidArgument)),
        ("**", Some(InvalidArgument)),
        ("http://h/", Some(InvalidArgument)),
        ("/a b", Some(ForbiddenCharacter)),
        ("/a#b", Some(ForbiddenCharacter)),
        ("/ HTTP/1.1", Some(ForbiddenCharacter)),
        ("/\r\nX: y", Some(ForbiddenCharacter)),
        ("/\n", Some(ForbiddenCharacter)),
        ("/\0", Some(ForbiddenCharacter)),
        ("/\t", Some(ForbiddenCharacter)),
        ("/\x7f", Some(ForbiddenCharacter)),
    ] {
        assert_eq!(code(encode("GET", target, &Headers::default())), expected, "{target:?}");
    }
}

/// Every byte below 0x80 in a name, at each place.
#[test]
fn field_names_are_tokens() {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    for byte in 0..0x80_u8 {
        let expected = match byte {
            b'\r' | b'\n' | 0 => Some(ForbiddenCharacter),
            _ if token(byte) => None,
            _ => Some(InvalidArgument),
        };
        let c = char::from(byte);
        for name in [format!("{c}"), format!("{c}X"), format!("X{c}"), format!("X{c}Y")] {
            assert_eq!(code(Headers::default().add(&name, "v")), expected, "{name:?}");
        }
    }
    for name in ["", "é", "Ｘ", "X\u{2028}"] {
        assert_eq!(code(Headers::default().add(name, "v")), Some(InvalidArgument), "{name:?}");
    }
}

/// Every byte below 0x80 in a value, at each place; the text never shows the value.
#[test]
fn field_values_hold_no_control_characters() {
    for byte in 0..0x80_u8 {
        let expected = (byte != b'\t' && byte.is_ascii_control()).then_some(ForbiddenCharacter);
        let c = char::from(byte);
        for value in [format!("{c}"), format!("{c}secret"), format!("secret{c}"), format!("sec{c}ret")] {
            let result = Headers::default().add("Authorization", &value);
            let text = result.as_ref().err().map(|fault| fault.text().to_owned()).unwrap_or_default();
            assert!(!text.contains("sec") && (text.is_empty() || text.contains("Authorization")), "{text}");
            assert_eq!(code(result), expected, "{value:?}");
        }
    }
    let fault = Headers::default().add("X", "a\r\nY: b").unwrap_err();
    assert!(fault.text().contains("holds a line break (CR, LF or NUL)"), "{fault}");
}

#[test]
fn names_in_texts_are_escaped_and_short() {
    let fault = Headers::default().add("X\r\nInjected", "v").unwrap_err();
    assert!(fault.text().contains("X\\r\\nInjected"), "{fault}");
    let fault = Headers::default().add(&"é".repeat(100_000), "v").unwrap_err();
    assert!(fault.text().is_ascii() && fault.text().len() < 1000, "{fault}");
}

#[test]
fn host_field_has_brackets_and_port_where_needed() {
    for (host, port, default_port, expected) in [
        ("h", 80, 80, "h"),
        ("h", 443, 443, "h"),
        ("h", 443, 80, "h:443"),
        ("127.0.0.1", 8080, 80, "127.0.0.1:8080"),
        ("::1", 80, 80, "[::1]"),
        ("::1", 9001, 80, "[::1]:9001"),
        ("[::1]", 9001, 80, "[::1]:9001"),
    ] {
        assert_eq!(host_field(host, port, default_port), expected);
    }
}

#[test]
fn basic_encodes_as_rfc_7617_shows() {
    for (username, password, expected) in [
        ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("test", "123£", "Basic dGVzdDoxMjPCow=="),
        ("", "", "Basic Og=="),
        ("u", "p:q", "Basic dTpwOnE="),
    ] {
        assert_eq!(basic(username, password).as_deref(), Ok(expected));
    }
}

#[test]
fn basic_refuses_without_showing() {
    for (username, password, expected) in [
        ("hush:ed", "x", InvalidArgument),
        ("hushed\n", "x", ForbiddenCharacter),
        ("x", "hushed\r\n", ForbiddenCharacter),
        ("x", "hushed\0", ForbiddenCharacter),
        ("hushed\x7f", "x", ForbiddenCharacter),
        ("x", "hushed\u{85}", ForbiddenCharacter),
    ] {
        let fault = basic(username, password).unwrap_err();
        assert_eq!(fault.code(), expected);
        assert!(!fault.text().contains("hush"), "{fault}");
    }
}

#[test]
fn connect_has_an_authority_for_its_target() {
    let mut headers = Headers::default();
    headers.add("Host", "a.example:443").unwrap();
    assert_eq!(
        encode_connect("a.example:443", &headers).unwrap(),
        b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"
    );
    for authority in ["a.example:443\r\nHost: other", "a b:1", "a\0:1", "\u{e4}:1", "a\t:1"] {
        let fault = encode_connect(authority, &headers).unwrap_err();
        assert_eq!(fault.code(), ForbiddenCharacter, "{authority:?}");
    }
}
