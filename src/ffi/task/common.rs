//! The functions that every object has. Made of `api/common.rs.in` by CKWS_UPDATE_FFI=1 cargo test
//! --test ffi generated; do not edit.

use super::ckws_task;
use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{self, call_log};
use std::ffi::{c_char, c_int};

/// Creates an empty task, which has no method to run. The functions whose names end in _async return loaded ones.
///
/// Returns the handle, which the caller disposes with ckws_task_dispose; NULL when no handle is left (there are a
/// million). Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_create() -> *mut ckws_task {
    boundary::create()
}

/// Disposes the handle. Never waits, in whatever state the task is. A task that was run continues, except in
/// ckws_task_run_synchronously, which ends. It leaves its queue. Strings and data that the handle has returned are no
/// longer valid. NULL and a handle that is not alive are ignored. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_dispose(task: *mut ckws_task) {
    boundary::dispose(task);
}

/// LastErrorText: the call log of the calling thread's latest method on the task itself, as ckws_get_last_error_text.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_last_error_text(task: *mut ckws_task) -> *const c_char {
    call_log::last_error_text(task)
}

/// How the calling thread's latest method on the task itself failed, as one sentence; "" after a success. Otherwise as
/// ckws_get_last_error_message. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_last_error_message(task: *mut ckws_task) -> *const c_char {
    call_log::last_error_message(task)
}

/// LastErrorXml: the same call log as an XML document, as ckws_get_last_error_xml.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_last_error_xml(task: *mut ckws_task) -> *const c_char {
    call_log::last_error_xml(task)
}

/// LastErrorHtml: the same call log as a page for a browser, as ckws_get_last_error_html.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_last_error_html(task: *mut ckws_task) -> *const c_char {
    call_log::last_error_html(task)
}

/// The failure of the calling thread's latest method on the task itself as a number of enum ckws_error; CKWS_ERROR_NONE
/// after success, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_last_error_code(task: *mut ckws_task) -> c_int {
    call_log::last_error_code(task)
}

/// LastMethodSuccess: whether the calling thread's latest method on the task itself succeeded; true before the first.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_last_method_success(task: *mut ckws_task) -> Bool {
    call_log::last_method_success(task)
}

/// Sets LastMethodSuccess, for the calling thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_set_last_method_success(task: *mut ckws_task, value: Bool) -> Bool {
    call_log::set_last_method_success(task, value)
}

/// VerboseLogging: whether the call logs of methods on the task itself (LastErrorText) have more detail. Default false.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_verbose_logging(task: *mut ckws_task) -> Bool {
    call_log::verbose_logging(task)
}

/// Sets VerboseLogging. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_set_verbose_logging(task: *mut ckws_task, value: Bool) -> Bool {
    call_log::set_verbose_logging(task, value)
}

/// DebugLogFilePath: the file that the log of each method call on the task itself (LastErrorText) is appended to; ""
/// for none, the default.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_debug_log_file_path(task: *mut ckws_task) -> *const c_char {
    call_log::debug_log_file_path(task)
}

/// Sets DebugLogFilePath, as ckws_set_debug_log_file_path. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_task_set_debug_log_file_path(
    task: *mut ckws_task,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    call_log::set_debug_log_file_path(task, value)
}

/// Version: the library's version, as ckws_version; "" if the handle is not alive. A constant string, valid for ever.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_version(task: *mut ckws_task) -> *const c_char {
    call_log::version(task)
}
