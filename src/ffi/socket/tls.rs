//! TLS of a Socket.

use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{call_unit, get, get_text, set};
use crate::ffi::socket::ckws_socket;
use crate::object::Socket;
use std::ffi::c_char;

/// Ssl: whether the latest ckws_socket_connect was asked for TLS. Default false. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_ssl(socket: *mut ckws_socket) -> Bool {
    get(socket, false, Socket::tls)
}

/// Sets Ssl, until the next ckws_socket_connect, whose argument decides. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_ssl(socket: *mut ckws_socket, value: Bool) -> Bool {
    set(socket, "Ssl", |socket| {
        socket.set_tls(value.is_true());
        Ok(())
    })
}

/// RequireSslCertVerify: whether ckws_socket_connect verifies the server's certificate; otherwise as
/// ckws_get_require_ssl_cert_verify. Default true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_require_ssl_cert_verify(socket: *mut ckws_socket) -> Bool {
    get(socket, false, |socket| socket.client().require_ssl_cert_verify())
}

/// Sets RequireSslCertVerify, for connections to come. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_require_ssl_cert_verify(
    socket: *mut ckws_socket,
    value: Bool,
) -> Bool {
    set(socket, "RequireSslCertVerify", |socket| {
        socket.client().set_require_ssl_cert_verify(value.is_true());
        Ok(())
    })
}

/// Trusts more certificates than the system's, for connections to come, as ckws_add_trusted_roots_pem. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_add_trusted_roots_pem(
    socket: *mut ckws_socket,
    pem_data_or_path: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let pem_or_path = unsafe { args::text(pem_data_or_path, "pem_data_or_path") };
    call_unit(socket, "AddTrustedRootsPem", |socket, op| {
        socket.client().add_trusted_roots_pem(op, pem_or_path?)
    })
}

/// SetSslClientCertPem: the certificate that connections to come show to a server that asks for one. `pem_data_or_path`
/// is PEM text, or the name of a file with it: the client's certificate, then those between it and its authority, and its
/// private key (PKCS#8, PKCS#1 or SEC 1) anywhere. `password` decrypts the key if it is encrypted ("ENCRYPTED PRIVATE
/// KEY"); otherwise it is not used, and may be "".
///
/// Returns false if the text has no certificate or no key, the key belongs to another certificate, or the password is
/// wrong; what was set before stays. Neither key nor password is in a call log. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_socket_set_ssl_client_cert_pem(
    socket: *mut ckws_socket,
    pem_data_or_path: *const c_char,
    password: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let (pem_or_path, password) =
        unsafe { (args::text(pem_data_or_path, "pem_data_or_path"), args::text(password, "password")) };
    call_unit(socket, "SetSslClientCertPem", |socket, _| {
        socket.set_ssl_client_cert_pem(pem_or_path?, password?)
    })
}

/// TlsVersion: "TLS 1.2" or "TLS 1.3" of the latest connection; "" without TLS, before the first connection, and after a
/// connect that failed.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_tls_version(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| Ok(socket.tls_version().to_owned()))
}

/// TlsCipherSuite: the cipher suite of the latest connection by its IANA name, such as "TLS_AES_256_GCM_SHA384";
/// otherwise as ckws_socket_get_tls_version. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_tls_cipher_suite(socket: *mut ckws_socket) -> *const c_char {
    get_text(socket, |socket| Ok(socket.tls_cipher_suite()))
}
