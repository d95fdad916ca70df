//! Byte pipes, stacked: TCP at the bottom, TLS on it; `route` puts the stack together.
//!
//! Every layer offers the same few steps, none of which waits, and returns what to wait for before the next one. Each
//! knows only the layer below; none knows what the bytes mean. Connecting is one `async fn` per layer.

pub mod linger;
pub mod memory;
pub mod prefixed;
pub mod socket_options;
pub mod tcp;
pub mod tls;

pub use crate::sys::read_buf::ReadBuf;

use crate::base::{Deadline, Fault};
use crate::engine::{IdleTimer, Readiness};
use crate::sys::source::Source;
use std::io::IoSlice;
use std::net::SocketAddr;
use std::time::Instant;
use tls::TlsFacts;

/// Why a step did not do anything.
#[derive(Debug)]
pub enum TryError {
    /// It would have to wait: see [`Link::readiness`].
    WouldBlock,
    /// The pipe is broken.
    Failed(Fault),
}

impl From<Fault> for TryError {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault)
    }
}

/// What a step that does not wait returns.
pub type TryResult<T> = Result<T, TryError>;

/// A byte pipe. The caller serialises the calls (a lock held for one step).
pub trait Link: Send {
    /// Reads into `buf`, which has room for a byte; 0 is the end of the stream. [`TryError::WouldBlock`] means that
    /// nothing is left inside the layer either: [`Link::readiness`] reports the next byte.
    fn try_read(&mut self, buf: &mut ReadBuf<'_>) -> TryResult<usize>;

    /// Takes as many of `bytes` as it can; what it took leaves in order, at the latest by [`Link::try_flush`].
    fn try_write(&mut self, bytes: &[u8]) -> TryResult<usize>;

    /// As [`Link::try_write`], of several pieces; a layer that gains nothing by that takes from the first.
    fn try_write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> TryResult<usize> {
        pieces.iter().find(|piece| !piece.is_empty()).map_or(Ok(0), |first| self.try_write(first))
    }

    /// Sends what an earlier write left inside the layer. A layer that keeps nothing inside has nothing to do here, nor
    /// in the two below.
    fn try_flush(&mut self) -> TryResult<()> {
        Ok(())
    }

    /// Returns whether received bytes are inside the layer, which [`Link::readiness`] does not report.
    fn has_buffered(&self) -> bool {
        false
    }

    /// Returns whether bytes are inside the layer that have not left.
    fn wants_write(&self) -> bool {
        false
    }

    /// Ends our side of the stream: what a layer says at its end, then FIN, which must not overtake it. Called
    /// again until it is Ok.
    fn try_finish(&mut self) -> TryResult<()>;

    /// Ends both directions at once; a wait for this link ends.
    fn shutdown(&self);

    /// Returns what to wait for before the next try, in these directions; to write also while a layer has something to
    /// send.
    fn readiness(&self, read: bool, write: bool) -> Readiness;

    /// Returns the source at the bottom, for a wait of the program's own; none if there is no such thing.
    fn source(&self) -> Option<&Source> {
        None
    }
}

/// A connection as the route has made it.
pub struct Wire {
    /// The topmost layer.
    pub link: Box<dyn Link>,
    /// What is known about it.
    pub facts: Facts,
}

/// What is known about a connection once it is made.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Who can read what passes over it.
    pub exposure: Exposure,
    /// Our address and port.
    pub local: Option<SocketAddr>,
    /// The address and port of the peer of the TCP connection.
    pub peer: Option<SocketAddr>,
    /// Of TLS with the target.
    pub tls: Option<TlsFacts>,
}

impl Facts {
    /// Returns what is known of a TCP connection.
    pub fn of(tcp: &tcp::Tcp, exposure: Exposure) -> Self {
        let socket = tcp.socket();
        Self { exposure, local: socket.local_address(), peer: socket.peer_address(), tls: None }
    }
}

/// How long a handshake may stall, in milliseconds; 0 is no limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct StallLimits {
    /// Without a byte from the peer.
    pub read_ms: u32,
    /// Until the peer takes a byte.
    pub send_ms: u32,
}

impl StallLimits {
    /// Returns the timer of a handshake.
    pub fn timer(self) -> StallTimer {
        StallTimer { read: IdleTimer::new(self.read_ms), send: IdleTimer::new(self.send_ms) }
    }
}

/// How long a handshake has stalled.
pub struct StallTimer {
    read: IdleTimer,
    send: IdleTimer,
}

impl StallTimer {
    /// Returns until when to wait, to send or else to read, once `moved` bytes have passed in both directions.
    pub fn deadline(&mut self, to_send: bool, moved: u64) -> Deadline {
        let timer = if to_send { &mut self.send } else { &mut self.read };
        timer.deadline(moved, Instant::now())
    }
}

/// Who can read a connection. The route decides it, not the layers: that the peer of the socket is on this machine, or
/// that a layer encrypts, does not say where the connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// Only the target: it is encrypted all the way.
    EncryptedToTarget,
    /// Only processes of this machine: it does not leave it.
    ThisMachineOnly,
    /// Every network on the way.
    Exposed,
}
