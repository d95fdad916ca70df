//! Frames and messages from the peer.

use crate::base::Result;
use crate::base::growth::copy_of_text;
use crate::ffi::bin_data::ckws_bin_data;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{
    AsyncMethod, as_int, call, call_text, call_unit, get, get_text, make_task, object_argument, run, run_unit,
};
use crate::ffi::string_builder::ckws_string_builder;
use crate::ffi::task::ckws_task;
use crate::ffi::websocket::ckws_websocket;
use crate::ffi::{args, strings};
use crate::object::run_order::Direction;
use crate::object::task::call::{ResultType, Value};
use crate::object::{BinData, StringBuilder, WebSocket};
use crate::proto::ws::opcode::Opcode;
use std::ffi::{c_char, c_int};
use std::sync::Arc;

/// CloseReason: the reason in the Close frame that was received; "" if it had none, or before one came.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_close_reason(ws: *mut ckws_websocket) -> *const c_char {
    get_text(ws, |ws| {
        ws.session().with_facts(|facts| copy_of_text(facts.close.as_ref().map_or("", |close| &close.reason)))
    })
}

/// CloseReceived: whether a Close frame was received on this connection. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_close_received(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, |ws| ws.session().with_facts(|facts| facts.close.is_some()))
}

/// CloseStatusCode: the status code in the Close frame that was received; 0 if it had none, or before one came.
/// -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_close_status_code(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| {
        let code = ws.session().with_facts(|facts| facts.close.as_ref().and_then(|close| close.code));
        code.map_or(0, c_int::from)
    })
}

/// FinalFrame: whether the last data frame that was read is the last of its message; false before the first.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_final_frame(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, |ws| ws.session().with_facts(|facts| facts.final_frame))
}

/// FrameDataLen: how many bytes of data frames have accumulated and can be taken, up to INT_MAX
/// (ckws_get_frame_data_size is exact). Control payloads never count. -1 if the handle is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_frame_data_len(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| as_int(ws.session().received_len()))
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

/// NeedSendPong: whether a Ping was delivered (PingAutoRespond is false) and has not been answered by
/// ckws_send_pong yet. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_need_send_pong(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, |ws| ws.session().has_unanswered_ping())
}

/// PongConsumed: whether the last read swallowed a Pong. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_pong_consumed(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, |ws| ws.session().with_facts(|facts| facts.pong_consumed))
}

/// ReadFrameFailReason: why the handle's last read (by any thread) failed, one of CKWS_READ_; 0 after success,
/// -1 if the handle is not alive. ckws_get_last_error_code is finer, and the calling thread's own. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_read_frame_fail_reason(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, WebSocket::read_frame_fail_reason)
}

/// ReadFrame: reads one frame. The payload of data frames accumulates until it is taken by ckws_get_frame_data or a
/// sibling; ckws_get_frame_opcode_int and ckws_get_final_frame say what the frame is. Pings are answered and Pongs
/// swallowed on the way (PingAutoRespond, PongAutoConsume). A Close is a frame: success, with opcode 8.
///
/// Blocks until a frame is to be delivered, or nothing has arrived for IdleTimeoutMs. Returns false with
/// ReadFrameFailReason set; after a time-out (reason 1) the connection is as before, and the part of a frame that has
/// arrived stays. What ckws_receive has returned to this thread, and what ckws_get_frame_data_bytes has returned, is no
/// longer valid. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_read_frame(ws: *mut ckws_websocket) -> Bool {
    run_unit(ws, "ReadFrame", async |ws, op| ws.read_frame(op).await)
}

/// ReadFrameAsync: ckws_read_frame as a task. The result is a bool; opcode, data and fail reason are the handle's, as
/// after the blocking call.
///
/// Cancelling it, or its time-out, loses neither the connection nor a byte: the next read continues where it was. What
/// ckws_get_frame_data_bytes has returned is no longer valid then, but what ckws_receive has returned to a thread is.
/// Returns the task, which the caller disposes; NULL on failure. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_read_frame_async(ws: *mut ckws_websocket) -> *mut ckws_task {
    let method = AsyncMethod::new("ReadFrame", "ReadFrameAsync", Direction::Read);
    make_task(ws, method, Ok(()), |ws, op, ()| {
        Box::pin(async move { ws.read_frame(op).await.map(Value::from) })
    })
}

/// Reads frames until a message is whole; its payload has then accumulated after what was there, and the opcode is the
/// message's. A control frame that ckws_read_frame would deliver is returned early, with success: the parts of the
/// message stay. Otherwise as ckws_read_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_read_message(ws: *mut ckws_websocket) -> Bool {
    run_unit(ws, "ReadMessage", async |ws, op| ws.read_message(op).await)
}

/// ckws_read_message as a task. Otherwise as ckws_read_frame_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_read_message_async(ws: *mut ckws_websocket) -> *mut ckws_task {
    let method = AsyncMethod::new("ReadMessage", "ReadMessageAsync", Direction::Read);
    make_task(ws, method, Ok(()), |ws, op, ()| {
        Box::pin(async move { ws.read_message(op).await.map(Value::from) })
    })
}

