//! The WebSocket itself, and its connection: by URL, or over a Rest.

use crate::base::Result;
use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{
    self, AsyncMethod, as_int, call_text, call_unit, get, get_text, make_task, object_argument, run_unit,
};
use crate::ffi::rest::ckws_rest;
use crate::ffi::socket::ckws_socket;
use crate::ffi::task::ckws_task;
use crate::ffi::websocket::ckws_websocket;
use crate::object::run_order::Direction;
use crate::object::task::call::Value;
use crate::object::{Requester, Rest, Socket, WebSocket};
use std::ffi::{c_char, c_int};
use std::sync::Arc;

/// IsConnected: whether the WebSocket is open: from the validated handshake until both Close frames have passed, the
/// connection failed, or the program closed it. It asks neither the kernel nor the peer: that a peer has left is
/// noticed by reading or sending. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_is_connected(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, |ws| ws.session().is_open())
}

/// Connects to a ws:// or wss:// URL: name lookup, TCP, TLS, opening handshake and its validation (RFC 6455
/// section 4.1). A user name and password in the URL ("wss://user:password@host/", percent-encoded) are sent as
/// Basic authentication; over clear text only to this machine, or with AllowInsecureBasicAuth
/// (UncommonOptions). A connection that the object has is closed hard first. Redirects are not followed.
///
/// Blocks up to ConnectTimeoutMs. Returns false when any step fails; ckws_get_connect_stage returns which. After a
/// refusal by the server ckws_get_response_status_code, ckws_response_hdr_by_name and ckws_get_response_body return its
/// answer. Data that this handle has returned is no longer valid. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_connect(ws: *mut ckws_websocket, url: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let url = unsafe { args::text(url, "url") };
    run_unit(ws, "Connect", async |ws, op| ws.connect(op, url?).await)
}

/// ckws_connect as a task; the URL is copied. The result is a bool. While it runs no other task of this handle does:
/// those that were run after it find the connection made, or not made.
///
/// Returns the task, which the caller disposes; NULL if the argument is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_connect_async(
    ws: *mut ckws_websocket,
    url: *const c_char,
) -> *mut ckws_task {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let url = unsafe { args::text(url, "url") }.and_then(args::copy);
    let method = AsyncMethod::new("Connect", "ConnectAsync", Direction::Both);
    make_task(ws, method, url, |ws, op, url| {
        Box::pin(async move { ws.connect(op, url).await.map(Value::from) })
    })
}

/// Lets later calls of ckws_connect go the way that `settings` describes: its socket options and its TLS settings. Of
/// this handle are the header fields, RequireSslCertVerify, ConnectTimeoutMs and IdleTimeoutMs; the roots of both are
/// trusted. The settings are those of the moment of the connect. Without a heartbeat of its own this handle uses the
/// Socket's.
///
/// The Socket is shared: the program may dispose its handle. Another one replaces it; one whose settings were never
/// changed is as none. Returns false if the Socket is itself connected (CKWS_ERROR_ALREADY_CONNECTED), as ckws_connect
/// does then. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_transport(ws: *mut ckws_websocket, settings: *mut ckws_socket) -> Bool {
    let socket: Result<Arc<Socket>> = object_argument(settings, "settings");
    call_unit(ws, "SetTransport", |ws, _| ws.set_transport(&socket?))
}

/// UseConnection: begins a session over a connected Rest, on which the program then makes the opening handshake:
/// ckws_use_connection, ckws_add_client_headers, ckws_rest_full_request_no_body with "GET",
/// ckws_validate_server_handshake. A connection that the WebSocket has is closed hard and its data is dropped; settings
/// stay.
///
/// The Rest is shared: the program may dispose its handle once the handshake is made. Returns false if the Rest is not
/// connected, or serves another WebSocket's handshake. Data that this handle has returned is no longer valid. Since
/// 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_use_connection(ws: *mut ckws_websocket, rest: *mut ckws_rest) -> Bool {
    let rest: Result<Arc<Rest>> = object_argument(rest, "rest");
    call_unit(ws, "UseConnection", |ws, op| ws.use_connection(op, &rest?))
}

/// AddClientHeaders: adds Upgrade, Connection, a fresh Sec-WebSocket-Key and Sec-WebSocket-Version to the
/// requests of the Rest that ckws_use_connection was given. Returns false without one. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_add_client_headers(ws: *mut ckws_websocket) -> Bool {
    call_unit(ws, "AddClientHeaders", |ws, _| ws.add_client_headers())
}

/// ValidateServerHandshake: checks the response that the Rest has read (RFC 6455 section 4.2.2): status 101,
/// Upgrade, Connection, Sec-WebSocket-Accept, no extension, no subprotocol that was not asked for. Then the
/// connection is the WebSocket's, and the Rest is not connected any more.
///
/// Returns false if a check fails; ckws_get_last_error_code says which. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_validate_server_handshake(ws: *mut ckws_websocket) -> Bool {
    call_unit(ws, "ValidateServerHandshake", |ws, op| ws.validate_server_handshake(op))
}

