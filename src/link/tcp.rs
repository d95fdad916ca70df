//! The bottom of every stack: one TCP connection.

use super::{Link, Step, Stop};
use crate::base::{Deadline, ErrorCode, Fault, Result};
use crate::engine::cx::Abort;
use crate::engine::{Cx, Waited};
use crate::sys::error::describe;
use crate::sys::poll::Interest;
use crate::sys::socket::Socket;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::Instant;

/// A connected TCP socket as a [`Link`].
#[derive(Debug)]
pub struct Tcp {
    socket: Arc<Socket>,
}

impl Tcp {
    /// Connects to the first of `addresses` that answers, trying them in turn; the log names each and why it
    /// failed. What is left of the deadline is shared evenly, so that one silent address does not eat it all.
    pub async fn connect(
        cx: &mut Cx<'_>,
        addresses: &[SocketAddr],
        deadline: Deadline,
        abort: &Abort<'_>,
    ) -> Result<(SocketAddr, Self)> {
        let mut last = Fault::new(ErrorCode::ConnectFailed, "There is no address to connect to.");
        for (index, address) in addresses.iter().enumerate() {
            let share = share_of(deadline, addresses.len() - index);
            cx.log.fact("address", address.to_string());
            cx.progress("tcp", &address.to_string()).await;
            match connect_one(cx, *address, share, abort).await {
                Ok(tcp) => return Ok((*address, tcp)),
                Err(fault) if is_the_programs(fault.code()) => return Err(fault),
                Err(fault) => {
                    cx.log.info(fault.text().to_owned());
                    last = fault;
                }
            }
        }
        Err(last)
    }
}

/// Whether the program itself has ended the attempt: then the other addresses are none of its concern either.
fn is_the_programs(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::ClosedLocally | ErrorCode::Aborted | ErrorCode::Interrupted)
}

/// The deadline of one of `count` attempts that are left.
fn share_of(deadline: Deadline, count: usize) -> Deadline {
    let now = Instant::now();
    let Some(end) = deadline.instant() else { return deadline };
    let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
    Deadline::at(now + end.saturating_duration_since(now) / count)
}

async fn connect_one(
    cx: &mut Cx<'_>,
    address: SocketAddr,
    deadline: Deadline,
    abort: &Abort<'_>,
) -> Result<Tcp> {
    let socket = Socket::start_connect(address).map_err(|error| connect_fault(address, &error))?;
    let interest = Interest { fd: socket.as_raw_fd(), read: false, write: true };
    loop {
        let waited = cx.ready(interest, deadline, abort).await?;
        socket.connect_result().map_err(|error| connect_fault(address, &error))?;
        if socket.peer_address().is_some() {
            break;
        }
        if waited == Waited::TimedOut {
            let text = format!("No TCP connection to {address} within the time-out.");
            return Err(Fault::new(ErrorCode::ConnectTimeout, text));
        }
    }
    if socket.is_connected_to_itself() {
        socket.reset_when_closed();
        let text = format!("The TCP connection to {address} failed: no server listens there.");
        return Err(Fault::new(ErrorCode::ConnectRefused, text));
    }
    socket
        .set_no_delay()
        .and_then(|()| socket.set_keep_alive())
        .map_err(|error| connect_fault(address, &error))?;
    Ok(Tcp { socket: Arc::new(socket) })
}

fn connect_fault(address: SocketAddr, error: &io::Error) -> Fault {
    let code = match error.kind() {
        io::ErrorKind::ConnectionRefused => ErrorCode::ConnectRefused,
        io::ErrorKind::TimedOut => ErrorCode::ConnectTimeout,
        _ => ErrorCode::ConnectFailed,
    };
    Fault::new(code, format!("The TCP connection to {address} failed: {}.", describe(error)))
}

/// What an error of a connected socket means.
fn socket_stop(error: &io::Error) -> Stop {
    let (code, what) = match error.kind() {
        io::ErrorKind::WouldBlock => return Stop::WouldBlock,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            (ErrorCode::ConnectionReset, "The peer reset the connection")
        }
        _ => (ErrorCode::SocketError, "The socket failed"),
    };
    Stop::Failed(Fault::new(code, format!("{what}: {}.", describe(error))))
}

impl Link for Tcp {
    fn try_read(&mut self, into: &mut Vec<u8>, max: usize) -> Step<usize> {
        self.socket.recv_into(into, max).map_err(|error| socket_stop(&error))
    }

    fn try_write(&mut self, bytes: &[u8]) -> Step<usize> {
        self.socket.send(bytes).map_err(|error| socket_stop(&error))
    }

    fn try_write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> Step<usize> {
        self.socket.send_vectored(pieces).map_err(|error| socket_stop(&error))
    }

    fn try_flush(&mut self) -> Step<()> {
        Ok(())
    }

    fn has_buffered(&self) -> bool {
        false
    }

    fn wants_write(&self) -> bool {
        false
    }

    fn finish(&mut self) -> Step<()> {
        self.socket.shutdown_write();
        Ok(())
    }

    fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }
}