/// Reads and returns one whole message, in one call: the fast path, and the one for several reading threads. A
/// control frame that ckws_read_frame would deliver (a Close always) is returned at once, with its payload; the
/// parts of an open message stay. What ckws_read_frame has accumulated and was not taken
/// is the beginning of the message, whole earlier messages too: take them first.
///
/// Returns CKWS_OPCODE_TEXT, _BINARY, _CLOSE, _PING or _PONG, and sets `*data` (never NULL then) and `*len`; or -1,
/// with NULL, 0 and ReadFrameFailReason set (except for a refused argument). Text is valid UTF-8. A NUL that is not
/// counted follows the message. The message is valid until the calling thread's next read on this handle, or until
/// ckws_connect, ckws_use_connection or ckws_dispose by any thread. That of a thread that has ended takes memory until
/// then: read in threads that stay. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_receive(
    ws: *mut ckws_websocket,
    data: *mut *const u8,
    len: *mut usize,
) -> c_int {
    let received = run(ws, "Receive", None, async |ws, op| {
        let outs = (args::out(data, "data")?, args::out(len, "len")?);
        ws.receive(op).await.map(|message| Some((outs, message)))
    });
    // SAFETY: the caller promises that what is not NULL is valid for writing.
    unsafe {
        match received {
            Some(((data, len), (opcode, pointer, count))) => {
                data.write(pointer);
                len.write(count);
                c_int::from(opcode.bits())
            }
            None => {
                args::write_if_given(data, std::ptr::null());
                args::write_if_given(len, 0);
                -1
            }
        }
    }
}

/// ckws_receive as a task, which takes the message, or the control frame: ckws_task_get_result_data and
/// ckws_task_get_result_opcode return it. Nothing accumulates, and no other read sees it.
///
/// A message is the task's once the task is completed. Of a task that was cancelled before (ckws_task_cancel has
/// returned true), that was disposed before it ended (and no TaskCompleted is set), or that timed out, everything that
/// it had read stays for the next read of this handle, blocking or not. The message of a completed task is dropped with
/// its next run or its dispose, even if it was not read. The result is of the type "bytes".
///
/// What ckws_get_frame_data_bytes has returned is no longer valid then, but what ckws_receive has returned to a thread
/// is. Returns the task, which the caller disposes; NULL on failure. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_receive_async(ws: *mut ckws_websocket) -> *mut ckws_task {
    let method = AsyncMethod::new("Receive", "ReceiveAsync", Direction::Read).returning(ResultType::Bytes);
    make_task(ws, method, Ok(()), |ws, op, ()| Box::pin(async move { ws.find(op).await.map(Value::Found) }))
}

/// Reads a frame as ckws_read_frame does, but never waits; first sends what it can of waiting output.
///
/// Returns true with a frame. False with reason 1 (CKWS_READ_TIMEOUT) when no whole frame is there: then wait
/// until ckws_get_fd is readable or, while ckws_get_wants_write, writable. Other reasons as for
/// ckws_read_frame. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_try_read_frame(ws: *mut ckws_websocket) -> Bool {
    call_unit(ws, "TryReadFrame", |ws, op| ws.try_read_frame(op))
}

/// PollDataAvailable: whether ckws_read_frame would return at once: a frame that it would deliver is whole in
/// memory, or it would fail, as on a connection that has ended. False while another thread reads. Reads what the kernel
/// has, and handles control frames on the way. Never waits. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_poll_data_available(ws: *mut ckws_websocket) -> Bool {
    call(ws, "PollDataAvailable", false, |ws, _| Ok(ws.poll_data_available()))
}

/// GetFrameData: takes the accumulated data as a string; "" if there is none. Bytes that are not UTF-8 are
/// shown as U+FFFD. While a text message is not complete, a character that is cut at the end stays for the next
/// call. A NUL ends the string for C: take binary data by ckws_get_frame_data_bytes or ckws_get_frame_data_bd.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. A string above 64 KiB is valid
/// until the next one above 64 KiB, and its memory is given back then. NULL if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_get_frame_data(ws: *mut ckws_websocket) -> *const c_char {
    call_text(ws, "GetFrameData", |ws, _| ws.frame_data())
}

/// GetFrameDataBd: takes the accumulated data and appends it to `bd`. Returns false if `bd` is not alive, or
/// memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_get_frame_data_bd(ws: *mut ckws_websocket, bd: *mut ckws_bin_data) -> Bool {
    let bin_data: Result<Arc<BinData>> = object_argument(bd, "bd");
    call_unit(ws, "GetFrameDataBd", |ws, _| ws.frame_data_bd(&*bin_data?))
}

/// GetFrameDataSb: takes the accumulated data and appends it to `sb`, as ckws_get_frame_data shows it. Returns
/// false if `sb` is not alive, or memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_get_frame_data_sb(
    ws: *mut ckws_websocket,
    sb: *mut ckws_string_builder,
) -> Bool {
    let string_builder: Result<Arc<StringBuilder>> = object_argument(sb, "sb");
    call_unit(ws, "GetFrameDataSb", |ws, _| ws.frame_data_sb(&*string_builder?))
}

/// Takes and returns the accumulated data: nothing is copied, and NULs are no problem.
///
/// Returns a pointer that is never NULL, also when `*len` is 0. A NUL that is not counted follows the data. Valid until
/// the next read on this handle, the next call of this function, ckws_connect, ckws_use_connection or ckws_dispose.
/// NULL, with `*len` 0, when `len` is NULL or the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_get_frame_data_bytes(
    ws: *mut ckws_websocket,
    len: *mut usize,
) -> *const u8 {
    let bytes = call(ws, "GetFrameDataBytes", None, |ws, _| {
        let out = args::out(len, "len")?;
        Ok(Some((out, ws.session().return_received()?)))
    });
    // SAFETY: the caller promises that what is not NULL is valid for writing.
    unsafe { args::return_bytes(bytes, len) }
}
