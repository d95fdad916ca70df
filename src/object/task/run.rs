//! What the program does with a task; the future that a driver polls, and the caller that the method sees.

use super::lifecycle::End;
use super::state::Event;
use super::{PendingRun, Task, cancelled_fault};
use crate::base::{ErrorCode, Fault, Result};
use crate::engine::op::Question;
use crate::engine::{Caller, CancelToken, Op, reactor};
use crate::log::Log;
use crate::object::Object;
use crate::object::blocking_caller::BlockingCaller;
use crate::object::log_callback;
use crate::sys::panic::catch_in_polls;
use std::sync::Arc;

impl Task {
    /// Run: queues the call.
    pub fn run(self: &Arc<Self>) -> Result<()> {
        self.call()?;
        reactor::start()?;
        let (pending, is_first) = self.begin(Event::Run)?;
        if is_first {
            launch(pending, reactor::run);
        }
        Ok(())
    }

    /// RunSynchronously: makes the call on this thread.
    pub async fn run_synchronously(self: &Arc<Self>) -> Result<()> {
        let (PendingRun { task, run }, _) = self.begin(Event::RunSynchronously)?;
        let object = task.caller().ok();
        Run { task, run, object }.perform().await;
        Ok(())
    }

    /// Cancel: returns true if the task was queued, and will not run, or was running, and ends as soon as it notices.
    pub fn cancel(self: &Arc<Self>) -> bool {
        let (_, run) = self.state.lock().status_and_run();
        // A queued task may begin to run between the two steps.
        finish(self, run, End::Cancelled) || self.cancel_running(run)
    }
}

/// Starts a run whose turn has come; `begin` passes it to the reactor.
fn launch(pending: PendingRun, begin: fn(reactor::Job) -> std::result::Result<(), reactor::Job>) {
    let mut next = Some(pending);
    let mut startable = Vec::new();
    // Not by recursion: while the reactor is being ended, all queued runs end here.
    while let Some(pending) = next.take().or_else(|| startable.pop()) {
        let PendingRun { task, run } = pending.clone();
        if let Err(refused) = begin(Box::pin(on_the_reactor(pending))) {
            startable.extend(task.end(run, End::Dropped).unwrap_or_default());
            drop(refused);
        }
    }
}

/// Ends a run and starts those that are then first; returns false if it does not end by this, or has ended.
fn finish(task: &Arc<Task>, run: u64, end: End) -> bool {
    let Some(startable) = task.end(run, end) else { return false };
    for pending in startable {
        // On the reactor: a run that ends at once would start the next from within itself, and so on.
        launch(pending, reactor::spawn);
    }
    true
}

/// Returns the run as a job of the reactor. The program may have cancelled it before its turn came.
fn on_the_reactor(PendingRun { task, run }: PendingRun) -> impl Future<Output = ()> + Send + 'static {
    let run = Run { task, run, object: None };
    async move {
        if run.task.start(run.run) {
            run.perform().await;
        }
    }
}

/// A run that is under way; dropping it before its end cancels the run.
struct Run {
    task: Arc<Task>,
    run: u64,
    /// Whose callbacks are asked.
    object: Option<Arc<dyn Object>>,
}

impl Run {
    async fn perform(&self) {
        let Some(call) = &self.task.call else { return };
        let object = call.object();
        let base = object.base();
        let mut op = Op::of(self, call.method(), base.is_verbose());
        op.log.set_report_level(log_callback::level());
        base.log_opening(&op.log);
        // A panic fails this task and no other.
        let result = catch_in_polls(call.make(&mut op).as_mut()).await.and_then(|outcome| outcome);
        let (value, fault) = match result {
            Ok(value) => (Some(value), None),
            Err(fault) => (None, Some(fault)),
        };
        let is_aborted = fault.as_ref().is_some_and(|fault| fault.code() == ErrorCode::Aborted)
            && self.task.cancel.is_closed();
        let mut log = op.log;
        log.finish(fault);
        base.log_closing(&log);
        self.report(&log);
        finish(&self.task, self.run, End::Returned { value, log, is_aborted });
    }

    /// Reports the run; that of RunSynchronously is passed on at the end of that call, on its thread.
    fn report(&self, log: &Log) {
        if log.report_level() > 0 {
            log_callback::keep_call(log);
            if self.object.is_none() {
                log_callback::deliver_elsewhere();
            }
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        finish(&self.task, self.run, End::Dropped);
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

    fn reports(&self) -> Option<Question> {
        match self.object.as_deref() {
            Some(object) => BlockingCaller(object).reports(),
            None => {
                if log_callback::has_frames() {
                    log_callback::deliver_elsewhere();
                }
                None
            }
        }
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
