//! Task: a method of another object that runs by itself.
//!
//! A task holds a call and what became of it; [`run`] is the future that the drivers poll. A task that was run keeps
//! itself and its object, so a program may forget it at once.

pub mod call;
mod progress;
mod run;

use super::callbacks::Callbacks;
use super::common::{add_task, drop_task};
use super::lanes::{Direction, Due};
use super::{Client, Common, Object, TaskQueue};
use crate::base::{Deadline, ErrorCode, Fault, Locked, Result};
use crate::engine::cx::{Abort, closed_by_the_program};
use crate::engine::{Cx, Signal, Waited, notifier, reactor};
use crate::log::Log;
use crate::object::common::timeout_ms;
use call::{Call, ResultType, Value};
use progress::Progress;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::task::Context;

/// How far a task is. The numbers are those of the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// No call is loaded.
    #[default]
    Empty = 1,
    /// A call is loaded and not started.
    Loaded = 2,
    /// It waits for its turn.
    Queued = 3,
    /// It runs.
    Running = 4,
    /// It was cancelled before it ran.
    Canceled = 5,
    /// It was cancelled while it ran.
    Aborted = 6,
    /// It ran to its end, be it success or failure.
    Completed = 7,
}

impl Status {
    /// Queued or running.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }

    /// Not started.
    pub fn is_inert(self) -> bool {
        matches!(self, Self::Empty | Self::Loaded)
    }

    /// At its end, whichever.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Canceled | Self::Aborted | Self::Completed)
    }
}

/// The object behind `ckws_task *`.
pub struct Task {
    common: Common,
    id: i32,
    call: Option<Box<dyn Call>>,
    state: Locked<State>,
    /// Nudged when the task ends.
    ended: Signal,
    /// Retired while a cancel waits to be heard.
    cancelled: Signal,
    progress: Progress,
    user_data: Locked<String>,
    user_pointer: AtomicUsize,
    /// The program's handle.
    handle: AtomicUsize,
}

#[derive(Default)]
struct State {
    status: Status,
    /// Which run this is: what an earlier one left behind must not be taken for it.
    run: u64,
    /// It runs on the program's thread.
    is_synchronous: bool,
    outcome: Option<Outcome>,
    enrolment: Option<Enrolment>,
    /// How many ends lie in the queue, or are just being handed out: one, but for a moment in which the task is enrolled
    /// anew.
    waiting_ends: usize,
}

/// How a run has ended.
struct Outcome {
    value: Option<Value>,
    log: Log,
}

/// Where the end is to be told, and under which name.
struct Enrolment {
    queue: Weak<TaskQueue>,
    label: usize,
}

impl Default for Task {
    fn default() -> Self {
        static NEXT_ID: AtomicI32 = AtomicI32::new(1);
        Self {
            common: Common::default(),
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed) & i32::MAX,
            call: None,
            state: Locked::default(),
            ended: Signal::default(),
            cancelled: Signal::default(),
            progress: Progress::default(),
            user_data: Locked::default(),
            user_pointer: AtomicUsize::new(0),
            handle: AtomicUsize::new(0),
        }
    }
}

impl Object for Task {
    fn common(&self) -> &Common {
        &self.common
    }

    /// A task that runs goes on, but not one that runs on a thread that waits for it through the handle. No queue
    /// hands out a handle that is gone. What comes later than this finds `gone` retired.
    fn abandon(&self) {
        {
            let state = self.state.lock();
            if state.is_synchronous {
                self.cancelled.retire();
            }
        }
        self.leave_queue(None);
    }
}

impl Task {
    /// A task that will make `call`.
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
    pub fn user_data(&self) -> String {
        self.user_data.lock().clone()
    }

    /// Sets UserData.
    pub fn set_user_data(&self, value: &str) {
        value.clone_into(&mut self.user_data.lock());
    }

    /// The program's own object, as an address.
    pub fn user_pointer(&self) -> usize {
        self.user_pointer.load(Ordering::Relaxed)
    }

    /// Sets [`Task::user_pointer`].
    pub fn set_user_pointer(&self, value: usize) {
        self.user_pointer.store(value, Ordering::Relaxed);
    }

