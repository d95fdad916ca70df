//! `ckws_task_*`: methods that run by themselves.

use super::boolean::Bool;
use super::boundary::{self, call, call_text, entry, get, get_text, object_argument, run, set};
use super::handle::ckws_task;
use super::{strings, text};
use crate::base::{ErrorCode, Fault, Result};
use crate::object::task::Status;
use crate::object::task::call::ResultType;
use crate::object::{Object, Task};
use std::ffi::{c_char, c_int, c_void};
use std::ptr;
use std::sync::Arc;

/// Creates an empty task, which has no method to run. The functions whose names end in _async return loaded ones.
///
/// Returns the handle, which the caller disposes with ckws_task_dispose; NULL when no handle is left. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_create() -> *mut ckws_task {
    boundary::create()
}

/// Disposes the handle, in whatever state the task is; never waits. A task that was run goes on, but not in
/// ckws_task_run_synchronously, which ends. It leaves its queue. NULL and a handle that is not alive are ignored.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_dispose(task: *mut ckws_task) {
    boundary::dispose(task);
}

/// Run: starts the method when the tasks before it are done: those of the same object and direction that were run
/// earlier. It never waits: what can be done at once may be done on this thread, the rest is done on the library's. A
/// task that is canceled, aborted or completed runs the same call anew.
///
/// Returns false, and changes nothing, if the task is empty, queued or running, if its last end waits in a
/// ckws_task_queue, or if no thread can be had, as while ckws_global_finalize_thread_pool is at work. What becomes of
/// the method tell ckws_task_get_status_int and the result. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_run(task: *mut ckws_task) -> Bool {
    let shared: Result<Arc<Task>> = object_argument(task, "task");
    call(task, "Run", false, |_, _| shared?.run().map(|()| true))
}

/// RunSynchronously: makes the call on this thread, and returns when it has ended; it does not wait for tasks that were
/// run before. The AbortCheck of the object is asked, as by a blocking call.
///
/// Returns whether it was made; false as ckws_task_run. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_run_synchronously(task: *mut ckws_task) -> Bool {
    let shared: Result<Arc<Task>> = object_argument(task, "task");
    run(task, "RunSynchronously", false, async |_: &Task, _| shared?.run_synchronously().await.map(|()| true))
}

/// Wait: waits until the task has ended, however, at most `max_wait_ms` milliseconds; 0 or -1 is no limit.
///
/// Returns true once it has; false if it was not run, or the time is over (CKWS_ERROR_WAIT_TIMEOUT). Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_wait(task: *mut ckws_task, max_wait_ms: c_int) -> Bool {
    run(task, "Wait", false, async |task: &Task, cx| task.wait(cx, max_wait_ms).await.map(|()| true))
}

/// Cancel: a queued task is canceled at once. A running one is told, and ends as aborted, or completed if it was about
/// to; wait for it. The connection stays, as after a time-out.
///
/// Returns true only for a queued or running task; others stay as they are. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_cancel(task: *mut ckws_task) -> Bool {
    let shared: Result<Arc<Task>> = object_argument(task, "task");
    call(task, "Cancel", false, |_, _| match shared?.cancel() {
        true => Ok(true),
        false => Err(Fault::new(ErrorCode::TaskState, "The task is neither queued nor running.")),
    })
}

/// SleepMs: lets the calling thread sleep. Ends early when the handle is disposed; 0 and negative numbers do nothing.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_sleep_ms(task: *mut ckws_task, milliseconds: c_int) {
    run(task, "SleepMs", (), async |task: &Task, cx| task.sleep(cx, milliseconds).await)
}

/// StatusInt: how far the task is, one of CKWS_TASK_; -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_status_int(task: *mut ckws_task) -> c_int {
    get(task, -1, |task| task.status() as c_int)
}

/// Status: how far the task is, as "empty", "loaded", "queued", "running", "canceled", "aborted" or "completed"; "" if
/// the handle is not alive. A constant string, valid for ever. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_status(task: *mut ckws_task) -> *const c_char {
    strings::constant(match get(task, None, |task| Some(task.status())) {
        None => c"",
        Some(Status::Empty) => c"empty",
        Some(Status::Loaded) => c"loaded",
        Some(Status::Queued) => c"queued",
        Some(Status::Running) => c"running",
        Some(Status::Canceled) => c"canceled",
        Some(Status::Aborted) => c"aborted",
        Some(Status::Completed) => c"completed",
    })
}

