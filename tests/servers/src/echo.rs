//! The echo server of the demo and of the tests. It is tungstenite, so nothing of this library is on its side.
//!
//! A request's path says how it behaves:
//!
//! | path | behaviour |
//! | --- | --- |
//! | `/` | sends every message back |
//! | `/fragments` | sends every message back in three frames |
//! | `/ping` | first sends the Ping "are you there"; answers every Pong with the text "pong:" + its payload |
//! | `/close` | first sends Close 1001 "going away" |
//! | `/bad` | first sends a frame that has reserved bits set |
//! | `/mute` | takes everything and sends nothing, no Pong and no Close either |
//! | `/cut` | ends the stream, without a Close, when the first message arrives |
//! | `/refuse` | answers the opening handshake with 404 and the body "no such path" |
//!
//! A request's `X-Echo` field comes back in the response, and of `Sec-WebSocket-Protocol` the first name.

#![allow(clippy::expect_used, reason = "a demo or test ends at the first thing that goes wrong")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tungstenite::http::header::{CONTENT_LENGTH, SEC_WEBSOCKET_PROTOCOL};
use tungstenite::http::{HeaderValue, StatusCode};
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Bytes, Message, WebSocket};

use crate::certificate::Tls;

/// The largest message that the server takes.
const MESSAGE_LIMIT: usize = 1 << 30;

/// A running echo server. Its threads live as long as the process.
pub struct Echo {
    /// `ws://127.0.0.1:PORT/`
    pub ws_url: String,
    /// `wss://localhost:PORT/`
    pub wss_url: String,
    /// `wss://127.0.0.2:PORT/`: the same certificate, which is not for this address.
    pub wss_other_host_url: String,
    /// A PEM file with the certificate authority that signed the server's certificate.
    pub ca_path: PathBuf,
}

impl Echo {
    /// Starts the server on these ports, plain and with TLS; 0 is any that is free.
    pub fn start_on(tls: &Tls, [ws_port, wss_port]: [u16; 2]) -> io::Result<Self> {
        let ws_port = listen("127.0.0.1", ws_port, serve)?;
        let wss_port = listen("127.0.0.1", wss_port, tls_service(&tls.config))?;
        let other_port = listen("127.0.0.2", 0, tls_service(&tls.config))?;
        Ok(Self {
            ws_url: format!("ws://127.0.0.1:{ws_port}/"),
            wss_url: format!("wss://localhost:{wss_port}/"),
            wss_other_host_url: format!("wss://127.0.0.2:{other_port}/"),
            ca_path: tls.ca_path.clone(),
        })
    }
}

/// Accepts on a port; each connection gets a thread. Returns the port.
fn listen(address: &str, port: u16, service: impl Fn(TcpStream) + Clone + Send + 'static) -> io::Result<u16> {
    let listener = bind(address, port)?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let service = service.clone();
            thread::spawn(move || service(stream));
        }
    });
    Ok(port)
}

/// A listening socket, or an error that names the port.
pub(crate) fn bind(address: &str, port: u16) -> io::Result<TcpListener> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{address}:{port}: {error}"));
    TcpListener::bind((address, port)).map_err(named)
}

fn tls_service(config: &Arc<ServerConfig>) -> impl Fn(TcpStream) + Clone + Send + 'static {
    let config = Arc::clone(config);
    move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).expect("the configuration is complete");
        serve(StreamOwned::new(connection, stream));
    }
}

/// A byte stream that can be ended cleanly.
pub(crate) trait Wire: Read + Write {
    /// Tells the peer that nothing more comes.
    fn end(&mut self) -> io::Result<()>;
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn end(&mut self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }

    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Wire for StreamOwned<ServerConnection, TcpStream> {
    fn end(&mut self) -> io::Result<()> {
        self.conn.send_close_notify();
        self.flush()?;
        self.sock.shutdown(Shutdown::Write)
    }

    fn tcp(&self) -> &TcpStream {
        &self.sock
    }
}

/// Serves one connection to its end. What fails here shows in the client that is being tested.
fn serve<S: Wire>(stream: S) {
    let _ = stream.tcp().set_nodelay(true);
    let config =
        WebSocketConfig::default().max_message_size(Some(MESSAGE_LIMIT)).max_frame_size(Some(MESSAGE_LIMIT));
    let mut path = String::new();
    #[allow(clippy::result_large_err, reason = "the signature is tungstenite's")]
    let answer = |request: &Request, response: Response| {
        path = request.uri().path().to_owned();
        answer(request, response)
    };
    let Ok(mut socket) = tungstenite::accept_hdr_with_config(stream, answer, Some(config)) else {
        return;
    };
    let _ = behave(&path, &mut socket);
    finish(socket.get_mut());
}

/// The answer to the opening handshake.
#[allow(clippy::result_large_err, reason = "the signature is tungstenite's")]
fn answer(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    if request.uri().path() == "/refuse" {
        return Err(refusal("no such path"));
    }
    if let Some(value) = request.headers().get("X-Echo") {
        response.headers_mut().insert("X-Echo", value.clone());
    }
    if let Some(names) = request.headers().get(SEC_WEBSOCKET_PROTOCOL) {
        let first = names.to_str().unwrap_or_default().split(',').next().unwrap_or_default().trim();
        let value = HeaderValue::from_str(first).expect("part of a header value is one");
        response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, value);
    }
    Ok(response)
}

fn refusal(body: &str) -> ErrorResponse {
    let mut response = ErrorResponse::new(Some(body.to_owned()));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    response
}

fn behave<S: Wire>(path: &str, socket: &mut WebSocket<S>) -> tungstenite::Result<()> {
    match path {
        "/ping" => socket.send(Message::Ping(Bytes::from_static(b"are you there")))?,
        "/close" => {
            socket.close(Some(CloseFrame { code: CloseCode::Away, reason: "going away".into() }))?;
        }
        "/mute" => return Ok(io::copy(socket.get_mut(), &mut io::sink()).map(drop)?),
        "/bad" => return Ok(socket.get_mut().write_all(&[0xF1, 0x00])?),
        _ => {}
    }
    loop {
        match socket.read()? {
            Message::Pong(payload) if path == "/ping" => {
                let text = format!("pong:{}", String::from_utf8_lossy(&payload));
                socket.send(Message::text(text))?;
            }
            message @ (Message::Text(_) | Message::Binary(_)) => match path {
                "/cut" => return Ok(()),
                "/fragments" => send_in_three(socket, message)?,
                _ => socket.send(message)?,
            },
            // tungstenite itself answers Ping and Close; after the Close, `read` says that all is over.
            _ => {}
        }
    }
}

fn send_in_three<S: Wire>(socket: &mut WebSocket<S>, message: Message) -> tungstenite::Result<()> {
    let kind = if message.is_text() { Data::Text } else { Data::Binary };
    let mut first = message.into_data();
    let mut second = first.split_off(first.len() / 3);
    let third = second.split_off(second.len() / 2);
    for (payload, kind, last) in
        [(first, kind, false), (second, Data::Continue, false), (third, Data::Continue, true)]
    {
        socket.send(Message::Frame(Frame::message(payload, OpCode::Data(kind), last)))?;
    }
    Ok(())
}

/// Ends the stream and waits for the client's end, so that no reset overtakes our last bytes.
fn finish<S: Wire>(stream: &mut S) {
    let _ = stream.end();
    let mut tcp = stream.tcp();
    let _ = tcp.set_read_timeout(Some(Duration::from_secs(2)));
    let _ = io::copy(&mut tcp, &mut io::sink());
}
