//! Methods as tasks: what makes one of a method, and what takes its object out of one.

use super::{call, object_argument, perform};
use crate::base::{ErrorCode, Fault, Result};
use crate::engine::Op;
use crate::ffi::boolean::Bool;
use crate::ffi::handle::{self, Handle};
use crate::ffi::task::ckws_task;
use crate::object::Task;
use crate::object::run_order::Direction;
use crate::object::task::call::{BoxFuture, LoadedCall, ResultType};
use crate::sys::panic::catch;
use std::sync::Arc;

/// What a task needs to know of its method.
pub(in crate::ffi) struct AsyncMethod {
    name: &'static str,
    /// The name of the method that makes the task.
    async_name: &'static str,
    direction: Direction,
    result_type: ResultType,
}

impl AsyncMethod {
    /// A method that succeeds or fails.
    pub(in crate::ffi) const fn new(
        name: &'static str,
        async_name: &'static str,
        direction: Direction,
    ) -> Self {
        Self { name, async_name, direction, result_type: ResultType::Bool }
    }

    /// The same method, with a result of another type.
    pub(in crate::ffi) const fn returning(self, result_type: ResultType) -> Self {
        Self { result_type, ..self }
    }
}

/// A method that may wait, as a task that makes the call when it is run. Returns NULL when an argument is refused.
///
/// `arguments` is what `body` needs of the program's, copied or shared.
pub(in crate::ffi) fn make_task<H: Handle, A: Send + Sync + 'static>(
    handle: *mut H,
    method: AsyncMethod,
    arguments: Result<A>,
    body: impl for<'a, 'b> Fn(&'a Arc<H::Object>, &'b mut Op<'a>, &'a A) -> BoxFuture<'b> + Send + Sync + 'static,
) -> *mut ckws_task {
    let task = perform(handle, method.async_name, |_, object, _| {
        let task = Arc::new(Task::loaded(LoadedCall {
            method: method.name,
            result_type: method.result_type,
            direction: method.direction,
            object: Arc::clone(object),
            arguments: arguments?,
            body,
        }));
        let handle = handle::create::<ckws_task>(Arc::clone(&task));
        if handle.is_null() {
            return Err(Fault::new(ErrorCode::OutOfMemory, "There is no handle left for the task."));
        }
        task.set_handle(handle.addr());
        Ok(handle)
    });
    task.unwrap_or(std::ptr::null_mut())
}

/// LoadTaskCaller: makes the handle one of the object whose method the task is.
pub(in crate::ffi) fn load_task_caller<H: Handle>(handle: *mut H, task: *mut ckws_task) -> Bool {
    let task: Result<Arc<Task>> = object_argument(task, "task");
    let object: Option<Arc<H::Object>> = call(handle, "LoadTaskCaller", None, |_, _| {
        let object = task?.caller()?.into_any().downcast::<H::Object>().map_err(|_| {
            let text = "The task is of a method of another kind of object.";
            Fault::new(ErrorCode::InvalidArgument, text)
        })?;
        Ok(Some(object))
    });
    // After the call, which uses the object that is replaced here.
    object.is_some_and(|object| catch(|| handle::replace(handle, object)).unwrap_or(false)).into()
}
