//! What an operation has beside its own arguments: the call log, the caller, what cancels it, and the leaf futures to
//! wait with.

pub(crate) use super::wait_set::MAX_SOURCES;
pub use super::wait_set::Question;
use super::wait_set::{ask, register, take_answer, take_interrupted};
use super::{CancelToken, ConnectStage, Notify, Readiness};
use crate::base::{Deadline, ErrorCode, Fault, Result};
use crate::log::Log;
use crate::sys::thread;
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Instant;

/// How a wait ended that was not aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// Something may have become ready: look again.
    LookAgain,
    /// The deadline has passed.
    TimedOut,
}

/// The maker of a call, who may cancel it while it waits and gets its progress.
pub trait Caller: Sync {
    /// Returns the thread that owns the data returned by a read, until its next read. None for tasks.
    fn thread(&self) -> Option<u64>;

    /// Returns whether it is a task: what it has begun to send is finished without it.
    fn is_task(&self) -> bool;

    /// Returns the token by which the caller cancels the call.
    fn cancel_token(&self) -> &CancelToken;

    /// Returns the fault of a call that was cancelled so.
    fn cancel_fault(&self) -> Fault;

    /// Returns how often, in milliseconds, the caller is asked whether to go on; 0 for never.
    fn heartbeat_ms(&self) -> u32 {
        0
    }

    /// Returns the question to ask at a heartbeat; the answer true ends the call.
    fn abort_check(&self) -> Option<Question> {
        None
    }

    /// Returns whether a signal handler of the program ends a wait.
    fn is_interruptible(&self) -> bool {
        false
    }

    /// Returns the question that passes the kept reports of frames on, for the driver to ask before a wait; the answer
    /// true ends the call. A task has another thread do it.
    fn reports(&self) -> Option<Question> {
        None
    }

    /// Returns whether the caller uses the two below.
    fn listens(&self) -> bool {
        false
    }

    /// Stores how much is done, from 1 to 100, or returns the callback for the driver to call; the answer true ends the
    /// call.
    fn percent_done(&self, _percent: u8) -> Option<Question> {
        None
    }

    /// Stores the stage of the call, or returns the callback for the driver to call.
    fn progress(&self, _name: &'static str, _value: &str) -> Option<Question> {
        None
    }
}

/// One operation.
pub struct Op<'a> {
    /// The call log.
    pub log: Log,
    /// How far it is, if it connects.
    pub stage: ConnectStage,
    caller: Option<&'a dyn Caller>,
    /// The generation of the caller's token when the operation began.
    generation: u64,
    scope: Option<CancelScope<'a>>,
    /// Bounds all waits together.
    deadline: Deadline,
    /// When to ask the caller next; set once the call waits.
    heartbeat: Option<Deadline>,
    /// The driver has been given a question by a wait.
    asks: bool,
    /// The percentage that was reported last.
    percent: u8,
}

/// A token that cancels the operation, and its generation when the operation began.
#[derive(Clone, Copy)]
struct CancelScope<'a> {
    token: &'a CancelToken,
    generation: u64,
}

/// Returns the fault of a call whose connection or object the program itself has closed.
pub fn closed_by_the_program() -> Fault {
    let text = "The program closed the connection, connected anew, or disposed the handle.";
    Fault::new(ErrorCode::ClosedLocally, text)
}

impl<'a> Op<'a> {
    /// Begins an operation, a call of `method`, without a caller.
    pub fn new(method: &'static str, verbose: bool) -> Self {
        Self {
            log: Log::new(method, verbose),
            stage: ConnectStage::None,
            caller: None,
            generation: 0,
            scope: None,
            deadline: Deadline::NEVER,
            heartbeat: None,
            asks: false,
            percent: 0,
        }
    }

    /// Begins an operation that `caller` asks for.
    pub fn of(caller: &'a dyn Caller, method: &'static str, verbose: bool) -> Self {
        Self {
            caller: Some(caller),
            generation: caller.cancel_token().generation(),
            ..Self::new(method, verbose)
        }
    }

