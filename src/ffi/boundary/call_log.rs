//! The logs of a handle's latest calls, and what they hold: what every object has, however it is called. The functions
//! in `ffi/<object>/common.rs` are made of it.

use super::{entry, get, get_text, set};
use crate::base::Result;
use crate::ffi::boolean::Bool;
use crate::ffi::handle::Handle;
use crate::ffi::strings;
use crate::object::Object;
use crate::object::call_logs::CallLogs;
use crate::sys::thread;
use std::ffi::{CStr, c_char, c_int};

pub(super) const DEAD_MESSAGE: &CStr =
    c"The handle is not alive (NULL, disposed, of another kind, or never created).";
const DEAD_TEXT: &CStr = c"The handle is not alive (NULL, disposed, of another kind, or never created).\n";
const DEAD_XML: &CStr = c"<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<CkwsLog>
  <info>The handle is not alive (NULL, disposed, or never created).</info>
</CkwsLog>
";
const DEAD_HTML: &CStr = c"<!DOCTYPE html>
<html lang=\"en\">
<head><meta charset=\"utf-8\"/><title>No object</title></head>
<body><p>The handle is not alive (NULL, disposed, or never created).</p></body>
</html>
";

/// LastErrorText.
pub(in crate::ffi) fn last_error_text<H: Handle>(handle: *mut H) -> *const c_char {
    last_error(handle, DEAD_TEXT, CallLogs::text)
}

/// The failure as one sentence.
pub(in crate::ffi) fn last_error_message<H: Handle>(handle: *mut H) -> *const c_char {
    last_error(handle, DEAD_MESSAGE, CallLogs::message)
}

/// LastErrorXml.
pub(in crate::ffi) fn last_error_xml<H: Handle>(handle: *mut H) -> *const c_char {
    last_error(handle, DEAD_XML, CallLogs::xml)
}

/// LastErrorHtml.
pub(in crate::ffi) fn last_error_html<H: Handle>(handle: *mut H) -> *const c_char {
    last_error(handle, DEAD_HTML, CallLogs::html)
}

fn last_error<H: Handle>(
    handle: *mut H,
    dead: &'static CStr,
    form: fn(&CallLogs, u64) -> String,
) -> *const c_char {
    entry(handle, strings::constant(dead), |entry| entry.strings.keep(form(&entry.call_logs, thread::id())))
}

/// LastErrorText for a caller that does not keep it.
pub(in crate::ffi) fn read_last_error_text<H: Handle, R>(handle: *mut H, read: impl Fn(&str) -> R) -> R {
    let alive = entry(handle, None, |entry| Some(read(&entry.call_logs.text(thread::id()))));
    alive.unwrap_or_else(|| read(DEAD_TEXT.to_str().unwrap_or_default()))
}

/// LastErrorCode.
pub(in crate::ffi) fn last_error_code<H: Handle>(handle: *mut H) -> c_int {
    entry(handle, -1, |entry| entry.call_logs.code(thread::id()) as c_int)
}

/// LastMethodSuccess.
pub(in crate::ffi) fn last_method_success<H: Handle>(handle: *mut H) -> Bool {
    entry(handle, false, |entry| entry.call_logs.succeeded(thread::id())).into()
}

/// Sets LastMethodSuccess.
pub(in crate::ffi) fn set_last_method_success<H: Handle>(handle: *mut H, value: Bool) -> Bool {
    entry(handle, false, |entry| {
        entry.call_logs.set_succeeded(thread::id(), value.is_true());
        true
    })
    .into()
}

/// VerboseLogging.
pub(in crate::ffi) fn verbose_logging<H: Handle>(handle: *mut H) -> Bool {
    get(handle, false, |object| object.base().is_verbose())
}

/// Sets VerboseLogging.
pub(in crate::ffi) fn set_verbose_logging<H: Handle>(handle: *mut H, value: Bool) -> Bool {
    set(handle, "VerboseLogging", |object| {
        object.base().set_verbose(value.is_true());
        Ok(())
    })
}

/// DebugLogFilePath.
pub(in crate::ffi) fn debug_log_file_path<H: Handle>(handle: *mut H) -> *const c_char {
    get_text(handle, |object| object.base().debug_log_file_path())
}

/// Sets DebugLogFilePath.
pub(in crate::ffi) fn set_debug_log_file_path<H: Handle>(handle: *mut H, path: Result<&str>) -> Bool {
    set(handle, "DebugLogFilePath", |object| object.base().set_debug_log_file_path(path?))
}

/// Version.
pub(in crate::ffi) fn version<H: Handle>(handle: *mut H) -> *const c_char {
    entry(handle, strings::empty(), |_| strings::version())
}
