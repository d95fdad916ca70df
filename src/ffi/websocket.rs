//! `ckws_*`: the WebSocket.

use super::boundary::{self, call, call_text, entry, get, get_text, object_argument, run, set};
use super::handle::{ckws_bin_data, ckws_rest, ckws_string_builder, ckws_websocket};
use super::{strings, text};
use crate::base::Result;
use crate::object::{BinData, Object, Rest, StringBuilder, WebSocket};
use crate::proto::ws::opcode::Opcode;
use crate::sys::thread;
use std::ffi::{c_char, c_int};
use std::sync::Arc;

/// Creates a WebSocket object, not connected.
///
/// Returns the handle, which the caller disposes with ckws_dispose; NULL when memory or handles (a million) run
/// out. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_create() -> *mut ckws_websocket {
    boundary::create()
}

/// Disposes the handle. A call that is blocked in the object ends with failure; a connection is closed hard (no
/// Close frame). Strings and data lent by the handle end. NULL and a handle that is not alive are ignored.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_dispose(ws: *mut ckws_websocket) {
    boundary::dispose(ws);
}

/// CloseAutoRespond: whether a received Close is answered, and the connection then closed, automatically.
/// Default true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_close_auto_respond(ws: *mut ckws_websocket) -> bool {
    get(ws, false, WebSocket::close_auto_respond)
}

/// Sets CloseAutoRespond; false only if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_close_auto_respond(ws: *mut ckws_websocket, value: bool) -> bool {
    set(ws, "CloseAutoRespond", |ws| {
        ws.set_close_auto_respond(value);
        Ok(())
    })
}

/// CloseReason: the reason in the Close frame that was received; "" if none was, or none came.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_close_reason(ws: *mut ckws_websocket) -> *const c_char {
    get_text(ws, |ws| {
        ws.session()
            .with_facts(|facts| facts.close.as_ref().map_or_else(String::new, |close| close.reason.clone()))
    })
}

/// CloseReceived: whether a Close frame was received on this connection. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_close_received(ws: *mut ckws_websocket) -> bool {
    get(ws, false, |ws| ws.session().with_facts(|facts| facts.close.is_some()))
}

/// CloseStatusCode: the status code in the Close frame that was received; 0 if it had none or none came, -1 if
/// the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_close_status_code(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| {
        let code = ws.session().with_facts(|facts| facts.close.as_ref().and_then(|close| close.code));
        code.map_or(0, c_int::from)
    })
}

/// DebugLogFilePath: the file that the account of each method call is appended to; "" for none (the default).
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_debug_log_file_path(ws: *mut ckws_websocket) -> *const c_char {
    get_text(ws, |ws| ws.common().debug_log_file_path())
}

/// Sets DebugLogFilePath. The opening of each account is written before the call can block, so that a hang shows
/// where. A file that cannot be written fails no call. Returns false for NULL or text that is not UTF-8.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_set_debug_log_file_path(ws: *mut ckws_websocket, value: *const c_char) -> bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { text::argument(value, "value") };
    set(ws, "DebugLogFilePath", |ws| value.map(|value| ws.common().set_debug_log_file_path(value)))
}

/// FinalFrame: whether the last data frame that was read is the last of its message. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_final_frame(ws: *mut ckws_websocket) -> bool {
    get(ws, false, |ws| ws.session().with_facts(|facts| facts.final_frame))
}

/// FrameDataLen: how many bytes of data frames have accumulated and can be taken; stops at INT_MAX (see
/// ckws_get_frame_data_size). Control payloads never count. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_frame_data_len(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| c_int::try_from(ws.session().received_len()).unwrap_or(c_int::MAX))
}

/// How many bytes of data frames have accumulated and can be taken, exactly; -1 if the handle is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_frame_data_size(ws: *mut ckws_websocket) -> i64 {
    get(ws, -1, |ws| i64::try_from(ws.session().received_len()).unwrap_or(i64::MAX))
}

/// FrameOpcode: the last frame that was read, as "Continuation", "Text", "Binary", "Close", "Ping" or "Pong"; ""
/// before the first. A constant string, valid for ever. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_frame_opcode(ws: *mut ckws_websocket) -> *const c_char {
    let opcode = get(ws, None, |ws| ws.session().with_facts(|facts| facts.opcode));
    strings::constant(match opcode {
        None => c"",
        Some(Opcode::Continuation) => c"Continuation",
        Some(Opcode::Text) => c"Text",
        Some(Opcode::Binary) => c"Binary",
        Some(Opcode::Close) => c"Close",
        Some(Opcode::Ping) => c"Ping",
        Some(Opcode::Pong) => c"Pong",
    })
}

