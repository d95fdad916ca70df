//! Task: a method of another object that runs by itself.
//!
//! A task holds a call and its outcome: here are its properties and results, [`run`] has what the program does with it
//! and the future that the drivers poll, [`lifecycle`] what begins and ends a run, [`state`] the table of its states. A task
//! that was run keeps itself and its object, so a program may forget it at once.

pub mod call;
mod lifecycle;
mod progress;
mod run;
mod state;

pub use state::Status;

use super::run_order::{Directed, Direction};
use super::{Object, ObjectBase, TaskQueue};
use crate::base::growth::copy_of_text;
use crate::base::{Deadline, ErrorCode, Fault, Locked, Rank, Result};
use crate::engine::{CancelToken, Notify, Op, Waited};
use crate::log::Log;
use crate::object::object_base::timeout_ms;
use call::{Call, ResultType, Value};
use progress::Progress;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

/// The object of a `ckws_task *`.
pub struct Task {
    base: ObjectBase,
    id: i32,
    call: Option<Box<dyn Call>>,
    state: Locked<State, { Rank::Task as u8 }>,
    /// Notified when the task ends.
    ended: Notify,
    /// Closed while a cancel waits to be noticed.
    cancel: CancelToken,
    progress: Progress,
    user_data: Locked<String>,
    user_pointer: AtomicUsize,
    /// The program's handle.
    handle: AtomicUsize,
}

#[derive(Default)]
struct State {
    status: Status,
    /// The number of this run: a late step of an earlier run must not act on it.
    run: u64,
    /// It runs on the program's thread.
    is_synchronous: bool,
    outcome: Option<Outcome>,
    registration: Option<Registration>,
    /// How many completions the queue holds or is just handing out: one, except for a moment while the task is registered
    /// anew.
    undelivered: usize,
    /// The number of the latest completion in the queue.
    completion: Option<u64>,
    /// The number of the latest run in the lanes of its object.
    order_number: u64,
}

/// A run of a task. After a cancel, a task that was run anew is in its object's order only with its new run; the number
/// keeps the old run from starting it.
#[derive(Clone)]
pub(super) struct PendingRun {
    task: Arc<Task>,
    run: u64,
}

impl Directed for PendingRun {
    fn direction(&self) -> Direction {
        self.task.direction()
    }
}

/// How a run has ended.
struct Outcome {
    value: Option<Value>,
    log: Log,
}

/// The queue to which a completion is reported, and the program's token for the task there.
struct Registration {
    queue: Weak<TaskQueue>,
    token: usize,
}

impl Default for Task {
    fn default() -> Self {
        static NEXT_ID: AtomicI32 = AtomicI32::new(1);
        Self {
            base: ObjectBase::default(),
            id: (NEXT_ID.fetch_add(1, Ordering::Relaxed) & i32::MAX).max(1),
            call: None,
            state: Locked::default(),
            ended: Notify::default(),
            cancel: CancelToken::default(),
            progress: Progress::default(),
            user_data: Locked::default(),
            user_pointer: AtomicUsize::new(0),
            handle: AtomicUsize::new(0),
        }
    }
}

impl Object for Task {
    fn base(&self) -> &ObjectBase {
        &self.base
    }

    fn users_rank(&self) -> Rank {
        Rank::TaskUsers
    }

    /// Called when the last handle is disposed. Cancels a synchronous run; an asynchronous run continues. Removes the
    /// task from its queue. A later step finds the token of its handles closed.
    fn on_last_handle(&self) {
        {
            let state = self.state.lock();
            if state.is_synchronous {
                self.cancel.close();
            }
        }
        self.leave_queue(None);
    }
}

impl Task {
    /// Creates a task that will make `call`.
    pub fn loaded(call: impl Call + 'static) -> Self {
        let state = Locked::new(State { status: Status::Loaded, ..State::default() });
        Self { call: Some(Box::new(call)), state, ..Self::default() }
    }

    /// Status, StatusInt.
    pub fn status(&self) -> Status {
        self.state.lock().status
    }

    /// TaskId.
    pub fn id(&self) -> i32 {
        self.id
    }

    /// UserData.
    pub fn user_data(&self) -> Result<String> {
        copy_of_text(&self.user_data.lock())
    }

    /// Sets UserData.
    pub fn set_user_data(&self, value: &str) -> Result<()> {
        *self.user_data.lock() = copy_of_text(value)?;
        Ok(())
    }

    /// Returns the program's own object, as an address.
    pub fn user_pointer(&self) -> usize {
        self.user_pointer.load(Ordering::Relaxed)
    }

    /// Sets [`Task::user_pointer`].
    pub fn set_user_pointer(&self, value: usize) {
        self.user_pointer.store(value, Ordering::Relaxed);
    }

    /// Returns the number of the handle that the program got; it may be disposed by now.
    pub fn handle(&self) -> usize {
        self.handle.load(Ordering::Relaxed)
    }

    /// Sets [`Task::handle`].
    pub fn set_handle(&self, handle: usize) {
        self.handle.store(handle, Ordering::Relaxed);
    }

    /// Returns the share that is done, and the progress log.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Returns the object whose method this is (LoadTaskCaller).
    pub fn caller(&self) -> Result<Arc<dyn Object>> {
        Ok(self.call()?.object())
    }

