//! One run of a task: the future that a driver polls, and the caller that the method sees.

use super::call::Value;
use super::{Outcome, Status, Task, cancelled_fault};
use crate::base::{ErrorCode, Fault};
use crate::engine::op::Question;
use crate::engine::{Caller, CancelToken, Op};
use crate::object::Object;
use crate::object::blocking_caller::BlockingCaller;
use crate::object::run_order::PendingRun;
use crate::sys::panic::catch_in_polls;
use std::sync::Arc;

/// Returns the run as a job of the reactor. The program may have cancelled it before its turn came.
pub(super) fn on_the_reactor(
    PendingRun { task, run }: PendingRun,
) -> impl Future<Output = ()> + Send + 'static {
    let run = Run { task, run, object: None };
    async move {
        if run.start() {
            run.perform().await;
        }
    }
}

/// Makes the run on the thread of the program, whose callbacks are called.
pub(super) async fn on_this_thread(PendingRun { task, run }: PendingRun) {
    let object = task.caller().ok();
    Run { task, run, object }.perform().await;
}

/// A run that is under way; dropping it before its end cancels the run.
struct Run {
    task: Arc<Task>,
    run: u64,
    /// Whose callbacks are asked.
    object: Option<Arc<dyn Object>>,
}

impl Run {
    fn start(&self) -> bool {
        let mut state = self.task.state.lock();
        let is_due = state.run == self.run && state.status == Status::Queued;
        if is_due {
            state.status = Status::Running;
        }
        is_due
    }

    async fn perform(&self) {
        let Some(call) = &self.task.call else { return };
        let object = call.object();
        let base = object.base();
        let mut op = Op::of(self, call.method(), base.is_verbose());
        base.log_opening(&op.log);
        // A panic fails this task and no other.
        let result = catch_in_polls(call.make(&mut op).as_mut()).await.flatten();
        let (value, fault) = match result {
            Ok(value) => (Some(value), None),
            Err(fault) => (None, Some(fault)),
        };
        let was_aborted = fault.as_ref().is_some_and(|fault| fault.code() == ErrorCode::Aborted)
            && self.task.cancel.is_closed();
        let mut log = op.log;
        log.finish(fault);
        base.log_closing(&log);
        let status = if was_aborted { Status::Aborted } else { Status::Completed };
        self.task.end(self.run, |before| match value {
            _ if before != Status::Running => None,
            Some(Value::Found(found)) => Some(self.task.end_with(found, log)),
            value => Some((status, Outcome { value, log })),
        });
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.task.end(self.run, |before| self.task.give_up(before));
    }
}

/// The method is cancelled through the task, which also stores the method's progress.
impl Caller for Run {
    fn thread(&self) -> Option<u64> {
        self.object.as_deref().and_then(|object| BlockingCaller(object).thread())
    }

    fn is_task(&self) -> bool {
        true
    }

    fn cancel_token(&self) -> &CancelToken {
        &self.task.cancel
    }

    fn cancel_fault(&self) -> Fault {
        cancelled_fault()
    }

    fn heartbeat_ms(&self) -> u32 {
        self.object.as_deref().map_or(0, |object| BlockingCaller(object).heartbeat_ms())
    }

    fn abort_check(&self) -> Option<Question> {
        self.object.as_deref().and_then(|object| BlockingCaller(object).abort_check())
    }

    fn is_interruptible(&self) -> bool {
        self.object.as_deref().is_some_and(|object| BlockingCaller(object).is_interruptible())
    }

    fn listens(&self) -> bool {
        true
    }

    fn percent_done(&self, percent: u8) -> Option<Question> {
        self.task.progress.set_percent(percent);
        None
    }

    fn progress(&self, name: &'static str, value: &str) -> Option<Question> {
        self.task.progress.add(name, value);
        None
    }
}