/// FrameOpcodeInt: the last frame that was read, as one of CKWS_OPCODE_; 0 before the first, when
/// ckws_get_frame_opcode is "". -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_frame_opcode_int(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| {
        let opcode = ws.session().with_facts(|facts| facts.opcode);
        opcode.map_or(0, |opcode| c_int::from(opcode.bits()))
    })
}

/// IdleTimeoutMs: the longest stall while receiving or sending, in milliseconds; 0 is no limit. Default 30000.
/// It is no limit for a whole call. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_idle_timeout_ms(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| as_int(ws.idle_timeout_ms()))
}

/// Sets IdleTimeoutMs; a negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_idle_timeout_ms(ws: *mut ckws_websocket, value: c_int) -> bool {
    set(ws, "IdleTimeoutMs", |ws| ws.set_idle_timeout_ms(value))
}

/// IsConnected: whether the WebSocket is open: from the validated handshake until a Close was received and
/// answered, the connection failed, or it was closed. Asks nobody; a peer that went away is noticed by reading or
/// sending. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_is_connected(ws: *mut ckws_websocket) -> bool {
    get(ws, false, |ws| ws.session().is_open())
}

/// LastErrorText: the account of the calling thread's latest method on this handle (or, if it made none, of the
/// handle's latest), after success too: an indented tree of facts that ends with Success. or Failed.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Never NULL; for a handle that is not
/// alive, a constant sentence that says so. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_error_text(ws: *mut ckws_websocket) -> *const c_char {
    boundary::last_error_text(ws)
}

/// Copies what ckws_get_last_error_text returns into `buf`, of `cap` bytes, NUL-terminated and cut at a character
/// if it does not fit. `buf` may be NULL.
///
/// Returns the length of the whole text without its NUL, so `cap` should be one more. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_copy_last_error_text(
    ws: *mut ckws_websocket,
    buf: *mut c_char,
    cap: usize,
) -> usize {
    entry(ws, 0, |entry| {
        let text = entry.journal.text(thread::id());
        // SAFETY: the caller promises NULL or a buffer of `cap` bytes.
        unsafe { text::copy_out(&text, buf, cap) }
    })
}

/// The failure of the calling thread's latest method as a number of enum ckws_error; CKWS_ERROR_NONE after
/// success, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_error_code(ws: *mut ckws_websocket) -> c_int {
    boundary::last_error_code(ws)
}

/// LastMethodSuccess: whether the calling thread's latest method succeeded. Properties do not touch it, except
/// for a set that was refused. ckws_poll_data_available, ckws_get_frame_data_bd and _sb always set it true, unless
/// an argument was refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_method_success(ws: *mut ckws_websocket) -> bool {
    boundary::last_method_success(ws)
}

/// Sets LastMethodSuccess, as the calling thread sees it. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_last_method_success(ws: *mut ckws_websocket, value: bool) -> bool {
    boundary::set_last_method_success(ws, value)
}

/// NeedSendPong: whether a Ping was delivered (PingAutoRespond is false) and not answered by ckws_send_pong yet.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_need_send_pong(ws: *mut ckws_websocket) -> bool {
    get(ws, false, |ws| ws.session().has_unanswered_ping())
}

/// PingAutoRespond: whether a received Ping is answered automatically and not delivered. It happens while a read
/// runs. Default true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_ping_auto_respond(ws: *mut ckws_websocket) -> bool {
    get(ws, false, WebSocket::ping_auto_respond)
}

/// Sets PingAutoRespond. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_ping_auto_respond(ws: *mut ckws_websocket, value: bool) -> bool {
    set(ws, "PingAutoRespond", |ws| {
        ws.set_ping_auto_respond(value);
        Ok(())
    })
}

/// PongAutoConsume: whether a received Pong is swallowed and reading goes on. Default true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_pong_auto_consume(ws: *mut ckws_websocket) -> bool {
    get(ws, false, WebSocket::pong_auto_consume)
}

