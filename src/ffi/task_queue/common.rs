//! The functions that every object has. Made of `api/common.rs.in` by CKWS_UPDATE_FFI=1 cargo test
//! --test ffi generated; do not edit.

use super::ckws_task_queue;
use crate::ffi::boundary::{self, call_log};
use std::ffi::{c_char, c_int};

/// Creates a queue with no tasks.
///
/// Returns the handle, which the caller disposes with ckws_task_queue_dispose; NULL when no handle is left (there are a
/// million). Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_queue_create() -> *mut ckws_task_queue {
    boundary::create()
}

/// Disposes the handle. Never waits. A ckws_task_queue_next that is blocked ends with failure. The tasks continue and
/// are in no queue any more; ended ones that were not returned yet are forgotten, and the descriptor is closed. Strings
/// that the handle has returned are no longer valid. NULL and a handle that is not alive are ignored. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_queue_dispose(queue: *mut ckws_task_queue) {
    boundary::dispose(queue);
}

/// LastErrorText: the call log of the calling thread's latest method on this handle, as ckws_get_last_error_text.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_queue_get_last_error_text(queue: *mut ckws_task_queue) -> *const c_char {
    call_log::last_error_text(queue)
}

/// How the calling thread's latest method on this handle failed, as one sentence; "" after a success. Otherwise as
/// ckws_get_last_error_message. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_queue_get_last_error_message(queue: *mut ckws_task_queue) -> *const c_char {
    call_log::last_error_message(queue)
}

/// The failure of the calling thread's latest method on this handle as a number of enum ckws_error; CKWS_ERROR_NONE
/// after success, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_queue_get_last_error_code(queue: *mut ckws_task_queue) -> c_int {
    call_log::last_error_code(queue)
}
