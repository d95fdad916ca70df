//! The shapes of a C function: create, dispose, get, set, call, run.
//!
//! A function's result is converted from what its failure value is: [`Bool`] from a `bool`, others as they are.
//! `call` is for a method that cannot wait, `run` for one that may: it drives the method's future on the calling
//! thread. Here a handle becomes an object, a failure becomes its value and its account, and a panic a failure.

use super::boolean::Bool;
use super::handle::{self, Entry, Handle};
use super::strings;
use super::task::ckws_task;
use crate::base::{ErrorCode, Fault, Result};
use crate::engine::{Cx, block_on};
use crate::object::by_program::ByProgram;
use crate::object::callbacks::Callbacks;
use crate::object::common::end_call;
use crate::object::journal::Journal;
use crate::object::lanes::Direction;
use crate::object::task::call::{Deferred, Method, ResultType};
use crate::object::{Object, Task};
use crate::sys::panic::{catch, catch_in_polls};
use crate::sys::thread;
use std::any::Any;
use std::ffi::{CStr, c_char, c_int};
use std::pin::pin;
use std::sync::Arc;

/// Makes an object and its handle; NULL when that is not possible.
pub(super) fn create<H: Handle>() -> *mut H
where
    H::Object: Default,
{
    catch(|| handle::create::<H>(Arc::new(H::Object::default()))).unwrap_or(std::ptr::null_mut())
}

/// Makes a handle of an object that is there already; NULL when that is not possible.
pub(super) fn share<H: Handle>(object: &Arc<H::Object>) -> *mut H {
    catch(|| handle::create::<H>(Arc::clone(object))).unwrap_or(std::ptr::null_mut())
}

/// Drops a handle.
pub(super) fn dispose<H: Handle>(handle: *mut H) {
    let _ = catch(|| handle::dispose(handle));
}

/// A property. Touches neither log nor success.
pub(super) fn get<H: Handle, R, C: From<R>>(
    handle: *mut H,
    failure: R,
    look: impl FnOnce(&H::Object) -> R,
) -> C {
    entry(handle, failure, |entry| look(&entry.object)).into()
}

/// A property that is a string.
pub(super) fn get_text<H: Handle>(handle: *mut H, look: impl FnOnce(&H::Object) -> String) -> *const c_char {
    entry(handle, strings::empty(), |entry| entry.strings.lend(look(&entry.object)))
}

/// Sets a property; a refusal keeps the old value and is written to the log.
pub(super) fn set<H: Handle>(
    handle: *mut H,
    property: &'static str,
    change: impl FnOnce(&H::Object) -> Result<()>,
) -> Bool {
    let is_set = match catch(|| handle::with(handle, |entry| change(&entry.object))) {
        Ok(None) => false,
        Ok(Some(Ok(()))) => true,
        Ok(Some(Err(fault))) | Err(fault) => {
            note_failure(handle, property, fault);
            false
        }
    };
    is_set.into()
}

