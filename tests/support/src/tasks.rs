//! Tasks and their queues as tests in Rust use them: every call goes through the exported `ckws_*` functions.

#![allow(unsafe_code, reason = "the functions are those that C calls")]

use crate::client::{Client, terminated};
use ckws::ffi::task::ckws_task;
use ckws::ffi::task_queue::ckws_task_queue;
use ckws::ffi::{task as ffi, task_queue as queue, websocket as ws};
use std::ffi::c_int;

/// CKWS_TASK_CANCELED: the task was cancelled before it ran.
pub const CANCELED: c_int = 5;
/// CKWS_TASK_ABORTED: it was cancelled while its method ran.
pub const ABORTED: c_int = 6;
/// CKWS_TASK_COMPLETED: its method has returned.
pub const COMPLETED: c_int = 7;

/// A task handle, disposed with this value.
#[derive(Debug)]
pub struct Task(*mut ckws_task);

// SAFETY: a handle is a token, and every function may be called from any thread.
unsafe impl Send for Task {}
// SAFETY: as above.
unsafe impl Sync for Task {}

impl Task {
    /// What an `_async` function has returned; None if its WebSocket is not alive.
    fn of(handle: *mut ckws_task) -> Option<Self> {
        (!handle.is_null()).then_some(Self(handle))
    }

    /// ReadFrameAsync; None if the client was disposed.
    pub fn read_frame(client: &Client) -> Option<Self> {
        Self::of(ws::ckws_read_frame_async(client.handle()))
    }

    /// ReadMessageAsync; None if the client was disposed.
    pub fn read_message(client: &Client) -> Option<Self> {
        Self::of(ws::ckws_read_message_async(client.handle()))
    }

    /// ReceiveAsync; None if the client was disposed.
    pub fn receive(client: &Client) -> Option<Self> {
        Self::of(ws::ckws_receive_async(client.handle()))
    }

    /// SendBinaryAsync; None if the client was disposed.
    pub fn send_binary(client: &Client, data: &[u8]) -> Option<Self> {
        // SAFETY: a slice is readable for its length.
        Self::of(unsafe { ws::ckws_send_binary_async(client.handle(), data.as_ptr(), data.len()) })
    }

    /// SendPingAsync, without data; None if the client was disposed.
    pub fn send_ping(client: &Client) -> Option<Self> {
        // SAFETY: NULL stands for no text.
        Self::of(unsafe { ws::ckws_send_ping_async(client.handle(), std::ptr::null()) })
    }

    /// FlushAsync; None if the client was disposed.
    pub fn flush(client: &Client) -> Option<Self> {
        Self::of(ws::ckws_flush_async(client.handle()))
    }

    /// ConnectAsync; None if the client was disposed.
    pub fn connect(client: &Client, url: &str) -> Option<Self> {
        let url = crate::client::c_string(url);
        // SAFETY: the string lives until the call returns.
        Self::of(unsafe { ws::ckws_connect_async(client.handle(), url.as_ptr()) })
    }

    /// Run.
    pub fn run(&self) -> bool {
        ffi::ckws_task_run(self.0).is_true()
    }

    /// RunSynchronously.
    pub fn run_synchronously(&self) -> bool {
        ffi::ckws_task_run_synchronously(self.0).is_true()
    }

    /// Waits; 0 is no limit.
    pub fn wait(&self, ms: c_int) -> bool {
        ffi::ckws_task_wait(self.0, ms).is_true()
    }

    /// Cancel.
    pub fn cancel(&self) -> bool {
        ffi::ckws_task_cancel(self.0).is_true()
    }

    /// Ends the handle while other threads may still use it.
    pub fn dispose(&self) {
        ffi::ckws_task_dispose(self.0);
    }

    /// StatusInt.
    pub fn status(&self) -> c_int {
        ffi::ckws_task_get_status_int(self.0)
    }

    /// TaskSuccess.
    pub fn succeeded(&self) -> bool {
        ffi::ckws_task_get_task_success(self.0).is_true()
    }

    /// Opcode and payload of the message that it has brought.
    pub fn message(&self) -> Option<(c_int, Vec<u8>)> {
        let mut len = 0;
        // SAFETY: the place lives until the call returns.
        let data = unsafe { ffi::ckws_task_get_result_data(self.0, &raw mut len) };
        (!data.is_null()).then(|| {
            // SAFETY: not NULL, it is valid for `len` bytes until the task runs again or is disposed.
            let data = unsafe { terminated(data, len) };
            (ffi::ckws_task_get_result_opcode(self.0), data)
        })
    }

    /// The number of the method's failure.
    pub fn result_code(&self) -> c_int {
        ffi::ckws_task_get_result_error_code(self.0)
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.dispose();
    }
}

/// A queue handle, disposed with this value.
#[derive(Debug)]
pub struct Queue(*mut ckws_task_queue);

// SAFETY: a handle is a token, and every function may be called from any thread.
unsafe impl Send for Queue {}
// SAFETY: as above.
unsafe impl Sync for Queue {}

impl Queue {
    /// An empty queue.
    pub fn new() -> Self {
        Self(queue::ckws_task_queue_create())
    }

    /// Add.
    pub fn add(&self, task: &Task) -> bool {
        queue::ckws_task_queue_add(self.0, task.0).is_true()
    }

    /// Remove.
    pub fn remove(&self, task: &Task) -> bool {
        queue::ckws_task_queue_remove(self.0, task.0).is_true()
    }

    /// Waits for the next end; 0 is no limit. False when the time is over or there is nothing to wait for.
    pub fn next(&self, ms: c_int) -> bool {
        !queue::ckws_task_queue_next(self.0, ms).is_null()
    }

    /// TryNext; false if no task has ended.
    pub fn try_next(&self) -> bool {
        !queue::ckws_task_queue_try_next(self.0).is_null()
    }

    /// Count.
    pub fn count(&self) -> c_int {
        queue::ckws_task_queue_get_count(self.0)
    }

    /// The descriptor that is readable while a task that has ended waits to be taken.
    pub fn descriptor(&self) -> c_int {
        queue::ckws_task_queue_get_fd(self.0)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        queue::ckws_task_queue_dispose(self.0);
    }
}
