//! The functions that every object has. Made of `api/common.rs.in` by CKWS_UPDATE_FFI=1 cargo test
//! --test ffi generated; do not edit.

use super::ckws_websocket;
use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{self, call_log};
use std::ffi::{c_char, c_int};

/// Creates a WebSocket object, not connected.
///
/// Returns the handle, which the caller disposes with ckws_dispose; NULL when no handle is left (there are a million).
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_create() -> *mut ckws_websocket {
    boundary::create()
}

/// Disposes the handle. With the last handle of the object a call that is blocked in it ends with failure, its
/// callbacks are removed (one that is running is waited for, unless this is called inside a callback; otherwise this
/// never waits), and the connection is closed hard (no Close frame) once no task is left that was run. To end at once
/// what tasks still do, call ckws_close_connection first: a read without time-out keeps the connection for as long as
/// the peer does. Data and strings that the handle has returned are no longer valid. NULL and a handle that is not
/// alive are ignored. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_dispose(ws: *mut ckws_websocket) {
    boundary::dispose(ws);
}

/// LastErrorText: the call log of the calling thread's latest method on this handle (if it made none, of the handle's
/// latest), after success too: an indented tree of facts that ends with Success. or Failed. "" before the first method.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Never NULL; for a handle that is
/// not alive, a constant sentence that says so. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_error_text(ws: *mut ckws_websocket) -> *const c_char {
    call_log::last_error_text(ws)
}

/// How the calling thread's latest method on this handle failed, as one sentence without the rest of the call log: what
/// a program prints after its own name. "" after a success, and before the first method.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Never NULL; for a handle that is
/// not alive, a constant sentence that says so. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_error_message(ws: *mut ckws_websocket) -> *const c_char {
    call_log::last_error_message(ws)
}

/// LastErrorXml: the same call log as an XML document. In it `CkwsLog` holds a `method` (attributes name, success,
/// elapsedMs), that holds `fact` and `context` (attribute name; a context elapsedMs), `info`, and after a failure
/// `error` (attributes code, name). elapsedMs is left out where nothing waited. No `method` before the first call.
/// Characters that XML 1.0 forbids are shown as `\u{1b}`.
///
/// Valid as long as what ckws_get_last_error_text returns. Never NULL, and well-formed for a handle that is not alive,
/// too. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_error_xml(ws: *mut ckws_websocket) -> *const c_char {
    call_log::last_error_xml(ws)
}

/// LastErrorHtml: the same call log as a page for a browser, without script and other files.
///
/// Valid as long as what ckws_get_last_error_text returns. Never NULL, and a page for a handle that is not alive, too.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_error_html(ws: *mut ckws_websocket) -> *const c_char {
    call_log::last_error_html(ws)
}

/// Copies LastErrorText into `buf`, which has `cap` bytes: NUL-terminated, and cut at a character if it does not fit.
/// `buf` may be NULL.
///
/// Returns the length of the whole text without its NUL: it fits if that is less than `cap`. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_copy_last_error_text(
    ws: *mut ckws_websocket,
    buf: *mut c_char,
    cap: usize,
) -> usize {
    // SAFETY: the caller promises NULL or a buffer of `cap` bytes.
    call_log::read_last_error_text(ws, |text| unsafe { args::copy_out(text, buf, cap) })
}

/// The failure of the calling thread's latest method on this handle as a number of enum ckws_error; CKWS_ERROR_NONE
/// after success, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_error_code(ws: *mut ckws_websocket) -> c_int {
    call_log::last_error_code(ws)
}

/// LastMethodSuccess: whether the calling thread's latest method succeeded; true before the first. Properties do not
/// change it, except for a set that was refused. ckws_poll_data_available, ckws_get_frame_data_bd and
/// ckws_get_frame_data_sb set it true whatever they return, unless an argument was refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_last_method_success(ws: *mut ckws_websocket) -> Bool {
    call_log::last_method_success(ws)
}

/// Sets LastMethodSuccess, for the calling thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_set_last_method_success(ws: *mut ckws_websocket, value: Bool) -> Bool {
    call_log::set_last_method_success(ws, value)
}

/// VerboseLogging: whether the call logs of methods on this handle (LastErrorText) have more detail. Default false.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_verbose_logging(ws: *mut ckws_websocket) -> Bool {
    call_log::verbose_logging(ws)
}

/// Sets VerboseLogging. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_set_verbose_logging(ws: *mut ckws_websocket, value: Bool) -> Bool {
    call_log::set_verbose_logging(ws, value)
}

/// DebugLogFilePath: the file that the log of each method call on this handle (LastErrorText) is appended to; "" for
/// none, the default.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_debug_log_file_path(ws: *mut ckws_websocket) -> *const c_char {
    call_log::debug_log_file_path(ws)
}

/// Sets DebugLogFilePath. The opening of each call log is written before the call can block, so that a hang shows
/// where. A file that is made is readable and writable by its owner only (mode 0600). A symbolic link is followed only
/// if the process's user or root owns it. A file that cannot be written, such as a pipe without a reader, fails no
/// call, and no SIGPIPE or SIGXFSZ is raised. Returns false for NULL or text that is not UTF-8. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_set_debug_log_file_path(
    ws: *mut ckws_websocket,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    call_log::set_debug_log_file_path(ws, value)
}

/// Version: the library's version, as ckws_version; "" if the handle is not alive. A constant string, valid for ever.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_get_version(ws: *mut ckws_websocket) -> *const c_char {
    call_log::version(ws)
}