/// A method that cannot wait.
pub(super) fn call<H: Handle, R, C: From<R>>(
    handle: *mut H,
    method: &'static str,
    failure: R,
    body: impl FnOnce(&H::Object, &mut Cx<'_>) -> Result<R>,
) -> C {
    perform(handle, method, |_, object, cx| body(object, cx)).unwrap_or(failure).into()
}

/// A method that cannot wait and returns a string; NULL when it fails.
pub(super) fn call_text<H: Handle>(
    handle: *mut H,
    method: &'static str,
    body: impl FnOnce(&H::Object, &mut Cx<'_>) -> Result<String>,
) -> *const c_char {
    let text = |entry: &Entry<H::Object>, object: &H::Object, cx: &mut Cx<'_>| {
        let text = strings::with_room(body(object, cx)?)?;
        Ok(entry.strings.lend(text))
    };
    perform(handle, method, text).unwrap_or(std::ptr::null())
}

/// A method that may wait, on this thread.
pub(super) fn run<H: Handle, R, C: From<R>>(
    handle: *mut H,
    method: &'static str,
    failure: R,
    body: impl AsyncFnOnce(&H::Object, &mut Cx<'_>) -> Result<R>,
) -> C {
    drive(handle, method, async |_, object, cx| body(object, cx).await).unwrap_or(failure).into()
}

/// A method that may wait and returns a string; NULL when it fails.
pub(super) fn run_text<H: Handle>(
    handle: *mut H,
    method: &'static str,
    body: impl AsyncFnOnce(&H::Object, &mut Cx<'_>) -> Result<String>,
) -> *const c_char {
    let text = async |entry: &Entry<H::Object>, object: &H::Object, cx: &mut Cx<'_>| {
        let text = strings::with_room(body(object, cx).await?)?;
        Ok(entry.strings.lend(text))
    };
    drive(handle, method, text).unwrap_or(std::ptr::null())
}

/// A method that may wait, as a task that makes the call when it is run; NULL when an argument is refused.
///
/// `arguments` is what `body` needs of the program's, copied or shared.
pub(super) fn defer<H: Handle, A: Send + Sync + 'static>(
    handle: *mut H,
    method: Twin,
    arguments: Result<A>,
    body: impl for<'a> Fn(&'a H::Object, &'a mut Cx<'_>, &'a A) -> Deferred<'a> + Send + Sync + 'static,
) -> *mut ckws_task {
    let load = |entry: &Entry<H::Object>, _: &H::Object, _: &mut Cx<'_>| {
        let task = Arc::new(Task::loaded(Method {
            method: method.name,
            result_type: method.result_type,
            direction: method.direction,
            object: entry.object.share(),
            arguments: arguments?,
            body,
        }));
        let handle = handle::create::<ckws_task>(Arc::clone(&task));
        if handle.is_null() {
            return Err(Fault::new(ErrorCode::OutOfMemory, "There is no handle left for the task."));
        }
        task.set_handle(handle.addr());
        Ok(handle)
    };
    perform(handle, method.deferred, load).unwrap_or(std::ptr::null_mut())
}

/// The method that a deferred one is the twin of.
pub(super) struct Twin {
    name: &'static str,
    /// The name of the deferred one.
    deferred: &'static str,
    direction: Direction,
    result_type: ResultType,
}

impl Twin {
    /// A method that succeeds or fails.
    pub(super) const fn new(name: &'static str, deferred: &'static str, direction: Direction) -> Self {
        Self { name, deferred, direction, result_type: ResultType::Bool }
    }

    /// The same method, with a result of another type.
    pub(super) const fn returning(self, result_type: ResultType) -> Self {
        Self { result_type, ..self }
    }
}

/// An object that is an argument of a method of another.
pub(super) fn object_argument<H: Handle>(handle: *mut H, name: &'static str) -> Result<Arc<H::Object>> {
    handle::with(handle, |entry| entry.object.share()).ok_or_else(|| {
        Fault::new(ErrorCode::InvalidHandle, format!("The argument {name} is not a handle that is alive."))
    })
}

/// A callback of the program, to be set or removed. When this returns, the one before has ended and does not begin
/// again.
pub(super) fn set_callback<H: Handle>(handle: *mut H, set: impl FnOnce(&Callbacks)) {
    get(handle, (), |object| {
        if let Some(client) = object.client() {
            set(client.callbacks_to_set());
        }
    })
}

/// LoadTaskCaller: makes the handle one of the object whose method the task is.
pub(super) fn load_task_caller<H: Handle>(handle: *mut H, task: *mut ckws_task) -> Bool {
    let task: Result<Arc<Task>> = object_argument(task, "task");
    let object: Option<Arc<H::Object>> = call(handle, "LoadTaskCaller", None, |_, _| {
        let object: Arc<dyn Any + Send + Sync> = task?.caller()?;
        let object = object.downcast::<H::Object>().map_err(|_| {
            let text = "The task is of a method of another kind of object.";
            Fault::new(ErrorCode::InvalidArgument, text)
        })?;
        Ok(Some(object))
    });
    // Behind the call, which looks at what the handle was of: that could not go meanwhile.
    object.is_some_and(|object| catch(|| handle::replace(handle, object)).unwrap_or(false)).into()
}