    /// Lets `token` cancel the operation from now on, as its caller can; returns the token's generation.
    pub fn cancel_with(&mut self, token: &'a CancelToken) -> u64 {
        let generation = token.generation();
        self.scope = Some(CancelScope { token, generation });
        generation
    }

    /// Returns when all waits of the operation time out, unless they do earlier.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Sets [`Self::deadline`]; returns the one before, for an operation of several parts.
    pub fn set_deadline(&mut self, deadline: Deadline) -> Deadline {
        std::mem::replace(&mut self.deadline, deadline)
    }

    /// Waits until `readiness` may have come or `deadline` has passed. Fails if the operation is cancelled.
    pub fn ready(
        &mut self,
        readiness: Readiness,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Waited>> {
        self.ready_any([readiness], deadline)
    }

    /// Like [`Self::ready`], for the first of several; of at most [`MAX_SOURCES`] sources.
    pub fn ready_any(
        &mut self,
        readiness: impl AsRef<[Readiness]>,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Waited>> {
        self.wait(deadline, readiness, None, after_waking())
    }

    /// Like [`Self::ready`], also until the epoch of `notify` is another than `seen`.
    pub fn ready_or_notified(
        &mut self,
        readiness: Readiness,
        deadline: Deadline,
        notify: &Notify,
        seen: u64,
    ) -> impl Future<Output = Result<Waited>> {
        self.wait(deadline, [readiness], Some((notify, seen)), after_waking())
    }

    /// Waits until the epoch of `notify` is another than `seen` or `deadline` has passed. Fails if the operation is
    /// cancelled.
    pub fn notified(
        &mut self,
        notify: &Notify,
        seen: u64,
        deadline: Deadline,
    ) -> impl Future<Output = Result<Waited>> {
        self.wait(deadline, [], Some((notify, seen)), |_| false)
    }

    /// Waits until `is_done` returns true or `deadline` has passed. Fails if the operation is cancelled. `is_done` is
    /// called at each wake-up and must register the waker.
    pub fn when(
        &mut self,
        deadline: Deadline,
        is_done: impl FnMut(&mut Context<'_>) -> bool,
    ) -> impl Future<Output = Result<Waited>> {
        self.wait(deadline, [], None, is_done)
    }

    /// Waits until `deadline` has passed. Fails if the operation is cancelled.
    pub async fn sleep(&mut self, deadline: Deadline) -> Result<()> {
        self.wait(deadline, [], None, |_| false).await.map(|_| ())
    }

    /// Lets others run, in an operation that a peer could keep busy for ever. Fails if the operation is cancelled.
    pub async fn yield_now(&mut self) -> Result<()> {
        self.check()?;
        let mut yielded = false;
        poll_fn(|context| {
            if std::mem::replace(&mut yielded, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        self.check()?;
        let question = self.due_question(Instant::now());
        if answer_to(question).await { Err(aborted_by_the_program()) } else { Ok(()) }
    }

    /// Returns the reading thread, see [`Caller::thread`].
    pub fn thread(&self) -> Option<u64> {
        self.caller.map_or_else(|| Some(thread::id()), Caller::thread)
    }

    /// Returns whether a task makes the call, see [`Caller::is_task`].
    pub fn is_task(&self) -> bool {
        self.caller.is_some_and(Caller::is_task)
    }

    /// Fails once the program has ended the connection, or cancelled the call.
    pub fn check(&self) -> Result<()> {
        if self.scope.is_some_and(|scope| !scope.token.is_current(scope.generation)) {
            return Err(closed_by_the_program());
        }
        match self.caller {
            Some(caller) if !caller.cancel_token().is_current(self.generation) => Err(caller.cancel_fault()),
            _ => Ok(()),
        }
    }

    /// Reports to the caller that `done` of `total` is done: each percentage once, the last one being 100. Fails if the
    /// caller aborts the call.
    pub async fn percent_done(&mut self, done: u64, total: u64) -> Result<()> {
        let Some(caller) = self.caller.filter(|caller| caller.listens()) else { return Ok(()) };
        let percent = u128::from(done) * 100 / u128::from(total.max(1));
        let percent = u8::try_from(percent.min(100)).unwrap_or(100);
        if percent <= self.percent {
            return Ok(());
        }
        self.percent = percent;
        // The report is also a question whether to go on.
        self.heartbeat = None;
        if answer_to(caller.percent_done(percent)).await { Err(aborted_by_the_program()) } else { Ok(()) }
    }

    /// Reports 100 percent, if a percentage was reported before. The caller's wish to abort comes too late.
    pub async fn percent_complete(&mut self) {
        if self.percent > 0 {
            let _ = self.percent_done(1, 1).await;
        }
    }

    /// Reports the stage of the call to the caller.
    pub async fn progress(&mut self, name: &'static str, value: &str) {
        if let Some(caller) = self.caller.filter(|caller| caller.listens()) {
            answer_to(caller.progress(name, value)).await;
        }
    }

    /// Not an `async fn`, which would keep its arguments twice: this lives in each of many thousand pending reads.
    fn wait(
        &mut self,
        deadline: Deadline,
        readiness: impl AsRef<[Readiness]>,
        awaited: Option<(&Notify, u64)>,
        mut is_done: impl FnMut(&mut Context<'_>) -> bool,
    ) -> impl Future<Output = Result<Waited>> {
        poll_fn(move |context| {
            let readiness = readiness.as_ref();
            let outcome = self.poll_wait(deadline, readiness, awaited, &mut is_done, context);
            if outcome.is_ready() {
                self.watched(readiness, awaited).for_each(|notify| notify.unwatch(context.waker()));
            }
            outcome
        })
    }

    /// Polls a wait once; registers a pending one with the driver.
    fn poll_wait(
        &mut self,
        deadline: Deadline,
        readiness: &[Readiness],
        awaited: Option<(&Notify, u64)>,
        is_done: &mut impl FnMut(&mut Context<'_>) -> bool,
        context: &mut Context<'_>,
    ) -> Poll<Result<Waited>> {
        let is_notified = || {
            awaited.is_some_and(|(notify, seen)| notify.epoch() != seen)
                || readiness.iter().any(Readiness::is_notified)
        };
        if std::mem::take(&mut self.asks) && take_answer() {
            return Poll::Ready(Err(aborted_by_the_program()));
        }
        if take_interrupted() && self.caller.is_some_and(Caller::is_interruptible) {
            let text = "A signal handler of the program interrupted the wait.";
            return Poll::Ready(Err(Fault::new(ErrorCode::Interrupted, text)));
        }
        self.check()?;
        if is_done(context) || is_notified() {
            return Poll::Ready(Ok(Waited::LookAgain));
        }
        let now = Instant::now();
        self.log.note_wait(now);
        let deadline = deadline.earlier(self.deadline);
        if deadline.has_passed(now) {
            return Poll::Ready(Ok(Waited::TimedOut));
        }
        if let Some(question) = self.due_question(now) {
            ask(question);
            self.asks = true;
            return Poll::Pending;
        }
        self.watched(readiness, awaited).for_each(|notify| notify.watch(context.waker()));
        // Closes the race with a cancel or notification between the check above and the registration.
        self.check()?;
        if is_notified() {
            return Poll::Ready(Ok(Waited::LookAgain));
        }
        let until = deadline.earlier(self.heartbeat.unwrap_or(Deadline::NEVER));
        let until = readiness.iter().map(Readiness::moment).fold(until, Deadline::earlier);
        register(readiness.iter().filter_map(Readiness::interest), until);
        Poll::Pending
    }

    /// Returns what wakes a wait of this operation.
    fn watched<'n>(
        &self,
        readiness: &'n [Readiness],
        awaited: Option<(&'n Notify, u64)>,
    ) -> impl Iterator<Item = &'n Notify>
    where
        'a: 'n,
    {
        let scope = self.scope.map(|scope| scope.token);
        let tokens = scope.into_iter().chain(self.caller.map(Caller::cancel_token));
        let awaited = awaited.map(|(notify, _)| notify);
        tokens.map(CancelToken::waiting).chain(awaited).chain(readiness.iter().filter_map(Readiness::notify))
    }

    /// Returns the question to ask the caller: to pass reports on, and at each heartbeat of a call that waits.
    fn due_question(&mut self, now: Instant) -> Option<Question> {
        let caller = self.caller?;
        if let Some(reports) = caller.reports() {
            return Some(reports);
        }
        let period = caller.heartbeat_ms();
        if period == 0 {
            self.heartbeat = None;
            return None;
        }
        let is_due = self.heartbeat.take_if(|next| next.has_passed(now)).is_some();
        self.heartbeat.get_or_insert_with(|| Deadline::after_ms_from(now, period));
        if is_due { caller.abort_check() } else { None }
    }
}

/// Returns whether a wait has been woken: no at its first look, yes at each later one.
fn after_waking() -> impl FnMut(&mut Context<'_>) -> bool {
    let mut waiting = false;
    move |_| std::mem::replace(&mut waiting, true)
}

/// Has the driver ask and returns the answer; false without a question.
async fn answer_to(question: Option<Question>) -> bool {
    let Some(question) = question else { return false };
    let mut question = Some(question);
    poll_fn(|_| match question.take() {
        Some(question) => {
            ask(question);
            Poll::Pending
        }
        None => Poll::Ready(take_answer()),
    })
    .await
}

fn aborted_by_the_program() -> Fault {
    Fault::new(ErrorCode::Aborted, "A callback of the program aborted the call.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::block_on;

    struct Program(CancelToken);

    impl Caller for Program {
        fn thread(&self) -> Option<u64> {
            Some(1)
        }

        fn is_task(&self) -> bool {
            false
        }

        fn cancel_token(&self) -> &CancelToken {
            &self.0
        }

        fn cancel_fault(&self) -> Fault {
            closed_by_the_program()
        }
    }

    #[test]
    fn a_token_cancels_what_has_begun_with_it() {
        let token = CancelToken::default();
        let (mut earlier, mut later) = (Op::new("Earlier", false), Op::new("Later", false));
        earlier.cancel_with(&token);
        token.cancel();
        later.cancel_with(&token);
        let fault = block_on(earlier.sleep(Deadline::NEVER)).unwrap_err();
        assert_eq!(fault.code(), ErrorCode::ClosedLocally);
        assert!(later.check().is_ok());
        token.close();
        assert!(later.check().is_err());
    }

    #[test]
    fn the_earlier_deadline_ends_a_wait() {
        let notify = Notify::default();
        let mut op = Op::new("Wait", false);
        let outer = op.set_deadline(Deadline::after_ms(5));
        let waited = block_on(op.notified(&notify, notify.epoch(), Deadline::NEVER));
        assert_eq!(waited, Ok(Waited::TimedOut));
        assert_ne!(op.set_deadline(outer), outer);
        assert_eq!(op.deadline(), Deadline::NEVER);
        let waited = block_on(op.notified(&notify, notify.epoch(), Deadline::after_ms(5)));
        assert_eq!(waited, Ok(Waited::TimedOut));
    }

    #[test]
    fn a_notification_that_has_come_ends_a_wait_at_once() {
        let notify = Notify::default();
        let seen = notify.epoch();
        notify.notify_all();
        let waited = block_on(Op::new("Wait", false).notified(&notify, seen, Deadline::NEVER));
        assert_eq!(waited, Ok(Waited::LookAgain));
    }

    #[test]
    fn a_call_gives_up_though_its_caller_is_there_again() {
        let program = Program(CancelToken::default());
        let earlier = Op::of(&program, "Earlier", false);
        program.0.reopen();
        assert!(earlier.check().is_ok(), "it was not cancelled");
        program.0.close();
        assert!(earlier.check().is_err());
        program.0.reopen();
        assert!(earlier.check().is_err());
        assert!(Op::of(&program, "Later", false).check().is_ok());
    }
}
