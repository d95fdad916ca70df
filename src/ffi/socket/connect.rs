//! The connection of a Socket.

use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{self, AsyncMethod, as_int, get, get_text, make_task, run_unit, set};
use crate::ffi::socket::ckws_socket;
use crate::ffi::task::ckws_task;
use crate::object::Socket;
use crate::object::run_order::Direction;
use crate::object::task::call::Value;
use std::ffi::{c_char, c_int};
use std::net::SocketAddr;

/// Connect: name lookup, TCP, the proxy if one is set, and TLS if `ssl`. `hostname` is a name or an IP address, never a
/// URL; a name beyond ASCII is given as its A-label ("xn--..."). A connection that the object has is dropped first.
///
/// Blocks up to `max_wait_ms` milliseconds for all of it together; 0 or -1 is no limit, another negative number is
/// refused. MaxReadIdleMs and MaxSendIdleMs bound the stalls of the handshakes. Returns false with ConnectFailReason
/// set. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_connect(
    socket: *mut ckws_socket,
    hostname: *const c_char,
    port: c_int,
    ssl: Bool,
    max_wait_ms: c_int,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let hostname = unsafe { args::text(hostname, "hostname") };
    run_unit(socket, "Connect", async |socket, op| {
        socket.connect(op, hostname?, port, ssl.is_true(), max_wait_ms).await
    })
}

/// ConnectAsync: ckws_socket_connect as a task; the host name is copied. The result is a bool. Tasks of one Socket run
/// one after the other.
///
/// Returns the task, which the caller disposes; NULL if an argument is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_connect_async(
    socket: *mut ckws_socket,
    hostname: *const c_char,
    port: c_int,
    ssl: Bool,
    max_wait_ms: c_int,
) -> *mut ckws_task {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let hostname = unsafe { args::text(hostname, "hostname") }.and_then(args::copy);
    let method = AsyncMethod::new("Connect", "ConnectAsync", Direction::Both);
    make_task(socket, method, hostname, move |socket, op, hostname| {
        Box::pin(async move {
            socket.connect(op, hostname, port, ssl.is_true(), max_wait_ms).await.map(Value::from)
        })
    })
}

/// Close: ends the connection, so that what was sent reaches the peer: TLS close_notify and the end of the stream leave,
/// then it waits for the peer's end, for at most a second. A connection that a Rest has is closed hard; one that has
/// become a WebSocket's is not the Socket's any more and stays. Also true when there is none.
///
/// Blocks up to `max_wait_ms` milliseconds; 0 or -1 is no limit, another negative number is refused. Returns false if
/// another thread's call on this handle does not end in that time (CKWS_ERROR_WAIT_TIMEOUT), or the program ends the
/// call. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_close(socket: *mut ckws_socket, max_wait_ms: c_int) -> Bool {
    run_unit(socket, "Close", async |socket, op| socket.close_connection(op, max_wait_ms).await)
}

/// CloseAsync: ckws_socket_close as a task. Otherwise as ckws_socket_connect_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_close_async(
    socket: *mut ckws_socket,
    max_wait_ms: c_int,
) -> *mut ckws_task {
    let method = AsyncMethod::new("Close", "CloseAsync", Direction::Both);
    make_task(socket, method, Ok(()), move |socket, op, ()| {
        Box::pin(async move { socket.close_connection(op, max_wait_ms).await.map(Value::from) })
    })
}

/// IsConnected: whether the object has a connection, itself or in the Rest that it was given to; false once
/// ckws_validate_server_handshake has made it a WebSocket's. It asks neither the kernel nor the peer: that a peer has
/// left is noticed by the Rest. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_is_connected(socket: *mut ckws_socket) -> Bool {
    get(socket, false, Socket::is_connected)
}

/// ConnectFailReason: why the last ckws_socket_connect failed; 0 after success. The values are those of
/// ckws_rest_get_connect_fail_reason, and ckws_socket_get_last_error_code is finer. -1 if the handle is not alive. Since
/// 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_connect_fail_reason(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, Socket::connect_fail_reason)
}

/// LocalIpAddress: our IP address of the latest connection, also after its end; "" before the first, and after a connect
/// that failed.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_local_ip_address(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| Ok(address_text(socket.local_address())))
}

/// LocalPort: our port of the latest connection, as ckws_socket_get_local_ip_address; 0 for none. -1 if the handle is
/// not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_local_port(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, |socket| port_number(socket.local_address()))
}

/// RemoteIpAddress: the peer's IP address of the latest connection, as ckws_socket_get_local_ip_address.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_remote_ip_address(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| Ok(address_text(socket.remote_address())))
}

/// RemotePort: the peer's port of the latest connection, as ckws_socket_get_local_port. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_remote_port(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, |socket| port_number(socket.remote_address()))
}

/// AbortCurrent: whether the calls that run on this object are to end; false again once they have. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_abort_current(socket: *mut ckws_socket) -> Bool {
    get(socket, false, Socket::abort_current)
}

/// Sets AbortCurrent, from any thread: true ends the blocking calls and tasks of this object that run, with
/// CKWS_ERROR_ABORTED, and is reset as they return. Set while nothing runs it has no effect, and the next call resets
/// it. Calls of a Rest that has the connection are not ended. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_abort_current(socket: *mut ckws_socket, value: Bool) -> Bool {
    set(socket, "AbortCurrent", |socket| {
        socket.set_abort_current(value.is_true());
        Ok(())
    })
}

/// LoadTaskCaller: makes this handle one of the Socket whose method `task` is, as ckws_load_task_caller. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_load_task_caller(
    socket: *mut ckws_socket,
    task: *mut ckws_task,
) -> Bool {
    boundary::load_task_caller(socket, task)
}

fn address_text(address: Option<SocketAddr>) -> String {
    address.map_or_else(String::new, |address| address.ip().to_canonical().to_string())
}

fn port_number(address: Option<SocketAddr>) -> c_int {
    address.map_or(0, |address| as_int(address.port()))
}
