//! Settings, and the account of the latest call.

use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{self, as_int, call_unit, entry, get, get_text, set};
use crate::ffi::websocket::ckws_websocket;
use crate::ffi::{strings, text};
use crate::object::{Object, WebSocket};
use std::ffi::{c_char, c_int};

/// ConnectTimeoutMs: how long ckws_connect may take in all (name lookup, TCP, TLS, HTTP handshake), in
/// milliseconds; 0 is no limit. Default 30000. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_connect_timeout_ms(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| as_int(ws.client().connect_timeout_ms()))
}

/// Sets ConnectTimeoutMs; -1 is no limit too and is kept as 0, another negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_connect_timeout_ms(ws: *mut ckws_websocket, value: c_int) -> Bool {
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

/// Switches the verification of certificates on or off, for connections to come. Without it anybody on the way
/// can read and change everything; the log of each connect says so. No certificate is refused then, of whatever
/// version, age, host or key; only a signature of the TLS handshake that can be verified and is wrong still fails the
/// connect. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_require_ssl_cert_verify(ws: *mut ckws_websocket, value: Bool) -> Bool {
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
/// without CA:TRUE, or keyUsage without keyCertSign) is trusted for itself alone and issues no others; the log says so.
///
/// Returns false, and trusts nothing more, when the file cannot be read, holds no certificate or a malformed
/// one. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_add_trusted_roots_pem(
    ws: *mut ckws_websocket,
    pem_data_or_path: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let pem = unsafe { text::argument(pem_data_or_path, "pem_data_or_path") };
    call_unit(ws, "AddTrustedRootsPem", |ws, cx| ws.client().add_trusted_roots_pem(cx, pem?))
}

/// Adds a header field, such as Origin, Cookie, Authorization or Sec-WebSocket-Protocol, to the opening
/// handshakes that ckws_connect will send. A field that was added under the same name is replaced. User-Agent is
/// libckws/ and the version unless it is added; an empty one sends none.
///
/// Returns false for a name that is not a token, a value with CR, LF, NUL or another control character, and the
/// fields that the handshake itself is made of (Upgrade, Connection, Sec-WebSocket-Key, -Version, -Accept,
/// -Extensions). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_add_request_header(
    ws: *mut ckws_websocket,
    name: *const c_char,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (name, value) = unsafe { (text::argument(name, "name"), text::argument(value, "value")) };
    call_unit(ws, "AddRequestHeader", |ws, _| ws.add_request_header(name?, value?))
}

/// Removes the header field of that name that ckws_add_request_header added; also true when there is none. A removed
/// User-Agent is the library's own again. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_remove_request_header(ws: *mut ckws_websocket, name: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let name = unsafe { text::argument(name, "name") };
    call_unit(ws, "RemoveRequestHeader", |ws, cx| {
        ws.remove_request_header(cx, name?);
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
pub extern "C" fn ckws_set_max_message_size(ws: *mut ckws_websocket, bytes: i64) -> Bool {
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
pub extern "C" fn ckws_set_auto_flush(ws: *mut ckws_websocket, value: Bool) -> Bool {
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
pub extern "C" fn ckws_set_close_auto_respond(ws: *mut ckws_websocket, value: Bool) -> Bool {
    set(ws, "CloseAutoRespond", |ws| {
        ws.set_close_auto_respond(value.is_true());
        Ok(())
    })
}

/// CloseTimeoutMs: how long reads wait for the peer's Close once ours has left, whatever IdleTimeoutMs is, in
/// milliseconds; 0 is no limit. Default 10000. Then the read fails with CKWS_ERROR_CLOSE_TIMEOUT and
/// ReadFrameFailReason 1, and the connection is closed. Frames that arrive before are delivered. ckws_try_read_frame and
/// ckws_poll_data_available, which never wait, look at the time when they are called. -1 if the handle is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_close_timeout_ms(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| as_int(ws.session().close_timeout_ms()))
}

/// Sets CloseTimeoutMs, from the next wait on; -1 is no limit too and is kept as 0, another negative value is refused.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_close_timeout_ms(ws: *mut ckws_websocket, value: c_int) -> Bool {
    set(ws, "CloseTimeoutMs", |ws| ws.set_close_timeout_ms(value))
}

/// DebugLogFilePath: the file that the account of each method call (LastErrorText) is appended to; "" for none,
/// the default.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_debug_log_file_path(ws: *mut ckws_websocket) -> *const c_char {
    get_text(ws, |ws| ws.common().debug_log_file_path())
}

/// Sets DebugLogFilePath. The opening of each account is written before the call can block, so that a hang shows where.
/// A file that is made is readable and writable by its owner alone (mode 0600). A symbolic link is followed only if the
/// process's user or root owns it. A file that cannot be written, such as a pipe without a reader, fails no call, and no
/// SIGPIPE or SIGXFSZ is raised. Returns false for NULL or text that
/// is not UTF-8. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_set_debug_log_file_path(ws: *mut ckws_websocket, value: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { text::argument(value, "value") };
    set(ws, "DebugLogFilePath", |ws| ws.common().set_debug_log_file_path(value?))
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
pub extern "C" fn ckws_set_idle_timeout_ms(ws: *mut ckws_websocket, value: c_int) -> Bool {
    set(ws, "IdleTimeoutMs", |ws| ws.client().set_idle_timeout_ms(value))
}

/// LastErrorText: the account of the calling thread's latest method on this handle (if it made none, of the
/// handle's latest), after success too: an indented tree of facts that ends with Success. or Failed. "" before
/// the first method.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Never NULL; for a handle that is
/// not alive, a constant sentence that says so. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_error_text(ws: *mut ckws_websocket) -> *const c_char {
    boundary::call_log::last_error_text(ws)
}

