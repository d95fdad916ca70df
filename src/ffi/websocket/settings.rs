//! Settings of a WebSocket.

use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{as_int, call_unit, get, get_text, set};
use crate::ffi::websocket::ckws_websocket;
use crate::object::WebSocket;
use std::ffi::{c_char, c_int};

/// ConnectTimeoutMs: how long ckws_connect may take in all (name lookup, TCP, TLS, HTTP handshake), in
/// milliseconds; 0 is no limit. Default 30000. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_connect_timeout_ms(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| as_int(ws.client().connect_timeout_ms()))
}

/// Sets ConnectTimeoutMs; -1 is no limit too and is kept as 0, another negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_connect_timeout_ms(ws: *mut ckws_websocket, value: c_int) -> Bool {
    set(ws, "ConnectTimeoutMs", |ws| ws.client().set_connect_timeout_ms(value))
}

/// Whether ckws_connect verifies the server's certificate: chain, dates and host name. Default true.
///
/// Trusted are the operating system's roots (those of Mozilla, which are built in, where it has none) and those of
/// ckws_add_trusted_roots_pem. The environment variables SSL_CERT_FILE, a PEM file, and SSL_CERT_DIR, folders of them,
/// name others instead of the system's, unless the process runs with more rights than its user (set-user-ID,
/// set-group-ID, capabilities). They are read at the first connect that verifies. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_require_ssl_cert_verify(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, |ws| ws.client().require_ssl_cert_verify())
}

/// Switches the verification of certificates on or off, for connections to come. Without it every attacker on the
/// network can read and change everything; the log of each connect says so. No certificate is refused then, of whatever
/// version, age, host or key; only a signature of the TLS handshake that can be verified and is wrong still fails the
/// connect. Keys for P-521, for Ed448 and only for RSA-PSS need TLS 1.3: with TLS 1.2 the handshake fails, whether certificates
/// are verified or not. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_require_ssl_cert_verify(ws: *mut ckws_websocket, value: Bool) -> Bool {
    set(ws, "RequireSslCertVerify", |ws| {
        ws.client().set_require_ssl_cert_verify(value.is_true());
        Ok(())
    })
}

/// Trusts more certificates in ckws_connect, beside the operating system's: those in `pem_data_or_path`, which
/// is PEM text, or else the name of a PEM file, a regular one of at most 16 MiB. Sections named CERTIFICATE, X509
/// CERTIFICATE and TRUSTED CERTIFICATE (whatever openssl trusts that for) are read, others (keys) are skipped.
///
/// A server's own self-signed certificate may be given too. A certificate that is not an authority's (basicConstraints
/// without CA:TRUE, or keyUsage without keyCertSign) is trusted only for itself and issues no others; the log says so.
///
/// Returns false, and trusts nothing more, when the file cannot be read, holds no certificate or a malformed
/// one. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_add_trusted_roots_pem(
    ws: *mut ckws_websocket,
    pem_data_or_path: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let pem = unsafe { args::text(pem_data_or_path, "pem_data_or_path") };
    call_unit(ws, "AddTrustedRootsPem", |ws, op| ws.client().add_trusted_roots_pem(op, pem?))
}

/// Adds a header field, such as Origin, Cookie, Authorization or Sec-WebSocket-Protocol, to the opening
/// handshakes that ckws_connect will send. A field that was added under the same name is replaced. User-Agent is
/// libckws/ and the version unless it is added; an empty one sends none.
///
/// Returns false for a name that is not a token, a value with CR, LF, NUL or another control character, and the
/// fields that the handshake itself is made of (Upgrade, Connection, Sec-WebSocket-Key, -Version, -Accept,
/// -Extensions). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_add_request_header(
    ws: *mut ckws_websocket,
    name: *const c_char,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (name, value) = unsafe { (args::text(name, "name"), args::text(value, "value")) };
    call_unit(ws, "AddRequestHeader", |ws, _| ws.add_request_header(name?, value?))
}

/// Removes the header field of that name that ckws_add_request_header added; also true when there is none. A removed
/// User-Agent is the library's own again. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_remove_request_header(
    ws: *mut ckws_websocket,
    name: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let name = unsafe { args::text(name, "name") };
    call_unit(ws, "RemoveRequestHeader", |ws, op| {
        ws.remove_request_header(op, name?);
        Ok(())
    })
}

