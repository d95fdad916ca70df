//! The shapes of a C function: create, dispose, get, set, call, run.
//!
//! `call` is for a method that cannot wait, `run` for one that may: it drives the method's future on the calling
//! thread. Here a handle becomes an object, a failure becomes its value and its account, and a panic a failure.

use super::handle::{self, Entry, Handle};
use super::strings;
use crate::base::{ErrorCode, Fault, Result};
use crate::engine::{Cx, block_on};
use crate::object::Object;
use crate::object::journal::Journal;
use crate::sys::process::ProcessLocal;
use crate::sys::thread;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Makes an object and its handle; NULL when that is not possible.
pub(super) fn create<H: Handle>() -> *mut H
where
    H::Object: Default,
{
    catch(|| handle::create::<H>(H::Object::default())).unwrap_or(std::ptr::null_mut())
}

/// Drops a handle.
pub(super) fn dispose<H: Handle>(handle: *mut H) {
    let _ = catch(|| handle::dispose(handle));
}

/// A property. Touches neither log nor success.
pub(super) fn get<H: Handle, R>(handle: *mut H, failure: R, look: impl FnOnce(&H::Object) -> R) -> R {
    entry(handle, failure, |entry| look(&entry.object))
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
) -> bool {
    match catch(|| handle::with(handle, |entry| change(&entry.object))) {
        Ok(None) => false,
        Ok(Some(Ok(()))) => true,
        Ok(Some(Err(fault))) | Err(fault) => {
            note_failure(handle, property, fault);
            false
        }
    }
}

/// A method that cannot wait.
pub(super) fn call<H: Handle, R>(
    handle: *mut H,
    method: &'static str,
    failure: R,
    body: impl FnOnce(&H::Object, &mut Cx) -> Result<R>,
) -> R {
    perform(handle, method, |entry, cx| body(&entry.object, cx)).unwrap_or(failure)
}

/// A method that cannot wait and returns a string; NULL when it fails.
pub(super) fn call_text<H: Handle>(
    handle: *mut H,
    method: &'static str,
    body: impl FnOnce(&H::Object, &mut Cx) -> Result<String>,
) -> *const c_char {
    let text = |entry: &Entry<H::Object>, cx: &mut Cx| {
        let text = strings::with_room(body(&entry.object, cx)?)?;
        Ok(entry.strings.lend(text))
    };
    perform(handle, method, text).unwrap_or(std::ptr::null())
}

/// A method that may wait, on this thread.
pub(super) fn run<H: Handle, R>(
    handle: *mut H,
    method: &'static str,
    failure: R,
    body: impl AsyncFnOnce(&H::Object, &mut Cx) -> Result<R>,
) -> R {
    perform(handle, method, |entry, cx| block_on(body(&entry.object, cx))).unwrap_or(failure)
}

/// A method that may wait and returns a string; NULL when it fails.
pub(super) fn run_text<H: Handle>(
    handle: *mut H,
    method: &'static str,
    body: impl AsyncFnOnce(&H::Object, &mut Cx) -> Result<String>,
) -> *const c_char {
    let text = |entry: &Entry<H::Object>, cx: &mut Cx| {
        let text = strings::with_room(block_on(body(&entry.object, cx))?)?;
        Ok(entry.strings.lend(text))
    };
    perform(handle, method, text).unwrap_or(std::ptr::null())
}

/// An object that is an argument of a method of another.
pub(super) fn object_argument<H: Handle>(handle: *mut H, name: &'static str) -> Result<Arc<H::Object>> {
    handle::with(handle, |entry| Arc::clone(&entry.object)).ok_or_else(|| {
        Fault::new(ErrorCode::InvalidHandle, format!("The argument {name} is not a handle that is alive."))
    })
}

/// What the three forms of an account say of a handle that is not alive.
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
pub(super) fn last_method_success<H: Handle>(handle: *mut H) -> bool {
    entry(handle, false, |entry| entry.journal.succeeded(thread::id()))
}

