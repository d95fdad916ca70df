//! How far a task is, and its progress log.

use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{as_int, call, call_text, call_unit, get, set};
use crate::ffi::task::ckws_task;
use std::ffi::{c_char, c_int};

/// PercentDone: how much of a large payload has been received, or given to the system, 1 to 100; 0 while that is not
/// known, and to the end for a small one (see ckws_set_percent_done): wait for the end of the task, not for 100. -1 if
/// the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_percent_done(task: *mut ckws_task) -> c_int {
    get(task, -1, |task| c_int::from(task.progress().percent()))
}

/// KeepProgressLog: whether the task keeps what a blocking call passes to the ProgressInfo callback. Default false; set
/// it before ckws_task_run, which empties the log. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_keep_progress_log(task: *mut ckws_task) -> Bool {
    get(task, false, |task| task.progress().keeps_log())
}

/// Sets KeepProgressLog. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_set_keep_progress_log(task: *mut ckws_task, value: Bool) -> Bool {
    set(task, "KeepProgressLog", |task| {
        task.progress().set_keeps_log(value.is_true());
        Ok(())
    })
}

/// ProgressLogSize: how many entries the progress log has; the latest thousand are kept. -1 if the handle is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_progress_log_size(task: *mut ckws_task) -> c_int {
    get(task, -1, |task| as_int(task.progress().log_size()))
}

/// ProgressInfoName: the name of an entry of the progress log, which begins at 0; NULL if there is no such entry.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_progress_info_name(task: *mut ckws_task, index: c_int) -> *const c_char {
    call_text(task, "ProgressInfoName", |task, _| task.progress().entry(index).map(|(name, _)| name))
}

/// ProgressInfoValue: the value of an entry of the progress log; otherwise as ckws_task_progress_info_name.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_progress_info_value(task: *mut ckws_task, index: c_int) -> *const c_char {
    call_text(task, "ProgressInfoValue", |task, _| task.progress().entry(index).map(|(_, value)| value))
}

/// RemoveProgressInfo: removes an entry of the progress log; those after it move up. Returns false if there is no such
/// entry. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_remove_progress_info(task: *mut ckws_task, index: c_int) -> Bool {
    call_unit(task, "RemoveProgressInfo", |task, _| task.progress().remove(index))
}

/// ClearProgressLog: empties the progress log. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_clear_progress_log(task: *mut ckws_task) {
    call(task, "ClearProgressLog", (), |task, _| {
        task.progress().clear();
        Ok(())
    })
}