/// Sets PongAutoConsume. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_pong_auto_consume(ws: *mut ckws_websocket, value: bool) -> bool {
    set(ws, "PongAutoConsume", |ws| {
        ws.set_pong_auto_consume(value);
        Ok(())
    })
}

/// PongConsumed: whether the last read swallowed a Pong. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_pong_consumed(ws: *mut ckws_websocket) -> bool {
    get(ws, false, |ws| ws.session().with_facts(|facts| facts.pong_consumed))
}

/// ReadFrameFailReason: why the last read failed, one of CKWS_READ_; 0 after success, -1 if the handle is not
/// alive. ckws_get_last_error_code is finer. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_read_frame_fail_reason(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, WebSocket::read_frame_fail_reason)
}

/// UncommonOptions: a comma-separated list of keywords; "" by default. AllowInsecureBasicAuth sends Basic
/// credentials over clear text also to another host. ProtectFromVpn and unknown keywords are kept and have no
/// effect.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_uncommon_options(ws: *mut ckws_websocket) -> *const c_char {
    get_text(ws, WebSocket::uncommon_options)
}

/// Sets UncommonOptions. Returns false for NULL or text that is not UTF-8. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_set_uncommon_options(ws: *mut ckws_websocket, value: *const c_char) -> bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { text::argument(value, "value") };
    set(ws, "UncommonOptions", |ws| value.map(|value| ws.set_uncommon_options(value)))
}

/// VerboseLogging: whether accounts get more detail. Default false. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_verbose_logging(ws: *mut ckws_websocket) -> bool {
    get(ws, false, |ws| ws.common().is_verbose())
}

/// Sets VerboseLogging. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_verbose_logging(ws: *mut ckws_websocket, value: bool) -> bool {
    set(ws, "VerboseLogging", |ws| {
        ws.common().set_verbose(value);
        Ok(())
    })
}

/// Version: the library's version, as ckws_version. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_version(ws: *mut ckws_websocket) -> *const c_char {
    entry(ws, strings::empty(), |_| strings::version())
}

/// ConnectTimeoutMs: the time that ckws_connect may take in all: name lookup, TCP, TLS and the HTTP handshake, in
/// milliseconds; 0 is no limit. Default 30000. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_connect_timeout_ms(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| as_int(ws.connect_timeout_ms()))
}

/// Sets ConnectTimeoutMs; a negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_connect_timeout_ms(ws: *mut ckws_websocket, value: c_int) -> bool {
    set(ws, "ConnectTimeoutMs", |ws| ws.set_connect_timeout_ms(value))
}

/// Whether ckws_connect verifies the server's certificate: chain, dates and host name. Default true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_require_ssl_cert_verify(ws: *mut ckws_websocket) -> bool {
    get(ws, false, WebSocket::require_ssl_cert_verify)
}

/// Switches the verification of certificates on or off, for connections to come. With it off anybody on the way
/// can read and change everything; the account of each connect says so. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_require_ssl_cert_verify(ws: *mut ckws_websocket, value: bool) -> bool {
    set(ws, "RequireSslCertVerify", |ws| {
        ws.set_require_ssl_cert_verify(value);
        Ok(())
    })
}

/// Trusts the certificates of a PEM text, or of the file of that name, for ckws_connect, beside the operating
/// system's. A server's own self-signed certificate may be given too.
///
/// Returns false, and trusts nothing more, when the file cannot be read or a certificate is malformed.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_add_trusted_roots_pem(
    ws: *mut ckws_websocket,
    pem_data_or_path: *const c_char,
) -> bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let pem = unsafe { text::argument(pem_data_or_path, "pem_data_or_path") };
    call(ws, "AddTrustedRootsPem", false, |ws, cx| ws.add_trusted_roots_pem(cx, pem?).map(|()| true))
}

/// Adds a header field to the opening handshake of ckws_connect, or replaces one of the same name; an empty
/// Sec-WebSocket-Protocol, Origin, Cookie or Authorization is such a field. Kept for later connects.
///
/// Returns false for a name that is not a token, a value with CR, LF, NUL or another control character, and the
/// fields that the handshake itself is made of (Upgrade, Connection, Sec-WebSocket-Key, -Version, -Accept,
/// -Extensions). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_add_request_header(
    ws: *mut ckws_websocket,
    name: *const c_char,
    value: *const c_char,
) -> bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (name, value) = unsafe { (text::argument(name, "name"), text::argument(value, "value")) };
    call(ws, "AddRequestHeader", false, |ws, _| ws.add_request_header(name?, value?).map(|()| true))
}

