//! Proxies that connect to where they are asked to, until the process ends.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// Starts a SOCKS 5 proxy that asks for a user name and a password; returns its port.
pub fn start_socks(username: &'static str, password: &'static str) -> u16 {
    start(move |client| serve_socks(client, username, password))
}

/// Starts an HTTP proxy that asks for Basic with these credentials, in base64; returns its port.
pub fn start_http(credentials: &'static str) -> u16 {
    start(move |client| serve_http(client, credentials))
}

fn start(serve: impl Fn(TcpStream) -> io::Result<()> + Copy + Send + 'static) -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
    let port = listener.local_addr().expect("a bound socket has an address").port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // A client that breaks off is no fault of the proxy.
            thread::spawn(move || serve(client).unwrap_or_default());
        }
    });
    port
}

fn serve_socks(mut client: TcpStream, username: &str, password: &str) -> io::Result<()> {
    let [_, methods] = bytes(&mut client)?;
    if !text(&mut client, methods)?.contains('\u{2}') {
        return client.write_all(&[5, 0xFF]);
    }
    client.write_all(&[5, 2])?;
    let [_, length] = bytes(&mut client)?;
    let who = text(&mut client, length)?;
    let [length] = bytes(&mut client)?;
    if (who.as_str(), text(&mut client, length)?.as_str()) != (username, password) {
        return client.write_all(&[1, 1]);
    }
    client.write_all(&[1, 0])?;
    let [_, _, _, kind] = bytes(&mut client)?;
    let host = if kind == 3 {
        let [length] = bytes(&mut client)?;
        text(&mut client, length)?
    } else {
        let [a, b, c, d] = bytes(&mut client)?;
        format!("{a}.{b}.{c}.{d}")
    };
    let port = u16::from_be_bytes(bytes(&mut client)?);
    match TcpStream::connect((host.as_str(), port)) {
        Ok(target) => {
            client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
            relay(&client, &target)
        }
        Err(_) => client.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]),
    }
}

fn serve_http(mut client: TcpStream, credentials: &str) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(bytes::<1>(&mut client)?);
    }
    let head = String::from_utf8_lossy(&head);
    let target =
        head.strip_prefix("CONNECT ").and_then(|rest| rest.split_once(' ')).map(|(target, _)| target);
    let Some(target) = target else {
        return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n");
    };
    if !head.contains(&format!("\r\nProxy-Authorization: Basic {credentials}\r\n")) {
        return client.write_all(
            b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"\r\n\
              Content-Length: 0\r\n\r\n",
        );
    }
    match TcpStream::connect(target) {
        Ok(target) => {
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
            relay(&client, &target)
        }
        Err(_) => client.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"),
    }
}

fn bytes<const N: usize>(client: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn text(client: &mut TcpStream, length: u8) -> io::Result<String> {
    let mut bytes = vec![0; usize::from(length)];
    client.read_exact(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Passes bytes on in both directions until both have ended.
fn relay(client: &TcpStream, target: &TcpStream) -> io::Result<()> {
    let one_way = |mut from: &TcpStream, mut to: &TcpStream| {
        io::copy(&mut from, &mut to)?;
        to.shutdown(Shutdown::Write)
    };
    thread::scope(|scope| {
        let back = scope.spawn(|| one_way(target, client));
        let there = one_way(client, target);
        back.join().expect("a relay does not panic").and(there)
    })
}
