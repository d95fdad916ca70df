//! The shapes of a C function: create, dispose, get, set, call, run; and `make_task` for its _async form.
//!
//! `call` is for a method that cannot wait, `run` for one that may: it drives the method's future on the calling
//! thread. `_unit` is for a method that succeeds or fails, `_text` for one that returns a string. A function's result
//! is converted from what its failure value is: [`Bool`] from a `bool`, others as they are. Here a handle becomes an
//! object, a failure becomes its value and its call log, and a panic a failure.
//!
//! Panics are caught here, in each poll (`sys/cancel.rs` says why), and become the failure value and a line of the log.
//! `Locked` ignores poisoning, so every structure in one must be usable after each step. The panic hook is silent
//! inside the boundary; std is private to the library.

pub(super) mod call_log;
mod tasks;

pub(super) use tasks::{AsyncMethod, load_task_caller, make_task};

use super::boolean::Bool;
use super::handle::{self, Entry, Handle};
use super::strings;
use crate::base::{ErrorCode, Fault, Result};
use crate::engine::{Op, block_on};
use crate::object::Object;
use crate::object::blocking_caller::BlockingCaller;
use crate::object::callbacks::Callbacks;
use crate::object::log_callback;
use crate::object::object_base::end_call;
use crate::sys::panic::{catch, catch_in_polls};
use crate::sys::thread;
use std::ffi::{c_char, c_int};
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
    entry(handle, failure, |entry| look(&entry.object.get())).into()
}

/// A property that is a string.
pub(super) fn get_text<H: Handle>(
    handle: *mut H,
    look: impl FnOnce(&H::Object) -> Result<String>,
) -> *const c_char {
    entry(handle, strings::empty(), |entry| {
        // A property has no failure: what there is no memory for is the empty string.
        entry.strings.keep(look(&entry.object.get()).and_then(strings::with_room).unwrap_or_default())
    })
}

/// Sets a property; a refusal keeps the old value and is written to the log.
pub(super) fn set<H: Handle>(
    handle: *mut H,
    property: &'static str,
    change: impl FnOnce(&H::Object) -> Result<()>,
) -> Bool {
    let is_set = match catch(|| handle::with(handle, |entry| change(&entry.object.get()))) {
        Ok(Some(Ok(()))) => true,
        Ok(None) => {
            report_unknown_handle(property);
            false
        }
        Ok(Some(Err(fault))) | Err(fault) => {
            note_failure(handle, property, fault);
            false
        }
    };
    if !is_set {
        log_callback::deliver();
    }
    is_set.into()
}

/// A method that cannot wait.
pub(super) fn call<H: Handle, R, C: From<R>>(
    handle: *mut H,
    method: &'static str,
    failure: R,
    body: impl for<'a> FnOnce(&'a Arc<H::Object>, &mut Op<'a>) -> Result<R>,
) -> C {
    perform(handle, method, |_, object, op| body(object, op)).unwrap_or(failure).into()
}

/// A method that cannot wait, and succeeds or fails.
pub(super) fn call_unit<H: Handle>(
    handle: *mut H,
    method: &'static str,
    body: impl for<'a> FnOnce(&'a Arc<H::Object>, &mut Op<'a>) -> Result<()>,
) -> Bool {
    perform(handle, method, |_, object, op| body(object, op)).is_some().into()
}

/// A method that cannot wait and returns a string; NULL when it fails.
pub(super) fn call_text<H: Handle>(
    handle: *mut H,
    method: &'static str,
    body: impl for<'a> FnOnce(&'a Arc<H::Object>, &mut Op<'a>) -> Result<String>,
) -> *const c_char {
    let text = perform(handle, method, |entry, object, op| {
        let text = strings::with_room(body(object, op)?)?;
        Ok(entry.strings.keep(text))
    });
    text.unwrap_or(std::ptr::null())
}

/// A method that may wait, on this thread.
pub(super) fn run<H: Handle, R, C: From<R>>(
    handle: *mut H,
    method: &'static str,
    failure: R,
    body: impl for<'a> AsyncFnOnce(&'a Arc<H::Object>, &mut Op<'a>) -> Result<R>,
) -> C {
    drive(handle, method, async |_, object, op| body(object, op).await).unwrap_or(failure).into()
}

/// A method that may wait, on this thread, and succeeds or fails.
pub(super) fn run_unit<H: Handle>(
    handle: *mut H,
    method: &'static str,
    body: impl for<'a> AsyncFnOnce(&'a Arc<H::Object>, &mut Op<'a>) -> Result<()>,
) -> Bool {
    drive(handle, method, async |_, object, op| body(object, op).await).is_some().into()
}

/// A method that may wait, on this thread, and returns a string; NULL when it fails.
pub(super) fn run_text<H: Handle>(
    handle: *mut H,
    method: &'static str,
    body: impl for<'a> AsyncFnOnce(&'a Arc<H::Object>, &mut Op<'a>) -> Result<String>,
) -> *const c_char {
    let text = drive(handle, method, async |entry, object, op| {
        let text = strings::with_room(body(object, op).await?)?;
        Ok(entry.strings.keep(text))
    });
    text.unwrap_or(std::ptr::null())
}

