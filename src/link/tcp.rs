//! The bottom of every stack: one TCP connection.

use super::socket_options::SocketOptions;
use super::{Link, ReadBuf, TryError, TryResult};
use crate::base::{ErrorCode, Fault, Result};
use crate::engine::Readiness;
use crate::sys::error::describe;
use crate::sys::socket::Socket;
use crate::sys::source::Source;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::path::Path;

/// A connected TCP socket as a [`Link`].
#[derive(Debug)]
pub struct Tcp {
    socket: Socket,
}

/// A TCP connect that has begun. Dropping it closes the socket.
#[derive(Debug)]
pub struct Connecting {
    address: SocketAddr,
    socket: Socket,
}

impl Connecting {
    /// Begins to connect to `address` with a socket that has these options.
    pub fn start(address: SocketAddr, options: &SocketOptions) -> Result<Self> {
        let failed = |error| connect_fault(address, &error);
        let socket = Socket::open(address).map_err(failed)?;
        options.apply(&socket, address)?;
        socket.start_connect(address).map_err(failed)?;
        Ok(Self { address, socket })
    }

    /// Returns what to wait for before the next [`Self::try_finish`].
    pub fn readiness(&self) -> Readiness {
        Readiness::of(self.socket.source(), false, true)
    }

    /// Returns the connection once the peer has accepted it.
    pub fn try_finish(&self) -> TryResult<Tcp> {
        let failed = |error| connect_fault(self.address, &error);
        self.socket.connect_result().map_err(failed)?;
        if self.socket.peer_address().is_none() {
            return Err(TryError::WouldBlock);
        }
        if self.socket.is_connected_to_itself() {
            self.socket.reset_when_closed();
            let text = format!("The TCP connection to {} failed: no server listens there.", self.address);
            return Err(Fault::new(ErrorCode::ConnectRefused, text).into());
        }
        Ok(Tcp { socket: self.socket.clone() })
    }
}

impl Tcp {
    /// Connects to a listening Unix domain socket, which carries bytes as TCP does.
    pub fn to_unix_socket(path: &str) -> TryResult<Self> {
        match Socket::connect_unix(Path::new(path)) {
            Ok(socket) => Ok(Self { socket }),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(TryError::WouldBlock),
            Err(error) => {
                let text =
                    format!("The connection to the Unix domain socket {path} failed: {}.", describe(&error));
                Err(Fault::new(connect_code(&error), text).into())
            }
        }
    }

    /// Returns the socket.
    pub fn socket(&self) -> &Socket {
        &self.socket
    }
}

fn connect_fault(address: SocketAddr, error: &io::Error) -> Fault {
    Fault::new(connect_code(error), format!("The TCP connection to {address} failed: {}.", describe(error)))
}

fn connect_code(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => ErrorCode::ConnectRefused,
        io::ErrorKind::TimedOut => ErrorCode::ConnectTimeout,
        _ => ErrorCode::ConnectFailed,
    }
}

/// Returns what an error of a connected socket means.
fn try_error(error: &io::Error) -> TryError {
    let (code, what) = match error.kind() {
        io::ErrorKind::WouldBlock => return TryError::WouldBlock,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            (ErrorCode::ConnectionReset, "The peer reset the connection")
        }
        _ => (ErrorCode::SocketError, "The socket failed"),
    };
    TryError::Failed(Fault::new(code, format!("{what}: {}.", describe(error))))
}

impl Link for Tcp {
    fn try_read(&mut self, buf: &mut ReadBuf<'_>) -> TryResult<usize> {
        self.socket.recv(buf).map_err(|error| try_error(&error))
    }

    fn try_write(&mut self, bytes: &[u8]) -> TryResult<usize> {
        self.socket.send(bytes).map_err(|error| try_error(&error))
    }

    fn try_write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> TryResult<usize> {
        self.socket.send_vectored(pieces).map_err(|error| try_error(&error))
    }

    fn try_finish(&mut self) -> TryResult<()> {
        self.socket.shutdown_write();
        Ok(())
    }

    fn shutdown(&self) {
        self.socket.shutdown_both();
    }

    fn readiness(&self, read: bool, write: bool) -> Readiness {
        Readiness::of(self.socket.source(), read, write)
    }

    fn source(&self) -> Option<&Source> {
        Some(self.socket.source())
    }
}
