//! URLs: tables of what is accepted and what is refused, and why (T-URL).

use ckws::base::ErrorCode::InvalidUrl;
use ckws::proto::url::WsUrl;

/// URL, tls, host, port, target.
type Good = (&'static str, bool, &'static str, u16, &'static str);

const GOOD: &[Good] = &[
    ("ws://h", false, "h", 80, "/"),
    ("wss://h", true, "h", 443, "/"),
    ("WS://H", false, "h", 80, "/"),
    ("wSs://Example.COM/Path", true, "example.com", 443, "/Path"),
    ("ws://h/", false, "h", 80, "/"),
    ("ws://h:", false, "h", 80, "/"),
    ("ws://h:/x", false, "h", 80, "/x"),
    ("ws://h:80", false, "h", 80, "/"),
    ("ws://h:443", false, "h", 443, "/"),
    ("wss://h:80/", true, "h", 80, "/"),
    ("ws://h:1", false, "h", 1, "/"),
    ("ws://h:65535", false, "h", 65535, "/"),
    ("ws://h:00080", false, "h", 80, "/"),
    ("ws://h:0000000000000000000008080/a", false, "h", 8080, "/a"),
    ("ws://h?q", false, "h", 80, "/?q"),
    ("ws://h?", false, "h", 80, "/?"),
    ("ws://h/?", false, "h", 80, "/?"),
    ("ws://h:81?a=b&c=d", false, "h", 81, "/?a=b&c=d"),
    ("ws://h/a/b/c?x=y/z?w", false, "h", 80, "/a/b/c?x=y/z?w"),
    ("ws://h?/a@b:c", false, "h", 80, "/?/a@b:c"),
    ("ws://h/@evil", false, "h", 80, "/@evil"),
    ("ws://h/a:b@c:99/", false, "h", 80, "/a:b@c:99/"),
    ("ws://h//double", false, "h", 80, "//double"),
    ("ws://h/ws://x", false, "h", 80, "/ws://x"),
    ("ws://h/a/../b/./c", false, "h", 80, "/a/../b/./c"),
    ("ws://h/%2e%2E/%00%0d%0A", false, "h", 80, "/%2e%2E/%00%0d%0A"),
    ("ws://h/a%20b", false, "h", 80, "/a%20b"),
    ("ws://h/é", false, "h", 80, "/%C3%A9"),
    ("ws://h/?q=日本", false, "h", 80, "/?q=%E6%97%A5%E6%9C%AC"),
    ("ws://h/𐍈", false, "h", 80, "/%F0%90%8D%88"),
    ("ws://h/\u{a0}\u{2028}", false, "h", 80, "/%C2%A0%E2%80%A8"),
    ("ws://h/?a[]={\"b\":1}", false, "h", 80, "/?a[]=%7B%22b%22:1%7D"),
    ("ws://h/<a>^`|", false, "h", 80, "/%3Ca%3E%5E%60%7C"),
    ("ws://h/a;b=c,d!$&'()*+~_-.", false, "h", 80, "/a;b=c,d!$&'()*+~_-."),
    ("ws://localhost:8080/chat", false, "localhost", 8080, "/chat"),
    ("ws://a.b.c.d.example", false, "a.b.c.d.example", 80, "/"),
    ("ws://example.com.", false, "example.com.", 80, "/"),
    ("ws://under_score.example", false, "under_score.example", 80, "/"),
    ("ws://-x-.example", false, "-x-.example", 80, "/"),
    ("ws://XN--BCHER-KVA.example", false, "xn--bcher-kva.example", 80, "/"),
    ("ws://1.2.3.4", false, "1.2.3.4", 80, "/"),
    ("ws://0.0.0.0:1", false, "0.0.0.0", 1, "/"),
    ("ws://255.255.255.255", false, "255.255.255.255", 80, "/"),
    ("ws://127.0.0.1:9001/x", false, "127.0.0.1", 9001, "/x"),
    ("ws://1.2.3.example", false, "1.2.3.example", 80, "/"),
    ("ws://3com.example", false, "3com.example", 80, "/"),
    ("ws://1a", false, "1a", 80, "/"),
    ("ws://1.2.3.4a", false, "1.2.3.4a", 80, "/"),
    ("ws://0x7g", false, "0x7g", 80, "/"),
    ("ws://0x7f.example", false, "0x7f.example", 80, "/"),
    ("ws://deadbeef", false, "deadbeef", 80, "/"),
    ("ws://[::1]", false, "::1", 80, "/"),
    ("ws://[::1]:", false, "::1", 80, "/"),
    ("ws://[::1]:9001/p", false, "::1", 9001, "/p"),
    ("ws://[::]", false, "::", 80, "/"),
    ("wss://[2001:DB8::A]?q", true, "2001:db8::a", 443, "/?q"),
    ("ws://[2001:0db8:0000:0000:0000:0000:0000:0001]", false, "2001:db8::1", 80, "/"),
    ("ws://[::ffff:1.2.3.4]", false, "::ffff:1.2.3.4", 80, "/"),
    ("ws://[fe80::1]", false, "fe80::1", 80, "/"),
];

/// URL; user and password. The host is always "h".
const USERINFO: &[(&str, Option<(&str, &str)>)] = &[
    ("ws://h", None),
    ("ws://@h", None),
    ("ws://:@h", None),
    ("ws://u@h", Some(("u", ""))),
    ("ws://u:@h", Some(("u", ""))),
    ("ws://:p@h", Some(("", "p"))),
    ("ws://u:p@h", Some(("u", "p"))),
    ("ws://u:p:q@h:80", Some(("u", "p:q"))),
    ("ws://good.example:80@h", Some(("good.example", "80"))),
    ("ws://u%3Av:p%40q%2F%23%3F@h/x@y", Some(("u:v", "p@q/#?"))),
    ("ws://%C3%A9:%E2%82%AC@h", Some(("é", "€"))),
    ("ws://%41%6a%6A:%25@h", Some(("Ajj", "%"))),
    ("ws://a!$&'()*+,;=~._-:b@h", Some(("a!$&'()*+,;=~._-", "b"))),
    ("ws://u%20v:p%20q@h", Some(("u v", "p q"))),
];

/// What the text must say; the URLs.
const BAD: &[(&str, &[&str])] = &[
    (
        "no scheme",
        &["", "h", "h/path", "h:80/path", "localhost:8080", "//h/path", "/path", "://h", "1ws://h"],
    ),
    (
        "no scheme",
        &["/x?u=ws://h", "h/ws://x", "w_s://h", "ｗｓ://h", "user:pw@ws://h", "@ws://h", "ws", "wss//h"],
    ),
    ("use ws://", &["http://h", "HTTP://h:80/x"]),
    ("use wss://", &["https://h", "HttpS://h"]),
    ("neither ws nor wss", &["ftp://h", "wsss://h", "w://h", "wss+unix:///h", "file:///etc/passwd"]),
    ("\"//\" is missing", &["ws:h", "ws:/h", "wss:", "WSS:h:80", "ws:\\\\h", "ws:/\\h"]),
    ("fragment", &["ws://h#", "ws://h/#f", "ws://h?q#f", "ws://#h"]),
    ("fragment", &["ws://good.example#@evil.example", "ws://good.example#.evil.example"]),
    ("host is empty", &["ws://", "ws:///", "ws:///h", "ws://?q", "ws://:80", "ws://?@h"]),
    ("host is empty", &["ws://u:p@", "ws://u:p@/x", "ws://u:p@:80/x", "ws://@", "ws://:@:"]),
    ("port is 0", &["ws://h:0", "ws://h:000"]),
    ("larger than 65535", &["ws://h:65536", "ws://h:99999999999999999999"]),
    ("not a number", &["ws://h:-1", "ws://h:+80", "ws://h:8o", "ws://h:0x50", "ws://h:80.0", "ws://h:８０"]),
    ("not a number", &["ws://h:%38", "ws://[::1]:x", "ws://h:1e1", "ws://h:80\\x", "ws://h:,"]),
    ("several colons", &["ws://h:80:80", "ws://h::80", "ws://::1", "ws://2001:db8::1/", "ws://:::"]),
    ("more than one '@'", &["ws://a@b@h", "ws://u:p@ss@h", "ws://@@h", "ws://good.example@evil.example@h"]),
    ("must be percent-encoded", &["ws://u:p[@h", "ws://u\"@h", "ws://u<v>@h", "ws://é@h", "ws://u:{p}@h"]),
    (
        "must be percent-encoded",
        &["ws://good.example\\@evil.example", "ws://good.example\u{ff0f}@evil.example"],
    ),
    ("two hexadecimal digits", &["ws://u%@h", "ws://u%4@h", "ws://u%zz@h", "ws://u:%+1@h", "ws://u:%%41@h"]),
    ("not UTF-8", &["ws://%FF@h", "ws://u:%C3@h", "ws://%ED%A0%80@h", "ws://%C0%AF@h", "ws://%E9:x@h"]),
    (
        "is percent-encoded",
        &["ws://%68", "ws://h%", "ws://h%2", "ws://h%00", "ws://h%2Eexample", "ws://h%zz"],
    ),
    (
        "is percent-encoded",
        &["ws://127.0.0.1%20x", "ws://good.example%40evil.example", "ws://good.example%2F"],
    ),
    ("punycode", &["ws://bücher.example", "ws://日本.example", "ws://h\u{200b}", "ws://h\u{ad}x", "ws://ｈ"]),
    ("punycode", &["ws://evil。example", "ws://①②⑦.0.0.1", "ws://good.example\u{ff0f}evil", "ws://\u{212a}"]),
    ("brackets of the host are unbalanced", &["ws://[::1", "ws://[::1/", "ws://[fe80::1%25eth0"]),
    ("brackets", &["ws://[h", "ws://::1]", "ws://h]", "ws://x[::1]", "ws://[", "ws://]"]),
    (
        "is not one",
        &["ws://[[::1]]", "ws://[::1]]", "ws://[::1][::2]", "ws://[]", "ws://[:]", "ws://[1.2.3.4]"],
    ),
    ("is not one", &["ws://[h]", "ws://[:::1]", "ws://[1::2::3]", "ws://[1:2:3:4:5:6:7]", "ws://[12345::]"]),
    ("is not one", &["ws://[1:2:3:4:5:6:7:8:9]", "ws://[g::1]", "ws://[::1.2.3.256]", "ws://[::01.2.3.4]"]),
    ("is not one", &["ws://[v1.fe]", "ws://[::1::]", "ws://[+1::]", "ws://[0x1::]", "ws://[::1,::2]"]),
    ("follows the ']'", &["ws://[::1]x", "ws://[::1]80", "ws://[::1].example", "ws://[::1]x:80"]),
    ("zone", &["ws://[fe80::1%eth0]", "ws://[fe80::1%25eth0]", "ws://[::1%]"]),
    ("other than letters", &["ws://h\\x", "ws://h\\.evil/", "ws://a,b", "ws://a;b", "ws://a&b", "ws://a=b"]),
    (
        "other than letters",
        &["ws://a!b", "ws://$a", "ws://a'b", "ws://a*b", "ws://*", "ws://(a)", "ws://a+b"],
    ),
    (
        "other than letters",
        &["ws://~a", "ws://a\"b", "ws://a<b>", "ws://a^b", "ws://a`b", "ws://a|b", "ws://{a}"],
    ),
    ("empty label", &["ws://.", "ws://..", "ws://.h", "ws://a..b", "ws://h..", "ws://1.2.3.4.."]),
    (
        "ambiguous",
        &["ws://127.1", "ws://1.2.3", "ws://1.2.3.4.5", "ws://1.2.3.4.", "ws://2130706433", "ws://0"],
    ),
    (
        "ambiguous",
        &["ws://0x7f000001", "ws://0x7f.1", "ws://0X7F.0.0.0X1", "ws://0x", "ws://1.2.3.0x", "ws://00"],
    ),
    ("ambiguous", &["ws://256.1.1.1", "ws://1.1.1.256", "ws://01.2.3.4", "ws://1.2.3.04", "ws://0177.0.0.1"]),
    (
        "ambiguous",
        &["ws://00.0.0.0", "ws://1.2.3.4.5.", "ws://example.123", "ws://foo.0x1", "ws://99999999999"],
    ),
    ("two hexadecimal digits", &["ws://h/%", "ws://h/%4", "ws://h/a%zzb", "ws://h?100%", "ws://h/%é"]),
    ("path of its socket", &["ws+unix:", "ws+unix:///%", "ws+unix://run/s", "ws+unix::/x", "ws+unix:///%FF"]),
    ("backslash", &["ws://h/a\\b", "ws://h/?a\\b", "ws://h/\\evil"]),
];

#[test]
fn good_urls_come_apart() {
    for &(url, tls, host, port, target) in GOOD {
        let parsed = WsUrl::parse(url).unwrap_or_else(|fault| panic!("{url}: {fault}"));
        let got = (parsed.tls, parsed.host.as_str(), parsed.port, parsed.target.as_str());
        assert_eq!(got, (tls, host, port, target), "{url}");
        assert_eq!(parsed.userinfo, None, "{url}");
        assert_eq!(parsed.default_port(), if tls { 443 } else { 80 }, "{url}");
    }
}

#[test]
fn good_urls_survive_being_put_together_again() {
    for &(url, ..) in GOOD {
        let first = WsUrl::parse(url).unwrap();
        let scheme = if first.tls { "wss" } else { "ws" };
        let host = if first.host.contains(':') { format!("[{}]", first.host) } else { first.host.clone() };
        let again = WsUrl::parse(&format!("{scheme}://{host}:{}{}", first.port, first.target)).unwrap();
        assert_eq!(again, first, "{url}");
    }
}

#[test]
fn userinfo_is_decoded_and_never_part_of_the_host() {
    for &(url, userinfo) in USERINFO {
        let parsed = WsUrl::parse(url).unwrap_or_else(|fault| panic!("{url}: {fault}"));
        let got = parsed.userinfo.as_ref().map(|(user, password)| (user.as_str(), password.as_str()));
        assert_eq!(got, userinfo, "{url}");
        assert_eq!(parsed.host, "h", "{url}");
    }
}

#[test]
fn a_unix_url_comes_apart_into_socket_and_target() {
    for (url, path, target) in [
        ("ws+unix:///run/s", "/run/s", "/"),
        ("ws+unix:/run/s", "/run/s", "/"),
        ("WS+Unix:///run/a.sock:/chat?x=y:z", "/run/a.sock", "/chat?x=y:z"),
        ("ws+unix:///run/s:?q", "/run/s", "/?q"),
        ("ws+unix:///run/with%20space%3A:/", "/run/with space:", "/"),
        ("ws+unix:///run/é", "/run/é", "/"),
    ] {
        let parsed = WsUrl::parse(url).unwrap_or_else(|fault| panic!("{url}: {fault}"));
        assert_eq!(parsed.unix_socket_path.as_deref(), Some(path), "{url}");
        let got = (parsed.tls, parsed.host.as_str(), parsed.port, parsed.target.as_str(), parsed.userinfo);
        assert_eq!(got, (false, "localhost", 80, target, None), "{url}");
    }
    assert_eq!(WsUrl::parse("ws://h/").unwrap().unix_socket_path, None);
}

#[test]
fn bad_urls_are_refused_with_the_part_named() {
    for (word, urls) in BAD {
        for url in *urls {
            let fault = WsUrl::parse(url).err().unwrap_or_else(|| panic!("{url} was accepted"));
            assert_eq!(fault.code(), InvalidUrl, "{url}: {fault}");
            assert!(fault.text().contains(word), "{url}: {fault}");
        }
    }
}

/// What is accepted is safe to use, however odd the text: seeded mutations of the tables.
#[test]
fn whatever_is_accepted_keeps_its_promises() {
    let bad = BAD.iter().flat_map(|row| row.1.iter().copied());
    let seeds: Vec<&str> =
        GOOD.iter().map(|row| row.0).chain(USERINFO.iter().map(|row| row.0)).chain(bad).collect();
    let alphabet: Vec<char> = "ws:/@?#[]%.0x1aZ\\ -_é\r\n\0".chars().collect();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut accepted = 0;
    for _ in 0..50_000 {
        let mut url: Vec<char> = seeds[random(seeds.len())].chars().collect();
        for _ in 0..=random(3) {
            let at = random(url.len() + 1);
            match random(3) {
                0 => url.insert(at, alphabet[random(alphabet.len())]),
                1 if at < url.len() => url[at] = alphabet[random(alphabet.len())],
                _ => url.truncate(at.max(4)),
            }
        }
        let url: String = url.into_iter().collect();
        let Ok(parsed) = WsUrl::parse(&url) else { continue };
        accepted += 1;
        assert_eq!(ckws::proto::url::bare_host(&parsed.host).as_ref(), Ok(&parsed.host), "{url}");
        assert!(parsed.host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:".contains(&b)), "{url}");
        assert!(parsed.port != 0 && parsed.target.starts_with('/'), "{url}");
        assert!(parsed.target.bytes().all(|b| b.is_ascii_graphic() && b != b'#'), "{url}");
    }
    assert!(accepted > 1_000, "the mutations are too wild: {accepted} accepted");
}
