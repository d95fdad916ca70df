//! What the future that is being polled on this thread waits for: written by leaf futures, read by the driver.
//!
//! One value for each thread, plain memory without a destructor: it works while a thread is being torn down, too.

use crate::base::Deadline;
use crate::sys::source::Interest;
use std::cell::Cell;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// No operation waits for more sources at once.
pub(crate) const MAX_SOURCES: usize = 4;

/// How long a driver sleeps if it cannot wait for everything that was registered: the system is out of descriptors or
/// memory, which is no reason to fail the call. The future is polled again after this time.
pub(super) const RETRY_INTERVAL: Duration = Duration::from_millis(10);

/// Sources and a moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct WaitSet {
    interests: [Option<Interest>; MAX_SOURCES],
    pub(super) until: Deadline,
}

impl WaitSet {
    const NOTHING: Self = Self { interests: [None; MAX_SOURCES], until: Deadline::NEVER };

    pub(super) fn interests(self) -> impl Iterator<Item = Interest> {
        self.interests.into_iter().flatten()
    }
}

thread_local! {
    static REGISTERED: Cell<WaitSet> = const { Cell::new(WaitSet::NOTHING) };
    /// Whether REGISTERED has been written: a future that need not wait does not touch it.
    static IS_WRITTEN: Cell<bool> = const { Cell::new(false) };
}

/// Polls `future`; returns its output, or what it waits for. A poll may be inside of another one: a task that ends
/// starts the next.
pub(super) fn poll<F: Future + ?Sized>(
    future: Pin<&mut F>,
    context: &mut Context<'_>,
) -> Result<F::Output, WaitSet> {
    let outer = take();
    let poll = future.poll(context);
    let registered = take();
    if let Some(outer) = outer {
        put(outer);
    }
    match poll {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => Err(registered.unwrap_or(WaitSet::NOTHING)),
    }
}

fn take() -> Option<WaitSet> {
    IS_WRITTEN.take().then(|| REGISTERED.get())
}

fn put(registered: WaitSet) {
    REGISTERED.set(registered);
    IS_WRITTEN.set(true);
}

/// A callback of the program, to be called by the driver; its answer.
///
/// Not by the future: the callback may unwind the stack (pthread_exit), and a poll is inside of a frame that catches
/// panics.
pub type Question = Box<dyn FnOnce() -> bool + Send>;

thread_local! {
    static QUESTION: Cell<Option<Question>> = const { Cell::new(None) };
    static ANSWER: Cell<bool> = const { Cell::new(false) };
    static INTERRUPTED: Cell<bool> = const { Cell::new(false) };
}

/// Passes a question to the driver, which asks it between this poll, which must end as pending, and the next one. On a
/// thread that is being torn down nothing is asked.
pub(super) fn ask(question: Question) {
    let _ = QUESTION.try_with(|place| place.set(Some(question)));
}

/// Takes the question of the last poll.
pub(super) fn take_question() -> Option<Question> {
    QUESTION.try_with(Cell::take).unwrap_or(None)
}

/// Passes the answer on to the future that has asked.
pub(super) fn put_answer(answer: bool) {
    ANSWER.set(answer);
}

/// Takes the answer to the question of the last poll.
pub(super) fn take_answer() -> bool {
    ANSWER.take()
}

/// Stores whether a signal handler has interrupted the wait.
pub(super) fn note_interrupted(interrupted: bool) {
    INTERRUPTED.set(interrupted);
}

/// Returns whether a signal handler has interrupted the wait before this poll.
pub(super) fn take_interrupted() -> bool {
    INTERRUPTED.take()
}

/// Registers what the pending future waits for with the driver that polls on this thread. Called by leaf futures, from
/// within a poll; valid until the next poll.
pub(super) fn register(interests: impl IntoIterator<Item = Interest>, until: Deadline) {
    let mut registered = take().unwrap_or(WaitSet::NOTHING);
    registered.until = registered.until.earlier(until);
    for interest in interests {
        match registered.interests.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(interest),
            None => registered.until = registered.until.earlier(Deadline::after(RETRY_INTERVAL)),
        }
    }
    put(registered);
}