/// Connects to a ws:// or wss:// URL: name lookup, TCP, TLS, opening handshake and its validation (RFC 6455
/// section 4.1). "ws://user:password@host:port/path?query" sends Basic authentication. A connection that the
/// object has is closed hard first.
///
/// Blocks up to ConnectTimeoutMs. Returns false with a text and code that say what was wrong; after a refusal by
/// the server ckws_get_response_status_code and ckws_response_hdr_by_name tell its answer. Redirects are not
/// followed. Data lent by this handle ends. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_connect(ws: *mut ckws_websocket, url: *const c_char) -> bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let url = unsafe { text::argument(url, "url") };
    run(ws, "Connect", false, async |ws: &WebSocket, cx| ws.connect(cx, url?).await.map(|()| true))
}

/// UseConnection: begins a session over a connected Rest, on which the program then sends the handshake:
/// ckws_use_connection, ckws_add_client_headers, ckws_rest_full_request_no_body with GET, and
/// ckws_validate_server_handshake. A connection that the object has is closed hard; its data is gone, settings
/// stay.
///
/// The Rest is shared: it may be disposed afterwards. Returns false if it is not connected, or serves another
/// WebSocket's handshake. Data lent by this handle ends. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_use_connection(ws: *mut ckws_websocket, rest: *mut ckws_rest) -> bool {
    let rest: Result<Arc<Rest>> = object_argument(rest, "rest");
    call(ws, "UseConnection", false, |ws, _| ws.use_connection(&rest?).map(|()| true))
}

/// AddClientHeaders: adds Upgrade, Connection, a fresh Sec-WebSocket-Key and Sec-WebSocket-Version to the Rest of
/// ckws_use_connection. Returns false without one. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_add_client_headers(ws: *mut ckws_websocket) -> bool {
    call(ws, "AddClientHeaders", false, |ws, _| ws.add_client_headers().map(|()| true))
}

/// ValidateServerHandshake: checks the response that the Rest has read (RFC 6455 section 4.2.2): status 101,
/// Upgrade, Connection, Sec-WebSocket-Accept, no extension, no subprotocol that was not asked for. If all is well
/// the connection becomes the WebSocket's and the Rest is not connected any more.
///
/// Returns false otherwise; the code says what was wrong. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_validate_server_handshake(ws: *mut ckws_websocket) -> bool {
    call(ws, "ValidateServerHandshake", false, |ws, cx| ws.validate_server_handshake(cx).map(|()| true))
}

/// The status code of the handshake's response: 101 after success, the server's answer after a refusal, 0 before.
/// -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_response_status_code(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| ws.response().map_or(0, |head| c_int::from(head.status)))
}

/// A field of the handshake's response, the first of that name; NULL if there is none or no response.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_response_hdr_by_name(
    ws: *mut ckws_websocket,
    name: *const c_char,
) -> *const c_char {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let name = unsafe { text::argument(name, "name") };
    call_text(ws, "ResponseHdrByName", |ws, _| ws.response_field(name?))
}

/// The subprotocol that the server chose among those of the request's Sec-WebSocket-Protocol; "" for none.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_subprotocol(ws: *mut ckws_websocket) -> *const c_char {
    get_text(ws, WebSocket::subprotocol)
}

/// ReadFrame: reads one frame. Payload of data frames accumulates until it is taken by ckws_get_frame_data and its
/// siblings; what the frame is, ckws_get_frame_opcode_int and ckws_get_final_frame tell. Pings are answered and
/// Pongs swallowed on the way (PingAutoRespond, PongAutoConsume). A Close is a frame: success, opcode 8.
///
/// Blocks while frames keep coming that are not delivered, and each time nothing arrives for up to IdleTimeoutMs.
/// Returns false with ReadFrameFailReason set; after a time-out (reason 1) the connection is as before, and the
/// part of a frame that has arrived stays. Data lent to this thread by ckws_receive, and by
/// ckws_get_frame_data_bytes, ends. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_read_frame(ws: *mut ckws_websocket) -> bool {
    run(ws, "ReadFrame", false, async |ws: &WebSocket, cx| ws.read_frame(cx).await.map(|()| true))
}

