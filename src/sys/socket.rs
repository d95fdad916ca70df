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
use std::path::Path;
use std::time::Duration;

const SEND_FLAGS: libc::c_int = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;

/// The peer's address is known.
const NO_ADDRESS: *const libc::sockaddr = std::ptr::null();

/// A TCP socket that never blocks. Closed when no clone of it, or of its source, is left.
#[derive(Clone, Debug)]
pub struct Socket(Source);

impl From<Source> for Socket {
    /// Takes the source of a socket.
    fn from(source: Source) -> Self {
        Self(source)
    }
}

impl Socket {
    /// Opens a TCP socket that can connect to `address`.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        Self::open_in(socket2::Domain::for_address(address), Some(socket2::Protocol::TCP))
    }

    /// Connects to a listening Unix domain socket. `WouldBlock` means that the listener's queue is full.
    pub fn connect_unix(path: &Path) -> io::Result<Self> {
        let address = socket2::SockAddr::unix(path)?;
        let socket = Self::open_in(socket2::Domain::UNIX, None)?;
        let _uncancellable = Uncancellable::begin();
        socket.get()?.connect(&address)?;
        Ok(socket)
    }

    fn open_in(domain: socket2::Domain, protocol: Option<socket2::Protocol>) -> io::Result<Self> {
        let kind = socket2::Type::STREAM.nonblocking().cloexec();
        Ok(Self(Source::new(socket2::Socket::new(domain, kind, protocol)?)?))
    }

    /// Starts connecting to `address`; [`Socket::connect_result`] returns the result once it is writable.
    pub fn start_connect(&self, address: SocketAddr) -> io::Result<()> {
        let _uncancellable = Uncancellable::begin();
        match self.get()?.connect(&address.into()) {
            Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => Ok(()),
            outcome => outcome,
        }
    }

    /// Makes `address` the one on our side. A port may be one that an earlier connection has used a moment ago.
    pub fn bind(&self, address: SocketAddr) -> io::Result<()> {
        let socket = self.get()?;
        socket.set_reuse_address(address.port() != 0)?;
        socket.bind(&address.into())
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
        self.local_address().is_some_and(|address| Some(address) == self.peer_address())
    }

    /// The close leaves no state that keeps the port in use.
    pub fn reset_when_closed(&self) {
        // What cannot be set costs the port a minute.
        let _ = self.get().and_then(|socket| socket.set_linger(Some(Duration::ZERO)));
    }

    /// Sets whether small writes leave at once (no Nagle delay).
    pub fn set_no_delay(&self, value: bool) -> io::Result<()> {
        self.get()?.set_tcp_nodelay(value)
    }

    /// Sets whether the kernel probes an idle peer, with its own default times.
    pub fn set_keep_alive(&self, value: bool) -> io::Result<()> {
        self.get()?.set_keepalive(value)
    }

    /// Asks for a receive buffer of that many bytes.
    pub fn set_receive_buffer(&self, bytes: u32) -> io::Result<()> {
        self.get()?.set_recv_buffer_size(usize::try_from(bytes).map_err(io::Error::other)?)
    }

    /// Asks for a send buffer of that many bytes.
    pub fn set_send_buffer(&self, bytes: u32) -> io::Result<()> {
        self.get()?.set_send_buffer_size(usize::try_from(bytes).map_err(io::Error::other)?)
    }

    /// Returns the size of the receive buffer; Linux counts its own bookkeeping, too, and reports twice what was asked.
    pub fn receive_buffer(&self) -> io::Result<usize> {
        self.get()?.recv_buffer_size()
    }

    /// Returns the size of the send buffer, as [`Self::receive_buffer`].
    pub fn send_buffer(&self) -> io::Result<usize> {
        self.get()?.send_buffer_size()
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

    /// Returns the address on our side.
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.get().ok()?.local_addr().ok()?.as_socket()
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
