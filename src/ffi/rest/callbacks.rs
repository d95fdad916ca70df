//! `ckws_rest_*`: callbacks while a call waits, and when a task has ended.

use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{as_int, get, set, set_callback};
use crate::ffi::callbacks;
use crate::ffi::rest::ckws_rest;
use crate::ffi::task::ckws_task;
use std::ffi::{c_char, c_int, c_void};

/// AbortCheck: `callback` is called each HeartbeatMs while a blocking call on this handle waits; true ends the call
/// with CKWS_ERROR_ABORTED. Otherwise as ckws_set_abort_check. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_abort_check(
    rest: *mut ckws_rest,
    callback: Option<unsafe extern "C-unwind" fn(user_data: *mut c_void) -> Bool>,
    user_data: *mut c_void,
) {
    set_callback(rest, |place| place.abort_check.set(callbacks::abort_check(callback, user_data)));
}

/// PercentDone: `callback` is called with how much of a response body whose length is announced a blocking call has
/// received. Otherwise as ckws_set_percent_done. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_percent_done(
    rest: *mut ckws_rest,
    callback: Option<unsafe extern "C-unwind" fn(percent: c_int, user_data: *mut c_void) -> Bool>,
    user_data: *mut c_void,
) {
    set_callback(rest, |place| place.percent_done.set(callbacks::percent_done(callback, user_data)));
}

/// ProgressInfo: `callback` is called with the name and value of each stage of a blocking call: those of a connect up
/// to "tls", as ckws_set_progress_info, and "request" with the path. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_progress_info(
    rest: *mut ckws_rest,
    callback: Option<
        unsafe extern "C-unwind" fn(name: *const c_char, value: *const c_char, user_data: *mut c_void),
    >,
    user_data: *mut c_void,
) {
    set_callback(rest, |place| place.progress_info.set(callbacks::progress_info(callback, user_data)));
}

/// TaskCompleted: `callback` is called when a task of this handle has ended, as ckws_set_task_completed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_task_completed(
    rest: *mut ckws_rest,
    callback: Option<unsafe extern "C-unwind" fn(task: *mut ckws_task, user_data: *mut c_void)>,
    user_data: *mut c_void,
) {
    set_callback(rest, |place| place.task_completed.set(callbacks::task_completed(callback, user_data)));
}

/// HeartbeatMs: how often, in milliseconds, the AbortCheck callback is called while a blocking call waits; 0, the
/// default, for never. A WebSocket that uses this Rest's connection and has no heartbeat of its own uses this one. -1
/// if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_heartbeat_ms(rest: *mut ckws_rest) -> c_int {
    get(rest, -1, |rest| as_int(rest.client().heartbeat_ms()))
}

/// Sets HeartbeatMs; a negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_set_heartbeat_ms(rest: *mut ckws_rest, value: c_int) -> Bool {
    set(rest, "HeartbeatMs", |rest| rest.client().set_heartbeat_ms(value))
}