/// Reads frames until a message is whole; its payload has then accumulated behind what was there. Returns early,
/// with success, at a control frame that ckws_read_frame would deliver: the parts stay. The opcode is the
/// message's. Otherwise as ckws_read_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_read_message(ws: *mut ckws_websocket) -> bool {
    run(ws, "ReadMessage", false, async |ws: &WebSocket, cx| ws.read_message(cx).await.map(|()| true))
}

/// Reads one whole message and lends it, in one call: the fast path, and the one for several reading threads.
/// A control frame that ckws_read_frame would deliver (a Close always) is returned at once, with its payload; the
/// parts of an open message stay. What ckws_read_frame has accumulated is the beginning of the message.
///
/// Returns the opcode, CKWS_OPCODE_TEXT, _BINARY, _CLOSE, _PING or _PONG, and sets `*data` (never NULL then) and
/// `*len`; or -1, NULL and 0, with ReadFrameFailReason set. The loan belongs to the calling thread: it ends at
/// this thread's next read on this handle, or at ckws_use_connection, ckws_connect or the last dispose by any
/// thread. Text is valid UTF-8 and not NUL-terminated. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_receive(
    ws: *mut ckws_websocket,
    data: *mut *const u8,
    len: *mut usize,
) -> c_int {
    let received = run(ws, "Receive", None, async |ws: &WebSocket, cx| {
        let places = (text::place(data, "data")?, text::place(len, "len")?);
        ws.receive(cx).await.map(|message| Some((places, message)))
    });
    // SAFETY: the caller promises that what is not NULL is valid for writing.
    unsafe {
        match received {
            Some(((data, len), (opcode, pointer, count))) => {
                data.put(pointer);
                len.put(count);
                c_int::from(opcode.bits())
            }
            None => {
                text::put_if_given(data, std::ptr::null());
                text::put_if_given(len, 0);
                -1
            }
        }
    }
}

/// Reads a frame as ckws_read_frame does, but never waits; sends what it can of waiting output first.
///
/// Returns true with a frame. False with reason 1 (CKWS_READ_TIMEOUT) when no whole frame is there: then wait with
/// ckws_get_fd for reading, and for writing while ckws_get_wants_write. Other reasons as for ckws_read_frame.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_try_read_frame(ws: *mut ckws_websocket) -> bool {
    call(ws, "TryReadFrame", false, |ws, cx| ws.try_read_frame(cx).map(|()| true))
}

/// PollDataAvailable: whether ckws_read_frame would return at once: a frame that it would deliver is whole in
/// memory, the stream ended, or an error waits. Reads what the kernel has, and handles control frames on the way.
/// Never waits. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_poll_data_available(ws: *mut ckws_websocket) -> bool {
    call(ws, "PollDataAvailable", false, |ws, _| Ok(ws.poll_data_available()))
}

/// GetFrameData: takes the accumulated data as a string; "" if there is none. Bytes that are not UTF-8 are shown
/// as U+FFFD; of a text message that is not complete, a character that is cut at the end stays. A NUL ends the
/// string for C: use ckws_get_frame_data_bytes or a container for binary data.
///
/// Lent until ten more strings were returned by this handle, or its dispose. NULL if the handle is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_frame_data(ws: *mut ckws_websocket) -> *const c_char {
    call_text(ws, "GetFrameData", |ws, _| Ok(ws.frame_data()))
}

/// GetFrameDataBd: takes the accumulated data and appends it to `bd`. Returns false if `bd` is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_frame_data_bd(ws: *mut ckws_websocket, bd: *mut ckws_bin_data) -> bool {
    let bin_data: Result<Arc<BinData>> = object_argument(bd, "bd");
    call(ws, "GetFrameDataBd", false, |ws, _| ws.frame_data_bd(&*bin_data?).map(|()| true))
}

/// GetFrameDataSb: takes the accumulated data and appends it to `sb`, as ckws_get_frame_data shows it. Returns
/// false if `sb` is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_frame_data_sb(ws: *mut ckws_websocket, sb: *mut ckws_string_builder) -> bool {
    let string_builder: Result<Arc<StringBuilder>> = object_argument(sb, "sb");
    call(ws, "GetFrameDataSb", false, |ws, _| ws.frame_data_sb(&*string_builder?).map(|()| true))
}

