//! The program's functions as the library calls them.

use super::boolean::Bool;
use super::boundary::{self, entry};
use super::handle::Entry;
use super::task::ckws_task;
use crate::base::Result;
use crate::base::growth::copy_of_text;
use crate::object::Task;
use crate::object::callbacks::{AbortCheck, PercentDone, ProgressInfo, TaskCompleted};
use crate::object::log_callback::Receive;
use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr;
use std::sync::Arc;

/// What the program gets back with each call.
#[derive(Clone, Copy)]
struct UserData(*mut c_void);

// SAFETY: the pointer is handed back as it came and never followed. That its callbacks may be called on any thread
// that the header names is what the program agrees to by setting one.
unsafe impl Send for UserData {}
// SAFETY: as above.
unsafe impl Sync for UserData {}

impl UserData {
    /// By a method, so that a closure takes hold of the whole.
    fn pointer(self) -> *mut c_void {
        self.0
    }
}

pub(super) fn abort_check(
    callback: Option<unsafe extern "C-unwind" fn(*mut c_void) -> Bool>,
    user_data: *mut c_void,
) -> Option<Arc<AbortCheck>> {
    let user_data = UserData(user_data);
    callback.map(|callback| {
        // SAFETY: the program promises a function of this signature that may be called with its user data.
        Arc::new(move || unsafe { callback(user_data.pointer()) }.is_true()) as Arc<AbortCheck>
    })
}

pub(super) fn percent_done(
    callback: Option<unsafe extern "C-unwind" fn(c_int, *mut c_void) -> Bool>,
    user_data: *mut c_void,
) -> Option<Arc<PercentDone>> {
    let user_data = UserData(user_data);
    let call = |callback: unsafe extern "C-unwind" fn(c_int, *mut c_void) -> Bool| {
        // SAFETY: as for abort_check.
        move |percent: u8| unsafe { callback(c_int::from(percent), user_data.pointer()) }.is_true()
    };
    callback.map(|callback| Arc::new(call(callback)) as Arc<PercentDone>)
}

pub(super) fn progress_info(
    callback: Option<unsafe extern "C-unwind" fn(*const c_char, *const c_char, *mut c_void)>,
    user_data: *mut c_void,
) -> Option<Arc<ProgressInfo>> {
    let user_data = UserData(user_data);
    let call = |callback: unsafe extern "C-unwind" fn(*const c_char, *const c_char, *mut c_void)| {
        move |name: &str, value: &str| {
            // A callback has no other way to report missing memory: the call continues.
            let (Ok(name), Ok(value)) = (as_c_string(name), as_c_string(value)) else { return };
            // SAFETY: as for abort_check; the strings live through the call.
            unsafe { callback(name.as_ptr(), value.as_ptr(), user_data.pointer()) };
        }
    };
    callback.map(|callback| Arc::new(call(callback)) as Arc<ProgressInfo>)
}

pub(super) fn task_completed(
    callback: Option<unsafe extern "C-unwind" fn(*mut ckws_task, *mut c_void)>,
    user_data: *mut c_void,
) -> Option<Arc<TaskCompleted>> {
    let user_data = UserData(user_data);
    let call = |callback: unsafe extern "C-unwind" fn(*mut ckws_task, *mut c_void)| {
        move |task: &Arc<Task>| {
            with_handle(task, |handle| {
                // SAFETY: as for abort_check.
                unsafe { callback(handle, user_data.pointer()) };
            });
        }
    };
    callback.map(|callback| Arc::new(call(callback)) as Arc<TaskCompleted>)
}

/// The callback that gets the reports of the whole process.
pub(super) fn log_callback(
    callback: Option<unsafe extern "C-unwind" fn(c_int, *const c_char, *mut c_void)>,
    user_data: *mut c_void,
) -> Option<Box<Receive>> {
    let user_data = UserData(user_data);
    let call = |callback: unsafe extern "C-unwind" fn(c_int, *const c_char, *mut c_void)| {
        move |level: u8, text: &str| {
            // As in progress_info.
            let Ok(text) = as_c_string(text) else { return };
            // SAFETY: as for abort_check; the string lives through the call.
            unsafe { callback(c_int::from(level), text.as_ptr(), user_data.pointer()) };
        }
    };
    callback.map(|callback| Box::new(call(callback)) as Box<Receive>)
}

/// The program's own handle of the task, if it lives, else one for the time of the call, which may end the thread.
fn with_handle(task: &Arc<Task>, call: impl FnOnce(*mut ckws_task)) {
    let own: *mut ckws_task = ptr::without_provenance_mut(task.handle());
    let is_own = |entry: &Entry<Task>| Arc::ptr_eq(&entry.object.get(), task);
    if entry(own, false, is_own) {
        return call(own);
    }
    let temporary = Temporary(boundary::share(task));
    if !temporary.0.is_null() {
        call(temporary.0);
    }
}

/// A handle that is disposed after a callback.
struct Temporary(*mut ckws_task);

impl Drop for Temporary {
    fn drop(&mut self) {
        boundary::dispose(self.0);
    }
}

/// A NUL inside ends the string for C.
fn as_c_string(text: &str) -> Result<CString> {
    let text = copy_of_text(text.split('\0').next().unwrap_or_default())?;
    Ok(CString::new(text).unwrap_or_default())
}