    /// The number of the handle that the program got; it may be disposed by now.
    pub fn handle(&self) -> usize {
        self.handle.load(Ordering::Relaxed)
    }

    /// Sets [`Task::handle`].
    pub fn set_handle(&self, handle: usize) {
        self.handle.store(handle, Ordering::Relaxed);
    }

    /// How far it is, and what was told on the way.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The object whose method this is (LoadTaskCaller).
    pub fn caller(&self) -> Result<Arc<dyn Object>> {
        Ok(self.call()?.object())
    }

    /// Run: queues the call.
    pub fn run(self: &Arc<Self>) -> Result<()> {
        self.call()?;
        reactor::start()?;
        let (due, is_its_turn) = self.begin(Status::Queued)?;
        if is_its_turn {
            launch(due, reactor::run);
        }
        Ok(())
    }

    /// RunSynchronously: makes the call on this thread.
    pub async fn run_synchronously(self: &Arc<Self>) -> Result<()> {
        let (due, _) = self.begin(Status::Running)?;
        run::on_this_thread(due).await;
        Ok(())
    }

    /// Cancel: true if the task was queued, and will not run, or was running, and ends as soon as it hears of it.
    pub fn cancel(self: &Arc<Self>) -> bool {
        let (status, run) = self.state.lock().status_and_run();
        // A queued one may begin to run meanwhile.
        let cancel = |status| (status == Status::Queued).then_some(Status::Canceled);
        if status == Status::Queued && self.end(run, cancel, || self.given_up()) {
            return true;
        }
        let state = self.state.lock();
        let is_running = state.status == Status::Running && state.run == run;
        if is_running {
            self.cancelled.retire();
        }
        is_running
    }