/// Takes the accumulated data and lends it: no copy, and NULs are no problem.
///
/// Returns a pointer that is never NULL (also when `*len` is 0) and ends at the next read on this handle, at
/// ckws_use_connection, ckws_connect or ckws_dispose; NULL, with `*len` 0, when `len` is NULL or the handle is not
/// alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_get_frame_data_bytes(ws: *mut ckws_websocket, len: *mut usize) -> *const u8 {
    let lent = call(ws, "GetFrameDataBytes", None, |ws, _| {
        let place = text::place(len, "len")?;
        Ok(Some((place, ws.session().lend_received())))
    });
    // SAFETY: the caller promises that what is not NULL is valid for writing.
    unsafe { text::put_lent(lent, len) }
}

/// SendFrame: sends a Text frame; `final_frame` false opens a fragmented message, whose further frames go out as
/// Continuation until one with true.
///
/// Blocks while the peer takes nothing, for up to IdleTimeoutMs each time; with AutoFlush off only once 32 KiB
/// have gathered. A send that fails before its first byte left is withdrawn and the connection stays; after that
/// the connection ends. Returns false then, and when not connected. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_send_frame(
    ws: *mut ckws_websocket,
    text: *const c_char,
    final_frame: bool,
) -> bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { text::argument(text, "text") };
    run(ws, "SendFrame", false, async |ws: &WebSocket, cx| {
        ws.send_frame(cx, Opcode::Text, text?.as_bytes(), final_frame).await.map(|()| true)
    })
}

/// SendFrameBd: sends the bytes of `bd` as a Binary frame; `bd` keeps them. Otherwise as ckws_send_frame.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_send_frame_bd(
    ws: *mut ckws_websocket,
    bd: *mut ckws_bin_data,
    final_frame: bool,
) -> bool {
    let bin_data: Result<Arc<BinData>> = object_argument(bd, "bd");
    run(ws, "SendFrameBd", false, async |ws: &WebSocket, cx| {
        ws.send_frame(cx, Opcode::Binary, &bin_data?.to_vec()?, final_frame).await.map(|()| true)
    })
}

/// SendFrameSb: sends the text of `sb` as a Text frame; `sb` keeps it. Otherwise as ckws_send_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_send_frame_sb(
    ws: *mut ckws_websocket,
    sb: *mut ckws_string_builder,
    final_frame: bool,
) -> bool {
    let string_builder: Result<Arc<StringBuilder>> = object_argument(sb, "sb");
    run(ws, "SendFrameSb", false, async |ws: &WebSocket, cx| {
        ws.send_frame(cx, Opcode::Text, string_builder?.text()?.as_bytes(), final_frame).await.map(|()| true)
    })
}

/// Sends a whole text message of `len` bytes, which must be UTF-8 and may hold NULs. Fails, and sends nothing,
/// while a fragmented message is open. Otherwise as ckws_send_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_send_text(ws: *mut ckws_websocket, text: *const c_char, len: usize) -> bool {
    // SAFETY: the caller promises `len` readable bytes.
    let text = unsafe { text::text(text, len, "text") };
    run(ws, "SendText", false, async |ws: &WebSocket, cx| {
        ws.send_message(cx, Opcode::Text, text?.as_bytes()).await.map(|()| true)
    })
}

/// Sends a whole binary message of `len` bytes. Fails, and sends nothing, while a fragmented message is open.
/// Otherwise as ckws_send_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_send_binary(ws: *mut ckws_websocket, data: *const u8, len: usize) -> bool {
    // SAFETY: the caller promises `len` readable bytes.
    let data = unsafe { text::bytes(data, len, "data") };
    run(ws, "SendBinary", false, async |ws: &WebSocket, cx| {
        ws.send_message(cx, Opcode::Binary, data?).await.map(|()| true)
    })
}

/// SendPing: sends a Ping with this text, cut to 125 bytes at a character; NULL or "" for none. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_send_ping(ws: *mut ckws_websocket, ping_data: *const c_char) -> bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let data = unsafe { text::optional(ping_data, "ping_data") };
    run(ws, "SendPing", false, async |ws: &WebSocket, cx| ws.send_ping(cx, data?).await.map(|()| true))
}

