//! A small WebSocket echo server for the demo and the tests, on an implementation that is not ours.
//!
//! `echo_server [--ca-file PATH]` listens on two free loopback ports, one plain and one with TLS, and prints
//! their addresses, one per line. The certificate is signed by an authority made on the spot, which goes to
//! PATH as PEM. Text and binary come back as they are; no extension is offered. It ends when its stdin closes.

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs, thread};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tungstenite::Message;
use tungstenite::protocol::WebSocketConfig;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Tests send large messages, so this is well above what tungstenite allows by itself.
const MAX_MESSAGE_SIZE: usize = 1 << 30;

fn main() -> Result<()> {
    let ca_file = ca_file_argument()?;
    let (tls, ca_pem) = tls_config()?;
    if let Some(path) = ca_file {
        fs::write(path, ca_pem)?;
    }

    let plain = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let secure = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let mut stdout = io::stdout();
    writeln!(stdout, "ws://127.0.0.1:{}/", plain.local_addr()?.port())?;
    writeln!(stdout, "wss://localhost:{}/", secure.local_addr()?.port())?;
    stdout.flush()?;

    thread::spawn(move || listen(&plain, Arc::new(serve_plain)));
    thread::spawn(move || listen(&secure, Arc::new(move |tcp| serve_tls(tcp, Arc::clone(&tls)))));

    // Whoever started us holds our stdin open; when it goes away, however it ends, so do we.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

fn ca_file_argument() -> Result<Option<String>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => Ok(None),
        [flag, path] if flag == "--ca-file" => Ok(Some(path.clone())),
        _ => Err("usage: echo_server [--ca-file PATH]".into()),
    }
}

/// A server configuration for localhost and 127.0.0.1, and the authority that signed its certificate, as PEM.
fn tls_config() -> Result<(Arc<ServerConfig>, String)> {
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    ca.distinguished_name.push(DnType::CommonName, "ckws echo server authority");
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;

    let key = KeyPair::generate()?;
    let mut leaf = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    leaf.distinguished_name.push(DnType::CommonName, "ckws echo server");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.use_authority_key_identifier_extension = true;
    let leaf = leaf.signed_by(&key, &ca)?;

    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())?;
    Ok((Arc::new(config), ca.pem()))
}

/// One thread for each connection. What goes wrong in one is that peer's affair: tests do it on purpose.
fn listen(listener: &TcpListener, serve: Arc<dyn Fn(TcpStream) -> Result<()> + Send + Sync>) {
    for tcp in listener.incoming().flatten() {
        let serve = Arc::clone(&serve);
        let started = thread::Builder::new().spawn(move || serve(tcp));
        if let Err(error) = started {
            eprintln!("echo_server: a connection is dropped: {error}");
        }
    }
}

fn serve_plain(tcp: TcpStream) -> Result<()> {
    tcp.set_nodelay(true)?;
    let tcp = echo(tcp)?;
    drain(&tcp)
}

fn serve_tls(tcp: TcpStream, config: Arc<ServerConfig>) -> Result<()> {
    tcp.set_nodelay(true)?;
    let mut tls = echo(StreamOwned::new(ServerConnection::new(config)?, tcp))?;
    tls.conn.send_close_notify();
    tls.flush()?;
    drain(&tls.sock)
}

/// Sends every message back until the close exchange is done, then hands back the stream. Tungstenite itself
/// answers pings and the Close, each before the next `read` waits.
fn echo<S: Read + Write>(stream: S) -> Result<S> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE_SIZE))
        .max_frame_size(Some(MAX_MESSAGE_SIZE));
    // As text: the error owns the unfinished handshake, which may not be sent to another thread.
    let mut socket =
        tungstenite::accept_with_config(stream, Some(config)).map_err(|error| error.to_string())?;
    loop {
        match socket.read() {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => socket.send(message)?,
            Ok(_) => {}
            Err(tungstenite::Error::ConnectionClosed) => return Ok(socket.into_inner()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Closing a socket with unread bytes makes the kernel send a reset, which may eat our Close on its way.
fn drain(mut tcp: &TcpStream) -> Result<()> {
    tcp.shutdown(Shutdown::Write)?;
    tcp.set_read_timeout(Some(Duration::from_secs(1)))?;
    io::copy(&mut tcp, &mut io::sink())?;
    Ok(())
}