    /// Wait: waits until the task has ended. Fails if it was not run, or after the time-out.
    pub async fn wait(&self, op: &mut Op<'_>, max_wait_ms: i32) -> Result<()> {
        let deadline = Deadline::after_ms(timeout_ms(max_wait_ms)?);
        let (status, run) = self.state.lock().status_and_run();
        if status.is_inert() {
            return Err(Fault::new(ErrorCode::TaskState, "The task has not been run."));
        }
        loop {
            let seen = self.ended.epoch();
            let (status, current) = self.state.lock().status_and_run();
            // Another thread may have run it again before this one checks.
            if current != run || !status.is_live() {
                return Ok(());
            }
            if op.notified(&self.ended, seen, deadline).await? == Waited::TimedOut {
                return Err(Fault::new(
                    ErrorCode::WaitTimeout,
                    "The task has not ended within the time-out.",
                ));
            }
        }
    }

    /// SleepMs.
    pub async fn sleep(&self, op: &mut Op<'_>, milliseconds: i32) -> Result<()> {
        if let Ok(milliseconds @ 1..) = u32::try_from(milliseconds) {
            op.sleep(Deadline::after_ms(milliseconds)).await?;
        }
        Ok(())
    }

    /// GetResultBool: false also if the method failed.
    pub fn result_bool(&self) -> Result<bool> {
        self.with_result(ResultType::Bool, |value| Ok(matches!(value, Some(Value::Bool(true)))))
    }

    /// GetResultInt: -1 if the method failed.
    pub fn result_int(&self) -> Result<i32> {
        self.with_result(ResultType::Int, |value| match value {
            Some(Value::Int(value)) => Ok(*value),
            _ => Ok(-1),
        })
    }

    /// GetResultString.
    pub fn result_text(&self) -> Result<String> {
        self.with_result(ResultType::Text, |value| match value {
            Some(Value::Text(text)) => copy_of_text(text),
            _ => Err(Fault::new(ErrorCode::TaskState, "The method failed, so there is no string.")),
        })
    }

    /// ResultData: the message, valid until the task runs again or is disposed.
    pub fn result_data(&self) -> Result<(*const u8, usize)> {
        self.with_result(ResultType::Bytes, |value| match value {
            Some(Value::Message(message)) => Ok((message.data.as_ptr(), message.data.len())),
            _ => Err(Fault::new(ErrorCode::TaskState, "The method failed, so there is no message.")),
        })
    }

    /// ResultOpcode: -1 without a message.
    pub fn result_opcode(&self) -> i32 {
        let opcode = self.look_at_outcome(|outcome| match &outcome.value {
            Some(Value::Message(message)) => message.opcode,
            _ => -1,
        });
        opcode.unwrap_or(-1)
    }

    /// ResultType: none before the end.
    pub fn result_type(&self) -> Option<ResultType> {
        let is_known = self.status().is_finished();
        self.call.as_ref().filter(|_| is_known).map(|call| call.result_type())
    }

    /// ResultErrorText: the call log of the method.
    pub fn result_error_text(&self) -> String {
        self.look_at_outcome(|outcome| outcome.log.to_text()).unwrap_or_default()
    }

    /// Returns the method's failure in one line.
    pub fn result_error_message(&self) -> String {
        self.look_at_outcome(|outcome| outcome.log.message()).unwrap_or_default()
    }

    /// Returns the number of the method's failure.
    pub fn result_error_code(&self) -> ErrorCode {
        self.look_at_outcome(|outcome| outcome.log.code()).unwrap_or(ErrorCode::None)
    }

    /// TaskSuccess: whether the method succeeded.
    pub fn task_success(&self) -> bool {
        self.look_at_outcome(|outcome| outcome.log.succeeded()).unwrap_or(false)
    }

    fn direction(&self) -> Direction {
        self.call.as_ref().map_or(Direction::Both, |call| call.direction())
    }

    fn call(&self) -> Result<&dyn Call> {
        let text = "The task is empty: no method is loaded.";
        self.call.as_deref().ok_or_else(|| Fault::new(ErrorCode::TaskState, text))
    }

    fn with_result<R>(
        &self,
        wanted: ResultType,
        look: impl FnOnce(Option<&Value>) -> Result<R>,
    ) -> Result<R> {
        let state = self.state.lock();
        let Some(outcome) = &state.outcome else {
            return Err(Fault::new(ErrorCode::TaskState, "The task has no result: it has not ended."));
        };
        let found = self.call()?.result_type();
        if found == wanted {
            return look(outcome.value.as_ref());
        }
        let text = format!("The result is of type {}, not {}.", found.name(), wanted.name());
        Err(Fault::new(ErrorCode::TaskResultType, text))
    }

    fn look_at_outcome<R>(&self, look: impl FnOnce(&Outcome) -> R) -> Option<R> {
        self.state.lock().outcome.as_ref().map(look)
    }
}

fn cancelled_fault() -> Fault {
    Fault::new(
        ErrorCode::Aborted,
        "The task was cancelled, by the program or by ckws_global_finalize_thread_pool.",
    )
}
