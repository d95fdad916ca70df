//! From a run to its end: the order of runs, who is notified, and what a cancel does.
//!
//! Each run has a number. Whatever ends a run (its own end, a cancel, the reactor's end) names the run that it means
//! and says what becomes of the state that it finds. So a late cancel ends no later run, and an end is recorded once.
//!
//! What an end sets off happens after the task's lock is released, with one exception, the completion in the queue: a
//! queue that has neither a run nor a completion reports that there is nothing to wait for, so the one must become the other in a
//! single step. A message that a task receives stays with the connection, and other reads wait, until the run ends.
//! Taking it and checking for an earlier cancel are also one step: the message is the task's or the next read's.
//!
//! Under a task's lock one of these is taken, never two: its queue's, that of the users of its object, that of the
//! lanes.

use super::call::{Found, Value};
use super::{Outcome, Registration, State, Status, Task, cancelled_fault, run};
use crate::base::{ErrorCode, Fault, Result};
use crate::engine::op::closed_by_the_program;
use crate::engine::{notifier, reactor};
use crate::log::Log;
use crate::object::callbacks::Callbacks;
use crate::object::object_base::{add_task, drop_task};
use crate::object::run_order::PendingRun;
use crate::object::{Client, Object, TaskQueue};
use std::sync::Arc;

impl Task {
    /// Run: queues the call.
    pub fn run(self: &Arc<Self>) -> Result<()> {
        self.call()?;
        reactor::start()?;
        let (pending, is_first) = self.begin(Status::Queued)?;
        if is_first {
            launch(pending, reactor::run);
        }
        Ok(())
    }

    /// RunSynchronously: makes the call on this thread.
    pub async fn run_synchronously(self: &Arc<Self>) -> Result<()> {
        let (pending, _) = self.begin(Status::Running)?;
        run::on_this_thread(pending).await;
        Ok(())
    }

    /// Cancel: returns true if the task was queued, and will not run, or was running, and ends as soon as it notices.
    pub fn cancel(self: &Arc<Self>) -> bool {
        let (status, run) = self.state.lock().status_and_run();
        // A queued task may begin to run between the two locks.
        let cancel = |status| (status == Status::Queued).then(|| (Status::Canceled, self.given_up()));
        if status == Status::Queued && self.end(run, cancel) {
            return true;
        }
        let state = self.state.lock();
        let is_running = state.status == Status::Running && state.run == run;
        if is_running {
            self.cancel.close();
        }
        is_running
    }

    /// Reports each end to `queue` as `token`. Reports an end that has already happened at once.
    pub(in crate::object) fn register(self: &Arc<Self>, queue: &Arc<TaskQueue>, token: usize) -> Result<()> {
        let mut state = self.state.lock();
        if self.base.cancel_token().is_closed() {
            return Err(closed_by_the_program());
        }
        if state.queue().is_some() {
            return Err(Fault::new(ErrorCode::TaskState, "The task is in a queue already."));
        }
        if state.status.is_finished() {
            state.note_undelivered(queue.push_completion(self, token));
        } else if state.status.is_live() {
            queue.note_run();
        }
        state.registration = Some(Registration { queue: Arc::downgrade(queue), token });
        Ok(())
    }

    /// Removes the task from its queue, if `from` is that queue or None; returns whether it did.
    pub(in crate::object) fn leave_queue(&self, from: Option<&Arc<TaskQueue>>) -> bool {
        let mut state = self.state.lock();
        let queue = state.queue().filter(|(queue, _)| from.is_none_or(|from| Arc::ptr_eq(from, queue)));
        let Some((queue, _)) = queue else { return false };
        state.registration = None;
        if state.status.is_live() {
            queue.forget_run();
        } else {
            let is_forgotten = state.completion.take().is_some_and(|number| queue.forget_completion(number));
            state.undelivered = state.undelivered.saturating_sub(usize::from(is_forgotten));
        }
        true
    }

    /// Called after the queue has handed a completion out, or was disposed.
    pub(in crate::object) fn note_delivered(&self) {
        let mut state = self.state.lock();
        state.undelivered = state.undelivered.saturating_sub(1);
    }

    /// Begins a new run; returns it, and whether it is to be started now. All in one step: an end that another thread
    /// brings at once finds the run in the lanes and the queue.
    pub(super) fn begin(self: &Arc<Self>, status: Status) -> Result<(PendingRun, bool)> {
        let object = self.call()?.object();
        let mut state = self.state.lock();
        if state.status.is_live() {
            return Err(Fault::new(ErrorCode::TaskState, "The task is queued or running already."));
        }
        if state.undelivered > 0 {
            let text = "The end of the task's last run waits in its queue: take it first.";
            return Err(Fault::new(ErrorCode::TaskState, text));
        }
        if status == Status::Running && self.base.cancel_token().is_closed() {
            return Err(closed_by_the_program());
        }
        state.status = status;
        state.run += 1;
        state.is_synchronous = status == Status::Running;
        state.outcome = None;
        self.cancel.reopen();
        self.progress.begin();
        if let Some((queue, _)) = state.queue() {
            queue.note_run();
        }
        add_task(&*object);
        let pending = PendingRun { task: Arc::clone(self), run: state.run };
        let Some(client) = object.client().filter(|_| status == Status::Queued) else {
            return Ok((pending, true));
        };
        let (order_number, is_first) = client.run_order.push(&pending);
        state.order_number = order_number;
        Ok((pending, is_first))
    }

