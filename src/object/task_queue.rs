//! TaskQueue: hands out tasks as they end, so that one thread can follow many.
//!
//! Locks are taken in the order task, queue.

use super::{Object, ObjectBase, Task};
use crate::base::{Deadline, ErrorCode, Fault, Guard, Line, Locked, Rank, Result};
use crate::engine::{Notify, Op, Waited};
use crate::object::object_base::timeout_ms;
use crate::sys::error::describe;
use crate::sys::wake_event::WakeEvent;
use std::sync::Arc;

/// The object of a `ckws_task_queue *`.
#[derive(Default)]
pub struct TaskQueue {
    base: ObjectBase,
    state: Locked<State, { Rank::TaskQueue as u8 }>,
    /// Notified when there may be a completion to hand out, or nothing to wait for.
    changed: Notify,
}

#[derive(Default)]
struct State {
    completions: Line<Completion>,
    /// How many completions were pushed; the number of the latest.
    pushed: u64,
    /// Registered tasks that are queued or running.
    live: usize,
    is_closed: bool,
    /// Readable while the queue holds a completion; created when the program asks for it.
    event: Option<WakeEvent>,
}

/// A task that has ended, and the program's token for it.
struct Completion {
    task: Arc<Task>,
    token: usize,
}

impl Object for TaskQueue {
    fn base(&self) -> &ObjectBase {
        &self.base
    }

    fn users_rank(&self) -> Rank {
        Rank::TaskUsers
    }

    /// Its tasks can be run again, and registered elsewhere.
    fn on_unused(&self) {
        let completions = {
            let mut state = self.state.lock();
            state.is_closed = true;
            std::mem::take(&mut state.completions)
        };
        for completion in completions.into_entries() {
            completion.task.note_delivered();
        }
    }
}

impl TaskQueue {
    /// Registers a task, which is handed out as `token`.
    pub fn add(self: &Arc<Self>, task: &Arc<Task>, token: usize) -> Result<()> {
        task.register(self, token)
    }

    /// Removes the task, and its completion if the queue holds it.
    pub fn remove(self: &Arc<Self>, task: &Task) -> Result<()> {
        match task.leave_queue(Some(self)) {
            true => Ok(()),
            false => Err(Fault::new(ErrorCode::TaskState, "The task is not in this queue.")),
        }
    }

    /// Waits for the next task that has ended and returns its token.
    pub async fn next(&self, op: &mut Op<'_>, timeout_in_ms: i32) -> Result<usize> {
        let deadline = Deadline::after_ms(timeout_ms(timeout_in_ms)?);
        loop {
            let seen = self.changed.epoch();
            if let Some(token) = self.take() {
                return Ok(token);
            }
            if self.is_idle() {
                return Err(Fault::new(ErrorCode::TaskState, "No task of the queue is queued or running."));
            }
            if op.notified(&self.changed, seen, deadline).await? == Waited::TimedOut {
                return Err(Fault::new(ErrorCode::WaitTimeout, "No task has ended within the time-out."));
            }
        }
    }

    /// Like [`TaskQueue::next`], without waiting.
    pub fn try_next(&self) -> Result<usize> {
        let text = "No end of a task waits in the queue.";
        self.take().ok_or_else(|| Fault::new(ErrorCode::WouldBlock, text))
    }

    /// Returns how many completions the queue holds.
    pub fn count(&self) -> usize {
        self.state.lock().completions.len()
    }

    /// Returns whether there is nothing to hand out, nor to wait for.
    fn is_idle(&self) -> bool {
        let state = self.state.lock();
        state.completions.is_empty() && state.live == 0
    }

    /// Returns a descriptor that is readable while the queue holds a completion.
    pub fn fd(&self) -> Result<i32> {
        let mut state = self.state.lock();
        if state.event.is_none() {
            let event = WakeEvent::new().map_err(|error| {
                let text = format!("No descriptor for the queue could be had: {}.", describe(&error));
                Fault::new(ErrorCode::SystemResource, text)
            })?;
            if !state.completions.is_empty() {
                event.signal();
            }
            state.event = Some(event);
        }
        Ok(state.event.as_ref().map_or(-1, |event| event.source().number()))
    }

    /// Returns whether its handle was disposed.
    pub(super) fn is_closed(&self) -> bool {
        self.state.lock().is_closed
    }

    /// Counts a registered task that was run.
    pub(super) fn note_run(&self) {
        self.state.lock().live += 1;
    }

    /// Forgets a run whose task was removed from the queue.
    pub(super) fn forget_run(&self) {
        self.state.lock().end_run();
        self.changed.notify_all();
    }

    /// Turns a run into a completion, to be handed out. Returns its number here, or None if the queue is closed.
    pub(super) fn complete_run(&self, task: &Arc<Task>, token: usize) -> Option<u64> {
        // In one step: between the two there would be no run and no completion, and so nothing to wait for.
        let mut state = self.state.lock();
        state.end_run();
        self.push(state, task, token)
    }

    /// Like [`TaskQueue::complete_run`], for a run that had ended when the task was registered.
    pub(super) fn push_completion(&self, task: &Arc<Task>, token: usize) -> Option<u64> {
        self.push(self.state.lock(), task, token)
    }

    fn push(&self, mut state: Guard<'_, State>, task: &Arc<Task>, token: usize) -> Option<u64> {
        if state.is_closed {
            return None;
        }
        state.pushed += 1;
        let number = state.pushed;
        state.completions.push(number, Completion { task: Arc::clone(task), token });
        let is_first = state.completions.len() == 1;
        if let Some(event) = state.event.as_ref().filter(|_| is_first) {
            event.signal();
        }
        drop(state);
        self.changed.notify_deferred();
        Some(number)
    }

    /// Forgets the completion of that number; returns false if it was handed out.
    pub(super) fn forget_completion(&self, number: u64) -> bool {
        let mut state = self.state.lock();
        let was_there = state.completions.remove(number).is_some();
        state.quieten_if_empty();
        was_there
    }

    fn take(&self) -> Option<usize> {
        let completion = {
            let mut state = self.state.lock();
            let completion = state.completions.pop_first()?;
            state.quieten_if_empty();
            completion
        };
        completion.task.note_delivered();
        Some(completion.token)
    }
}

impl State {
    fn end_run(&mut self) {
        self.live = self.live.saturating_sub(1);
    }

    fn quieten_if_empty(&self) {
        if let Some(event) = self.event.as_ref().filter(|_| self.completions.is_empty()) {
            event.clear();
        }
    }
}
