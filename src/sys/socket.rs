//! A non-blocking TCP socket: start a connect, read into spare capacity, write without SIGPIPE.
//!
//! Reading and writing go by the numbers of the system calls: the functions of their names are cancellation points.

use super::cancel::Uncancellable;
use super::read_buf::ReadBuf;
use super::source::Source;
use socket2::SockRef;
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::os::fd::AsRawFd;
use std::time::Duration;

const SEND_FLAGS: libc::c_int = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;

/// The peer's address is known.
const NO_ADDRESS: *const libc::sockaddr = std::ptr::null();

/// A TCP socket that never blocks. Closed when no clone of it, or of its source, is left.
#[derive(Clone, Debug)]
pub struct Socket(Source);

impl Socket {
    /// Starts connecting to `address`; [`Socket::connect_result`] returns the result once it is writable.
    pub fn start_connect(address: SocketAddr) -> io::Result<Self> {
        let domain = socket2::Domain::for_address(address);
        let kind = socket2::Type::STREAM.nonblocking().cloexec();
        let opened = socket2::Socket::new(domain, kind, Some(socket2::Protocol::TCP))?;
        let socket = Self(Source::new(opened)?);
        let _uncancellable = Uncancellable::begin();
        match socket.get()?.connect(&address.into()) {
            Ok(()) => {}
            Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {}
            Err(error) => return Err(error),
        }
        Ok(socket)
    }

    /// Returns what is ready when reading or writing would not block.
    pub fn source(&self) -> &Source {
        &self.0
    }

    fn get(&self) -> io::Result<SockRef<'_>> {
        self.0.get().map(SockRef::from)
    }

    /// Returns the outcome of a connect, once the socket is writable.
    pub fn connect_result(&self) -> io::Result<()> {
        self.get()?.take_error()?.map_or(Ok(()), Err)
    }

    /// Returns whether both ends of the connection are this socket: the system may choose the port that is connected to
    /// for the own one, and two requests that cross make a connection (RFC 9293 section 3.5).
    pub fn is_connected_to_itself(&self) -> bool {
        let address = self.get().and_then(|socket| socket.local_addr());
        address.is_ok_and(|address| address.as_socket() == self.peer_address())
    }

    /// The close leaves no state that keeps the port in use.
    pub fn reset_when_closed(&self) {
        // What cannot be set costs the port a minute.
        let _ = self.get().and_then(|socket| socket.set_linger(Some(Duration::ZERO)));
    }

    /// Small writes leave at once (no Nagle delay).
    pub fn set_no_delay(&self) -> io::Result<()> {
        self.get()?.set_tcp_nodelay(true)
    }

    /// Makes the kernel probe an idle peer, with its own default times.
    pub fn set_keep_alive(&self) -> io::Result<()> {
        self.get()?.set_keepalive(true)
    }

    /// Receives into `buf`; 0 is the end of the stream.
    pub fn recv(&self, buf: &mut ReadBuf<'_>) -> io::Result<usize> {
        let unfilled = buf.unfilled();
        let (at, len) = (unfilled.as_mut_ptr(), unfilled.len());
        if len == 0 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let fd = self.0.get()?.as_raw_fd();
        // SAFETY: `unfilled` is writable memory of this length, and `buf` is borrowed mutably.
        let received = retry(|| unsafe {
            libc::syscall(libc::SYS_recvfrom, fd, at, len, libc::MSG_DONTWAIT, NO_ADDRESS, NO_ADDRESS)
        })?;
        // SAFETY: recvfrom wrote `received` bytes at the start of this memory, and no more than fit there.
        unsafe { buf.advance(received) };
        Ok(received)
    }

    /// Writes what the kernel takes now; a broken pipe is an error, never a signal.
    pub fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        let (at, len) = (bytes.as_ptr(), bytes.len());
        let fd = self.0.get()?.as_raw_fd();
        // SAFETY: `bytes` is readable memory of this length.
        retry(|| unsafe { libc::syscall(libc::SYS_sendto, fd, at, len, SEND_FLAGS, NO_ADDRESS, 0) })
    }

    /// As [`Socket::send`], of several pieces.
    pub fn send_vectored(&self, pieces: &[IoSlice<'_>]) -> io::Result<usize> {
        let fd = self.0.get()?.as_raw_fd();
        // SAFETY: a msghdr of zeros has no address, no buffers and no control data.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        message.msg_iov = pieces.as_ptr().cast_mut().cast();
        message.msg_iovlen = pieces.len();
        // SAFETY: an IoSlice is laid out as an iovec; sendmsg only reads the header and what it points to.
        retry(|| unsafe { libc::syscall(libc::SYS_sendmsg, fd, &raw const message, SEND_FLAGS) })
    }

    /// Ends our side of the stream (FIN); reading goes on.
    pub fn shutdown_write(&self) {
        // A stream that is down already is what was asked for.
        let _ = self.get().and_then(|socket| socket.shutdown(std::net::Shutdown::Write));
    }

    /// Ends both directions and wakes every thread that waits for this socket. The source stays open.
    pub fn shutdown_both(&self) {
        let _ = self.get().and_then(|socket| socket.shutdown(std::net::Shutdown::Both));
    }

    /// Returns the address on the other side.
    pub fn peer_address(&self) -> Option<SocketAddr> {
        self.get().ok()?.peer_addr().ok()?.as_socket()
    }
}

/// Repeats a system call that a signal interrupted; the count that it returns.
fn retry(mut call: impl FnMut() -> libc::c_long) -> io::Result<usize> {
    loop {
        if let Ok(count) = usize::try_from(call()) {
            return Ok(count);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}