/// What the forms of a call log say of a handle that is not alive.
const DEAD_MESSAGE: &CStr = c"The handle is not alive (NULL, disposed, of another kind, or never created).";
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

/// LastErrorText of every object.
pub(super) fn last_error_text<H: Handle>(handle: *mut H) -> *const c_char {
    last_error(handle, DEAD_TEXT, Journal::text)
}

/// The failure alone, of every object.
pub(super) fn last_error_message<H: Handle>(handle: *mut H) -> *const c_char {
    last_error(handle, DEAD_MESSAGE, Journal::message)
}

/// LastErrorText for a caller that does not keep it.
pub(super) fn read_last_error_text<H: Handle, R>(handle: *mut H, read: impl Fn(&str) -> R) -> R {
    let alive = entry(handle, None, |entry| Some(read(&entry.journal.text(thread::id()))));
    alive.unwrap_or_else(|| read(DEAD_TEXT.to_str().unwrap_or_default()))
}

/// LastErrorXml of every object that has it.
pub(super) fn last_error_xml<H: Handle>(handle: *mut H) -> *const c_char {
    last_error(handle, DEAD_XML, Journal::xml)
}

/// LastErrorHtml of every object that has it.
pub(super) fn last_error_html<H: Handle>(handle: *mut H) -> *const c_char {
    last_error(handle, DEAD_HTML, Journal::html)
}

fn last_error<H: Handle>(
    handle: *mut H,
    dead: &'static CStr,
    form: fn(&Journal, u64) -> String,
) -> *const c_char {
    entry(handle, strings::constant(dead), |entry| entry.strings.lend(form(&entry.journal, thread::id())))
}

/// LastErrorCode of every object.
pub(super) fn last_error_code<H: Handle>(handle: *mut H) -> c_int {
    entry(handle, -1, |entry| entry.journal.code(thread::id()) as c_int)
}

/// LastMethodSuccess of every object.
pub(super) fn last_method_success<H: Handle>(handle: *mut H) -> Bool {
    entry(handle, false, |entry| entry.journal.succeeded(thread::id())).into()
}

/// Sets LastMethodSuccess.
pub(super) fn set_last_method_success<H: Handle>(handle: *mut H, value: bool) -> Bool {
    entry(handle, false, |entry| {
        entry.journal.set_succeeded(thread::id(), value);
        true
    })
    .into()
}

/// A number as C's int, which stops at its end.
pub(super) fn as_int(value: u32) -> c_int {
    c_int::try_from(value).unwrap_or(c_int::MAX)
}

/// What belongs to the handle: its accounts, its strings.
pub(super) fn entry<H: Handle, R>(
    handle: *mut H,
    failure: R,
    look: impl FnOnce(&Entry<H::Object>) -> R,
) -> R {
    match catch(|| handle::with(handle, look)) {
        Ok(Some(result)) => result,
        Ok(None) | Err(_) => failure,
    }
}

