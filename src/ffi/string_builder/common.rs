//! The functions that every object has. Made of `api/common.rs.in` by CKWS_UPDATE_FFI=1 cargo test
//! --test ffi generated; do not edit.

use super::ckws_string_builder;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{self, call_log};
use std::ffi::{c_char, c_int};

/// Creates an empty StringBuilder.
///
/// Returns the handle, which the caller disposes with ckws_string_builder_dispose; NULL when no handle is left (there
/// are a million). Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_create() -> *mut ckws_string_builder {
    boundary::create()
}

/// Disposes the handle. Text and strings that the handle has returned are no longer valid. NULL and a handle that is
/// not alive are ignored. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_dispose(sb: *mut ckws_string_builder) {
    boundary::dispose(sb);
}

/// LastErrorText: the call log of the calling thread's latest method on this handle, as ckws_get_last_error_text.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_get_last_error_text(sb: *mut ckws_string_builder) -> *const c_char {
    call_log::last_error_text(sb)
}

/// How the calling thread's latest method on this handle failed, as one sentence; "" after a success. Otherwise as
/// ckws_get_last_error_message. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_get_last_error_message(sb: *mut ckws_string_builder) -> *const c_char {
    call_log::last_error_message(sb)
}

/// The failure of the calling thread's latest method on this handle as a number of enum ckws_error; CKWS_ERROR_NONE
/// after success, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_get_last_error_code(sb: *mut ckws_string_builder) -> c_int {
    call_log::last_error_code(sb)
}

/// LastMethodSuccess: whether the calling thread's latest method on this handle succeeded; true before the first. Since
/// 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_get_last_method_success(sb: *mut ckws_string_builder) -> Bool {
    call_log::last_method_success(sb)
}

/// Sets LastMethodSuccess, for the calling thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_set_last_method_success(
    sb: *mut ckws_string_builder,
    value: Bool,
) -> Bool {
    call_log::set_last_method_success(sb, value)
}