    /// Ends a run: `decide` makes the new status and outcome of the current status. Starts the runs that are then
    /// first. Returns false if the run has ended already.
    pub(super) fn end(
        self: &Arc<Self>,
        run: u64,
        decide: impl FnOnce(Status) -> Option<(Status, Outcome)>,
    ) -> bool {
        let Some(startable) = self.end_alone(run, decide) else { return false };
        for pending in startable {
            // Not here: a run that ends at once would start the next from within itself, and so on.
            launch(pending, reactor::spawn);
        }
        true
    }

    /// Like [`Task::end`], but returns the runs to be started.
    fn end_alone(
        self: &Arc<Self>,
        run: u64,
        decide: impl FnOnce(Status) -> Option<(Status, Outcome)>,
    ) -> Option<Vec<PendingRun>> {
        let (is_synchronous, order_number) = {
            let mut state = self.state.lock();
            let (status, outcome) = if state.run == run { decide(state.status)? } else { return None };
            state.status = status;
            state.outcome = Some(outcome);
            if let Some((queue, token)) = state.queue() {
                state.note_undelivered(queue.complete_run(self, token));
            }
            (std::mem::take(&mut state.is_synchronous), state.order_number)
        };
        self.ended.notify_deferred();
        let object = self.call().ok()?.object();
        self.tell_program(&object);
        let mut startable = Vec::new();
        if let Some(client) = object.client().filter(|_| !is_synchronous) {
            startable = client.run_order.finish(order_number, self.direction());
        }
        drop_task(&*object);
        Some(startable)
    }

    /// Calls TaskCompleted, on a thread where it may be slow.
    fn tell_program(self: &Arc<Self>, object: &Arc<dyn Object>) {
        if !self.tells_program() {
            return;
        }
        let (task, object) = (Arc::clone(self), Arc::clone(object));
        notifier::notify(move || {
            if let Some(callbacks) = callbacks_of(&*object) {
                callbacks.task_completed.call(|tell| tell(&task));
            }
        });
    }

    /// Returns the status and outcome of a cancelled run.
    pub(super) fn give_up(&self, before: Status) -> Option<(Status, Outcome)> {
        let status = match before {
            Status::Queued => Status::Canceled,
            Status::Running => Status::Aborted,
            _ => return None,
        };
        Some((status, self.given_up()))
    }

    /// Returns the outcome of a cancelled run.
    fn given_up(&self) -> Outcome {
        self.failed(cancelled_fault())
    }

    /// Returns the outcome of a run that has failed after its method.
    fn failed(&self, fault: Fault) -> Outcome {
        let mut log = Log::new(self.call.as_ref().map_or("", |call| call.method()), false);
        log.finish(Some(fault));
        Outcome { value: None, log }
    }

    /// Ends a run that has found a message. A cancelled run leaves it to the next read, as does a task without a
    /// handle.
    pub(super) fn end_with(&self, found: Box<dyn Found>, log: Log) -> (Status, Outcome) {
        let is_cancelled = self.cancel.is_closed();
        if is_cancelled || (self.base.cancel_token().is_closed() && !self.tells_program()) {
            return (Status::Aborted, self.given_up());
        }
        let outcome = match found.take() {
            Ok(message) => Outcome { value: Some(Value::Message(message)), log },
            Err(fault) => self.failed(fault),
        };
        (Status::Completed, outcome)
    }

    /// Returns whether TaskCompleted is called for its end.
    fn tells_program(&self) -> bool {
        let object = self.call.as_ref().map(|call| call.object());
        let callbacks = object.as_deref().and_then(callbacks_of);
        callbacks.is_some_and(|callbacks| callbacks.task_completed.is_set())
    }
}

impl State {
    pub(super) fn status_and_run(&self) -> (Status, u64) {
        (self.status, self.run)
    }

    fn note_undelivered(&mut self, completion: Option<u64>) {
        self.undelivered += usize::from(completion.is_some());
        self.completion = completion;
    }

    /// Returns the queue it is in, and its name there.
    fn queue(&self) -> Option<(Arc<TaskQueue>, usize)> {
        let registration = self.registration.as_ref()?;
        let queue = registration.queue.upgrade().filter(|queue| !queue.is_closed())?;
        Some((queue, registration.token))
    }
}

fn callbacks_of(object: &dyn Object) -> Option<&Callbacks> {
    object.client().and_then(Client::callbacks).map(|callbacks| &**callbacks)
}

/// Starts a run whose turn has come; `begin` passes it to the reactor.
fn launch(pending: PendingRun, begin: fn(reactor::Job) -> std::result::Result<(), reactor::Job>) {
    let mut next = Some(pending);
    let mut startable = Vec::new();
    // Not by recursion: while the reactor is being ended, all queued runs end here.
    while let Some(pending) = next.take().or_else(|| startable.pop()) {
        if let Err(refused) = begin(Box::pin(run::on_the_reactor(pending.clone()))) {
            let PendingRun { task, run } = pending;
            startable.extend(task.end_alone(run, |before| task.give_up(before)).unwrap_or_default());
            drop(refused);
        }
    }
}