    /// Wait: until the task has ended; false if it was not run, or the time is over before.
    pub async fn wait(&self, cx: &mut Cx<'_>, max_wait_ms: i32) -> Result<()> {
        let deadline = Deadline::after_ms(timeout_ms(max_wait_ms)?);
        if self.status().is_inert() {
            return Err(Fault::new(ErrorCode::TaskState, "The task has not been run."));
        }
        let is_over = |context: &mut Context<'_>| {
            self.ended.watch(context.waker());
            !self.status().is_live()
        };
        match cx.when(deadline, &Abort::never(), is_over).await? {
            Waited::LookAgain => Ok(()),
            Waited::TimedOut => {
                Err(Fault::new(ErrorCode::WaitTimeout, "The task has not ended within the time-out."))
            }
        }
    }

    /// SleepMs.
    pub async fn sleep(&self, cx: &mut Cx<'_>, milliseconds: i32) -> Result<()> {
        if let Ok(milliseconds @ 1..) = u32::try_from(milliseconds) {
            cx.when(Deadline::after_ms(milliseconds), &Abort::never(), |_| false).await?;
        }
        Ok(())
    }

    /// GetResultBool: false also if the method failed.
    pub fn result_bool(&self) -> Result<bool> {
        Ok(matches!(self.result_of_type(ResultType::Bool)?, Some(Value::Bool(true))))
    }

    /// GetResultInt: -1 if the method failed.
    pub fn result_int(&self) -> Result<i32> {
        match self.result_of_type(ResultType::Int)? {
            Some(Value::Int(value)) => Ok(value),
            _ => Ok(-1),
        }
    }

    /// GetResultString.
    pub fn result_text(&self) -> Result<String> {
        match self.result_of_type(ResultType::Text)? {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(Fault::new(ErrorCode::TaskState, "The method failed, so there is no string.")),
        }
    }

    /// ResultType: none before the end.
    pub fn result_type(&self) -> Option<ResultType> {
        let is_known = self.status().is_finished();
        self.call.as_ref().filter(|_| is_known).map(|call| call.result_type())
    }

    /// ResultErrorText: the account of the method.
    pub fn result_error_text(&self) -> String {
        self.look_at_outcome(|outcome| outcome.log.to_text()).unwrap_or_default()
    }

    /// The number of the method's failure.
    pub fn result_error_code(&self) -> ErrorCode {
        self.look_at_outcome(|outcome| outcome.log.code()).unwrap_or(ErrorCode::None)
    }

    /// TaskSuccess: whether the method succeeded.
    pub fn task_success(&self) -> bool {
        self.look_at_outcome(|outcome| outcome.log.succeeded()).unwrap_or(false)
    }

    /// Tells the end, each time there is one, to `queue` under the name `label`. An end that was there already is told
    /// at once.
    pub(super) fn enrol(self: &Arc<Self>, queue: &Arc<TaskQueue>, label: usize) -> Result<()> {
        let mut state = self.state.lock();
        if self.common.gone().is_retired() {
            return Err(closed_by_the_program());
        }
        if state.queue().is_some() {
            return Err(Fault::new(ErrorCode::TaskState, "The task is in a queue already."));
        }
        if state.status.is_finished() {
            state.waiting_ends += usize::from(queue.take_end(self, label));
        } else if state.status.is_live() {
            queue.note_run();
        }
        state.enrolment = Some(Enrolment { queue: Arc::downgrade(queue), label });
        Ok(())
    }

    /// Leaves its queue, or nothing if that is not `from`; true if it was there.
    pub(super) fn leave_queue(&self, from: Option<&Arc<TaskQueue>>) -> bool {
        let mut state = self.state.lock();
        let queue = state.queue().filter(|(queue, _)| from.is_none_or(|from| Arc::ptr_eq(from, queue)));
        let Some((queue, _)) = queue else { return false };
        state.enrolment = None;
        if state.status.is_live() {
            queue.forget_run();
        } else {
            state.waiting_ends = state.waiting_ends.saturating_sub(queue.forget_ends(self));
        }
        true
    }

    /// The queue has handed an end out, or is gone.
    pub(super) fn note_handed_out(&self) {
        let mut state = self.state.lock();
        state.waiting_ends = state.waiting_ends.saturating_sub(1);
    }

    pub(super) fn direction(&self) -> Direction {
        self.call.as_ref().map_or(Direction::Both, |call| call.direction())
    }

    fn call(&self) -> Result<&dyn Call> {
        let text = "The task is empty: no method is loaded.";
        self.call.as_deref().ok_or_else(|| Fault::new(ErrorCode::TaskState, text))
    }

    fn result_of_type(&self, wanted: ResultType) -> Result<Option<Value>> {
        let Some(value) = self.look_at_outcome(|outcome| outcome.value.clone()) else {
            return Err(Fault::new(ErrorCode::TaskState, "The task has no result: it has not ended."));
        };
        let found = self.call()?.result_type();
        if found == wanted {
            return Ok(value);
        }
        let text = format!("The result is of type {}, not {}.", found.name(), wanted.name());
        Err(Fault::new(ErrorCode::TaskResultType, text))
    }

    fn look_at_outcome<R>(&self, look: impl FnOnce(&Outcome) -> R) -> Option<R> {
        self.state.lock().outcome.as_ref().map(look)
    }

    /// A new run begins; whether it is to be started now. All in one step: an end that comes from another thread at
    /// once finds the run wherever it leaves it.
    fn begin(self: &Arc<Self>, status: Status) -> Result<(Due, bool)> {
        let object = self.call()?.object();
        let mut state = self.state.lock();
        if state.status.is_live() {
            return Err(Fault::new(ErrorCode::TaskState, "The task is queued or running already."));
        }
        if state.waiting_ends > 0 {
            let text = "The end of the task's last run waits in its queue: take it first.";
            return Err(Fault::new(ErrorCode::TaskState, text));
        }
        if status == Status::Running && self.common.gone().is_retired() {
            return Err(closed_by_the_program());
        }
        state.status = status;
        state.run += 1;
        state.is_synchronous = status == Status::Running;
        state.outcome = None;
        self.cancelled.revive();
        self.progress.begin();
        if let Some((queue, _)) = state.queue() {
            queue.note_run();
        }
        add_task(&*object);
        let due = Due { task: Arc::clone(self), run: state.run };
        let waits_for_its_turn = object.client().filter(|_| status == Status::Queued);
        let is_its_turn = waits_for_its_turn.is_none_or(|client| client.lanes.enter(&due));
        Ok((due, is_its_turn))
    }

    /// Ends that run as `decide` makes of the status it is in; whoever was behind it starts. False if it has ended.
    fn end(
        self: &Arc<Self>,
        run: u64,
        decide: impl FnOnce(Status) -> Option<Status>,
        outcome: impl FnOnce() -> Outcome,
    ) -> bool {
        let Some(startable) = self.end_alone(run, decide, outcome) else { return false };
        for due in startable {
            // Not here: a run that ends at once would start the next from within itself, and so on.
            launch(due, reactor::spawn);
        }
        true
    }

    /// As [`Task::end`]; who is to be started is returned.
    fn end_alone(
        self: &Arc<Self>,
        run: u64,
        decide: impl FnOnce(Status) -> Option<Status>,
        outcome: impl FnOnce() -> Outcome,
    ) -> Option<Vec<Due>> {
        let is_synchronous = {
            let mut state = self.state.lock();
            let status = if state.run == run { decide(state.status)? } else { return None };
            state.status = status;
            state.outcome = Some(outcome());
            if let Some((queue, label)) = state.queue() {
                state.waiting_ends += usize::from(queue.take_end_of_run(self, label));
            }
            std::mem::take(&mut state.is_synchronous)
        };
        self.ended.nudge_later();
        let object = self.call().ok()?.object();
        self.tell_program(&object);
        let mut startable = Vec::new();
        if let Some(client) = object.client().filter(|_| !is_synchronous) {
            startable = client.lanes.leave(&Due { task: Arc::clone(self), run });
        }
        drop_task(&*object);
        Some(startable)
    }

    /// TaskCompleted, on a thread where it may take its time.
    fn tell_program(self: &Arc<Self>, object: &Arc<dyn Object>) {
        if !callbacks_of(&**object).is_some_and(|callbacks| callbacks.task_completed.is_set()) {
            return;
        }
        let (task, object) = (Arc::clone(self), Arc::clone(object));
        notifier::notify(move || {
            if let Some(callbacks) = callbacks_of(&*object) {
                callbacks.task_completed.call(|tell| tell(&task));
            }
        });
    }

    /// The outcome of a run that was given up.
    fn given_up(&self) -> Outcome {
        let mut log = Log::new(self.call.as_ref().map_or("", |call| call.method()), false);
        log.finish(Some(cancelled_fault()));
        Outcome { value: None, log }
    }
}

