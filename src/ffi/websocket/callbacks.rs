//! Callbacks while a call waits, and when a task has ended.

use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{as_int, get, set, set_callback};
use crate::ffi::callbacks;
use crate::ffi::task::ckws_task;
use crate::ffi::websocket::ckws_websocket;
use std::ffi::{c_char, c_int, c_void};

/// AbortCheck: `callback` is called each HeartbeatMs while a blocking call on this handle waits, in name lookup,
/// connect, TLS handshake, read and send alike. Set HeartbeatMs too: at its default, 0, it is not called. True ends the
/// call with CKWS_ERROR_ABORTED, or, in the middle of a frame that is sent, with CKWS_ERROR_SEND_INTERRUPTED and the
/// connection. It gets `user_data` back.
///
/// NULL removes it. When this returns, the callback before has ended and does not begin again (inside a callback it
/// does not wait for that). It is called on the thread that makes the blocking call, without a lock held, so it may
/// call any function, also dispose the handle. Calls that it makes have no callbacks themselves, and one that goes the
/// same way on the same handle (a read in a read's callback) waits for the call that it was made from, until its own
/// time-out: use ckws_try_read_frame, or a task. Not for tasks: cancel those. A handle that is not alive is ignored.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_abort_check(
    ws: *mut ckws_websocket,
    callback: Option<unsafe extern "C-unwind" fn(user_data: *mut c_void) -> Bool>,
    user_data: *mut c_void,
) {
    set_callback(ws, |place| place.abort_check.set(callbacks::abort_check(callback, user_data)));
}

/// PercentDone: `callback` is called with how much of a large payload a blocking call has received, or given to the
/// system, from 1 to 100, each number at most once and 100 last. It is not called for a payload up to 64 KiB that is
/// received, or 32 KiB that is sent. The length of a message in several frames is known only once its last frame has
/// begun; it is not called before. True ends the call, as AbortCheck, which it counts as; it needs no heartbeat.
/// Otherwise as ckws_set_abort_check. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_percent_done(
    ws: *mut ckws_websocket,
    callback: Option<unsafe extern "C-unwind" fn(percent: c_int, user_data: *mut c_void) -> Bool>,
    user_data: *mut c_void,
) {
    set_callback(ws, |place| place.percent_done.set(callbacks::percent_done(callback, user_data)));
}

/// ProgressInfo: `callback` is called with the name and value of each stage of a blocking call: of a connect "lookup"
/// with the host, "tcp" with the address (or "unix" with the path of the socket), "tls" with the host, and "handshake"
/// with the path. With proxies the lookup is of the first one, "socks" and "proxy" come with the host that the proxy is
/// asked for, and "tls" also comes for a proxy that speaks it; the stages come again if the proxy asks who we are. The
/// strings are valid during the callback. It needs no heartbeat. Otherwise as ckws_set_abort_check. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_progress_info(
    ws: *mut ckws_websocket,
    callback: Option<
        unsafe extern "C-unwind" fn(name: *const c_char, value: *const c_char, user_data: *mut c_void),
    >,
    user_data: *mut c_void,
) {
    set_callback(ws, |place| place.progress_info.set(callbacks::progress_info(callback, user_data)));
}

/// TaskCompleted: `callback` is called when a task of this handle has ended, however. It gets the program's own task
/// handle if that is alive, else one that is valid only during the callback, and `user_data`.
///
/// It is called on a thread of the library, for one task after the other; a slow callback delays others, but no task.
/// It is not called if the system has neither a thread nor a handle left. ckws_task_wait and a ckws_task_queue do not
/// wait for it: remove it, or dispose the last handle of the object, before what `user_data` points to is freed. NULL
/// removes it. When this returns, the callback before has ended and does not begin again (inside a callback it does not
/// wait for that). A handle that is not alive is ignored. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_task_completed(
    ws: *mut ckws_websocket,
    callback: Option<unsafe extern "C-unwind" fn(task: *mut ckws_task, user_data: *mut c_void)>,
    user_data: *mut c_void,
) {
    set_callback(ws, |place| place.task_completed.set(callbacks::task_completed(callback, user_data)));
}

/// HeartbeatMs: how often, in milliseconds, the AbortCheck callback is called while a blocking call waits. 0, the
/// default: never, or as the ckws_rest has it that was given by ckws_use_connection. -1 if the handle is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_heartbeat_ms(ws: *mut ckws_websocket) -> c_int {
    get(ws, -1, |ws| as_int(ws.client().heartbeat_ms()))
}

/// Sets HeartbeatMs; a negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_heartbeat_ms(ws: *mut ckws_websocket, value: c_int) -> Bool {
    set(ws, "HeartbeatMs", |ws| ws.client().set_heartbeat_ms(value))
}

/// Interruptible: whether a blocking call on this handle ends when a signal handler of the program has run on its
/// thread while it waited, installed with SA_RESTART or without. It fails with CKWS_ERROR_INTERRUPTED, a read with
/// reason 2 (CKWS_READ_ABORTED), and loses nothing: the next read continues where it was; a frame that had begun to
/// leave stays queued, and ckws_get_pending_send_bytes is not 0 then. Default false: the wait continues, and its
/// time-out stays. Not for tasks, nor for ckws_task_wait and ckws_task_queue_next.
///
/// A signal that comes just before the wait begins does not end it: let the handler set a flag, and look at it before
/// the call, or set AbortCheck, too. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_interruptible(ws: *mut ckws_websocket) -> Bool {
    get(ws, false, |ws| ws.client().is_interruptible())
}

/// Sets Interruptible. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_interruptible(ws: *mut ckws_websocket, value: Bool) -> Bool {
    set(ws, "Interruptible", |ws| {
        ws.client().set_interruptible(value.is_true());
        Ok(())
    })
}
