//! Servers whose every byte a test decides.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::{Domain, Socket, Type};
use tungstenite::WebSocket;

/// TLS on the server's side.
pub type TlsStream = StreamOwned<ServerConnection, TcpStream>;

/// A listener on a free port of 127.0.0.1.
pub fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a loopback port is free");
    let port = listener.local_addr().expect("a bound socket has an address").port();
    (listener, port)
}

/// Accepts for as long as the process lives, one connection after the other; the port.
pub fn serve_each(mut service: impl FnMut(TcpStream) + Send + 'static) -> u16 {
    let (listener, port) = listener();
    thread::spawn(move || listener.incoming().flatten().for_each(&mut service));
    port
}

/// Accepts one connection and talks with it in another thread; the port.
pub fn serve_one(service: impl FnOnce(TcpStream) + Send + 'static) -> u16 {
    let (listener, port) = listener();
    thread::spawn(move || service(accept_one(&listener)));
    port
}

/// An address where nobody answers: the queue of connections that wait to be accepted is full, so the kernel
/// drops every further request. It answers again when the result is dropped.
pub fn silent_address() -> (Socket, TcpStream, u16) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket can be made");
    let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
    socket.bind(&any.into()).expect("a loopback port is free");
    socket.listen(0).expect("a bound socket listens");
    let address = socket.local_addr().ok().and_then(|address| address.as_socket()).expect("it is bound");
    let filler = TcpStream::connect(address).expect("the queue has one place");
    (socket, filler, address.port())
}

/// Accepts the next connection.
pub fn accept_one(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().expect("a client comes");
    stream.set_nodelay(true).expect("a connected socket takes the option");
    stream
}

/// The server's side of a TLS connection, whose handshake the first read or write makes.
pub fn tls_stream(config: &Arc<ServerConfig>, stream: TcpStream) -> TlsStream {
    let connection = ServerConnection::new(Arc::clone(config)).expect("the configuration is complete");
    StreamOwned::new(connection, stream)
}

/// The server's side of an open WebSocket, for tests that expect the client to get that far.
pub fn websocket<S: Read + Write>(stream: S) -> WebSocket<S> {
    tungstenite::accept(stream).map_err(|error| error.to_string()).expect("the client opens a WebSocket")
}

/// A frame as a server sends it: not masked.
pub fn frame(first_byte: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first_byte];
    match payload.len() {
        len @ 0..=125 => frame.push(len as u8),
        len @ 126..=0xFFFF => {
            frame.push(126);
            frame.extend((len as u16).to_be_bytes());
        }
        len => {
            frame.push(127);
            frame.extend((len as u64).to_be_bytes());
        }
    }
    frame.extend(payload);
    frame
}
