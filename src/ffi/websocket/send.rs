//! Frames and messages to the peer.

use crate::base::Result;
use crate::ffi::args;
use crate::ffi::bin_data::ckws_bin_data;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{AsyncMethod, call_unit, get, make_task, object_argument, run_unit};
use crate::ffi::string_builder::ckws_string_builder;
use crate::ffi::task::ckws_task;
use crate::ffi::websocket::ckws_websocket;
use crate::object::run_order::Direction;
use crate::object::task::call::Value;
use crate::object::websocket::Payload;
use crate::object::{BinData, StringBuilder};
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
pub unsafe extern "C-unwind" fn ckws_send_frame(
    ws: *mut ckws_websocket,
    text: *const c_char,
    final_frame: Bool,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { args::text(text, "text") };
    run_unit(ws, "SendFrame", async |ws, op| {
        ws.send_frame(op, Opcode::Text, Payload::Borrowed(text?.as_bytes()), final_frame.is_true()).await
    })
}

/// SendFrameAsync: ckws_send_frame as a task; the text is copied. The result is a bool.
///
/// A send that is cancelled or times out before its first byte left is withdrawn. After that the connection stays: the
/// task owns its bytes, and the next writer finishes the frame. Returns the task, which the caller disposes; NULL if an
/// argument is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_send_frame_async(
    ws: *mut ckws_websocket,
    text: *const c_char,
    final_frame: Bool,
) -> *mut ckws_task {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { args::text(text, "text") }.and_then(|text| Payload::keep(text.as_bytes()));
    let method = AsyncMethod::new("SendFrame", "SendFrameAsync", Direction::Send);
    make_task(ws, method, text, move |ws, op, text| {
        let payload = Payload::Owned(text);
        Box::pin(async move {
            ws.send_frame(op, Opcode::Text, payload, final_frame.is_true()).await.map(Value::from)
        })
    })
}

/// SendFrameBd: sends the bytes of `bd` as a Binary frame; `bd` keeps them. Otherwise as ckws_send_frame.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_send_frame_bd(
    ws: *mut ckws_websocket,
    bd: *mut ckws_bin_data,
    final_frame: Bool,
) -> Bool {
    let bin_data: Result<Arc<BinData>> = object_argument(bd, "bd");
    run_unit(ws, "SendFrameBd", async |ws, op| {
        ws.send_frame(op, Opcode::Binary, Payload::Borrowed(&bin_data?.to_vec()?), final_frame.is_true())
            .await
    })
}

/// SendFrameBdAsync: ckws_send_frame_bd as a task. `bd` is shared, and its bytes are taken when the task starts.
/// Otherwise as ckws_send_frame_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_send_frame_bd_async(
    ws: *mut ckws_websocket,
    bd: *mut ckws_bin_data,
    final_frame: Bool,
) -> *mut ckws_task {
    let bin_data: Result<Arc<BinData>> = object_argument(bd, "bd");
    let method = AsyncMethod::new("SendFrameBd", "SendFrameBdAsync", Direction::Send);
    make_task(ws, method, bin_data, move |ws, op, bin_data| {
        Box::pin(async move {
            let bytes = Arc::new(bin_data.to_vec()?);
            ws.send_frame(op, Opcode::Binary, Payload::Owned(&bytes), final_frame.is_true())
                .await
                .map(Value::from)
        })
    })
}

/// SendFrameSb: sends the text of `sb` as a Text frame; `sb` keeps it. Otherwise as ckws_send_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_send_frame_sb(
    ws: *mut ckws_websocket,
    sb: *mut ckws_string_builder,
    final_frame: Bool,
) -> Bool {
    let string_builder: Result<Arc<StringBuilder>> = object_argument(sb, "sb");
    run_unit(ws, "SendFrameSb", async |ws, op| {
        ws.send_frame(
            op,
            Opcode::Text,
            Payload::Borrowed(string_builder?.text()?.as_bytes()),
            final_frame.is_true(),
        )
        .await
    })
}

