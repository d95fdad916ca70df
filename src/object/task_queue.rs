//! TaskQueue: hands out tasks as they end, so that one thread can follow many.
//!
//! Locks are taken in the order task, queue.

use super::{Object, ObjectBase, Task};
use crate::base::{Deadline, ErrorCode, Fault, Line, Locked, Result};
use crate::engine::{Notify, Op, Waited};
use crate::object::object_base::timeout_ms;
use crate::sys::error::describe;
use crate::sys::wake_event::WakeEvent;
use std::sync::{Arc, MutexGuard};

/// The object of a `ckws_task_queue *`.
#[derive(Default)]
pub struct TaskQueue {
    base: ObjectBase,
    state: Locked<State>,
    /// Notified when there may be an end to hand out, or nothing to wait for.
    changed: Notify,
}

#[derive(Default)]
struct State {
    ends: Line<End>,
    /// How many ends have come; the number of the latest.
    came: u64,
    /// Enrolled tasks that are queued or running.
    live: usize,
    is_closed: bool,
    /// Readable while the queue holds an end; created when the program asks for it.
    event: Option<WakeEvent>,
}

/// A task that has ended, and its name.
struct End {
    task: Arc<Task>,
    label: usize,
}

impl Object for TaskQueue {
    fn base(&self) -> &ObjectBase {
        &self.base
    }

    /// Its tasks can be run again, and enrolled elsewhere.
    fn on_unused(&self) {
        let ends = {
            let mut state = self.state.lock();
            state.is_closed = true;
            std::mem::take(&mut state.ends)
        };
        for end in ends.into_entries() {
            end.task.note_handed_out();
        }
    }
}

impl TaskQueue {
    /// Enrols a task, which is handed out as `label`.
    pub fn add(self: &Arc<Self>, task: &Arc<Task>, label: usize) -> Result<()> {
        task.enrol(self, label)
    }

    /// Removes the task, and its end if the queue holds it.
    pub fn remove(self: &Arc<Self>, task: &Task) -> Result<()> {
        match task.leave_queue(Some(self)) {
            true => Ok(()),
            false => Err(Fault::new(ErrorCode::TaskState, "The task is not in this queue.")),
        }
    }

    /// Waits for the next task that has ended and returns its label.
    pub async fn next(&self, op: &mut Op<'_>, timeout_in_ms: i32) -> Result<usize> {
        let deadline = Deadline::after_ms(timeout_ms(timeout_in_ms)?);
        loop {
            let seen = self.changed.epoch();
            if let Some(label) = self.take() {
                return Ok(label);
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

    /// Returns how many ends the queue holds.
    pub fn count(&self) -> usize {
        self.state.lock().ends.len()
    }

    /// Returns whether there is nothing to hand out, nor to wait for.
    fn is_idle(&self) -> bool {
        let state = self.state.lock();
        state.ends.is_empty() && state.live == 0
    }

    /// Returns a descriptor that is readable while the queue holds an end.
    pub fn fd(&self) -> Result<i32> {
        let mut state = self.state.lock();
        if state.event.is_none() {
            let event = WakeEvent::new().map_err(|error| {
                let text = format!("No descriptor for the queue could be had: {}.", describe(&error));
                Fault::new(ErrorCode::SystemResource, text)
            })?;
            if !state.ends.is_empty() {
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

    /// Counts an enrolled task that was run.
    pub(super) fn note_run(&self) {
        self.state.lock().live += 1;
    }

    /// Forgets a run whose task was removed from the queue.
    pub(super) fn forget_run(&self) {
        self.state.lock().end_run();
        self.changed.notify_all();
    }

    /// Takes the end of a run, to be handed out. Returns its number here, or None if the queue is closed.
    pub(super) fn take_end_of_run(&self, task: &Arc<Task>, label: usize) -> Option<u64> {
        // In one step: between the two there would be no run and no end, and so nothing to wait for.
        let mut state = self.state.lock();
        state.end_run();
        self.push(state, task, label)
    }

    /// Like [`TaskQueue::take_end_of_run`], for a run that had ended when the task was enrolled.
    pub(super) fn take_end(&self, task: &Arc<Task>, label: usize) -> Option<u64> {
        self.push(self.state.lock(), task, label)
    }

    fn push(&self, mut state: MutexGuard<'_, State>, task: &Arc<Task>, label: usize) -> Option<u64> {
        if state.is_closed {
            return None;
        }
        state.came += 1;
        let number = state.came;
        state.ends.push(number, End { task: Arc::clone(task), label });
        if state.ends.len() == 1
            && let Some(event) = &state.event
        {
            event.signal();
        }
        drop(state);
        self.changed.notify_deferred();
        Some(number)
    }

    /// Forgets the end of that number; returns false if it was handed out.
    pub(super) fn forget_end(&self, number: u64) -> bool {
        let mut state = self.state.lock();
        let was_there = state.ends.remove(number).is_some();
        state.quieten_if_empty();
        was_there
    }

    fn take(&self) -> Option<usize> {
        let end = {
            let mut state = self.state.lock();
            let end = state.ends.pop_first()?;
            state.quieten_if_empty();
            end
        };
        end.task.note_handed_out();
        Some(end.label)
    }
}

impl State {
    fn end_run(&mut self) {
        self.live = self.live.saturating_sub(1);
    }

    fn quieten_if_empty(&self) {
        if let Some(event) = self.event.as_ref().filter(|_| self.ends.is_empty()) {
            event.clear();
        }
    }
}
