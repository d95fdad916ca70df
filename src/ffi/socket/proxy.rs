//! The proxies on the way to a server.

use crate::base::growth::copy_of_text;
use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{as_int, get, get_text, set};
use crate::ffi::socket::ckws_socket;
use std::ffi::{c_char, c_int};

/// SocksVersion: 5 or 4 for connections to come that go through a SOCKS proxy of that version, 0, the default, for none.
/// The proxy looks up the name of the server, in version 4 as SOCKS 4a; an IP address is passed to it as such, version 4
/// has none of IPv6. The way to a Unix domain socket leads through no proxy. Through a proxy the remote address and port of
/// a connection are the proxy's. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_socks_version(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, |socket| socket.socks_version())
}

/// Sets SocksVersion: 0, 4 or 5; SocksHostname must be set, too, or connects fail. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_set_socks_version(socket: *mut ckws_socket, value: c_int) -> Bool {
    set(socket, "SocksVersion", |socket| socket.set_socks_version(value))
}

/// SocksHostname: the name or IP address of the SOCKS proxy; "" at first.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_socks_hostname(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| socket.socks(|socks| copy_of_text(&socks.host)))
}

/// Sets SocksHostname: never a URL, and without a port; what cannot be a host is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_socket_set_socks_hostname(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "SocksHostname", |socket| socket.set_socks_hostname(value?))
}

/// SocksPort: the port of the SOCKS proxy. Default 1080. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_socks_port(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, |socket| as_int(socket.socks(|socks| socks.port)))
}

/// Sets SocksPort, from 1 to 65535. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_set_socks_port(socket: *mut ckws_socket, value: c_int) -> Bool {
    set(socket, "SocksPort", |socket| socket.set_socks_port(value))
}

/// SocksUsername: the user name for the SOCKS proxy, sent to it in clear text; "", the default, for none.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_socks_username(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| socket.socks(|socks| copy_of_text(&socks.login.username)))
}

/// Sets SocksUsername, of at most 255 bytes. Version 5 sends it only to a proxy that asks for it. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_socket_set_socks_username(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "SocksUsername", |socket| socket.set_socks_username(value?))
}

/// SocksPassword: the password for a SOCKS proxy of version 5, sent to it in clear text with SocksUsername; "" at
/// first.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_socks_password(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| socket.socks(|socks| copy_of_text(&socks.login.password)))
}

/// Sets SocksPassword, of at most 255 bytes. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_socket_set_socks_password(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "SocksPassword", |socket| socket.set_socks_password(value?))
}
