//! Threads that send, also what is streamed, while another connects again and again or closes: every message that a
//! server gets is whole, and a connection that was closed during its connect stays closed.
//!
//! How long, and with which seeds, is said in `rounds.rs`.

use crate::rounds::play_rounds;
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, PoisonError};
use std::thread;
use support::client::Client;
use support::random::Random;
use support::server::serve_each;
use support::tasks::Task;
use tungstenite::{Error, Message};

/// What servers found wrong.
type Findings = Arc<Mutex<Vec<String>>>;

#[test]
fn no_connection_gets_a_part_of_what_was_sent_on_another() {
    let findings = Findings::default();
    let port = {
        let findings = Arc::clone(&findings);
        serve_each(move |stream| {
            let findings = Arc::clone(&findings);
            thread::spawn(move || check_messages(stream, &findings));
        })
    };
    let url = format!("ws://127.0.0.1:{port}/");
    play_rounds(|seed| {
        send_and_reconnect(&url, seed);
        let found = findings.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(found.is_empty(), "seed {seed}: {found:?}");
    });
}

/// Reads to the end of the connection, which may come anywhere.
fn check_messages(stream: TcpStream, findings: &Findings) {
    let Ok(mut websocket) = tungstenite::accept(stream) else { return };
    let found = loop {
        match websocket.read() {
            Ok(Message::Binary(data)) if is_whole(&data) => {}
            Ok(other) => break format!("a message of {} bytes is no one's", other.len()),
            Err(Error::Protocol(tungstenite::error::ProtocolError::ResetWithoutClosingHandshake)) => return,
            Err(error @ (Error::Protocol(_) | Error::Capacity(_) | Error::Utf8(_))) => {
                break error.to_string();
            }
            Err(_) => return,
        }
    };
    findings.lock().unwrap_or_else(PoisonError::into_inner).push(found);
}

fn message(random: &mut Random) -> Vec<u8> {
    // Half of them are streamed, that is above 32 KiB.
    let len = 8 + random.below(64 * 1024) as usize;
    let mut data = vec![random.draw() as u8; len];
    data.splice(..8, (len as u64).to_be_bytes());
    data
}

fn is_whole(data: &[u8]) -> bool {
    let Some((len, filling)) = data.split_first_chunk() else { return false };
    u64::from_be_bytes(*len) == data.len() as u64
        && filling.windows(2).all(|pair| pair.first() == pair.last())
}

fn send_and_reconnect(url: &str, seed: u64) {
    let client = Client::connected(url);
    let is_over = AtomicBool::new(false);
    let mut random = Random(seed);
    thread::scope(|scope| {
        for sender in 1..4 {
            let (client, is_over, mut random) = (&client, &is_over, Random(seed ^ (sender << 48)));
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    let data = message(&mut random);
                    match sender {
                        1 => send_by_task(client, &data, &mut random),
                        _ => drop(client.send_binary(&data)),
                    }
                }
            });
        }
        for _ in 0..20 {
            match random.below(4) {
                0 => assert!(client.close_connection()),
                1 => assert!(client.flush() || !client.is_connected()),
                _ => assert!(client.connect(url), "seed {seed}: {}", client.account()),
            }
        }
        is_over.store(true, Ordering::Relaxed);
        client.close_connection();
    });
}

fn send_by_task(client: &Client, data: &[u8], random: &mut Random) {
    let Some(task) = Task::send_binary(client, data) else { return };
    assert!(task.run());
    if random.one_in(3) {
        task.cancel();
    }
    assert!(task.wait(0));
}

#[test]
fn a_connection_that_was_closed_during_its_connect_stays_closed() {
    let (asked, requests) = channel();
    let port = serve_each(move |stream| {
        // The request of the handshake is there, so the connect has begun.
        stream.peek(&mut [0]).expect("a loopback socket can be looked at");
        asked.send(()).expect("the test waits");
        thread::spawn(move || {
            let Ok(mut websocket) = tungstenite::accept(stream) else { return };
            while websocket.read().is_ok() {}
        });
    });
    let url = format!("ws://127.0.0.1:{port}/");
    play_rounds(|seed| {
        let client = Client::new();
        thread::scope(|scope| {
            scope.spawn(|| client.connect(&url));
            requests.recv().expect("the client connects");
            (0..Random(seed).below(2_000)).for_each(|_| std::hint::spin_loop());
            assert!(client.close_connection());
        });
        assert!(!client.is_connected(), "seed {seed}");
    });
}