/// MaxMessageSize: how many bytes of received data may be held; 0 is no limit. Default 64 MiB. A message that
/// would be larger fails the connection with Close 1009. -1 if the handle is not alive.
///
/// While earlier messages that were not taken fill it, reads fail with reason 99 and the connection stays.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_max_message_size(ws: *mut ckws_websocket) -> i64 {
    get(ws, -1, |ws| i64::try_from(ws.max_message_size()).unwrap_or(i64::MAX))
}

/// Sets MaxMessageSize, from the next frame on; -1 is no limit too and is kept as 0, another negative value is refused.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_max_message_size(ws: *mut ckws_websocket, bytes: i64) -> Bool {
    set(ws, "MaxMessageSize", |ws| ws.set_max_message_size(bytes))
}

/// AutoFlush: whether each frame leaves before the call that sends it returns. With false, frames gather, and
/// leave when they are 32 KiB, at ckws_flush, before a read waits, at once while another thread's read waits,
/// and before a Close: fewer system calls for many small messages. Default true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_auto_flush(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, WebSocket::auto_flush)
}

/// Sets AutoFlush. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_auto_flush(ws: *mut ckws_websocket, value: Bool) -> Bool {
    set(ws, "AutoFlush", |ws| {
        ws.set_auto_flush(value.is_true());
        Ok(())
    })
}

/// CloseAutoRespond: whether a received Close is answered, and the connection then ended, by the read that
/// meets it. Default true; with false the program answers by ckws_send_close. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_close_auto_respond(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, WebSocket::close_auto_respond)
}

/// Sets CloseAutoRespond. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_close_auto_respond(ws: *mut ckws_websocket, value: Bool) -> Bool {
    set(ws, "CloseAutoRespond", |ws| {
        ws.set_close_auto_respond(value.is_true());
        Ok(())
    })
}

/// CloseTimeoutMs: how long reads wait for the peer's Close once ours has left, independent of IdleTimeoutMs, in
/// milliseconds; 0 is no limit. Default 10000. Then the read fails with CKWS_ERROR_CLOSE_TIMEOUT and
/// ReadFrameFailReason 1, and the connection is closed. Frames that arrive before are delivered. ckws_try_read_frame
/// and ckws_poll_data_available, which never wait, look at the time when they are called. -1 if the handle is not
/// alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_close_timeout_ms(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| as_int(ws.session().close_timeout_ms()))
}

/// Sets CloseTimeoutMs, from the next wait on; -1 is no limit too and is kept as 0, another negative value is refused.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_close_timeout_ms(ws: *mut ckws_websocket, value: c_int) -> Bool {
    set(ws, "CloseTimeoutMs", |ws| ws.set_close_timeout_ms(value))
}

/// IdleTimeoutMs: how long a read or send may go without a byte arriving or leaving, in milliseconds; 0 is no
/// limit. Default 30000. A call in which bytes keep moving may take longer. -1 if the handle is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_idle_timeout_ms(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| as_int(ws.client().idle_timeout_ms()))
}

/// Sets IdleTimeoutMs; -1 is no limit too and is kept as 0, another negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_idle_timeout_ms(ws: *mut ckws_websocket, value: c_int) -> Bool {
    set(ws, "IdleTimeoutMs", |ws| ws.client().set_idle_timeout_ms(value))
}

/// PingAutoRespond: whether a received Ping is answered, and not delivered, by the read that meets it. Default
/// true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_ping_auto_respond(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, WebSocket::ping_auto_respond)
}

/// Sets PingAutoRespond. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_ping_auto_respond(ws: *mut ckws_websocket, value: Bool) -> Bool {
    set(ws, "PingAutoRespond", |ws| {
        ws.set_ping_auto_respond(value.is_true());
        Ok(())
    })
}

/// PongAutoConsume: whether a received Pong is swallowed, so that the read continues. Default true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_pong_auto_consume(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, WebSocket::pong_auto_consume)
}

/// Sets PongAutoConsume. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_pong_auto_consume(ws: *mut ckws_websocket, value: Bool) -> Bool {
    set(ws, "PongAutoConsume", |ws| {
        ws.set_pong_auto_consume(value.is_true());
        Ok(())
    })
}

/// UncommonOptions: a comma-separated list of keywords; "" by default. AllowInsecureBasicAuth: send Basic
/// credentials over clear text to another host too. ProtectFromVpn and unknown keywords are kept and have no
/// effect.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_uncommon_options(ws: *mut ckws_websocket) -> *const c_char {
    get_text(ws, |ws| ws.client().uncommon_options())
}

/// Sets UncommonOptions. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_set_uncommon_options(
    ws: *mut ckws_websocket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(ws, "UncommonOptions", |ws| ws.client().set_uncommon_options(value?))
}