/// The status code of the response to the opening handshake: 101 after success, the server's answer after a
/// refusal, 0 before. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_response_status_code(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| c_int::from(ws.response_status_code()))
}

/// The value of a header field of the response to the opening handshake, the first of that name; NULL if there
/// is none, or no response.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_response_hdr_by_name(
    ws: *mut ckws_websocket,
    name: *const c_char,
) -> *const c_char {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let name = unsafe { args::text(name, "name") };
    call_text(ws, "ResponseHdrByName", |ws, _| ws.response_field(name?))
}

/// How many header fields the response to the opening handshake has, those of one name counted each; 0 without a
/// response, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_num_response_headers(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| as_int(ws.num_response_headers()))
}

/// The name of the header field at `index`, from 0, of the response to the opening handshake, as the server wrote it;
/// NULL if there is none.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_response_hdr_name(ws: *mut ckws_websocket, index: c_int) -> *const c_char {
    call_text(ws, "ResponseHdrName", |ws, _| ws.response_field_at(index).map(|(name, _)| name))
}

/// The value of the header field at `index`, from 0, of the response to the opening handshake; NULL if there is none.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_response_hdr_value(ws: *mut ckws_websocket, index: c_int) -> *const c_char {
    call_text(ws, "ResponseHdrValue", |ws, _| ws.response_field_at(index).map(|(_, value)| value))
}

/// The body with which the server refused the latest ckws_connect, up to its first 4 KiB, in what came within a second;
/// "" without a refusal by it, and after the five steps, where the Rest has the body. It is shown as it was sent, compressed
/// if the program asked for that; what is not UTF-8 is shown as U+FFFD, and a NUL ends it.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_response_body(ws: *mut ckws_websocket) -> *const c_char {
    get_text(ws, WebSocket::response_body)
}

/// How far the latest ckws_connect came, CKWS_STAGE_...: the stage in which it failed, or CKWS_STAGE_OPEN after success,
/// also once that connection has ended. CKWS_STAGE_NONE before the first connect, and after one whose proxy settings were
/// refused. With a proxy CKWS_STAGE_LOOKUP and CKWS_STAGE_TCP are those of the way to it. While a connect runs,
/// ProgressInfo reports its stages; here they come at its end. A connect that is refused for its URL changes nothing.
///
/// Of the five steps: CKWS_STAGE_HTTP after ckws_use_connection, CKWS_STAGE_WEBSOCKET after a
/// ckws_validate_server_handshake that refused the response, CKWS_STAGE_OPEN after one that succeeded. -1 if the handle is
/// not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_connect_stage(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| ws.connect_stage() as c_int)
}

/// How many connections the handle has had, of either kind, up to now: 0 before the first, one more after each
/// ckws_connect or ckws_validate_server_handshake that succeeded. Another number than before means that the server knows
/// nothing of what was sent before, such as subscriptions. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_connection_number(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| as_int(ws.connection_number()))
}

/// The subprotocol that the server chose among those of the request's Sec-WebSocket-Protocol; "" for none.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_subprotocol(ws: *mut ckws_websocket) -> *const c_char {
    get_text(ws, |ws| Ok(ws.subprotocol()))
}

/// CloseConnection: ends the connection at once, without a Close frame; unsent data is discarded. A call that is
/// blocked in another thread, in a connect, read or send, fails; a read with reason 3. What was received and not taken
/// stays. Also true when there is no connection. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_close_connection(ws: *mut ckws_websocket) -> Bool {
    call_unit(ws, "CloseConnection", |ws, _| {
        ws.close_connection();
        Ok(())
    })
}

/// LoadTaskCaller: makes this handle one of the WebSocket whose method `task` is: both then share connection, settings
/// and received data. Meant for the handle of ckws_create in a callback that gets only the task. The object that the
/// handle had before is released, as if the handle had been disposed.
///
/// Returns false if the task is empty, or of another kind of object. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_load_task_caller(ws: *mut ckws_websocket, task: *mut ckws_task) -> Bool {
    boundary::load_task_caller(ws, task)
}

/// The connection's file descriptor, for the program's poll set; -1 before there is one. Borrowed: not to be closed,
/// read or written. Once asked for, it stays open, and is returned, until ckws_dispose, ckws_connect or
/// ckws_use_connection, also when the connection ends before. It becomes readable by what the kernel has only, so call
/// ckws_try_read_frame until reason 1 before each wait. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_fd(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| ws.session().show_fd().unwrap_or(-1))
}

/// Whether output waits to leave, so that the program's loop should wait for writability too. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_wants_write(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, |ws| ws.session().wants_write())
}
