//! No string that a program sets can add a line to what is sent (T-CRLF): through every function that takes part in a
//! request, with a server that keeps what it got.

#![allow(
    unsafe_code,
    clippy::undocumented_unsafe_blocks,
    reason = "the functions are those that C calls; every string is alive during its call"
)]

use std::ffi::{CStr, CString, c_int};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, channel};

use ckws::ffi::rest::ckws_rest;
use ckws::ffi::websocket::ckws_websocket;
use ckws::ffi::{rest, websocket};
use support::server::serve_each;

/// What must not begin a line.
const EVIL: &str = "X-Evil";

/// Behind a good beginning: a line more, by each way that a lenient server takes for one, or characters that no field
/// may hold. A C string has no NUL inside.
const POISONS: [&str; 6] = [
    "\r\nX-Evil: 1",
    "\nX-Evil: 1",
    "\rX-Evil: 1",
    "\r\n\r\nX-Evil: 1",
    "\u{0B}X-Evil: 1",
    "\u{7F}X-Evil: 1",
];

/// Shows that what is refused is refused for its poison.
const NONE: &str = "";

/// The last thing that is sent in a round.
const END: &[u8] = b"END\r\n\r\n";

/// Keeps the head of each request; answers it.
fn recorder() -> (u16, Receiver<Vec<u8>>) {
    let (sender, heads) = channel();
    let port = serve_each(move |mut stream| {
        let (mut head, mut byte) = (Vec::new(), [0]);
        while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
            head.extend(byte);
        }
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        // What a line of its own brings in may end the head too early.
        let _ = stream.read_to_end(&mut head);
        let _ = sender.send(head);
    });
    (port, heads)
}

/// All that was sent since the round before.
fn received(port: u16, heads: &Receiver<Vec<u8>>) -> Vec<u8> {
    TcpStream::connect(("127.0.0.1", port))
        .and_then(|mut end| end.write_all(END))
        .expect("the server listens");
    heads.iter().take_while(|head| head != END).flatten().collect()
}

fn c_string(text: &str) -> CString {
    CString::new(text).expect("there is no NUL")
}

/// Sets one string of a Rest; whether it was taken.
type Set = unsafe fn(*mut ckws_rest, &CString) -> bool;

/// Every string that a Rest puts into a request.
const REST: [(&str, Set); 11] = [
    ("Host", |rest, text| unsafe { rest::ckws_rest_set_host(rest, text.as_ptr()).is_true() }),
    ("Authorization", |rest, text| unsafe {
        rest::ckws_rest_set_authorization(rest, text.as_ptr()).is_true()
    }),
    ("user name", |rest, text| unsafe {
        rest::ckws_rest_set_auth_basic(rest, text.as_ptr(), c"password".as_ptr()).is_true()
    }),
    ("password", |rest, text| unsafe {
        rest::ckws_rest_set_auth_basic(rest, c"user".as_ptr(), text.as_ptr()).is_true()
    }),
    ("field's name", |rest, text| unsafe {
        rest::ckws_rest_add_header(rest, text.as_ptr(), c"value".as_ptr()).is_true()
    }),
    ("field's value", |rest, text| unsafe {
        rest::ckws_rest_add_header(rest, c"X-Name".as_ptr(), text.as_ptr()).is_true()
    }),
    ("query's name", |rest, text| unsafe {
        rest::ckws_rest_add_query_param(rest, text.as_ptr(), c"value".as_ptr()).is_true()
    }),
    ("query's value", |rest, text| unsafe {
        rest::ckws_rest_add_query_param(rest, c"name".as_ptr(), text.as_ptr()).is_true()
    }),
    ("query", |rest, text| unsafe { rest::ckws_rest_add_query_params(rest, text.as_ptr()).is_true() }),
    ("path's value", |rest, text| unsafe {
        rest::ckws_rest_add_path_param(rest, c"{name}".as_ptr(), text.as_ptr()).is_true()
    }),
    ("verb", |_, _| true),
];

