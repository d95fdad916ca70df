//! From the begin of a run to its end: what both change, and who is notified.
//!
//! Each run has a number. What ends a run (its method's return, a cancel, the reactor's end) names the run that it means,
//! and [`Status::after`] says what becomes of the state that it finds. So a late cancel ends no later run, and an end is
//! recorded once.
//!
//! What an end sets off happens after the task's lock is released, with one exception, the completion in the queue: a
//! queue that has neither a run nor a completion reports that there is nothing to wait for, so the one must become the
//! other in a single step. A message that a task receives stays with the connection, and other reads wait, until the run
//! ends. Taking it and checking for an earlier cancel are also one step: the message is the task's or the next read's.
//!
//! Under a task's lock one of these is taken, never two: its queue's, that of the users of its object, that of the
//! object's run order, that of a reader.

use super::call::Value;
use super::state::{Event, Status};
use super::{Outcome, PendingRun, Registration, State, Task, cancelled_fault};
use crate::base::{ErrorCode, Fault, Result};
use crate::engine::completion;
use crate::engine::op::closed_by_the_program;
use crate::log::Log;
use crate::object::callbacks::Callbacks;
use crate::object::object_base::{add_task, drop_task};
use crate::object::{Client, Object, TaskQueue};
use std::sync::Arc;

/// How a run ends.
pub(super) enum End {
    /// The program cancels it before it has started.
    Cancelled,
    /// The driver drops it, or refuses it.
    Dropped,
    /// Its method has returned.
    Returned {
        /// None after a failure.
        value: Option<Value>,
        log: Log,
        /// Whether the failure is that of a cancel.
        is_aborted: bool,
    },
}

impl Task {
    /// Begins a new run, by [`Event::Run`] or [`Event::RunSynchronously`]; returns it, and whether it is to be started
    /// now. All in one step: an end that another thread brings at once finds the run in the run order and the queue.
    pub(super) fn begin(self: &Arc<Self>, event: Event) -> Result<(PendingRun, bool)> {
        let object = self.call()?.object();
        let mut state = self.state.lock();
        let Some(status) = state.status.after(event) else {
            return Err(Fault::new(ErrorCode::TaskState, "The task is queued or running already."));
        };
        if state.undelivered > 0 {
            let text = "The end of the task's last run waits in its queue: take it first.";
            return Err(Fault::new(ErrorCode::TaskState, text));
        }
        let is_synchronous = event == Event::RunSynchronously;
        if is_synchronous && self.base.cancel_token().is_closed() {
            return Err(closed_by_the_program());
        }
        state.status = status;
        state.run += 1;
        state.is_synchronous = is_synchronous;
        state.outcome = None;
        self.cancel.reopen();
        self.progress.begin();
        if let Some((queue, _)) = state.queue() {
            queue.note_run();
        }
        add_task(&*object);
        let pending = PendingRun { task: Arc::clone(self), run: state.run };
        let Some(client) = object.client().filter(|_| !is_synchronous) else {
            return Ok((pending, true));
        };
        let (order_number, is_first) = client.run_order.push(&pending);
        state.order_number = order_number;
        Ok((pending, is_first))
    }

    /// Starts a run whose turn has come; returns false if it has ended before.
    pub(super) fn start(&self, run: u64) -> bool {
        let mut state = self.state.lock();
        let next = state.after(run, Event::Start);
        state.status = next.unwrap_or(state.status);
        next.is_some()
    }

    /// Ends a run; returns the runs that are to be started then, or None if it does not end by this, or has ended.
    pub(super) fn end(self: &Arc<Self>, run: u64, end: End) -> Option<Vec<PendingRun>> {
        let (is_synchronous, order_number) = {
            let mut state = self.state.lock();
            let event = self.event_of(&end);
            state.status = state.after(run, event)?;
            state.outcome = Some(self.outcome_of(end, event));
            if let Some((queue, token)) = state.queue() {
                state.note_undelivered(queue.complete_run(self, token));
            }
            (std::mem::take(&mut state.is_synchronous), state.order_number)
        };
        self.ended.notify_deferred();
        let object = self.call().ok()?.object();
        self.notify_program(&object);
        let mut startable = Vec::new();
        if let Some(client) = object.client().filter(|_| !is_synchronous) {
            startable = client.run_order.finish(order_number, self.direction());
        }
        drop_task(&*object);
        Some(startable)
    }