/// SendPong: answers the newest Ping that was delivered and not answered, with its data; without one, sends an
/// empty Pong. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_send_pong(ws: *mut ckws_websocket) -> bool {
    run(ws, "SendPong", false, async |ws: &WebSocket, cx| ws.send_pong(cx).await.map(|()| true))
}

/// SendClose: sends a Close behind everything that was queued before it; after it, sending fails. With
/// `include_status` it carries `status_code` (0 to 16383; 1000 is a normal closure, RFC 6455 section 7.4) and
/// `reason`, cut to 123 bytes at a character; NULL or "" for none. Without, the body is empty.
///
/// If it answers a Close that was received, the connection is then closed; else read on until the peer's comes.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_send_close(
    ws: *mut ckws_websocket,
    include_status: bool,
    status_code: c_int,
    reason: *const c_char,
) -> bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let reason = unsafe { text::optional(reason, "reason") };
    run(ws, "SendClose", false, async |ws: &WebSocket, cx| {
        ws.send_close(cx, include_status, status_code, reason?).await.map(|()| true)
    })
}

/// CloseConnection: ends the connection at once, without a Close frame; unsent data is discarded. A call that is
/// blocked in another thread ends with reason 3. What was received and not taken stays. Also true when there is no
/// connection. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_close_connection(ws: *mut ckws_websocket) -> bool {
    call(ws, "CloseConnection", false, |ws, _| {
        ws.close_connection();
        Ok(true)
    })
}

/// MaxMessageSize: the limit for received data that is held: a message that would be larger fails the connection
/// with 1009. 0 is no limit. Default 64 MiB. -1 if the handle is not alive.
///
/// While earlier messages that were not taken fill it, ckws_read_frame fails with reason 99 and the connection
/// stays. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_max_message_size(ws: *mut ckws_websocket) -> i64 {
    get(ws, -1, |ws| i64::try_from(ws.max_message_size()).unwrap_or(i64::MAX))
}

/// Sets MaxMessageSize, from the next frame on; a negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_max_message_size(ws: *mut ckws_websocket, bytes: i64) -> bool {
    set(ws, "MaxMessageSize", |ws| ws.set_max_message_size(bytes))
}

/// AutoFlush: whether each frame leaves before the call that sends it returns. With false, frames gather, and
/// leave when 32 KiB have, at ckws_flush, before a read waits, at once while another thread's read waits, and
/// before a Close. Default true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_auto_flush(ws: *mut ckws_websocket) -> bool {
    get(ws, false, WebSocket::auto_flush)
}

/// Sets AutoFlush. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_auto_flush(ws: *mut ckws_websocket, value: bool) -> bool {
    set(ws, "AutoFlush", |ws| {
        ws.set_auto_flush(value);
        Ok(())
    })
}

/// Sends what has gathered and waits until all of it has left, each stall up to IdleTimeoutMs. Also reports an
/// earlier write that failed when nobody waited for it. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_flush(ws: *mut ckws_websocket) -> bool {
    run(ws, "Flush", false, async |ws: &WebSocket, cx| ws.flush(cx).await.map(|()| true))
}

/// Sends what can leave without waiting. True once nothing is left; false with CKWS_ERROR_WOULD_BLOCK while
/// something is. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_try_flush(ws: *mut ckws_websocket) -> bool {
    call(ws, "TryFlush", false, |ws, _| ws.session().try_flush().map(|()| true))
}

/// How many encoded bytes were accepted for sending and have not left; -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_pending_send_bytes(ws: *mut ckws_websocket) -> i64 {
    get(ws, -1, |ws| i64::try_from(ws.session().pending_send_bytes()).unwrap_or(i64::MAX))
}

/// The connection's file descriptor for the program's poll set; -1 without a connection. Borrowed: not to be
/// closed, read or written. It stays open until ckws_dispose or the next connect. It tells of the kernel only, so
/// call ckws_try_read_frame until reason 1 before each wait. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_fd(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| ws.session().show_fd().unwrap_or(-1))
}

/// Whether output waits, so that the program's loop should wait for writability too. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_wants_write(ws: *mut ckws_websocket) -> bool {
    get(ws, false, |ws| ws.session().wants_write())
}

/// A number as C's int, which stops at its end.
pub(super) fn as_int(value: u32) -> c_int {
    c_int::try_from(value).unwrap_or(c_int::MAX)
}
