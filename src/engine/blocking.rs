//! The blocking driver: runs a future on the calling thread, with poll(2) between its steps.
//!
//! Each thread owns one event, made at its first wait and reused, by which wakers reach it.

use super::bell::Bell;
use super::wait_set::{self, RETRY_INTERVAL, WaitSet};
use crate::base::Deadline;
use crate::sys::cancel::Uncancellable;
use crate::sys::poll::{PollSet, Polled};
use crate::sys::process;
use crate::sys::wake_event::WakeEvent;
use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

/// Runs `future` to its end on this thread.
///
/// Reentrant: a callback that the future asks for may block on another future. Between two polls the thread may be
/// unwound, by a cancel during the wait or by pthread_exit in a callback; the future is dropped then.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let parker = current();
    let mut context = Context::from_waker(&parker.waker);
    match wait_set::poll(future.as_mut(), &mut context) {
        Ok(output) => output,
        Err(registered) => wait_for(future, &parker, &mut context, registered),
    }
}

/// Waits and polls until the future is ready. Apart from the first poll, so that a call that need not wait runs no
/// loop, for which the compiler would prepare the whole future, and disables no cancellation.
#[cold]
fn wait_for<T>(
    mut future: Pin<&mut dyn Future<Output = T>>,
    parker: &Parker,
    context: &mut Context<'_>,
    mut registered: WaitSet,
) -> T {
    let uncancellable = Uncancellable::begin();
    loop {
        uncancellable.except(|| match wait_set::take_question() {
            Some(question) => wait_set::put_answer(question()),
            None => parker.wait(&registered),
        });
        registered = match wait_set::poll(future.as_mut(), context) {
            Ok(output) => return output,
            Err(registered) => registered,
        };
    }
}

thread_local! {
    static PARKER: RefCell<Option<Rc<Parker>>> = const { RefCell::new(None) };
}

/// This thread's parker; a forked child makes its own, because the event would be the parent's.
fn current() -> Rc<Parker> {
    let process = process::identity();
    let known = PARKER
        .try_with(|place| place.borrow().as_ref().filter(|parker| parker.process == process).map(Rc::clone));
    if let Ok(Some(parker)) = known {
        return parker;
    }
    let fresh = Rc::new(Parker::new(process));
    // A thread that is being torn down keeps no parker: each call then makes its own.
    let _ = PARKER.try_with(|place| *place.borrow_mut() = Some(Rc::clone(&fresh)));
    fresh
}

struct Parker {
    process: usize,
    ringer: Arc<Ringer>,
    waker: Waker,
    set: RefCell<PollSet>,
}

impl Parker {
    fn new(process: usize) -> Self {
        let ringer = Arc::new(Ringer::default());
        let waker = Waker::from(Arc::clone(&ringer));
        Self { process, waker, ringer, set: RefCell::default() }
    }

    /// Waits for what was registered or a ring of the bell. Without an event for the bell it polls at a pace that
    /// leaves the processor to other threads.
    fn wait(&self, registered: &WaitSet) {
        let bell = &self.ringer.0;
        let Ok(event) = bell.event() else {
            self.poll(registered, None);
            return;
        };
        let _awake = AwakeAgain(bell);
        if bell.begin_wait() {
            self.poll(registered, Some(event));
        }
    }

    fn poll(&self, registered: &WaitSet, event: Option<&WakeEvent>) {
        let ring = event.map(|event| event.source().interest(true, false));
        let pace = if ring.is_some() { Deadline::NEVER } else { Deadline::after(RETRY_INTERVAL) };
        let interests = registered.interests().chain(ring);
        let mut set = self.set.borrow_mut();
        let polled = set.wait(interests, registered.until.earlier(pace).instant());
        wait_set::note_interrupted(matches!(polled, Ok(Polled::Interrupted)));
        match (polled, event) {
            // Not by the state: a slow ringer may reach the event only after the thread has woken and begun to wait
            // again.
            (Ok(_), Some(event)) if set.last_is_ready() => event.clear(),
            (Ok(_), _) => {}
            // There is no memory for a wait for all of them.
            (Err(_), _) => {
                let _ = set.wait(std::iter::empty(), Deadline::after(RETRY_INTERVAL).instant());
            }
        }
    }
}

/// The end of a wait, also by a cancel.
struct AwakeAgain<'a>(&'a Bell);

impl Drop for AwakeAgain<'_> {
    fn drop(&mut self) {
        self.0.end_wait();
    }
}

/// What wakers of one thread hold.
#[derive(Default)]
struct Ringer(Bell);

impl Wake for Ringer {
    fn wake(self: Arc<Self>) {
        self.0.ring();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.ring();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::wait_set::register;
    use std::future::poll_fn;
    use std::task::Poll;

    #[test]
    fn a_waker_of_another_thread_ends_the_wait() {
        let mut polls = 0;
        let output = block_on(poll_fn(|context| {
            polls += 1;
            if polls == 3 {
                return Poll::Ready(polls);
            }
            let waker = context.waker().clone();
            std::thread::spawn(move || waker.wake());
            Poll::Pending
        }));
        assert_eq!(output, 3);
    }

    #[test]
    fn many_rings_from_another_thread_are_all_heard() {
        let (asked, answers) = std::sync::mpsc::channel::<Waker>();
        let ringer = std::thread::spawn(move || answers.iter().for_each(Waker::wake));
        for _ in 0..2_000 {
            let mut polls = 0;
            block_on(poll_fn(|context| {
                polls += 1;
                if polls == 1 {
                    asked.send(context.waker().clone()).unwrap();
                }
                if polls == 1 { Poll::Pending } else { Poll::Ready(()) }
            }));
        }
        drop(asked);
        ringer.join().unwrap();
    }

    #[test]
    fn a_deadline_ends_the_wait() {
        let deadline = Deadline::after_ms(5);
        block_on(poll_fn(|_| {
            if deadline.has_passed(std::time::Instant::now()) {
                return Poll::Ready(());
            }
            register(None, deadline);
            Poll::Pending
        }));
    }

    #[test]
    fn a_signal_that_comes_late_ends_one_wait_and_no_more() {
        let mut polls = 0;
        let deadline = Deadline::after_ms(20);
        block_on(poll_fn(|_| {
            polls += 1;
            if polls == 1 {
                // The waker set its mark, this thread took it, and only now the waker gets to signal.
                current().ringer.0.event().unwrap().signal();
            }
            if deadline.has_passed(std::time::Instant::now()) {
                return Poll::Ready(());
            }
            register(None, deadline);
            Poll::Pending
        }));
        assert!(polls < 10, "{polls} polls: the wait did not wait");
    }

    #[test]
    fn a_future_may_block_on_another() {
        let output = block_on(async { block_on(async { 7 }) });
        assert_eq!(output, 7);
    }
}