/// Sets LastMethodSuccess.
pub(super) fn set_last_method_success<H: Handle>(handle: *mut H, value: bool) -> bool {
    entry(handle, false, |entry| {
        entry.journal.set_succeeded(thread::id(), value);
        true
    })
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

/// Runs a method and keeps its account; None when it failed. A panic is caught once, around everything: what it
/// means for the account is written afterwards, so that a call that goes well pays for no more.
fn perform<H: Handle, R>(
    handle: *mut H,
    method: &'static str,
    body: impl FnOnce(&Entry<H::Object>, &mut Cx) -> Result<R>,
) -> Option<R> {
    let outcome = catch(|| {
        handle::with(handle, |entry| {
            let mut cx = Cx::new(method, entry.object.common().is_verbose());
            open_debug_log(entry, &cx);
            let (result, fault) = match body(entry, &mut cx) {
                Ok(result) => (Some(result), None),
                Err(fault) => (None, Some(fault)),
            };
            finish(entry, &mut cx, fault);
            result
        })
    });
    match outcome {
        Ok(result) => result.flatten(),
        Err(fault) => {
            note_failure(handle, method, fault);
            None
        }
    }
}

/// The account of a refused set, or of a method that panicked.
#[cold]
fn note_failure<H: Handle>(handle: *mut H, method: &'static str, fault: Fault) {
    entry(handle, (), |entry| {
        let mut cx = Cx::new(method, entry.object.common().is_verbose());
        open_debug_log(entry, &cx);
        finish(entry, &mut cx, Some(fault));
    });
}

/// The opening goes to the debug log before the call can block, so that a hang shows where.
fn open_debug_log<T: Object>(entry: &Entry<T>, cx: &Cx) {
    let common = entry.object.common();
    if common.logs_to_file() {
        common.append_debug_log(&cx.log.opening_text());
    }
}

fn finish<T: Object>(entry: &Entry<T>, cx: &mut Cx, fault: Option<Fault>) {
    cx.log.finish(fault);
    let common = entry.object.common();
    if common.logs_to_file() {
        common.append_debug_log(&cx.log.closing_text());
    }
    entry.journal.put(thread::id(), &mut cx.log);
}

/// Runs `body`; a panic becomes a fault with its message. Our std is private to the library, so is its hook.
fn catch<R>(body: impl FnOnce() -> R) -> std::result::Result<R, Fault> {
    static HOOK: ProcessLocal<()> = ProcessLocal::new(install_hook);
    HOOK.get();
    let depth = INSIDE.get();
    INSIDE.set(depth + 1);
    let outcome = catch_unwind(AssertUnwindSafe(body));
    INSIDE.set(depth);
    outcome.map_err(|_| {
        let message = PANIC.take();
        Fault::new(ErrorCode::Internal, format!("A defect of this library, please report it: {message}"))
    })
}

thread_local! {
    /// How many boundaries this thread is inside of.
    static INSIDE: Cell<u32> = const { Cell::new(0) };
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Nothing is printed for a panic inside the boundary; its text goes into the log. Others (the tests of this
/// project link the library into their own program) are left to the hook before ours.
fn install_hook() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if INSIDE.try_with(Cell::get).unwrap_or(0) == 0 {
            before(info);
        } else {
            let _ = PANIC.try_with(|place| place.replace(info.to_string()));
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::super::handle::ckws_bin_data;
    use super::*;

    #[test]
    fn a_panic_becomes_the_failure_value_and_a_line_of_the_log() {
        let handle = create::<ckws_bin_data>();
        let result = call(handle, "Explode", -1, |_, _| -> Result<i32> { panic!("boom {}", 7) });
        assert_eq!(result, -1);
        let text = entry(handle, String::new(), |entry| entry.journal.text(thread::id()));
        assert!(text.contains("boom 7") && text.contains("Failed."), "{text}");
        assert!(call(handle, "Work", false, |_, _| Ok(true)), "the object stays usable");
        dispose(handle);
    }

    #[test]
    fn a_dead_handle_gives_the_failure_value() {
        let handle = create::<ckws_bin_data>();
        dispose(handle);
        assert_eq!(get(handle, -1, |bin_data| bin_data.len() as i32), -1);
        assert!(!set(handle, "Any", |_| Ok(())));
        assert!(call_text(handle, "Any", |_, _| Ok(String::new())).is_null());
    }
}