#[test]
fn no_string_of_a_rest_adds_a_line() {
    let (port, heads) = recorder();
    for poison in POISONS.into_iter().chain([NONE]) {
        for (name, set) in REST {
            let text = c_string(&format!("good{poison}"));
            let verb = c_string(&if name == "verb" { format!("GET{poison}") } else { "GET".to_owned() });
            let sent = request(port, &heads, |rest| unsafe { set(rest, &text) }, &verb, c"/{name}");
            assert_harmless(&sent, name, poison);
        }
        let path = c_string(&format!("/good{poison}"));
        assert_harmless(&request(port, &heads, |_| true, c"GET", &path), "path", poison);
    }
}

/// What a Rest sends that has taken a string; nothing if it was refused.
fn request(
    port: u16,
    heads: &Receiver<Vec<u8>>,
    set: impl FnOnce(*mut ckws_rest) -> bool,
    verb: &CStr,
    path: &CStr,
) -> Vec<u8> {
    let rest = rest::ckws_rest_create();
    let port_number = c_int::from(port);
    assert!(unsafe {
        rest::ckws_rest_connect(rest, c"127.0.0.1".as_ptr(), port_number, false.into(), false.into())
            .is_true()
    });
    if set(rest) {
        unsafe { rest::ckws_rest_full_request_no_body(rest, verb.as_ptr(), path.as_ptr()) };
    }
    rest::ckws_rest_dispose(rest);
    received(port, heads)
}

#[track_caller]
fn assert_harmless(sent: &[u8], name: &str, poison: &str) {
    let text = String::from_utf8_lossy(sent);
    assert!(!text.split(['\r', '\n']).any(|line| line.starts_with(EVIL)), "{name}:\n{text}");
    assert!(!text.contains(['\u{0B}', '\u{7F}']), "{name}:\n{text}");
    assert!(poison != NONE || text.contains("HTTP/1.1\r\n"), "{name}: refused without poison");
}

/// Every string that a WebSocket puts into its handshake, and what is left to connect to.
type Prepare = fn(*mut ckws_websocket, &str, &str) -> Option<String>;

fn add_field(ws: *mut ckws_websocket, name: &str, value: &str) -> bool {
    unsafe {
        websocket::ckws_add_request_header(ws, c_string(name).as_ptr(), c_string(value).as_ptr()).is_true()
    }
}

const WEBSOCKET: [(&str, Prepare); 7] = [
    ("host", |_, url, poison| Some(url.replace("127.0.0.1", &format!("127.0.0.1{poison}")))),
    ("path", |_, url, poison| Some(format!("{url}/good{poison}"))),
    ("query", |_, url, poison| Some(format!("{url}/?good{poison}"))),
    ("user", |_, url, poison| Some(url.replace("//", &format!("//good{poison}:password@")))),
    ("field's name", |ws, url, poison| {
        add_field(ws, &format!("X-Good{poison}"), "value").then(|| url.to_owned())
    }),
    ("field's value", |ws, url, poison| {
        add_field(ws, "X-Name", &format!("good{poison}")).then(|| url.to_owned())
    }),
    ("subprotocol", |ws, url, poison| {
        add_field(ws, "Sec-WebSocket-Protocol", &format!("good{poison}")).then(|| url.to_owned())
    }),
];

/// Here all of them are refused, so that not a byte is sent.
#[test]
fn no_string_of_a_websocket_is_sent_with_a_line_break() {
    let (port, heads) = recorder();
    for poison in POISONS.into_iter().chain([NONE]) {
        for (name, prepare) in WEBSOCKET {
            let ws = websocket::ckws_create();
            if let Some(url) = prepare(ws, &format!("ws://127.0.0.1:{port}"), poison) {
                assert!(!unsafe { websocket::ckws_connect(ws, c_string(&url).as_ptr()).is_true() });
            }
            websocket::ckws_dispose(ws);
            let sent = received(port, &heads);
            assert_eq!(sent.is_empty(), poison != NONE, "{name}: {}", String::from_utf8_lossy(&sent));
        }
    }
}
