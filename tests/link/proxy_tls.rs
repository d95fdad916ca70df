//! TLS with an HTTP proxy, and TLS with a server through that.

use ckws::base::{Deadline, ErrorCode, Fault};
use ckws::engine::{Op, block_on};
use ckws::link::{Exposure, ReadBuf, TryError, Wire};
use ckws::route::{HttpProxy, Target, Transport, dial};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use support::authority::{Authority, params};

const PATIENCE: Duration = Duration::from_secs(20);

type Config = Arc<ServerConfig>;

/// A proxy for one connection, that is the server, too: it sends a greeting, over TLS of its own if `target` is given.
fn start_proxy(proxy: Config, target: Option<Config>) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut outer = StreamOwned::new(ServerConnection::new(proxy).unwrap(), stream);
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            // A client that does not believe the proxy sends no request.
            if outer.read_exact(&mut byte).is_err() {
                return;
            }
            head.push(byte[0]);
        }
        assert!(
            head.starts_with(b"CONNECT localhost:4433 HTTP/1.1\r\n"),
            "{}",
            String::from_utf8_lossy(&head)
        );
        outer.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").unwrap();
        match target {
            None => greet(&mut outer),
            Some(target) => greet(&mut StreamOwned::new(ServerConnection::new(target).unwrap(), outer)),
        }
    });
    (port, thread)
}

/// Sends more than one record holds, then waits for the client's end.
fn greet(stream: &mut (impl Read + Write)) {
    // A client that does not believe the server reads nothing.
    let _ = stream.write_all(&[b'x'; 100_000]).and_then(|()| stream.flush());
    let _ = stream.read(&mut [0]);
}

fn connect(port: u16, tls: bool, trusted: &[&Authority]) -> Result<(Wire, Op<'static>), Fault> {
    let mut transport = Transport::default();
    let proxy = HttpProxy { host: "localhost".to_owned(), port, tls: true, ..HttpProxy::default() };
    transport.proxies_to_set().http = proxy;
    let mut op = Op::new("test", false);
    for authority in trusted {
        transport.tls.add_roots_pem(authority.pem().as_bytes(), &mut op.log)?;
    }
    op.set_deadline(Deadline::after(PATIENCE));
    let target = Target { host: "localhost", port: 4433, tls };
    block_on(dial(&mut op, &transport, target)).map(|wire| (wire, op))
}

fn read_greeting((mut wire, mut op): (Wire, Op<'static>)) {
    let mut received = Vec::with_capacity(100_000);
    while received.len() < 100_000 {
        match wire.link.try_read(&mut ReadBuf::new(&mut received, 7_000)) {
            Ok(0) => panic!("the greeting ends after {} bytes", received.len()),
            Ok(_) => {}
            Err(TryError::WouldBlock) => {
                block_on(op.ready(wire.link.readiness(true, false), Deadline::NEVER)).unwrap();
            }
            Err(TryError::Failed(fault)) => panic!("{fault}"),
        }
    }
}

#[test]
fn a_proxy_over_tls_is_verified_and_carries_tls() {
    let (of_proxy, of_target) = (Authority::new("of the proxy"), Authority::new("of the target"));
    let config = |authority: &Authority| authority.issue(params(["localhost"])).config();
    for (tls, trusted, code) in [
        (false, vec![&of_proxy], None),
        (false, vec![&of_target], Some(ErrorCode::CertificateUnknownIssuer)),
        (true, vec![&of_proxy, &of_target], None),
        (true, vec![&of_proxy], Some(ErrorCode::CertificateUnknownIssuer)),
        (true, vec![&of_target], Some(ErrorCode::CertificateUnknownIssuer)),
    ] {
        let target = tls.then(|| config(&of_target));
        let (port, thread) = start_proxy(config(&of_proxy), target);
        let outcome = connect(port, tls, &trusted);
        assert_eq!(outcome.as_ref().err().map(Fault::code), code, "TLS with the server {tls}");
        if let Ok(connected) = outcome {
            let exposure = if tls { Exposure::EncryptedToTarget } else { Exposure::Exposed };
            assert_eq!(connected.0.facts.exposure, exposure);
            assert_eq!(connected.0.facts.tls.is_some(), tls);
            read_greeting(connected);
        }
        thread.join().unwrap();
    }
}
