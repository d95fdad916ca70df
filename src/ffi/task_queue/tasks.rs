//! `ckws_task_queue_*`: one place for the ends of many tasks.

use crate::base::Result;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{as_int, call, call_unit, get, object_argument, run};
use crate::ffi::task::ckws_task;
use crate::ffi::task_queue::ckws_task_queue;
use crate::object::Task;
use std::ffi::c_int;
use std::ptr;
use std::sync::Arc;

/// Enrols a task until ckws_task_queue_remove or its dispose: each time it ends, it is handed out once. One that has
/// ended already is handed out at once. A task is in one queue at the most.
///
/// Returns false if `task` is not alive or in a queue already. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_queue_add(queue: *mut ckws_task_queue, task: *mut ckws_task) -> Bool {
    let enrolled: Result<Arc<Task>> = object_argument(task, "task");
    call_unit(queue, "Add", |queue, _| queue.add(&enrolled?, task.addr()))
}

/// Ends the enrolment of a task; an end of it that waits is forgotten. Returns false if `task` is not alive or not in
/// this queue. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_queue_remove(queue: *mut ckws_task_queue, task: *mut ckws_task) -> Bool {
    let enrolled: Result<Arc<Task>> = object_argument(task, "task");
    call_unit(queue, "Remove", |queue, _| queue.remove(&*enrolled?))
}

/// Waits for the next end of an enrolled task, at most `timeout_ms` milliseconds; 0 or -1 is no limit. Several
/// threads may wait: each end goes to one of them.
///
/// Returns the handle that was given to ckws_task_queue_add, which stays the caller's; it can be run again from now on.
/// NULL when the time is over (CKWS_ERROR_WAIT_TIMEOUT), and at once (CKWS_ERROR_TASK_STATE) when no end waits and no
/// enrolled task is queued or running. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_queue_next(
    queue: *mut ckws_task_queue,
    timeout_ms: c_int,
) -> *mut ckws_task {
    let label = run(queue, "Next", 0, async |queue, cx| queue.next(cx, timeout_ms).await);
    ptr::without_provenance_mut(label)
}

/// As ckws_task_queue_next, without waiting; NULL with CKWS_ERROR_WOULD_BLOCK when no end waits. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_queue_try_next(queue: *mut ckws_task_queue) -> *mut ckws_task {
    ptr::without_provenance_mut(call(queue, "TryNext", 0, |queue, _| queue.try_next()))
}

/// How many ends wait to be handed out; -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_queue_get_count(queue: *mut ckws_task_queue) -> c_int {
    get(queue, -1, |queue| as_int(queue.count()))
}

/// A file descriptor that is readable while an end waits, for the program's poll set. Borrowed: not to be closed, read
/// or written; open until the dispose of the queue. -1 if none can be had. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_queue_get_fd(queue: *mut ckws_task_queue) -> c_int {
    get(queue, -1, |queue| queue.fd().unwrap_or(-1))
}
