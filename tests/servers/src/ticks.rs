//! The server of examples-c/ten_thousand.c: it holds connections without a thread for each, and costs little, so that
//! what is measured is the client.
//!
//! | path | behaviour |
//! | --- | --- |
//! | `/control` | a text "N" makes every follower get N messages, one a second; answers with how many were sent in all |
//! | any other | a follower: it is held, gets messages of 32 bytes, and what it sends is dropped |
//!
//! The followers of a second are served one after the other, evenly over it.

#![allow(clippy::expect_used, reason = "a demo or test ends at the first thing that goes wrong")]

use std::io::{self, Read};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tungstenite::handshake::server::{Request, Response};
use tungstenite::{Message, WebSocket};

use crate::certificate::Tls;
use crate::echo::{Wire, bind};

/// A whole text message of 32 bytes, as it stands on the wire.
const TICK: &[u8; 34] = b"\x81\x20tick tick tick tick tick tick. .";

/// Into so many parts a second is divided.
const PARTS: u32 = 100;

/// A client that does not get on with its handshake does not keep others waiting for longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server. Its threads live as long as the process.
pub struct Ticks {
    /// `ws://127.0.0.1:PORT/`
    pub ws_url: String,
    /// `wss://127.0.0.1:PORT/`
    pub wss_url: String,
    /// A PEM file with the certificate authority that signed the server's certificate.
    pub ca_path: PathBuf,
}

impl Ticks {
    /// Starts the server on these ports, plain and with TLS; 0 is any that is free.
    pub fn start_on(tls: &Tls, [ws_port, wss_port]: [u16; 2]) -> io::Result<Self> {
        let config = Arc::clone(&tls.config);
        let (orders, ordered) = mpsc::channel();
        let hall = Hall { followers: Arc::default(), orders };
        let followers = Arc::clone(&hall.followers);
        thread::spawn(move || tick(&followers, &ordered));
        let ws_port = listen(&hall, ws_port, |hall, stream| hall.receive(stream))?;
        let wss_port = listen(&hall, wss_port, move |hall, stream| hall.receive(with_tls(&config, stream)))?;
        Ok(Self {
            ws_url: format!("ws://127.0.0.1:{ws_port}/"),
            wss_url: format!("wss://127.0.0.1:{wss_port}/"),
            ca_path: tls.ca_path.clone(),
        })
    }
}

/// Accepts on a port. Two threads, for in one alone the handshakes of thousands would take their time.
fn listen(
    hall: &Hall,
    port: u16,
    service: impl Fn(&Hall, TcpStream) + Clone + Send + 'static,
) -> io::Result<u16> {
    let listener = bind("127.0.0.1", port)?;
    let port = listener.local_addr()?.port();
    for _ in 0..2 {
        let listener = listener.try_clone()?;
        let (hall, service) = (hall.clone(), service.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = stream.set_nodelay(true);
                let _ = stream.set_read_timeout(Some(PATIENCE));
                service(&hall, stream);
            }
        });
    }
    Ok(port)
}

fn with_tls(config: &Arc<ServerConfig>, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
    let connection = ServerConnection::new(Arc::clone(config)).expect("the configuration is complete");
    StreamOwned::new(connection, stream)
}

/// What the threads share.
#[derive(Clone)]
struct Hall {
    followers: Arc<Mutex<Vec<Follower>>>,
    orders: Sender<Order>,
}

struct Follower(Box<dyn Wire + Send>);

/// So many messages to each follower; how many were sent in all goes back.
struct Order {
    seconds: u32,
    sent: Sender<u64>,
}

impl Hall {
    fn receive(&self, stream: impl Wire + Send + 'static) {
        let mut is_control = false;
        #[allow(clippy::result_large_err, reason = "the signature is tungstenite's")]
        let note_path = |request: &Request, response: Response| {
            is_control = request.uri().path() == "/control";
            Ok(response)
        };
        let Ok(socket) = tungstenite::accept_hdr(stream, note_path) else { return };
        if is_control {
            // A new run, perhaps: those of the last one may hold half of the descriptors there are.
            self.followers.lock().unwrap_or_else(PoisonError::into_inner).retain(Follower::is_there);
            let orders = self.orders.clone();
            thread::spawn(move || obey(socket, &orders));
            return;
        }
        let follower = Follower(Box::new(socket.into_inner()));
        // So that one that does not read is given up, and holds no other up.
        if follower.0.tcp().set_nonblocking(true).is_ok() {
            self.followers.lock().unwrap_or_else(PoisonError::into_inner).push(follower);
        }
    }
}

/// Passes orders on until the connection ends, however.
fn obey(mut socket: WebSocket<impl Wire>, orders: &Sender<Order>) {
    loop {
        let seconds = match socket.read() {
            Ok(Message::Text(text)) => text.as_str().parse().unwrap_or_default(),
            // Between two orders it may take as long as it likes.
            Err(tungstenite::Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => continue,
            Ok(_) => continue,
            Err(_) => return,
        };
        let (sent, answer) = mpsc::channel();
        let total = orders.send(Order { seconds, sent }).ok().and_then(|()| answer.recv().ok());
        if socket.send(Message::text(total.unwrap_or_default().to_string())).is_err() {
            return;
        }
    }
}

/// Carries orders out, one after the other, for the followers that are there when each begins.
fn tick(followers: &Mutex<Vec<Follower>>, orders: &Receiver<Order>) {
    for Order { seconds, sent } in orders {
        let mut present = std::mem::take(&mut *followers.lock().unwrap_or_else(PoisonError::into_inner));
        present.retain(Follower::is_there);
        let part_len = present.len().div_ceil(PARTS as usize).max(1);
        let mut next = Instant::now();
        let mut total = 0;
        for _ in 0..seconds {
            let second = next;
            for part in present.chunks_mut(part_len) {
                total += part.iter_mut().map(|follower| u64::from(follower.tick())).sum::<u64>();
                next += Duration::from_secs(1) / PARTS;
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
            next = second + Duration::from_secs(1);
            thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        let _ = sent.send(total);
        followers.lock().unwrap_or_else(PoisonError::into_inner).append(&mut present);
    }
}

impl Follower {
    /// Whether the peer is still there. What it has sent is dropped.
    fn is_there(&self) -> bool {
        let mut dropped = [0; 1024];
        loop {
            match self.0.tcp().read(&mut dropped) {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == io::ErrorKind::WouldBlock,
            }
        }
    }

    /// Sends a message; whether that was possible.
    fn tick(&mut self) -> bool {
        self.0.write_all(TICK).and_then(|()| self.0.flush()).is_ok()
    }
}