/// SendFrameSbAsync: ckws_send_frame_sb as a task. `sb` is shared, and its text is taken when the task starts.
/// Otherwise as ckws_send_frame_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_send_frame_sb_async(
    ws: *mut ckws_websocket,
    sb: *mut ckws_string_builder,
    final_frame: Bool,
) -> *mut ckws_task {
    let string_builder: Result<Arc<StringBuilder>> = object_argument(sb, "sb");
    let method = AsyncMethod::new("SendFrameSb", "SendFrameSbAsync", Direction::Send);
    make_task(ws, method, string_builder, move |ws, op, string_builder| {
        Box::pin(async move {
            let text = Arc::new(string_builder.text()?.into_bytes());
            ws.send_frame(op, Opcode::Text, Payload::Owned(&text), final_frame.is_true())
                .await
                .map(Value::from)
        })
    })
}

/// Sends a whole text message of `len` bytes, which must be UTF-8 and may hold NULs. Fails, and sends nothing,
/// while a fragmented message is open. Otherwise as ckws_send_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_send_text(
    ws: *mut ckws_websocket,
    text: *const c_char,
    len: usize,
) -> Bool {
    // SAFETY: the caller promises `len` readable bytes.
    let text = unsafe { args::utf8(text, len, "text") };
    run_unit(ws, "SendText", async |ws, op| {
        ws.send_message(op, Opcode::Text, Payload::Borrowed(text?.as_bytes())).await
    })
}

/// ckws_send_text as a task; the text is copied. Otherwise as ckws_send_frame_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_send_text_async(
    ws: *mut ckws_websocket,
    text: *const c_char,
    len: usize,
) -> *mut ckws_task {
    // SAFETY: the caller promises `len` readable bytes.
    let text = unsafe { args::utf8(text, len, "text") }.and_then(|text| Payload::keep(text.as_bytes()));
    let method = AsyncMethod::new("SendText", "SendTextAsync", Direction::Send);
    make_task(ws, method, text, |ws, op, text| {
        let payload = Payload::Owned(text);
        Box::pin(async move { ws.send_message(op, Opcode::Text, payload).await.map(Value::from) })
    })
}

/// Sends a whole binary message of `len` bytes. Fails, and sends nothing, while a fragmented message is open.
/// Otherwise as ckws_send_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_send_binary(
    ws: *mut ckws_websocket,
    data: *const u8,
    len: usize,
) -> Bool {
    // SAFETY: the caller promises `len` readable bytes.
    let data = unsafe { args::bytes(data, len, "data") };
    run_unit(ws, "SendBinary", async |ws, op| {
        ws.send_message(op, Opcode::Binary, Payload::Borrowed(data?)).await
    })
}

/// ckws_send_binary as a task; the bytes are copied. Otherwise as ckws_send_frame_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_send_binary_async(
    ws: *mut ckws_websocket,
    data: *const u8,
    len: usize,
) -> *mut ckws_task {
    // SAFETY: the caller promises `len` readable bytes.
    let data = unsafe { args::bytes(data, len, "data") }.and_then(Payload::keep);
    let method = AsyncMethod::new("SendBinary", "SendBinaryAsync", Direction::Send);
    make_task(ws, method, data, |ws, op, data| {
        let payload = Payload::Owned(data);
        Box::pin(async move { ws.send_message(op, Opcode::Binary, payload).await.map(Value::from) })
    })
}

/// SendPing: sends a Ping with this text, cut to 125 bytes at a character; NULL or "" for none. Otherwise as
/// ckws_send_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_send_ping(ws: *mut ckws_websocket, ping_data: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let data = unsafe { args::optional_text(ping_data, "ping_data") };
    run_unit(ws, "SendPing", async |ws, op| ws.send_ping(op, data?).await)
}