impl State {
    fn status_and_run(&self) -> (Status, u64) {
        (self.status, self.run)
    }

    /// The queue it is in, and its name there.
    fn queue(&self) -> Option<(Arc<TaskQueue>, usize)> {
        let enrolment = self.enrolment.as_ref()?;
        let queue = enrolment.queue.upgrade().filter(|queue| !queue.is_closed())?;
        Some((queue, enrolment.label))
    }
}

fn callbacks_of(object: &dyn Object) -> Option<&Callbacks> {
    object.client().and_then(Client::callbacks)
}

/// The turn of a run has come; `begin` brings it to the reactor.
fn launch(due: Due, begin: fn(reactor::Job) -> std::result::Result<(), reactor::Job>) {
    let mut next = Some(due);
    let mut startable = Vec::new();
    // Not by recursion: when the reactor is being ended, all that was queued ends here.
    while let Some(due) = next.take().or_else(|| startable.pop()) {
        if let Err(refused) = begin(Box::pin(run::on_the_reactor(due.clone()))) {
            let Due { task, run } = due;
            startable.extend(task.end_alone(run, given_up_as, || task.given_up()).unwrap_or_default());
            drop(refused);
        }
    }
}

/// What a run that is given up becomes.
fn given_up_as(status: Status) -> Option<Status> {
    match status {
        Status::Queued => Some(Status::Canceled),
        Status::Running => Some(Status::Aborted),
        _ => None,
    }
}

fn cancelled_fault() -> Fault {
    Fault::new(ErrorCode::Aborted, "The task was cancelled.")
}