/// How the calling thread's latest method on this handle failed, as one sentence without the rest of the call log: what
/// a program prints behind its own name. "" after a success, and before the first method.
///
/// Valid until ten more strings were returned by this handle, or its dispose. Never NULL; for a handle that is not
/// alive, a constant sentence that says so. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_error_message(ws: *mut ckws_websocket) -> *const c_char {
    boundary::call_log::last_error_message(ws)
}

/// LastErrorXml: the same account as an XML document. In it `CkwsLog` holds a `method` (attributes name, success,
/// elapsedMs), that holds `fact` and `context` (attribute name; a context elapsedMs), `info`, and after a failure
/// `error` (attributes code, name). elapsedMs is left out where nothing waited. No `method` before the first call.
/// Characters that XML 1.0 forbids are shown as `\u{1b}`.
///
/// Lent as ckws_get_last_error_text; never NULL, and well-formed for a handle that is not alive, too. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_error_xml(ws: *mut ckws_websocket) -> *const c_char {
    boundary::call_log::last_error_xml(ws)
}

/// LastErrorHtml: the same account as a page for a browser, without script and other files.
///
/// Lent as ckws_get_last_error_text; never NULL, and a page for a handle that is not alive, too. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_error_html(ws: *mut ckws_websocket) -> *const c_char {
    boundary::call_log::last_error_html(ws)
}

/// Copies LastErrorText into `buf`, which has `cap` bytes: NUL-terminated, and cut at a character if it does
/// not fit. `buf` may be NULL.
///
/// Returns the length of the whole text without its NUL: it fits if that is less than `cap`. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_copy_last_error_text(
    ws: *mut ckws_websocket,
    buf: *mut c_char,
    cap: usize,
) -> usize {
    // SAFETY: the caller promises NULL or a buffer of `cap` bytes.
    boundary::call_log::read_last_error_text(ws, |text| unsafe { text::copy_out(text, buf, cap) })
}

/// The failure of the calling thread's latest method as a number of enum ckws_error; CKWS_ERROR_NONE after
/// success, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_error_code(ws: *mut ckws_websocket) -> c_int {
    boundary::call_log::last_error_code(ws)
}

/// LastMethodSuccess: whether the calling thread's latest method succeeded; true before the first. Properties
/// do not touch it, except for a set that was refused. ckws_poll_data_available, ckws_get_frame_data_bd and
/// ckws_get_frame_data_sb set it true whatever they return, unless an argument was refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_method_success(ws: *mut ckws_websocket) -> Bool {
    boundary::call_log::last_method_success(ws)
}

/// Sets LastMethodSuccess, for the calling thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_last_method_success(ws: *mut ckws_websocket, value: Bool) -> Bool {
    boundary::call_log::set_last_method_success(ws, value)
}

/// PingAutoRespond: whether a received Ping is answered, and not delivered, by the read that meets it. Default
/// true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_ping_auto_respond(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, WebSocket::ping_auto_respond)
}

/// Sets PingAutoRespond. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_ping_auto_respond(ws: *mut ckws_websocket, value: Bool) -> Bool {
    set(ws, "PingAutoRespond", |ws| {
        ws.set_ping_auto_respond(value.is_true());
        Ok(())
    })
}

/// PongAutoConsume: whether a received Pong is swallowed, so that the read goes on. Default true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_pong_auto_consume(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, WebSocket::pong_auto_consume)
}

/// Sets PongAutoConsume. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_pong_auto_consume(ws: *mut ckws_websocket, value: Bool) -> Bool {
    set(ws, "PongAutoConsume", |ws| {
        ws.set_pong_auto_consume(value.is_true());
        Ok(())
    })
}

/// UncommonOptions: a comma-separated list of keywords; "" by default. AllowInsecureBasicAuth: send Basic
/// credentials over clear text to another host too. ProtectFromVpn and unknown keywords are kept and have no
/// effect.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_uncommon_options(ws: *mut ckws_websocket) -> *const c_char {
    get_text(ws, |ws| ws.client().uncommon_options())
}

/// Sets UncommonOptions. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_set_uncommon_options(ws: *mut ckws_websocket, value: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { text::argument(value, "value") };
    set(ws, "UncommonOptions", |ws| ws.client().set_uncommon_options(value?))
}

/// VerboseLogging: whether the accounts of methods (LastErrorText) get more detail. Default false. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_verbose_logging(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, |ws| ws.common().is_verbose())
}

/// Sets VerboseLogging. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_verbose_logging(ws: *mut ckws_websocket, value: Bool) -> Bool {
    set(ws, "VerboseLogging", |ws| {
        ws.common().set_verbose(value.is_true());
        Ok(())
    })
}

/// Version: the library's version, as ckws_version; "" if the handle is not alive. A constant string, valid for
/// ever. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_version(ws: *mut ckws_websocket) -> *const c_char {
    entry(ws, strings::empty(), |_| strings::version())
}