/// SendPingAsync: ckws_send_ping as a task; the text is copied. Otherwise as ckws_send_frame_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_send_ping_async(
    ws: *mut ckws_websocket,
    ping_data: *const c_char,
) -> *mut ckws_task {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let data = unsafe { args::optional_text(ping_data, "ping_data") }.and_then(args::copy);
    let method = AsyncMethod::new("SendPing", "SendPingAsync", Direction::Send);
    make_task(ws, method, data, |ws, op, data| {
        Box::pin(async move { ws.send_ping(op, data).await.map(Value::from) })
    })
}

/// SendPong: answers the newest Ping that was delivered and not answered, with its data; without one, sends an
/// empty Pong. Otherwise as ckws_send_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_send_pong(ws: *mut ckws_websocket) -> Bool {
    run_unit(ws, "SendPong", async |ws, op| ws.send_pong(op).await)
}

/// SendPongAsync: ckws_send_pong as a task; the Ping that it answers is the newest when it starts. Otherwise as
/// ckws_send_frame_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_send_pong_async(ws: *mut ckws_websocket) -> *mut ckws_task {
    let method = AsyncMethod::new("SendPong", "SendPongAsync", Direction::Send);
    make_task(ws, method, Ok(()), |ws, op, ()| {
        Box::pin(async move { ws.send_pong(op).await.map(Value::from) })
    })
}

/// SendClose: sends a Close after everything that was queued before it; nothing can be sent after it. With
/// `include_status` it carries `status_code` (0 to 16383; 1000 is a normal closure, RFC 6455 section 7.4) and `reason`,
/// cut to 123 bytes at a character, NULL or "" for none. Without, it is empty and both are ignored.
///
/// If it answers a Close that was received, the connection ends, which may take up to a second. Otherwise read
/// on until the peer's Close comes, which CloseTimeoutMs limits. Returns false for another `status_code`; otherwise as
/// ckws_send_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_send_close(
    ws: *mut ckws_websocket,
    include_status: Bool,
    status_code: c_int,
    reason: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let reason = unsafe { args::optional_text(reason, "reason") };
    run_unit(ws, "SendClose", async |ws, op| {
        ws.send_close(op, include_status.is_true(), status_code, reason?).await
    })
}

/// SendCloseAsync: ckws_send_close as a task; the reason is copied. Otherwise as ckws_send_frame_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_send_close_async(
    ws: *mut ckws_websocket,
    include_status: Bool,
    status_code: c_int,
    reason: *const c_char,
) -> *mut ckws_task {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let reason = unsafe { args::optional_text(reason, "reason") }.and_then(args::copy);
    let method = AsyncMethod::new("SendClose", "SendCloseAsync", Direction::Send);
    make_task(ws, method, reason, move |ws, op, reason| {
        Box::pin(async move {
            ws.send_close(op, include_status.is_true(), status_code, reason).await.map(Value::from)
        })
    })
}

/// Sends what has gathered and waits until all of it has left, each stall up to IdleTimeoutMs. Returns false on a
/// time-out, and when an earlier write failed while no call waited for it. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_flush(ws: *mut ckws_websocket) -> Bool {
    run_unit(ws, "Flush", async |ws, op| ws.flush(op).await)
}

/// ckws_flush as a task. Otherwise as ckws_send_frame_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_flush_async(ws: *mut ckws_websocket) -> *mut ckws_task {
    let method = AsyncMethod::new("Flush", "FlushAsync", Direction::Send);
    make_task(ws, method, Ok(()), |ws, op, ()| Box::pin(async move { ws.flush(op).await.map(Value::from) }))
}

/// Sends what can leave without waiting. Returns true once nothing is left; false with CKWS_ERROR_WOULD_BLOCK
/// while something is, and with other codes as ckws_flush. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_try_flush(ws: *mut ckws_websocket) -> Bool {
    call_unit(ws, "TryFlush", |ws, _| ws.session().try_flush())
}

/// How many bytes, frame headers included, were accepted for sending and have not left; -1 if the handle is not
/// alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_pending_send_bytes(ws: *mut ckws_websocket) -> i64 {
    get(ws, -1, |ws| i64::try_from(ws.session().pending_send_bytes()).unwrap_or(i64::MAX))
}
