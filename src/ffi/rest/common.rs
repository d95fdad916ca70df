//! The functions that every object has. Made of `api/common.rs.in` by CKWS_UPDATE_FFI=1 cargo test
//! --test ffi generated; do not edit.

use super::ckws_rest;
use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{self, call_log};
use std::ffi::{c_char, c_int};

/// Creates a Rest object, not connected.
///
/// Returns the handle, which the caller disposes with ckws_rest_dispose; NULL when no handle is left (there are a
/// million). Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_create() -> *mut ckws_rest {
    boundary::create()
}

/// Disposes the handle. Never waits: a call that is blocked in the object ends with failure. A WebSocket that was given
/// this Rest keeps the connection. Strings that the handle has returned are no longer valid. NULL and a handle that is
/// not alive are ignored. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_dispose(rest: *mut ckws_rest) {
    boundary::dispose(rest);
}

/// LastErrorText: the call log of the calling thread's latest method on this handle, as ckws_get_last_error_text.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_error_text(rest: *mut ckws_rest) -> *const c_char {
    call_log::last_error_text(rest)
}

/// How the calling thread's latest method on this handle failed, as one sentence; "" after a success. Otherwise as
/// ckws_get_last_error_message. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_error_message(rest: *mut ckws_rest) -> *const c_char {
    call_log::last_error_message(rest)
}

/// LastErrorXml: the same call log as an XML document, as ckws_get_last_error_xml.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_error_xml(rest: *mut ckws_rest) -> *const c_char {
    call_log::last_error_xml(rest)
}

/// LastErrorHtml: the same call log as a page for a browser, as ckws_get_last_error_html.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_error_html(rest: *mut ckws_rest) -> *const c_char {
    call_log::last_error_html(rest)
}

/// The failure of the calling thread's latest method on this handle as a number of enum ckws_error; CKWS_ERROR_NONE
/// after success, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_error_code(rest: *mut ckws_rest) -> c_int {
    call_log::last_error_code(rest)
}

/// LastMethodSuccess: whether the calling thread's latest method on this handle succeeded; true before the first. Since
/// 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_method_success(rest: *mut ckws_rest) -> Bool {
    call_log::last_method_success(rest)
}

/// Sets LastMethodSuccess, for the calling thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_last_method_success(rest: *mut ckws_rest, value: Bool) -> Bool {
    call_log::set_last_method_success(rest, value)
}

/// VerboseLogging: whether the call logs of methods on this handle (LastErrorText) have more detail. Default false.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_verbose_logging(rest: *mut ckws_rest) -> Bool {
    call_log::verbose_logging(rest)
}

/// Sets VerboseLogging. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_set_verbose_logging(rest: *mut ckws_rest, value: Bool) -> Bool {
    call_log::set_verbose_logging(rest, value)
}

/// DebugLogFilePath: the file that the log of each method call on this handle (LastErrorText) is appended to; "" for
/// none, the default.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_debug_log_file_path(rest: *mut ckws_rest) -> *const c_char {
    call_log::debug_log_file_path(rest)
}

/// Sets DebugLogFilePath, as ckws_set_debug_log_file_path. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_set_debug_log_file_path(
    rest: *mut ckws_rest,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    call_log::set_debug_log_file_path(rest, value)
}

/// Version: the library's version, as ckws_version; "" if the handle is not alive. A constant string, valid for ever.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_version(rest: *mut ckws_rest) -> *const c_char {
    call_log::version(rest)
}
