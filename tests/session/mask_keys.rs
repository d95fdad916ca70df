//! Keys that nobody can foretell: those that mask frames, and those of the handshake.

#![allow(unsafe_code, reason = "fork is a system call")]

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::catch_unwind;
use std::sync::mpsc::{Receiver, channel};

use ckws::proto::ws::handshake;
use support::client::Client;
use support::server::serve_each;

const FRAMES: usize = 10_000;
/// Header, key and one byte of payload.
const FRAME_LEN: usize = 2 + 4 + 1;

/// What a server saw of a connection: the key of its handshake, and the mask keys of its frames.
type Seen = (String, Vec<[u8; 4]>);

/// Opens a WebSocket for each client and tells what it saw of it.
fn observer() -> (u16, Receiver<Seen>) {
    let (sender, seen) = channel();
    let port = serve_each(move |mut stream| {
        let _ = sender.send(observe(&mut stream));
    });
    (port, seen)
}

fn observe(stream: &mut TcpStream) -> Seen {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("the client sends a request");
        head.extend(byte);
    }
    let head = String::from_utf8(head).expect("a request is ASCII");
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).expect("there is a key");
    let accept = handshake::accept(key);
    let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade";
    write!(stream, "{answer}\r\nSec-WebSocket-Accept: {accept}\r\n\r\n").expect("the client reads");
    let mut frames = vec![0; FRAMES * FRAME_LEN];
    stream.read_exact(&mut frames).expect("the client sends its frames");
    let keys = frames.chunks(FRAME_LEN).map(|frame| [frame[2], frame[3], frame[4], frame[5]]);
    (key.to_owned(), keys.collect())
}

fn seen_of_a_connection(port: u16, seen: &Receiver<Seen>) -> Seen {
    send_frames(port);
    seen.recv().expect("the server tells what it saw")
}

fn send_frames(port: u16) {
    let client = Client::connected(&format!("ws://127.0.0.1:{port}/"));
    client.auto_flush(false);
    for _ in 0..FRAMES {
        assert!(client.send_binary(b"x"), "{}", client.account());
    }
    assert!(client.flush(), "{}", client.account());
}

/// CVE-2025-10148, pocoproject/poco#2993: one key for all frames, or for all connections.
#[test]
fn every_frame_and_every_connection_has_keys_of_its_own() {
    let (port, seen) = observer();
    let seen: Vec<Seen> = (0..3).map(|_| seen_of_a_connection(port, &seen)).collect();
    assert_differ(&seen);
}

/// A child is a copy of its parent, but its keys are not.
#[test]
fn a_forked_child_has_keys_of_its_own() {
    let (port, seen) = observer();
    let before = seen_of_a_connection(port, &seen);
    // SAFETY: the child uses this library, which is made for it, and ends without going back to the test.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let outcome = catch_unwind(|| send_frames(port));
        // SAFETY: nothing is left to do.
        unsafe { libc::_exit(i32::from(outcome.is_err())) };
    }
    assert!(child > 0, "the system has room for a process");
    let of_child = seen.recv().expect("the server tells what it saw");
    let mut status = -1;
    // SAFETY: the place lives through the call.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child has sent its frames");
    assert_differ(&[before, of_child, seen_of_a_connection(port, &seen)]);
}

fn assert_differ(seen: &[Seen]) {
    let handshakes: BTreeSet<&String> = seen.iter().map(|(key, _)| key).collect();
    assert_eq!(handshakes.len(), seen.len());
    let keys: BTreeSet<[u8; 4]> = seen.iter().flat_map(|(_, keys)| keys).copied().collect();
    // Of 30 000 random keys of 32 bits, 0.1 pairs are expected to agree; 5 never do.
    assert!(keys.len() + 5 > seen.len() * FRAMES, "{} different keys", keys.len());
}

/// Each byte has each value about as often: chi square with 255 degrees of freedom, mean 255, deviation 23.
#[test]
fn mask_keys_are_spread_evenly() {
    let (port, seen) = observer();
    let (_, keys) = seen_of_a_connection(port, &seen);
    for place in 0..4 {
        let mut counts = [0_u32; 256];
        keys.iter().for_each(|key| counts[usize::from(key[place])] += 1);
        let expected = FRAMES as f64 / 256.0;
        let chi_square: f64 =
            counts.iter().map(|&count| (f64::from(count) - expected).powi(2) / expected).sum();
        assert!((100.0..450.0).contains(&chi_square), "byte {place}: {chi_square}");
    }
}