/// Runs a method that cannot wait and keeps its account; None when it failed. A panic is caught once, around
/// everything: what it means for the account is written afterwards, so that a call that goes well pays for no more.
fn perform<H: Handle, R>(
    handle: *mut H,
    method: &'static str,
    body: impl FnOnce(&Entry<H::Object>, &H::Object, &mut Cx<'_>) -> Result<R>,
) -> Option<R> {
    let outcome = catch(|| {
        handle::with(handle, |entry| {
            // Looked up once: LoadTaskCaller may put another in its place meanwhile.
            let object: &H::Object = &entry.object;
            let _end = EndOfCall(object);
            let caller = ByProgram(object);
            let mut cx = begin(&caller, object, method);
            let outcome = body(entry, object, &mut cx);
            conclude(entry, object, &mut cx, outcome)
        })
    });
    note_panic(handle, method, outcome)
}

/// As [`perform`], of a method that may wait, on this thread. A panic is caught in each of its steps: while it waits,
/// and in a callback, the program may cancel or end the thread, which unwinds through here.
fn drive<H: Handle, R>(
    handle: *mut H,
    method: &'static str,
    body: impl AsyncFnOnce(&Entry<H::Object>, &H::Object, &mut Cx<'_>) -> Result<R>,
) -> Option<R> {
    let call = pin!(async {
        let pin = handle::pin(handle)?;
        let entry = pin.entry();
        let object: &H::Object = &entry.object;
        let _end = EndOfCall(object);
        let caller = ByProgram(object);
        let mut cx = begin(&caller, object, method);
        let outcome = body(entry, object, &mut cx).await;
        Some(conclude(entry, object, &mut cx, outcome))
    });
    note_panic(handle, method, block_on(catch_in_polls(call)))
}

/// The context of a call, whose account has its opening.
fn begin<'a>(caller: &'a ByProgram<'_>, object: &dyn Object, method: &'static str) -> Cx<'a> {
    let cx = Cx::of(caller, method, object.common().is_verbose());
    object.common().log_opening(&cx.log);
    cx
}

/// The result of a call, whose account is kept.
fn conclude<T: Object, R>(entry: &Entry<T>, object: &T, cx: &mut Cx<'_>, outcome: Result<R>) -> Option<R> {
    let (result, fault) = match outcome {
        Ok(result) => (Some(result), None),
        Err(fault) => (None, Some(fault)),
    };
    finish(entry, object, cx, fault);
    result
}

/// The result of a call; None also if the handle is not alive, or the call has panicked, which is written down.
fn note_panic<H: Handle, R>(
    handle: *mut H,
    method: &'static str,
    outcome: Result<Option<Option<R>>>,
) -> Option<R> {
    match outcome {
        Ok(result) => result.flatten(),
        Err(fault) => {
            note_failure(handle, method, fault);
            None
        }
    }
}

/// A call on an object; it ends also by a panic.
struct EndOfCall<'a>(&'a dyn Object);

impl Drop for EndOfCall<'_> {
    fn drop(&mut self) {
        end_call(self.0);
    }
}

/// The account of a refused set, or of a method that panicked.
#[cold]
fn note_failure<H: Handle>(handle: *mut H, method: &'static str, fault: Fault) {
    entry(handle, (), |entry| {
        let object: &H::Object = &entry.object;
        let mut cx = Cx::new(method, object.common().is_verbose());
        object.common().log_opening(&cx.log);
        finish(entry, object, &mut cx, Some(fault));
    });
}

fn finish<T: Object>(entry: &Entry<T>, object: &T, cx: &mut Cx<'_>, fault: Option<Fault>) {
    cx.log.finish(fault);
    object.common().log_closing(&cx.log);
    entry.journal.put(thread::id(), &mut cx.log);
}

#[cfg(test)]
mod tests {
    use super::super::bin_data::ckws_bin_data;
    use super::*;

    #[test]
    fn a_panic_becomes_the_failure_value_and_a_line_of_the_log() {
        let handle = create::<ckws_bin_data>();
        let result: i32 = call(handle, "Explode", -1, |_, _| -> Result<i32> { panic!("boom {}", 7) });
        assert_eq!(result, -1);
        let text = entry(handle, String::new(), |entry| entry.journal.text(thread::id()));
        assert!(text.contains("boom 7") && text.contains("Failed."), "{text}");
        assert!(call::<_, _, bool>(handle, "Work", false, |_, _| Ok(true)), "the object stays usable");
        dispose(handle);
    }

    #[test]
    fn a_dead_handle_gives_the_failure_value() {
        let handle = create::<ckws_bin_data>();
        dispose(handle);
        assert_eq!(get::<_, _, i32>(handle, -1, |bin_data| bin_data.len() as i32), -1);
        assert!(!set(handle, "Any", |_| Ok(())).is_true());
        assert!(call_text(handle, "Any", |_, _| Ok(String::new())).is_null());
    }
}
