//! What TLS of a Socket may be.

use crate::base::growth::copy_of_text;
use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{get, get_text, set};
use crate::ffi::socket::ckws_socket;
use crate::object::Socket;
use std::ffi::c_char;

/// SslProtocol: which versions of TLS connections to come may use; "default", the default, is TLS 1.2 and 1.3.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_ssl_protocol(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, Socket::ssl_protocol)
}

/// Sets SslProtocol: "default", "TLS 1.2", "TLS 1.3", "TLS 1.2 or higher" or "TLS 1.3 or higher". Older versions are not
/// spoken and are refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_ssl_protocol(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "SslProtocol", |socket| {
        let value = value?;
        socket.change_tls_choice(|choices| choices.set_protocol(value))
    })
}

/// SslAllowedCiphers: the cipher suites that connections to come offer, the best first; "", the default, for all that the
/// library has.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_ssl_allowed_ciphers(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| socket.tls_choice(|choices| copy_of_text(&choices.allowed_ciphers)))
}

/// Sets SslAllowedCiphers: names as IANA has registered them, with commas in between, such as
/// "TLS_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384". A name that the library has not is refused; the call
/// log lists those that it has. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_ssl_allowed_ciphers(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "SslAllowedCiphers", |socket| {
        let value = value?;
        socket.change_tls_choice(|choices| choices.set_allowed_ciphers(value))
    })
}

/// AlpnProtocol: the name of the protocol inside TLS that connections to come offer (RFC 7301), such as "http/1.1"; "",
/// the default, offers none.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_alpn_protocol(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| socket.tls_choice(|choices| copy_of_text(&choices.alpn_protocol)))
}

/// Sets AlpnProtocol, of at most 255 bytes. A server that knows it not may refuse the handshake. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_alpn_protocol(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "AlpnProtocol", |socket| {
        let value = value?;
        socket.change_tls_choice(|choices| choices.set_alpn_protocol(value))
    })
}

/// SniHostname: the name of the server that connections to come send and verify, instead of the host that they connect
/// to; "", the default, for that host.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_sni_hostname(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, Socket::sni_hostname)
}

/// Sets SniHostname, for a server that is reached by an IP address or another name. What cannot be a host name is
/// refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_sni_hostname(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "SniHostname", |socket| socket.set_sni_hostname(value?))
}

/// TlsPinSet: fingerprints of keys, one of which the server of connections to come must have, in addition to all other
/// checks; "", the default, for any key.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_tls_pin_set(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| socket.tls_choice(|choices| copy_of_text(&choices.pin_set)))
}

/// Sets TlsPinSet: "sha256", then "base64" or "hex", then SHA-256 fingerprints of SubjectPublicKeyInfos, with commas in
/// between. Another key ends the handshake with CKWS_ERROR_CERTIFICATE_NOT_PINNED, reason 108; the call log has its pin.
/// RequireSslCertVerify is independent of it: with both, both must hold. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_tls_pin_set(
    socket: *mut ckws_socket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(socket, "TlsPinSet", |socket| {
        let value = value?;
        socket.change_tls_choice(|choices| choices.set_pin_set(value))
    })
}

/// Whether the keys of connections to come are appended to the file that the environment variable SSLKEYLOGFILE names,
/// so that a packet capture can be read; who reads that file, reads all of these connections. Default false: the
/// variable is ignored, as it always is in a set-user-ID program. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_tls_key_log(socket: *mut ckws_socket) -> Bool {
    get(socket, false, |socket| socket.tls_choice(|choices| choices.key_log))
}

/// Sets what ckws_socket_get_tls_key_log returns. The call log of each connect notes it. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_tls_key_log(socket: *mut ckws_socket, value: Bool) -> Bool {
    set(socket, "TlsKeyLog", |socket| {
        socket.change_tls_choice(|choices| {
            choices.key_log = value.is_true();
            Ok(())
        })
    })
}