/// Finished: whether the task is canceled, aborted or completed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_finished(task: *mut ckws_task) -> Bool {
    get(task, false, |task| task.status().is_finished())
}

/// Inert: whether the task is empty or loaded. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_inert(task: *mut ckws_task) -> Bool {
    get(task, false, |task| task.status().is_inert())
}

/// Live: whether the task is queued or running. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_live(task: *mut ckws_task) -> Bool {
    get(task, false, |task| task.status().is_live())
}

/// GetResultBool: what the method returned; false also if it failed.
///
/// Returns false with CKWS_ERROR_TASK_STATE before the end, and with CKWS_ERROR_TASK_RESULT_TYPE for a result of
/// another type. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_result_bool(task: *mut ckws_task) -> Bool {
    call(task, "GetResultBool", false, |task, _| task.result_bool())
}

/// GetResultInt: what the method returned; -1 if it failed, and with the codes of ckws_task_get_result_bool.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_result_int(task: *mut ckws_task) -> c_int {
    call(task, "GetResultInt", -1, |task, _| task.result_int())
}

/// GetResultString: what the method returned; NULL if it failed, and with the codes of ckws_task_get_result_bool.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_result_string(task: *mut ckws_task) -> *const c_char {
    call_text(task, "GetResultString", |task, _| task.result_text())
}

/// The message that ckws_receive_async has read, or the payload of a control frame; ckws_task_get_result_opcode tells
/// which.
///
/// Returns a pointer that is never NULL then, also when `*len` is 0, and sets `*len`. A NUL stands behind the message,
/// which is not counted; text is valid UTF-8. Valid until the task runs again or its last handle is disposed. NULL, with
/// `*len` 0, if the method failed or was cancelled, when `len` is NULL, and with the codes of ckws_task_get_result_bool.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_task_get_result_data(task: *mut ckws_task, len: *mut usize) -> *const u8 {
    let data = call(task, "GetResultData", None, |task, _| {
        let place = text::place(len, "len")?;
        Ok(Some((place, task.result_data()?)))
    });
    // SAFETY: the caller promises that what is not NULL is valid for writing.
    unsafe { text::put_lent(data, len) }
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

/// ResultErrorText: the account of the method, as ckws_get_last_error_text gives it after the blocking call; "" before
/// the end.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_result_error_text(task: *mut ckws_task) -> *const c_char {
    get_text(task, Task::result_error_text)
}

/// How the method failed, as ckws_get_last_error_message says it after the blocking call; "" after a success, and before
/// the end.
///
/// Valid until ten more strings were returned by this handle, or its dispose. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_result_error_message(task: *mut ckws_task) -> *const c_char {
    get_text(task, Task::result_error_message)
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

/// TaskId: a number that no other task of this process has, above 0 (after two thousand million tasks they begin
/// anew). -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_task_id(task: *mut ckws_task) -> c_int {
    get(task, -1, Task::id)
}

/// UserData: a text of the program's, by which it may know the task; "" at first.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_user_data(task: *mut ckws_task) -> *const c_char {
    get_text(task, Task::user_data)
}

/// Sets UserData. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_task_set_user_data(task: *mut ckws_task, value: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { text::argument(value, "value") };
    set(task, "UserData", |task| value.map(|value| task.set_user_data(value)))
}

/// The program's own object, as it was set; NULL at first, and if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_user_pointer(task: *mut ckws_task) -> *mut c_void {
    ptr::with_exposed_provenance_mut(get(task, 0, Task::user_pointer))
}

/// Carries an object of the program's with the task. The library never looks at it. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_set_user_pointer(task: *mut ckws_task, value: *mut c_void) -> Bool {
    set(task, "UserPointer", |task| {
        task.set_user_pointer(value.expose_provenance());
        Ok(())
    })
}

/// PercentDone: how much of a large payload has been received, or given to the system, 1 to 100; 0 while that is not
/// known, and to the end for a small one (see ckws_set_percent_done): do not wait for 100, but for the end of the task.
/// -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_percent_done(task: *mut ckws_task) -> c_int {
    get(task, -1, |task| c_int::from(task.progress().percent()))
}

/// KeepProgressLog: whether the task keeps what a blocking call tells the ProgressInfo callback. Default false; set it
/// before ckws_task_run, which empties the log. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_keep_progress_log(task: *mut ckws_task) -> Bool {
    get(task, false, |task| task.progress().keeps_log())
}

