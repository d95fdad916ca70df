//! `ckws_socket_*`: callbacks while a call waits, and when a task has ended.

use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{as_int, get, set, set_callback};
use crate::ffi::callbacks;
use crate::ffi::socket::ckws_socket;
use crate::ffi::task::ckws_task;
use std::ffi::{c_char, c_int, c_void};

/// AbortCheck: `callback` is called each HeartbeatMs while a blocking call on this handle waits; true ends the call
/// with CKWS_ERROR_ABORTED. Otherwise as ckws_set_abort_check. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_set_abort_check(
    socket: *mut ckws_socket,
    callback: Option<unsafe extern "C-unwind" fn(user_data: *mut c_void) -> Bool>,
    user_data: *mut c_void,
) {
    set_callback(socket, |place| place.abort_check.set(callbacks::abort_check(callback, user_data)));
}

/// PercentDone: kept for source compatibility. It is not called, because a Socket transfers no payload; set that of the
/// Rest or the WebSocket. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_set_percent_done(
    socket: *mut ckws_socket,
    callback: Option<unsafe extern "C-unwind" fn(percent: c_int, user_data: *mut c_void) -> Bool>,
    user_data: *mut c_void,
) {
    set_callback(socket, |place| place.percent_done.set(callbacks::percent_done(callback, user_data)));
}

/// ProgressInfo: `callback` is called with the name and value of each stage of a blocking connect, up to "tls", as
/// ckws_set_progress_info. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_set_progress_info(
    socket: *mut ckws_socket,
    callback: Option<
        unsafe extern "C-unwind" fn(name: *const c_char, value: *const c_char, user_data: *mut c_void),
    >,
    user_data: *mut c_void,
) {
    set_callback(socket, |place| place.progress_info.set(callbacks::progress_info(callback, user_data)));
}

/// TaskCompleted: `callback` is called when a task of this handle has ended, as ckws_set_task_completed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_set_task_completed(
    socket: *mut ckws_socket,
    callback: Option<unsafe extern "C-unwind" fn(task: *mut ckws_task, user_data: *mut c_void)>,
    user_data: *mut c_void,
) {
    set_callback(socket, |place| place.task_completed.set(callbacks::task_completed(callback, user_data)));
}

/// HeartbeatMs: how often, in milliseconds, the AbortCheck callback is called while a blocking call waits; 0 for never.
/// Default 1000. A Rest or a WebSocket that is given this Socket and has no heartbeat of its own uses this one. -1 if
/// the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_socket_get_heartbeat_ms(socket: *mut ckws_socket) -> c_int {
    get(socket, -1, |socket| as_int(socket.client().heartbeat_ms()))
}

/// Sets HeartbeatMs; a negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_socket_set_heartbeat_ms(socket: *mut ckws_socket, value: c_int) -> Bool {
    set(socket, "HeartbeatMs", |socket| socket.client().set_heartbeat_ms(value))
}
