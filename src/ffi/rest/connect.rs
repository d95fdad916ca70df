//! The connection of a Rest.

use crate::base::Result;
use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{self, AsyncMethod, get, make_task, object_argument, run_unit};
use crate::ffi::rest::ckws_rest;
use crate::ffi::socket::ckws_socket;
use crate::ffi::task::ckws_task;
use crate::object::run_order::Direction;
use crate::object::task::call::Value;
use crate::object::{Rest, Socket};
use std::ffi::{c_char, c_int};
use std::sync::Arc;

/// ConnectFailReason: why the last ckws_rest_connect failed; 0 after success. 1 empty host name, 2 name lookup
/// failed or the host name or port is wrong, 3 lookup timed out, 4 aborted, 5 internal, 6 TCP timed out, 7
/// refused or failed, 100 to 109 TLS, of which 106 is a certificate that was refused.
/// ckws_rest_get_last_error_code is finer. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_connect_fail_reason(rest: *mut ckws_rest) -> c_int {
    get(rest, -1, Rest::connect_fail_reason)
}

/// Connect: name lookup, TCP, and TLS if `tls`. `hostname` is a name or an IP address, never a URL; a name beyond ASCII
/// is given as its A-label ("xn--..."). With `auto_reconnect`, a later request connects anew where the server has ended
/// the connection. A connection that the object has is dropped first.
///
/// Blocks up to ConnectTimeoutMs. Returns false with ConnectFailReason set. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_connect(
    rest: *mut ckws_rest,
    hostname: *const c_char,
    port: c_int,
    tls: Bool,
    auto_reconnect: Bool,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let hostname = unsafe { args::text(hostname, "hostname") };
    run_unit(rest, "Connect", async |rest, op| {
        rest.connect(op, hostname?, port, tls.is_true(), auto_reconnect.is_true()).await
    })
}

/// ConnectAsync: ckws_rest_connect as a task; the host name is copied. The result is a bool. Tasks of one Rest run one
/// after the other.
///
/// Returns the task, which the caller disposes; NULL if an argument is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_connect_async(
    rest: *mut ckws_rest,
    hostname: *const c_char,
    port: c_int,
    tls: Bool,
    auto_reconnect: Bool,
) -> *mut ckws_task {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let hostname = unsafe { args::text(hostname, "hostname") }.and_then(args::copy);
    let method = AsyncMethod::new("Connect", "ConnectAsync", Direction::Both);
    make_task(rest, method, hostname, move |rest, op, hostname| {
        Box::pin(async move {
            rest.connect(op, hostname, port, tls.is_true(), auto_reconnect.is_true()).await.map(Value::from)
        })
    })
}

/// UseConnection: takes the connection of a connected Socket, for requests that go the way that the Socket has made,
/// and for a WebSocket. The Socket is connected as long as this Rest keeps the connection: until it is closed, or
/// ckws_validate_server_handshake makes it a WebSocket's. A connection that the Rest has is dropped first.
///
/// With `auto_reconnect`, a later request connects anew where the server has ended the connection, to the same server,
/// with the settings that the Socket had when it connected and the ConnectTimeoutMs of this Rest. A Rest without a
/// heartbeat uses the Socket's. The Socket is shared: the program may dispose its handle; disposing the Rest ends the
/// connection, unless a WebSocket uses it.
///
/// Waits for another thread's call on this handle, up to IdleTimeoutMs. Returns false if the Socket is not connected
/// (CKWS_ERROR_NOT_CONNECTED), or another Rest has its connection (CKWS_ERROR_ALREADY_CONNECTED). Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_use_connection(
    rest: *mut ckws_rest,
    connection: *mut ckws_socket,
    auto_reconnect: Bool,
) -> Bool {
    let socket: Result<Arc<Socket>> = object_argument(connection, "connection");
    run_unit(rest, "UseConnection", async |rest, op| {
        rest.use_connection(op, &*socket?, auto_reconnect.is_true()).await
    })
}

/// Disconnect: ends the connection; also true when there is none. `max_wait_ms` is how long it may wait for
/// another thread's call on this handle to end, in milliseconds; 0 or -1 is no limit, another negative number is
/// refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_disconnect(rest: *mut ckws_rest, max_wait_ms: c_int) -> Bool {
    run_unit(rest, "Disconnect", async |rest, op| rest.disconnect(op, max_wait_ms).await)
}

/// DisconnectAsync: ckws_rest_disconnect as a task. Otherwise as ckws_rest_connect_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_disconnect_async(
    rest: *mut ckws_rest,
    max_wait_ms: c_int,
) -> *mut ckws_task {
    let method = AsyncMethod::new("Disconnect", "DisconnectAsync", Direction::Both);
    make_task(rest, method, Ok(()), move |rest, op, ()| {
        Box::pin(async move { rest.disconnect(op, max_wait_ms).await.map(Value::from) })
    })
}

/// LoadTaskCaller: makes this handle one of the Rest whose method `task` is, as ckws_load_task_caller. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_load_task_caller(rest: *mut ckws_rest, task: *mut ckws_task) -> Bool {
    boundary::load_task_caller(rest, task)
}
