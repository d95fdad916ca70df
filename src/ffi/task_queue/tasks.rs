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

/// Adds a task to the queue until ckws_task_queue_remove or its dispose: ckws_task_queue_next returns it once each time
/// it ends. One that has ended already can be returned at once. A task is in one queue at the most.
///
/// Returns false if `task` is not alive or in a queue already. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_queue_add(queue: *mut ckws_task_queue, task: *mut ckws_task) -> Bool {
    let member: Result<Arc<Task>> = object_argument(task, "task");
    call_unit(queue, "Add", |queue, _| queue.add(&member?, task.addr()))
}

/// Removes a task from the queue; a completion that was not returned yet is dropped. Returns false if `task` is not
/// alive or not in this queue. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_queue_remove(queue: *mut ckws_task_queue, task: *mut ckws_task) -> Bool {
    let member: Result<Arc<Task>> = object_argument(task, "task");
    call_unit(queue, "Remove", |queue, _| queue.remove(&*member?))
}

/// Waits until a task of the queue has ended, at most `timeout_ms` milliseconds; 0 or -1 is no limit. Several threads
/// may wait: each completion is returned to one of them.
///
/// Returns the handle that was given to ckws_task_queue_add, which stays the caller's; it can be run again from now on.
/// NULL when the time is over (CKWS_ERROR_WAIT_TIMEOUT), and at once (CKWS_ERROR_TASK_STATE) when no completion is left
/// and no task of the queue is queued or running. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_queue_next(
    queue: *mut ckws_task_queue,
    timeout_ms: c_int,
) -> *mut ckws_task {
    let token = run(queue, "Next", 0, async |queue, op| queue.next(op, timeout_ms).await);
    ptr::without_provenance_mut(token)
}

/// As ckws_task_queue_next, without waiting; NULL with CKWS_ERROR_WOULD_BLOCK when no completion is left. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_task_queue_try_next(queue: *mut ckws_task_queue) -> *mut ckws_task {
    ptr::without_provenance_mut(call(queue, "TryNext", 0, |queue, _| queue.try_next()))
}

/// How many completions were not returned yet; -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_queue_get_count(queue: *mut ckws_task_queue) -> c_int {
    get(queue, -1, |queue| as_int(queue.count()))
}

/// A file descriptor that is readable while ckws_task_queue_try_next would return a task, for the program's poll set.
/// Borrowed: not to be closed, read or written; open until the dispose of the queue. -1 if none can be had. Since
/// 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_task_queue_get_fd(queue: *mut ckws_task_queue) -> c_int {
    get(queue, -1, |queue| queue.fd().unwrap_or(-1))
}
