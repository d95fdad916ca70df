//! `ckws_string_builder_*`: text.

use super::boundary::{self, call, call_text, get};
use super::handle::ckws_string_builder;
use super::text;
use crate::object::StringBuilder;
use std::ffi::{c_char, c_int};

/// Creates an empty StringBuilder.
///
/// Returns the handle, which the caller disposes with ckws_string_builder_dispose; NULL when no handle is left
/// (there are a million). Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_create() -> *mut ckws_string_builder {
    boundary::create()
}

/// Disposes the handle. What it has lent must not be used any more. NULL and a handle that is not alive are
/// ignored. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_dispose(sb: *mut ckws_string_builder) {
    boundary::dispose(sb);
}

/// LastErrorText: the account of the calling thread's latest method on this handle, as
/// ckws_get_last_error_text.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_get_last_error_text(sb: *mut ckws_string_builder) -> *const c_char {
    boundary::last_error_text(sb)
}

/// The failure of the calling thread's latest method as a number of enum ckws_error; CKWS_ERROR_NONE after
/// success, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_get_last_error_code(sb: *mut ckws_string_builder) -> c_int {
    boundary::last_error_code(sb)
}

/// LastMethodSuccess: whether the calling thread's latest method succeeded; true before the first. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_get_last_method_success(sb: *mut ckws_string_builder) -> bool {
    boundary::last_method_success(sb)
}

/// Sets LastMethodSuccess, for the calling thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_set_last_method_success(
    sb: *mut ckws_string_builder,
    value: bool,
) -> bool {
    boundary::set_last_method_success(sb, value)
}

/// Length: how many characters (code points) there are, up to INT_MAX; -1 if the handle is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_get_length(sb: *mut ckws_string_builder) -> c_int {
    get(sb, -1, |string_builder| c_int::try_from(string_builder.len()).unwrap_or(c_int::MAX))
}

/// Append: appends a copy of `text`. Returns false, with nothing changed, when memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_string_builder_append(
    sb: *mut ckws_string_builder,
    text: *const c_char,
) -> bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { text::argument(text, "text") };
    call(sb, "Append", false, |sb: &StringBuilder, _| sb.append(text?).map(|()| true))
}

/// Clear: removes all text. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_clear(sb: *mut ckws_string_builder) {
    call(sb, "Clear", (), |string_builder, _| {
        string_builder.clear();
        Ok(())
    });
}

/// GetAsString: a copy of the text; "" if there is none. A NUL in it ends it for C.
///
/// Lent until ten more strings were returned by this handle, or its dispose. NULL if the handle is not alive,
/// or memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_get_as_string(sb: *mut ckws_string_builder) -> *const c_char {
    call_text(sb, "GetAsString", |string_builder, _| string_builder.text())
}

/// SetString: replaces the text by a copy of `text`. Returns false, with nothing changed, when memory runs out.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_string_builder_set_string(
    sb: *mut ckws_string_builder,
    text: *const c_char,
) -> bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { text::argument(text, "text") };
    call(sb, "SetString", false, |sb: &StringBuilder, _| sb.set(text?).map(|()| true))
}
