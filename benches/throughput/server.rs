//! The other side, in a process of its own: it must never be what the client waits for.
//!
//! It is no WebSocket implementation: it knows from the request how many frames of which size come and go, and
//! moves so many bytes. A flood is made, and encrypted, before its first byte leaves.

use crate::system;
use crate::wire::{self, Job, LARGE, Result, Wide, Workload};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;

/// The core of the server; the client has the next one.
const CORE: usize = 0;

/// A running server; it ends with its standard input.
pub(crate) struct Server {
    pub(crate) plain_port: u16,
    pub(crate) tls_port: u16,
    /// What a client has to trust.
    pub(crate) certificate_pem: String,
    process: Child,
}

impl Server {
    /// Starts this program again, as the server.
    pub(crate) fn start() -> Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .arg("server")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or("the server has no output")?;
        let mut lines = BufReader::new(output).lines();
        let mut port = || -> Result<u16> { Ok(lines.next().ok_or("the server said nothing")??.parse()?) };
        let (plain_port, tls_port) = (port()?, port()?);
        let mut certificate_pem = String::new();
        while !certificate_pem.ends_with("END CERTIFICATE-----\n") {
            certificate_pem += &lines.next().ok_or("the server's certificate is cut")??;
            certificate_pem.push('\n');
        }
        Ok(Self { plain_port, tls_port, certificate_pem, process })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// The server's `main`: says where it listens and what to trust.
pub(crate) fn main() -> Result<()> {
    system::pin(CORE)?;
    let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let certified = rcgen::generate_simple_self_signed(names)?;
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key.into())?;
    let config = Arc::new(config);

    let plain = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let tls = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let ports = (plain.local_addr()?.port(), tls.local_addr()?.port());
    print!("{}\n{}\n{}", ports.0, ports.1, certified.cert.pem());
    io::stdout().flush()?;

    thread::spawn(move || accept(&plain, serve_plain));
    thread::spawn(move || accept(&tls, |tcp| serve_tls(tcp, &config)));
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// One connection after the other: only one client is measured at a time.
fn accept(listener: &TcpListener, serve: impl Fn(TcpStream) -> Result<()>) {
    for tcp in listener.incoming().flatten() {
        // A client that has measured enough goes away in the middle.
        let _ = tcp.set_nodelay(true).map_err(Into::into).and_then(|()| serve(tcp));
    }
}

fn serve_plain(mut tcp: TcpStream) -> Result<()> {
    let job = handshake(&mut tcp)?;
    match job.workload {
        Workload::Receive => flood(&mut tcp, &wire::frame(job.size, false), job.total),
        _ => answer(&mut tcp, job),
    }
}

fn serve_tls(tcp: TcpStream, config: &Arc<ServerConfig>) -> Result<()> {
    let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(config))?, Wide::new(tcp));
    let job = handshake(&mut tls)?;
    if job.workload != Workload::Receive {
        return answer(&mut tls, job);
    }
    let mut records = Vec::new();
    tls.conn.set_buffer_limit(None);
    flood(&mut tls.conn.writer(), &wire::frame(job.size, false), job.total)?;
    while tls.conn.wants_write() {
        tls.conn.write_tls(&mut records)?;
    }
    Ok(tls.sock.write_all(&records)?)
}

/// Answers the opening handshake; a client that gives no key is not a WebSocket, and gets the same bytes after it.
fn handshake(stream: &mut (impl Read + Write)) -> Result<Job> {
    let request = wire::read_head(stream)?;
    let mut words = request.split(' ');
    let job = words.nth(1).ok_or("the request has no path")?.parse()?;
    let field = |line: &str| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("Sec-WebSocket-Key").then(|| value.trim().to_owned())
    };
    let key = request.lines().find_map(field).unwrap_or_default();
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    let response = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    stream.write_all(response.as_bytes())?;
    stream.flush()?;
    Ok(job)
}

fn flood(to: &mut impl Write, frame: &[u8], total: usize) -> Result<()> {
    let frames = wire::many(frame);
    let mut left = frame.len() * total;
    while left > 0 {
        let part = frames.get(..left).unwrap_or(&frames);
        to.write_all(part)?;
        left -= part.len();
    }
    Ok(())
}

/// Takes what the client sends; answers each message, or all of them at the end.
fn answer(stream: &mut (impl Read + Write), job: Job) -> Result<()> {
    let message = wire::frame(job.size, true).len();
    let (unit, count, reply) = match job.workload {
        Workload::Echo => (message, job.total, wire::frame(job.size, false)),
        _ => (message * job.total, 1, wire::frame(1, false)),
    };
    let mut buffer = vec![0; LARGE];
    for _ in 0..count {
        let mut left = unit;
        while left > 0 {
            let room = buffer.get_mut(..left.min(LARGE)).unwrap_or_default();
            match stream.read(room)? {
                0 => return Ok(()),
                received => left -= received,
            }
        }
        stream.write_all(&reply)?;
        stream.flush()?;
    }
    // Until the client has gone: what closes first must not cost anybody a reset.
    while stream.read(&mut buffer)? > 0 {}
    Ok(())
}
