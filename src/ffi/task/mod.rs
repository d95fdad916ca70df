//! `ckws_task_*`: methods that run by themselves.

mod common;

mod run;

mod progress;
mod result;

pub use common::*;
pub use progress::*;
pub use result::*;
pub use run::*;

use super::handle::Handle;
use crate::object::Task;

/// A method of another object that runs by itself: what a function whose name ends in _async returns.
///
/// It is loaded first; ckws_task_run starts it, again and again if the program likes. Dispose it with
/// ckws_task_dispose, at any time: one that was run continues, and keeps its object and its connection until it has
/// ended. Tasks of one object and one direction (reading, sending; a connect or an HTTP request is both) run in the
/// order of their ckws_task_run; reading and sending do not wait for each other.
///
/// An _async function returns NULL for a handle that is not alive and for a string that is NULL or not UTF-8; the
/// call log of its object says so. Other invalid arguments make the task fail when it runs. Settings such as
/// IdleTimeoutMs are those of the moment at which the method begins.
///
/// LastErrorText and DebugLogFilePath of a task are about methods on the task itself. The method that it runs is logged
/// by its object, and ckws_task_get_result_error_text returns its call log. Since 0.1.0.
pub struct ckws_task;

impl Handle for ckws_task {
    type Object = Task;
    const KIND: u64 = 5;
}
