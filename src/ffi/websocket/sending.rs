//! Frames and messages to the peer.

use crate::base::Result;
use crate::ffi::boundary::{call, get, object_argument, run, set};
use crate::ffi::handle::{ckws_bin_data, ckws_string_builder, ckws_websocket};
use crate::ffi::text;
use crate::object::{BinData, StringBuilder, WebSocket};
use crate::proto::ws::opcode::Opcode;
use std::ffi::{c_char, c_int};
use std::sync::Arc;

/// SendFrame: sends a Text frame. `final_frame` false begins a fragmented message: the frames after it go out
/// as Continuation, up to and including one with true.
///
/// Blocks while the peer takes nothing, up to IdleTimeoutMs each time; with AutoFlush off, only once 32 KiB
/// have gathered. Returns false when not connected, after a Close was sent, or when nothing left in time. A
/// send that fails before its first byte left is withdrawn and the connection stays; after that the connection
/// ends. Since 0.1.0.
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

/// SendPing: sends a Ping with this text, cut to 125 bytes at a character; NULL or "" for none. Otherwise as
/// ckws_send_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_send_ping(ws: *mut ckws_websocket, ping_data: *const c_char) -> bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let data = unsafe { text::optional(ping_data, "ping_data") };
    run(ws, "SendPing", false, async |ws: &WebSocket, cx| ws.send_ping(cx, data?).await.map(|()| true))
}

/// SendPong: answers the newest Ping that was delivered and not answered, with its data; without one, sends an
/// empty Pong. Otherwise as ckws_send_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_send_pong(ws: *mut ckws_websocket) -> bool {
    run(ws, "SendPong", false, async |ws: &WebSocket, cx| ws.send_pong(cx).await.map(|()| true))
}

/// SendClose: sends a Close behind everything that was queued before it; nothing can be sent after it. With
/// `include_status` it carries `status_code` (0 to 16383; 1000 is a normal closure, RFC 6455 section 7.4) and
/// `reason`, cut to 123 bytes at a character, NULL or "" for none. Without, it is empty and both are ignored.
///
/// If it answers a Close that was received, the connection ends, which may take up to a second. Otherwise read
/// on until the peer's Close comes. Returns false for another `status_code`; otherwise as ckws_send_frame.
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

/// AutoFlush: whether each frame leaves before the call that sends it returns. With false, frames gather, and
/// leave when they are 32 KiB, at ckws_flush, before a read waits, at once while another thread's read waits,
/// and before a Close: fewer system calls for many small messages. Default true. Since 0.1.0.
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

/// Sends what has gathered and waits until all of it has left, each stall up to IdleTimeoutMs. Returns false on
/// a time-out, and when an earlier write failed while nobody waited for it. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_flush(ws: *mut ckws_websocket) -> bool {
    run(ws, "Flush", false, async |ws: &WebSocket, cx| ws.flush(cx).await.map(|()| true))
}

/// Sends what can leave without waiting. Returns true once nothing is left; false with CKWS_ERROR_WOULD_BLOCK
/// while something is, and with other codes as ckws_flush. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_try_flush(ws: *mut ckws_websocket) -> bool {
    call(ws, "TryFlush", false, |ws, _| ws.session().try_flush().map(|()| true))
}

/// How many bytes, frame headers included, were accepted for sending and have not left; -1 if the handle is not
/// alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_pending_send_bytes(ws: *mut ckws_websocket) -> i64 {
    get(ws, -1, |ws| i64::try_from(ws.session().pending_send_bytes()).unwrap_or(i64::MAX))
}