    /// Asks a running method to end; returns false if that run is not running.
    pub(super) fn cancel_running(&self, run: u64) -> bool {
        let state = self.state.lock();
        let is_running = state.run == run && state.status == Status::Running;
        if is_running {
            self.cancel.close();
        }
        is_running
    }

    fn event_of(&self, end: &End) -> Event {
        match end {
            End::Cancelled => Event::Cancel,
            End::Dropped => Event::Drop,
            End::Returned { is_aborted: true, .. } => Event::Abort,
            End::Returned { value: Some(Value::Found(_)), .. } if self.leaves_message() => Event::Abort,
            End::Returned { .. } => Event::Return,
        }
    }

    /// Returns the outcome of a run that ends by `event`. A found message is taken, or left to the next read.
    fn outcome_of(&self, end: End, event: Event) -> Outcome {
        match (end, event) {
            (End::Returned { value: Some(Value::Found(found)), log, .. }, Event::Return) => {
                match found.take() {
                    Ok(message) => Outcome { value: Some(Value::Message(message)), log },
                    Err(fault) => self.failed(fault),
                }
            }
            (End::Returned { value: Some(Value::Found(_)), .. } | End::Cancelled | End::Dropped, _) => {
                self.failed(cancelled_fault())
            }
            (End::Returned { value, log, .. }, _) => Outcome { value, log },
        }
    }

    /// Returns whether a message that was found is left to the next read: the run was cancelled, or the program can
    /// learn of the message no more.
    fn leaves_message(&self) -> bool {
        self.cancel.is_closed() || (self.base.cancel_token().is_closed() && !self.notifies_program())
    }

    /// Returns the outcome of a run that has failed after its method.
    fn failed(&self, fault: Fault) -> Outcome {
        let mut log = Log::new(self.call.as_ref().map_or("", |call| call.method()), false);
        log.finish(Some(fault));
        Outcome { value: None, log }
    }

    /// Calls TaskCompleted, on a thread where it may be slow.
    fn notify_program(self: &Arc<Self>, object: &Arc<dyn Object>) {
        if !self.notifies_program() {
            return;
        }
        let (task, object) = (Arc::clone(self), Arc::clone(object));
        completion::report(move || {
            if let Some(callbacks) = callbacks_of(&*object) {
                callbacks.task_completed.call(|tell| tell(&task));
            }
        });
    }

    /// Returns whether TaskCompleted is called for its end.
    fn notifies_program(&self) -> bool {
        let object = self.call.as_ref().map(|call| call.object());
        let callbacks = object.as_deref().and_then(callbacks_of);
        callbacks.is_some_and(|callbacks| callbacks.task_completed.is_set())
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
}

impl State {
    pub(super) fn status_and_run(&self) -> (Status, u64) {
        (self.status, self.run)
    }

    /// Returns the state that follows for that run.
    fn after(&self, run: u64, event: Event) -> Option<Status> {
        if self.run == run { self.status.after(event) } else { None }
    }

    fn note_undelivered(&mut self, completion: Option<u64>) {
        self.undelivered += usize::from(completion.is_some());
        self.completion = completion;
    }

    /// Returns the queue it is in, and the program's token for it there.
    fn queue(&self) -> Option<(Arc<TaskQueue>, usize)> {
        let registration = self.registration.as_ref()?;
        let queue = registration.queue.upgrade().filter(|queue| !queue.is_closed())?;
        Some((queue, registration.token))
    }
}

fn callbacks_of(object: &dyn Object) -> Option<&Callbacks> {
    object.client().and_then(Client::callbacks).map(|callbacks| &**callbacks)
}
