//! The result of a task's method.

use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{call, call_text, get, get_text};
use crate::ffi::task::ckws_task;
use crate::ffi::{args, strings};
use crate::object::Task;
use crate::object::task::call::ResultType;
use std::ffi::{c_char, c_int};

/// GetResultBool: what the method returned; false also if it failed.
///
/// Returns false with CKWS_ERROR_TASK_STATE before the end, and with CKWS_ERROR_TASK_RESULT_TYPE for a result of
/// another type. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_get_result_bool(task: *mut ckws_task) -> Bool {
    call(task, "GetResultBool", false, |task, _| task.result_bool())
}

/// GetResultInt: what the method returned; -1 if it failed, and with the codes of ckws_task_get_result_bool.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_get_result_int(task: *mut ckws_task) -> c_int {
    call(task, "GetResultInt", -1, |task, _| task.result_int())
}

/// GetResultString: what the method returned; NULL if it failed, and with the codes of ckws_task_get_result_bool.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_get_result_string(task: *mut ckws_task) -> *const c_char {
    call_text(task, "GetResultString", |task, _| task.result_text())
}

/// The message that ckws_receive_async has read, or the payload of a control frame; ckws_task_get_result_opcode says
/// which.
///
/// Returns a pointer that is never NULL then, also when `*len` is 0, and sets `*len`. A NUL that is not counted follows
/// the message; text is valid UTF-8. Valid until the task runs again or its last handle is disposed. NULL, with `*len`
/// 0, if the method failed or was cancelled, when `len` is NULL, and with the codes of ckws_task_get_result_bool. Since
/// 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_task_get_result_data(
    task: *mut ckws_task,
    len: *mut usize,
) -> *const u8 {
    let data = call(task, "GetResultData", None, |task, _| {
        let out = args::out(len, "len")?;
        Ok(Some((out, task.result_data()?)))
    });
    // SAFETY: the caller promises that what is not NULL is valid for writing.
    unsafe { args::return_bytes(data, len) }
}

/// What the message of ckws_task_get_result_data is: CKWS_OPCODE_TEXT, _BINARY, _CLOSE, _PING or _PONG. -1 before the
/// end, if the method failed or was cancelled, for a method without such a result, and if the handle is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_result_opcode(task: *mut ckws_task) -> c_int {
    get(task, -1, Task::result_opcode)
}

/// ResultType: of what type the result is, "bool", "int", "string" or, of ckws_receive_async, "bytes"; "" before the
/// end. A constant string, valid for ever. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_result_type(task: *mut ckws_task) -> *const c_char {
    strings::constant(match get(task, None, Task::result_type) {
        None => c"",
        Some(ResultType::Bool) => c"bool",
        Some(ResultType::Int) => c"int",
        Some(ResultType::Text) => c"string",
        Some(ResultType::Bytes) => c"bytes",
    })
}

/// ResultErrorText: the call log of the method, as ckws_get_last_error_text returns it after the blocking call; ""
/// before the end.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_result_error_text(task: *mut ckws_task) -> *const c_char {
    get_text(task, |task| Ok(task.result_error_text()))
}

/// How the method failed, as ckws_get_last_error_message says it after the blocking call; "" after a success, and before
/// the end.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_result_error_message(task: *mut ckws_task) -> *const c_char {
    get_text(task, |task| Ok(task.result_error_message()))
}

/// The method's failure as a number of enum ckws_error: CKWS_ERROR_NONE after success and before the end,
/// CKWS_ERROR_ABORTED after a cancel. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_result_error_code(task: *mut ckws_task) -> c_int {
    get(task, -1, |task| task.result_error_code() as c_int)
}

/// TaskSuccess: whether the method succeeded; false before the end. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_task_success(task: *mut ckws_task) -> Bool {
    get(task, false, Task::task_success)
}
