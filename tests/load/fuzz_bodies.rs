//! The fuzz targets' bodies, driven by a seeded generator: some seconds each in every test run, so that they stay
//! true and a plain mistake is found without a fuzzer. CKWS_FUZZ_SECONDS sets how long (default 10).
//!
//! A found input becomes a regression test beside the code that it broke.

#![allow(unsafe_code, reason = "the bodies call C functions")]
#![allow(
    missing_docs,
    clippy::panic,
    clippy::too_many_lines,
    unreachable_pub,
    reason = "bodies are fuzz code"
)]

#[path = "../../fuzz/src/bodies.rs"]
mod bodies;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::time::{Duration, Instant};

/// Inputs that lead somewhere, from which others are made by mutation.
fn drive(seeds: &[&[u8]], body: fn(&[u8])) {
    let seconds = std::env::var("CKWS_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut random = ChaCha8Rng::seed_from_u64(0x636B_7773);
    let mut runs: u64 = 0;
    for seed in seeds {
        body(seed);
    }
    while Instant::now() < until {
        for _ in 0..64 {
            body(&mutated(seeds, &mut random));
            runs += 1;
        }
    }
    println!("{runs} inputs");
}

fn mutated(seeds: &[&[u8]], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut below = |limit: usize| random.next_u32() as usize % limit.max(1);
    let mut input = seeds[below(seeds.len())].to_vec();
    for _ in 0..=below(4) {
        let at = below(input.len() + 1);
        match below(6) {
            0 if at < input.len() => input[at] ^= 1 << below(8),
            1 => input.truncate(at),
            2 => input.insert(at, below(256) as u8),
            3 if at < input.len() => {
                input[at] = [0, 1, 0x7D, 0x7E, 0x7F, 0x80, 0x81, 0x88, 0xFF, b'\r', b'\n'][below(11)]
            }
            4 => {
                let other = seeds[below(seeds.len())];
                input.truncate(at);
                input.extend_from_slice(&other[below(other.len() + 1)..]);
            }
            _ => {
                let end = (at + below(16)).min(input.len());
                let copy = input[at.min(end)..end].to_vec();
                input.extend(copy);
            }
        }
    }
    input
}

const FRAMES: &[&[u8]] = &[
    b"\x00\x81\x05Hello",
    b"\x80\x01\x03Hel\x89\x00\x80\x02lo",
    b"\x40\x82\x7E\x01\x00",
    b"\x40\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00",
    b"\x10\x88\x02\x03\xE8",
    b"\x10\x88\x05\x03\xE9bye\x81\x00",
    b"\x10\x01\x01\xE2\x00\x01\x82\x80\x01\xAC\x8A\x00",
    b"\xFF\x81\x06\xCE\xBA\xE1\xBD\xB9\x81\x00\x82\x00",
];

#[test]
fn response_head() {
    drive(
        &[
            b"\x80HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x00",
            b"\x40HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            b"\x20HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n",
            b"\x10HTTP/1.0 404 Not Found\r\n\r\nuntil the end",
            b"\x10HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
        ],
        bodies::response_head,
    );
}

#[test]
fn frame_reader() {
    drive(FRAMES, bodies::frame_reader);
}

#[test]
fn differential() {
    let frames: Vec<&[u8]> = FRAMES.iter().map(|frame| &frame[1..]).collect();
    drive(&frames, bodies::differential);
}

#[test]
fn connection() {
    let seeds: Vec<Vec<u8>> = FRAMES.iter().map(|frame| [b"\x87\x03", &frame[1..]].concat()).collect();
    let seeds: Vec<&[u8]> = seeds.iter().map(Vec::as_slice).collect();
    drive(&seeds, bodies::connection);
}

#[test]
fn url() {
    drive(
        &[
            b"ws://example.org/",
            b"wss://user:p%40ss@[::1]:8443/path?query=1",
            b"WS://127.0.0.1:80?x",
            b"wss://xn--bcher-kva.example/%E2%82%AC",
        ],
        bodies::url,
    );
}

#[test]
fn header_values() {
    drive(
        &[b"X-Name\x01value", b"Origin\x01https://example.org", b"plain \xC3\xA9 value\t"],
        bodies::header_values,
    );
}

#[test]
fn log_rendering() {
    drive(
        &[b"plain", b"line\r\nline", b"<b>&amp;]]>\x1B[31m", "\u{2028}\u{202E}".as_bytes()],
        bodies::log_rendering,
    );
}

#[test]
fn ffi_calls() {
    let all: Vec<u8> = (0..=255).collect();
    // A WebSocket, a queue, a task of it that is enrolled, run, waited for and handed out.
    let tasks = b"\x00\x81\x84\x02\x9C\x03\x04\x8F\x04\x93\x04\x02\x9E\x03\x02\x96\x04\x04\x02";
    drive(&[&all, tasks, b"\x00\x01\x02\x03\x0D\x02\x03\x0E\x02\x0F\x02\x09\x02\x04\x02"], bodies::ffi_calls);
}
