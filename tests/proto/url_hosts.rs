//! Host names without a URL, and what must never get in or out: control characters and secrets (T-URL, T-CRLF).

use ckws::base::ErrorCode::{self, ForbiddenCharacter, HostEmpty, InvalidArgument, InvalidUrl};
use ckws::proto::url::{WsUrl, bare_host, encode_target};

/// Host argument, its bare form.
const GOOD: &[(&str, &str)] = &[
    ("h", "h"),
    ("Example.COM", "example.com"),
    ("example.com.", "example.com."),
    ("127.0.0.1", "127.0.0.1"),
    ("::1", "::1"),
    ("[::1]", "::1"),
    ("2001:DB8:0::1", "2001:db8::1"),
    ("[2001:DB8:0::1]", "2001:db8::1"),
    ("xn--bcher-kva.example", "xn--bcher-kva.example"),
];

const BAD: &[(ErrorCode, &str, &[&str])] = &[
    (HostEmpty, "empty", &[""]),
    (
        InvalidArgument,
        "not a URL",
        &["ws://h", "ws://h/path", "https://h", "h/path", "h?q", "h#f", "user@h", "/"],
    ),
    (InvalidArgument, "without a port", &["h:80", "h:", ":80", "127.0.0.1:80"]),
    (InvalidArgument, "IPv6", &["[::1]:80", "[::1", "::1]", "[h]", "[]", "1:2:3", "[[::1]]", "[1.2.3.4]"]),
    (InvalidArgument, "zone", &["fe80::1%eth0", "[fe80::1%25eth0]"]),
    (InvalidArgument, "brackets", &["[h", "h]", "["]),
    (InvalidArgument, "punycode", &["bücher.example", "日本"]),
    (InvalidArgument, "percent-encoded", &["%68", "h%00"]),
    (InvalidArgument, "other than letters", &["h\\x", "a,b", "*"]),
    (InvalidArgument, "ambiguous", &["127.1", "1.2.3.4.5", "0x7f.1", "01.2.3.4"]),
    (InvalidArgument, "empty label", &["a..b", ".", ".h"]),
    (ForbiddenCharacter, "space", &[" h", "h "]),
    (ForbiddenCharacter, "control character", &["h\t", "h\x7f", "\x01"]),
    (ForbiddenCharacter, "line break", &["h\r\nX: y", "h\n", "h\0.example"]),
];

#[test]
fn hosts_given_without_a_url_follow_the_same_rules() {
    for &(host, bare) in GOOD {
        assert_eq!(bare_host(host).as_deref(), Ok(bare), "{host}");
    }
    for &(code, word, hosts) in BAD {
        for host in hosts {
            let fault = bare_host(host).expect_err(host);
            assert_eq!(fault.code(), code, "{host}: {fault}");
            assert!(fault.text().contains(word), "{host}: {fault}");
        }
    }
}

#[test]
fn label_and_name_lengths_are_bounded() {
    let label = |n: usize| "a".repeat(n);
    let name_253 = [label(63), label(63), label(63), label(61)].join(".");
    assert_eq!(name_253.len(), 253);
    for good in [label(63), name_253.clone(), format!("{name_253}.")] {
        assert!(WsUrl::parse(&format!("ws://{good}/")).is_ok() && bare_host(&good).is_ok(), "{good}");
    }
    for bad in [label(64), format!("x.{}", label(64)), format!("{name_253}a"), label(100_000)] {
        let fault = WsUrl::parse(&format!("ws://{bad}/")).unwrap_err();
        assert_eq!(fault.code(), InvalidUrl);
        assert!(fault.text().contains("longer than"), "{fault}");
        assert!(bare_host(&bad).is_err());
    }
}

#[test]
fn forbidden_characters_are_refused_wherever_they_stand() {
    let url = "ws://user:word@host.example:8080/path/x?query=y";
    for at in 0..=url.len() {
        for byte in (0..=0x20).chain([0x7f_u8]) {
            let (before, after) = url.split_at(at);
            let fault = WsUrl::parse(&format!("{before}{}{after}", char::from(byte))).unwrap_err();
            assert_eq!(fault.code(), ForbiddenCharacter, "byte {byte:#x} at {at}: {fault}");
        }
    }
    for escape in ["%00", "%0d", "%0A", "%7F", "%1b", "%C2%85"] {
        for url in [format!("ws://u{escape}@h"), format!("ws://u:p{escape}@h")] {
            assert_eq!(WsUrl::parse(&url).unwrap_err().code(), ForbiddenCharacter, "{url}");
        }
    }
}

#[test]
fn no_text_shows_user_name_or_password() {
    for url in [
        "ws://TOPSECRET:TOPSECRET@h:x",
        "ws://TOPSECRET:TOPSECRET@[::1",
        "ws://TOPSECRET:TOPSECRET@",
        "ws://TOPSECRET:TOPSECRET@1.2.3/",
        "ws://TOPSECRET:TOP@SECRET@h",
        "ws://u:TOPSECRET/x@h",
        "ws://u:TOPSECRET?x@h",
        "ws://u:TOPSECRET#x@h",
        "ws://TOPSECRET%0a:TOPSECRET@h",
        "ws://TOPSECRET%zz:TOPSECRET@h",
        "ws://TOPSECRET^:TOPSECRET@h",
        "ws://TOPSECRET\r\n:TOPSECRET@h",
        "TOPSECRET:TOPSECRET@h",
        "http://TOPSECRET:TOPSECRET@h",
        "TOPSECRET://TOPSECRET@h",
    ] {
        let fault = WsUrl::parse(url).unwrap_err();
        assert!(!fault.text().to_uppercase().contains("SECRET"), "{url}: {fault}");
    }
    let debug = format!("{:?}", WsUrl::parse("ws://SECRETUSER:SECRETWORD@h").unwrap());
    assert!(!debug.contains("SECRET"), "{debug}");
}

#[test]
fn encoding_a_target_twice_changes_nothing() {
    for target in ["/", "/a b", "/é?ü=%41", "/<>\"\\^`{|}", "*", "/%zz"] {
        let once = encode_target(target).unwrap().into_owned();
        assert!(once.bytes().all(|b| b.is_ascii_graphic()), "{once}");
        assert_eq!(encode_target(&once).unwrap(), once);
    }
}
