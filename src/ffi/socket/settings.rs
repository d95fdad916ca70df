//! Settings of a Socket.

use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{as_int, get, get_text, set};
use crate::ffi::socket::ckws_socket;
use crate::object::Socket;
use std::ffi::{c_char, c_int};

/// MaxReadIdleMs: how long a handshake of ckws_socket_connect, a proxy's or that of TLS, may go without a byte from the peer,
/// in milliseconds; 0, the default, is no limit but that of the connect. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_max_read_idle_ms(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, |socket| as_int(socket.max_read_idle_ms()))
}

/// Sets MaxReadIdleMs; -1 is no limit too and is kept as 0, another negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_max_read_idle_ms(socket: *mut ckws_socket, value: c_int) -> Bool {
    set(socket, "MaxReadIdleMs", |socket| socket.set_max_read_idle_ms(value))
}

/// MaxSendIdleMs: how long a handshake of ckws_socket_connect, a proxy's or that of TLS, may wait until the peer takes a byte,
/// in milliseconds; 0, the default, is no limit but that of the connect. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_max_send_idle_ms(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, |socket| as_int(socket.max_send_idle_ms()))
}

/// Sets MaxSendIdleMs; -1 is no limit too and is kept as 0, another negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_max_send_idle_ms(socket: *mut ckws_socket, value: c_int) -> Bool {
    set(socket, "MaxSendIdleMs", |socket| socket.set_max_send_idle_ms(value))
}

/// UserData: a text of the program's, by which it may know the object; "" at first.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_user_data(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, Socket::user_data)
}

/// Sets UserData. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_user_data(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "UserData", |socket| socket.set_user_data(value?))
}
