//! What every object has: verbose logging, the debug log file, and a count of its users.
//!
//! An object has two kinds of users: handles, and tasks that were run and have not ended. When the last handle is
//! disposed, blocking calls end and callbacks are removed; when the last user of either kind ends, the connection is
//! closed without a closing handshake. A task that is loaded and was not run keeps the memory of its object, not its
//! connection. A running task keeps itself, so the program may dispose its handle at once. A queue keeps only the
//! tasks whose completions it holds; a task knows its queue weakly, and by a token, the number of the program's handle,
//! which is valid as long as that handle.

use super::Client;
use crate::base::growth::copy_of_text;
use crate::base::{ErrorCode, Fault, Guard, Locked, Rank, Result};
use crate::engine::CancelToken;
use crate::log::Log;
use crate::sys::files;
use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The settings that every object has, and the count of its users.
#[derive(Debug, Default)]
pub struct ObjectBase {
    verbose: AtomicBool,
    logs_to_file: AtomicBool,
    debug_log_file_path: Locked<String>,
    /// Locked by [`users_of`], which knows the rank.
    users: Locked<Users>,
    cancel: CancelToken,
}

/// What keeps an object at work.
#[derive(Debug, Default)]
struct Users {
    handles: usize,
    /// Tasks that were run and have not ended.
    tasks: usize,
}

/// Turns a shared object of unknown type into one that can be downcast.
pub trait IntoAny {
    /// Returns the same object.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
}

impl<T: Any + Send + Sync> IntoAny for T {
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }
}

/// An object of the API.
pub trait Object: IntoAny + Send + Sync + 'static {
    /// Returns what every object has.
    fn base(&self) -> &ObjectBase;

    /// Returns where the lock of its users is in the lock order.
    fn users_rank(&self) -> Rank {
        Rank::Users
    }

    /// Returns what an object has that connects.
    fn client(&self) -> Option<&Client> {
        None
    }

    /// Called after the last handle was disposed and blocked calls were cancelled.
    fn on_last_handle(&self) {}

    /// Called when neither a handle nor a running task is left: closes the connection without a closing handshake.
    fn on_unused(&self) {}
}

impl ObjectBase {
    /// Returns whether logs get more detail.
    pub fn is_verbose(&self) -> bool {
        self.verbose.load(Ordering::Relaxed)
    }

    /// Sets [`ObjectBase::is_verbose`].
    pub fn set_verbose(&self, verbose: bool) {
        self.verbose.store(verbose, Ordering::Relaxed);
    }

    /// Returns the file that each call log is appended to; empty for none.
    pub fn debug_log_file_path(&self) -> Result<String> {
        copy_of_text(&self.debug_log_file_path.lock())
    }

    /// Sets [`ObjectBase::debug_log_file_path`].
    pub fn set_debug_log_file_path(&self, path: &str) -> Result<()> {
        *self.debug_log_file_path.lock() = copy_of_text(path)?;
        self.logs_to_file.store(!path.is_empty(), Ordering::Release);
        Ok(())
    }

    /// Writes the begin of a call log to the debug log file before the call can block: a call that hangs is visible
    /// there.
    pub fn log_opening(&self, log: &Log) {
        if self.logs_to_file.load(Ordering::Acquire) {
            self.append_debug_log(&log.opening_text());
        }
    }

    /// Writes the remaining part of the call log, after the call has ended.
    pub fn log_closing(&self, log: &Log) {
        if self.logs_to_file.load(Ordering::Acquire) {
            self.append_debug_log(&log.closing_text());
        }
    }

    /// Appends to the debug log file. A log that cannot be written must not fail the call that it is about.
    fn append_debug_log(&self, text: &str) {
        if let Ok(path) = self.debug_log_file_path() {
            let _ = files::append_to_log(Path::new(&path), text.as_bytes());
        }
    }

    /// Returns the token that is closed while there is no handle, which cancels waiting calls. (Tasks go on.)
    pub fn cancel_token(&self) -> &CancelToken {
        &self.cancel
    }
}

/// Counts another handle of the object.
pub fn add_handle(object: &dyn Object) {
    let base = object.base();
    users_of(object).handles += 1;
    base.cancel.reopen();
}

/// Called after a handle was disposed. With the last handle, waiting calls are cancelled and callbacks are removed;
/// without running tasks the connection is closed too.
pub fn drop_handle(object: &dyn Object) {
    let base = object.base();
    let is_last = {
        let mut users = users_of(object);
        users.handles = users.handles.saturating_sub(1);
        if users.handles == 0 {
            base.cancel.close();
            object.on_last_handle();
        }
        close_if_unused(&users, object);
        users.handles == 0
    };
    // Without the lock: it waits for a running callback, which may call any function.
    if let Some(callbacks) = object.client().filter(|_| is_last).and_then(Client::callbacks) {
        callbacks.clear();
    }
}

/// Called after a call on a thread of the program: closes what the call has connected, if the last handle was disposed
/// during it.
pub fn end_call<T: Object>(object: &T) {
    let base = object.base();
    if base.cancel.is_closed() {
        close_if_unused(&users_of(object), object);
    }
}

/// Counts a task that was run and works on the object.
pub fn add_task(object: &dyn Object) {
    users_of(object).tasks += 1;
}

/// Called after a task that worked on the object has ended.
pub fn drop_task(object: &dyn Object) {
    let mut users = users_of(object);
    users.tasks = users.tasks.saturating_sub(1);
    close_if_unused(&users, object);
}

fn users_of(object: &dyn Object) -> Guard<'_, Users> {
    object.base().users.lock_as(object.users_rank())
}

/// Closes an object without users. Holding the lock closes the race with a new handle or task.
fn close_if_unused(users: &Users, object: &dyn Object) {
    if users.handles == 0 && users.tasks == 0 {
        object.on_unused();
    }
}

/// Returns a time-out as the C API passes it: milliseconds, 0 or -1 for no limit, which is 0 here.
pub fn timeout_ms(value: i32) -> Result<u32> {
    match value {
        -1 => Ok(0),
        _ => u32::try_from(value).map_err(|_| not_a_limit("time-out", value.into())),
    }
}

/// Returns a limit of bytes as the C API passes it: 0 or -1 for none, which is 0 here.
pub fn size_limit(value: i64) -> Result<u64> {
    match value {
        -1 => Ok(0),
        _ => u64::try_from(value).map_err(|_| not_a_limit("size", value)),
    }
}

fn not_a_limit(what: &str, value: i64) -> Fault {
    let text = format!("A {what} is positive, or 0 or -1 for no limit, not {value}.");
    Fault::new(ErrorCode::InvalidArgument, text)
}
