//! Options of the socket of a connection.

use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{as_int, get, get_text, set};
use crate::ffi::socket::ckws_socket;
use crate::object::Socket;
use std::ffi::{c_char, c_int};

/// TcpNoDelay: whether small writes leave at once, instead of waiting for more (TCP_NODELAY). Default true; it counts
/// for connections to come. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_tcp_no_delay(socket: *mut ckws_socket) -> Bool {
    get(socket, false, |socket| socket.option(|options| options.no_delay))
}

/// Sets TcpNoDelay. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_tcp_no_delay(socket: *mut ckws_socket, value: Bool) -> Bool {
    set(socket, "TcpNoDelay", |socket| {
        socket.set_tcp_no_delay(value.is_true());
        Ok(())
    })
}

/// KeepAlive: whether the kernel probes a peer from which nothing comes (SO_KEEPALIVE), by the times that are set in
/// the system. Default true; it counts for connections to come. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_keep_alive(socket: *mut ckws_socket) -> Bool {
    get(socket, false, |socket| socket.option(|options| options.keep_alive))
}

/// Sets KeepAlive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_keep_alive(socket: *mut ckws_socket, value: Bool) -> Bool {
    set(socket, "KeepAlive", |socket| {
        socket.set_keep_alive(value.is_true());
        Ok(())
    })
}

/// SoRcvBuf: the size in bytes of the kernel's receive buffer that connections to come ask for (SO_RCVBUF); 0, the
/// default, leaves it to the kernel, which adapts it. The call log of a connect has the size that the kernel gave. -1 if
/// the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_so_rcv_buf(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, |socket| as_int(socket.option(|options| options.receive_buffer)))
}

/// Sets SoRcvBuf; a negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_so_rcv_buf(socket: *mut ckws_socket, value: c_int) -> Bool {
    set(socket, "SoRcvBuf", |socket| socket.set_so_rcv_buf(value))
}

/// SoSndBuf: the size in bytes of the kernel's send buffer (SO_SNDBUF), as ckws_socket_get_so_rcv_buf. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_so_snd_buf(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, |socket| as_int(socket.option(|options| options.send_buffer)))
}

/// Sets SoSndBuf; a negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_so_snd_buf(socket: *mut ckws_socket, value: c_int) -> Bool {
    set(socket, "SoSndBuf", |socket| socket.set_so_snd_buf(value))
}

/// ClientIpAddress: the IP address of this machine that connections to come are made from; "", the default, leaves it to
/// the kernel.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_client_ip_address(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| Ok(socket.client_ip_address()))
}

/// Sets ClientIpAddress, an address of IPv4 or IPv6 in digits; another text is refused. The addresses of the server that
/// are of the other family are not reached then. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_client_ip_address(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "ClientIpAddress", |socket| socket.set_client_ip_address(value?))
}

/// ClientPort: the port of this machine that connections to come are made from; 0, the default, leaves it to the kernel.
/// -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_client_port(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, |socket| as_int(socket.option(|options| options.local_port)))
}

/// Sets ClientPort, from 0 to 65535. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_client_port(socket: *mut ckws_socket, value: c_int) -> Bool {
    set(socket, "ClientPort", |socket| socket.set_client_port(value))
}

/// PreferIpv6: whether a connect tries the IPv6 addresses of a name first; otherwise the order is the resolver's. The
/// others follow, as RFC 8305 asks. Default false. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_prefer_ipv6(socket: *mut ckws_socket) -> Bool {
    get(socket, false, Socket::prefer_ipv6)
}

/// Sets PreferIpv6. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_prefer_ipv6(socket: *mut ckws_socket, value: Bool) -> Bool {
    set(socket, "PreferIpv6", |socket| {
        socket.set_prefer_ipv6(value.is_true());
        Ok(())
    })
}

/// UnixSocketPath: the path of a Unix domain socket on this machine that connects lead to, instead of host and port; "",
/// the default, for none.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_unix_socket_path(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, Socket::unix_socket_path)
}

/// Sets UnixSocketPath, of at most 107 bytes; a longer one is refused. The host name of a connect is still the Host of requests, and the name that TLS verifies; the
/// port and the options of TCP have no effect then. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_unix_socket_path(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "UnixSocketPath", |socket| socket.set_unix_socket_path(value?))
}
