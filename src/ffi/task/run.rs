//! A task itself: running it, waiting for it, and what the program keeps with it.

use crate::base::{ErrorCode, Fault};
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{call_unit, get, get_text, run, run_unit, set};
use crate::ffi::task::ckws_task;
use crate::ffi::{args, strings};
use crate::object::Task;
use crate::object::task::Status;
use std::ffi::{c_char, c_int, c_void};
use std::ptr;

/// Run: starts the method when the tasks before it are done: those of the same object and direction that were run
/// earlier. It never waits: what can be done at once may be done on this thread, the rest is done on the library's. A
/// task that is canceled, aborted or completed runs the same call anew.
///
/// Returns false, and changes nothing, if the task is empty, queued or running, if its last completion has not been
/// returned by its ckws_task_queue, or if no thread can be had, as while ckws_global_finalize_thread_pool is at work.
/// ckws_task_get_status_int and the result say what becomes of the method. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_run(task: *mut ckws_task) -> Bool {
    call_unit(task, "Run", |task, _| task.run())
}

/// RunSynchronously: makes the call on this thread, and returns when it has ended; it does not wait for tasks that were
/// run before. The AbortCheck of the object is asked, as by a blocking call.
///
/// Returns whether it was made; false as ckws_task_run. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_run_synchronously(task: *mut ckws_task) -> Bool {
    run_unit(task, "RunSynchronously", async |task, _| task.run_synchronously().await)
}

/// Wait: waits until the task has ended, however, at most `max_wait_ms` milliseconds; 0 or -1 is no limit.
///
/// Returns true once it has; false if it was not run, or the time is over (CKWS_ERROR_WAIT_TIMEOUT). Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_wait(task: *mut ckws_task, max_wait_ms: c_int) -> Bool {
    run_unit(task, "Wait", async |task, op| task.wait(op, max_wait_ms).await)
}

/// Cancel: a queued task is canceled at once. A running one is asked to end, and ends as aborted, or completed if it
/// was about to; wait for it. The connection stays, as after a time-out.
///
/// Returns true only for a queued or running task; others stay as they are. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_cancel(task: *mut ckws_task) -> Bool {
    call_unit(task, "Cancel", |task, _| match task.cancel() {
        true => Ok(()),
        false => Err(Fault::new(ErrorCode::TaskState, "The task is neither queued nor running.")),
    })
}

/// SleepMs: lets the calling thread sleep. Ends early when the handle is disposed; 0 and negative numbers do nothing.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_sleep_ms(task: *mut ckws_task, milliseconds: c_int) {
    run(task, "SleepMs", (), async |task, op| task.sleep(op, milliseconds).await)
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

/// TaskId: a number that no other task of this process has, above 0 (after two thousand million tasks they begin
/// anew). -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_task_id(task: *mut ckws_task) -> c_int {
    get(task, -1, Task::id)
}

/// UserData: a text of the program's, by which it may know the task; "" at first.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_user_data(task: *mut ckws_task) -> *const c_char {
    get_text(task, Task::user_data)
}

/// Sets UserData. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_task_set_user_data(task: *mut ckws_task, value: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
    set(task, "UserData", |task| task.set_user_data(value?))
}

/// The program's own object, as it was set; NULL at first, and if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_get_user_pointer(task: *mut ckws_task) -> *mut c_void {
    ptr::with_exposed_provenance_mut(get(task, 0, Task::user_pointer))
}

/// Carries an object of the program's with the task. The library never looks at it. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_set_user_pointer(task: *mut ckws_task, value: *mut c_void) -> Bool {
    set(task, "UserPointer", |task| {
        task.set_user_pointer(value.expose_provenance());
        Ok(())
    })
}
