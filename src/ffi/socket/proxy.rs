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
pub extern "C-unwind" fn ckws_socket_set_socks_version(socket: *mut ckws_socket, value: c_int) -> Bool {
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
pub unsafe extern "C-unwind" fn ckws_socket_set_socks_hostname(
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
pub extern "C-unwind" fn ckws_socket_set_socks_port(socket: *mut ckws_socket, value: c_int) -> Bool {
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
pub unsafe extern "C-unwind" fn ckws_socket_set_socks_username(
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
pub unsafe extern "C-unwind" fn ckws_socket_set_socks_password(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "SocksPassword", |socket| socket.set_socks_password(value?))
}

/// HttpProxyHostname: the name or IP address of an HTTP proxy that connections to come go through, by CONNECT for
/// clear text as for TLS; "", the default, for none. If there is a SOCKS proxy, too, the HTTP proxy is reached through
/// that.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_http_proxy_hostname(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| socket.http_proxy(|proxy| copy_of_text(&proxy.host)))
}

/// Sets HttpProxyHostname: never a URL, and without a port; what cannot be a host is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_http_proxy_hostname(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "HttpProxyHostname", |socket| socket.set_http_proxy_hostname(value?))
}

/// HttpProxyPort: the port of the HTTP proxy. Default 8080. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_http_proxy_port(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, |socket| as_int(socket.http_proxy(|proxy| proxy.port)))
}

/// Sets HttpProxyPort, from 1 to 65535. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_http_proxy_port(socket: *mut ckws_socket, value: c_int) -> Bool {
    set(socket, "HttpProxyPort", |socket| socket.set_http_proxy_port(value))
}

/// HttpProxyUsername: the user name for the HTTP proxy; "", the default, for none.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_http_proxy_username(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| socket.http_proxy(|proxy| copy_of_text(&proxy.login.username)))
}

/// Sets HttpProxyUsername, of at most 4096 bytes. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_http_proxy_username(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "HttpProxyUsername", |socket| socket.set_http_proxy_username(value?))
}

/// HttpProxyPassword: the password for the HTTP proxy; "" at first.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_http_proxy_password(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| socket.http_proxy(|proxy| copy_of_text(&proxy.login.password)))
}

/// Sets HttpProxyPassword, of at most 4096 bytes. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_http_proxy_password(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "HttpProxyPassword", |socket| socket.set_http_proxy_password(value?))
}

/// HttpProxyAuthMethod: how the user name and password are shown to the HTTP proxy. "", the default: by the strongest
/// method that the proxy asks for, Digest with SHA-256, Digest with MD5, or Basic. "Basic": in clear text, before the
/// proxy asks. "Digest": only so, when the proxy asks. "NTLM" and "Negotiate" are not there and fail a connect.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_http_proxy_auth_method(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| Ok(socket.http_proxy(|proxy| proxy.auth.name().to_owned())))
}

/// Sets HttpProxyAuthMethod, in any case of letters; another name is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_http_proxy_auth_method(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "HttpProxyAuthMethod", |socket| socket.set_http_proxy_auth_method(value?))
}

/// HttpProxyDomain: a domain for NTLM, which is not there: it is stored and has no effect. "" at first.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_http_proxy_domain(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| socket.http_proxy(|proxy| copy_of_text(&proxy.domain)))
}

/// Sets HttpProxyDomain, of at most 4096 bytes. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_http_proxy_domain(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "HttpProxyDomain", |socket| socket.set_http_proxy_domain(value?))
}

/// HttpProxyForHttp: stored, without effect: what goes through an HTTP proxy always does so by CONNECT. Default false.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_http_proxy_for_http(socket: *mut ckws_socket) -> Bool {
    get(socket, false, |socket| socket.http_proxy(|proxy| proxy.for_http))
}

/// Sets HttpProxyForHttp. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_http_proxy_for_http(socket: *mut ckws_socket, value: Bool) -> Bool {
    set(socket, "HttpProxyForHttp", |socket| {
        socket.set_http_proxy_for_http(value.is_true());
        Ok(())
    })
}

/// HttpProxyResponseStatusCode: the status with which the HTTP proxy has answered the latest connect by these settings,
/// also that of a WebSocket or a Rest; 0 if it has not answered. 2xx is success; the call log of a connect that was
/// refused has the first 4 KiB of the body. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_http_proxy_response_status_code(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, |socket| socket.http_proxy_response_status_code())
}

/// HttpProxyTls: whether the HTTP proxy is spoken to over TLS; TLS with a server goes through that. The proxy's certificate
/// is verified as a server's is, by the same roots, for HttpProxyHostname; pins, SniHostname, AlpnProtocol, the choice of
/// versions and cipher suites, and the client's certificate are for the server only. Default false. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_http_proxy_tls(socket: *mut ckws_socket) -> Bool {
    get(socket, false, |socket| socket.http_proxy(|proxy| proxy.tls))
}

/// Sets HttpProxyTls. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_http_proxy_tls(socket: *mut ckws_socket, value: Bool) -> Bool {
    set(socket, "HttpProxyTls", |socket| {
        socket.set_http_proxy_tls(value.is_true());
        Ok(())
    })
}