/// An object that is an argument of a method of another.
pub(super) fn object_argument<H: Handle>(handle: *mut H, name: &'static str) -> Result<Arc<H::Object>> {
    handle::with(handle, |entry| Arc::clone(&entry.object.get())).ok_or_else(|| {
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

/// A number as C's int: INT_MAX if it is larger.
pub(super) fn as_int(value: impl TryInto<c_int>) -> c_int {
    value.try_into().unwrap_or(c_int::MAX)
}

/// What belongs to the handle: its call logs, its strings.
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

/// Runs a method that cannot wait and keeps its call log; None when it failed. A panic is caught once, around
/// everything, and logged afterwards, so that a call that succeeds pays for no more.
fn perform<H: Handle, R>(
    handle: *mut H,
    method: &'static str,
    body: impl for<'a> FnOnce(&Entry<H::Object>, &'a Arc<H::Object>, &mut Op<'a>) -> Result<R>,
) -> Option<R> {
    let level = log_callback::level();
    let outcome = catch(|| {
        handle::with(handle, |entry| {
            // Once for the whole call: LoadTaskCaller may replace it at any time.
            let object = entry.object.get();
            let _end = EndOfCall(&**object);
            let caller = BlockingCaller(&**object);
            let mut op = begin(&caller, &**object, method, level);
            let outcome = body(entry, &object, &mut op);
            conclude(entry, &**object, &mut op, outcome)
        })
    });
    deliver_after(level, note_panic(handle, method, outcome))
}

/// As [`perform`], of a method that may wait, on this thread. A panic is caught in each of its steps: while it waits,
/// and in a callback, the program may cancel or end the thread, which unwinds through here.
fn drive<H: Handle, R>(
    handle: *mut H,
    method: &'static str,
    body: impl for<'a> AsyncFnOnce(&Entry<H::Object>, &'a Arc<H::Object>, &mut Op<'a>) -> Result<R>,
) -> Option<R> {
    let level = log_callback::level();
    let call = pin!(async {
        let pin = handle::pin(handle)?;
        let entry = pin.entry();
        let object = entry.object.get();
        let _end = EndOfCall(&**object);
        let caller = BlockingCaller(&**object);
        let mut op = begin(&caller, &**object, method, level);
        let outcome = body(entry, &object, &mut op).await;
        Some(conclude(entry, &**object, &mut op, outcome))
    });
    deliver_after(level, note_panic(handle, method, block_on(catch_in_polls(call))))
}

/// Passes the reports of a call of that level on, and returns its result. The log callback may end the thread.
fn deliver_after<R>(level: u8, result: R) -> R {
    if level > 0 {
        log_callback::deliver();
    }
    result
}

/// Begins the operation of a call; its log has been opened.
fn begin<'a, T: Object>(
    caller: &'a BlockingCaller<'_>,
    object: &T,
    method: &'static str,
    level: u8,
) -> Op<'a> {
    let mut op = Op::of(caller, method, object.base().is_verbose());
    op.log.set_report_level(level);
    object.base().log_opening(&op.log);
    op
}

/// Returns the result of a call and keeps its log.
fn conclude<T: Object, R>(entry: &Entry<T>, object: &T, op: &mut Op<'_>, outcome: Result<R>) -> Option<R> {
    let (result, fault) = match outcome {
        Ok(result) => (Some(result), None),
        Err(fault) => (None, Some(fault)),
    };
    finish(entry, object, op, fault);
    result
}

/// Returns the result of a call; None also if the handle is not alive or the call has panicked, which is logged.
fn note_panic<H: Handle, R>(
    handle: *mut H,
    method: &'static str,
    outcome: Result<Option<Option<R>>>,
) -> Option<R> {
    match outcome {
        Ok(Some(result)) => result,
        Ok(None) => {
            report_unknown_handle(method);
            None
        }
        Err(fault) => {
            note_failure(handle, method, fault);
            None
        }
    }
}

/// A call on an object; it ends also by a panic.
struct EndOfCall<'a, T: Object>(&'a T);

impl<T: Object> Drop for EndOfCall<'_, T> {
    fn drop(&mut self) {
        end_call(self.0);
    }
}

/// Reports a call on a handle that is not alive, and so has no log.
#[cold]
fn report_unknown_handle(method: &'static str) {
    let level = log_callback::level();
    if level > 0 {
        let mut log = Op::new(method, false).log;
        log.set_report_level(level);
        log.finish(Some(Fault::new(ErrorCode::InvalidHandle, call_log::DEAD_MESSAGE.to_string_lossy())));
        log_callback::keep_call(&log);
    }
}

/// Logs a refused set, or a method that panicked.
#[cold]
fn note_failure<H: Handle>(handle: *mut H, method: &'static str, fault: Fault) {
    entry(handle, (), |entry| {
        let object = entry.object.get();
        let mut op = Op::new(method, object.base().is_verbose());
        op.log.set_report_level(log_callback::level());
        object.base().log_opening(&op.log);
        finish(entry, &**object, &mut op, Some(fault));
    });
}

fn finish<T: Object>(entry: &Entry<T>, object: &T, op: &mut Op<'_>, fault: Option<Fault>) {
    op.log.finish(fault);
    object.base().log_closing(&op.log);
    if op.log.report_level() > 0 {
        log_callback::keep_call(&op.log);
    }
    entry.call_logs.put(thread::id(), &mut op.log);
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
        let text = entry(handle, String::new(), |entry| entry.call_logs.text(thread::id()));
        assert!(text.contains("boom 7") && text.contains("Failed."), "{text}");
        assert!(call::<_, _, bool>(handle, "Work", false, |_, _| Ok(true)), "the object stays usable");
        dispose(handle);
    }

    #[test]
    fn an_object_that_a_call_keeps_outlives_its_handle() {
        let handle = create::<ckws_bin_data>();
        let kept =
            call::<_, _, Option<Arc<_>>>(handle, "Keep", None, |object, _| Ok(Some(Arc::clone(object))));
        let kept = kept.unwrap();
        assert_eq!(Arc::strong_count(&kept), 2, "a call holds no count of its own");
        dispose(handle);
        assert_eq!((Arc::strong_count(&kept), kept.len()), (1, 0));
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