/// Sets KeepProgressLog. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_set_keep_progress_log(task: *mut ckws_task, value: Bool) -> Bool {
    set(task, "KeepProgressLog", |task| {
        task.progress().set_keeps_log(value.is_true());
        Ok(())
    })
}

/// ProgressLogSize: how many entries the progress log has; the latest thousand are kept. -1 if the handle is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_progress_log_size(task: *mut ckws_task) -> c_int {
    get(task, -1, |task| c_int::try_from(task.progress().log_size()).unwrap_or(c_int::MAX))
}

/// ProgressInfoName: the name of an entry of the progress log, which begins at 0; NULL if there is no such entry.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_progress_info_name(task: *mut ckws_task, index: c_int) -> *const c_char {
    call_text(task, "ProgressInfoName", |task, _| task.progress().entry(index).map(|(name, _)| name))
}

/// ProgressInfoValue: the value of an entry of the progress log; otherwise as ckws_task_progress_info_name.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_progress_info_value(task: *mut ckws_task, index: c_int) -> *const c_char {
    call_text(task, "ProgressInfoValue", |task, _| task.progress().entry(index).map(|(_, value)| value))
}

/// RemoveProgressInfo: removes an entry of the progress log; those behind it move up. Returns false if there is no such
/// entry. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_remove_progress_info(task: *mut ckws_task, index: c_int) -> Bool {
    call(task, "RemoveProgressInfo", false, |task, _| task.progress().remove(index).map(|()| true))
}

/// ClearProgressLog: empties the progress log. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_clear_progress_log(task: *mut ckws_task) {
    call(task, "ClearProgressLog", (), |task, _| {
        task.progress().clear();
        Ok(())
    })
}

/// DebugLogFilePath: the file that the account of each method call on the task itself is appended to; "" for none, the
/// default. The call that it makes is logged by its object.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_debug_log_file_path(task: *mut ckws_task) -> *const c_char {
    get_text(task, |task| task.common().debug_log_file_path())
}

/// Sets DebugLogFilePath, as ckws_set_debug_log_file_path. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_task_set_debug_log_file_path(
    task: *mut ckws_task,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { text::argument(value, "value") };
    set(task, "DebugLogFilePath", |task| value.map(|value| task.common().set_debug_log_file_path(value)))
}

/// LastErrorText: the account of the calling thread's latest method on the task itself, as ckws_get_last_error_text;
/// that of the method which it runs is ckws_task_get_result_error_text.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_last_error_text(task: *mut ckws_task) -> *const c_char {
    boundary::last_error_text(task)
}

/// How the calling thread's latest method on the task itself failed, as one sentence; "" after a success. Otherwise as
/// ckws_get_last_error_message. How the method failed that it runs: ckws_task_get_result_error_message. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_last_error_message(task: *mut ckws_task) -> *const c_char {
    boundary::last_error_message(task)
}

/// LastErrorXml: the same account as an XML document, as ckws_get_last_error_xml.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_last_error_xml(task: *mut ckws_task) -> *const c_char {
    boundary::last_error_xml(task)
}

/// LastErrorHtml: the same account as a page for a browser, as ckws_get_last_error_html.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_last_error_html(task: *mut ckws_task) -> *const c_char {
    boundary::last_error_html(task)
}

/// The failure of the calling thread's latest method on the task itself, as a number of enum ckws_error;
/// CKWS_ERROR_NONE after success, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_last_error_code(task: *mut ckws_task) -> c_int {
    boundary::last_error_code(task)
}

/// LastMethodSuccess: whether the calling thread's latest method on the task itself succeeded; true before the first.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_last_method_success(task: *mut ckws_task) -> Bool {
    boundary::last_method_success(task)
}

/// Sets LastMethodSuccess, for the calling thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_set_last_method_success(task: *mut ckws_task, value: Bool) -> Bool {
    boundary::set_last_method_success(task, value.is_true())
}

/// VerboseLogging: whether the accounts of methods on the task itself get more detail. Default false. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_verbose_logging(task: *mut ckws_task) -> Bool {
    get(task, false, |task| task.common().is_verbose())
}

/// Sets VerboseLogging. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_set_verbose_logging(task: *mut ckws_task, value: Bool) -> Bool {
    set(task, "VerboseLogging", |task| {
        task.common().set_verbose(value.is_true());
        Ok(())
    })
}

/// Version: the library's version, as ckws_version; "" if the handle is not alive. A constant string, valid for
/// ever. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_version(task: *mut ckws_task) -> *const c_char {
    entry(task, strings::empty(), |_| strings::version())
}
