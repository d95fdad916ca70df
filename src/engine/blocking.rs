//! The blocking driver: runs a future on the calling thread, with poll(2) between its steps.
//!
//! Each thread owns one event, made at its first wait and reused, by which wakers reach it.

use super::parker::Parker;
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
    let driver = current();
    let mut context = Context::from_waker(&driver.waker);
    match wait_set::poll(future.as_mut(), &mut context) {
        Ok(output) => output,
        Err(registered) => wait_for(future, &driver, &mut context, registered),
    }
}

/// Waits and polls until the future is ready. Apart from the first poll, so that a call that need not wait runs no
/// loop, for which the compiler would prepare the whole future, and disables no cancellation.
#[cold]
fn wait_for<T>(
    mut future: Pin<&mut dyn Future<Output = T>>,
    driver: &ThreadDriver,
    context: &mut Context<'_>,
    mut registered: WaitSet,
) -> T {
    let uncancellable = Uncancellable::begin();
    loop {
        uncancellable.except(|| match wait_set::take_question() {
            Some(question) => wait_set::put_answer(question()),
            None => driver.wait(&registered),
        });
        registered = match wait_set::poll(future.as_mut(), context) {
            Ok(output) => return output,
            Err(registered) => registered,
        };
    }
}

thread_local! {
    static DRIVER: RefCell<Option<Rc<ThreadDriver>>> = const { RefCell::new(None) };
}

/// Returns this thread's driver; a forked child makes its own, because the event would be the parent's.
fn current() -> Rc<ThreadDriver> {
    let process = process::identity();
    let known = DRIVER
        .try_with(|place| place.borrow().as_ref().filter(|driver| driver.process == process).map(Rc::clone));
    if let Ok(Some(driver)) = known {
        return driver;
    }
    let fresh = Rc::new(ThreadDriver::new(process));
    // A thread that is being torn down keeps no driver: each call then makes its own.
    let _ = DRIVER.try_with(|place| *place.borrow_mut() = Some(Rc::clone(&fresh)));
    fresh
}

struct ThreadDriver {
    process: usize,
    parker: Arc<ThreadWaker>,
    waker: Waker,
    set: RefCell<PollSet>,
}

impl ThreadDriver {
    fn new(process: usize) -> Self {
        let parker = Arc::new(ThreadWaker::default());
        let waker = Waker::from(Arc::clone(&parker));
        Self { process, waker, parker, set: RefCell::default() }
    }

    /// Waits for what was registered or an unpark. Without an event for the parker it polls at a pace that
    /// leaves the processor to other threads.
    fn wait(&self, registered: &WaitSet) {
        let parker = &self.parker.0;
        let Ok(event) = parker.event() else {
            self.poll(registered, None);
            return;
        };
        let _resume = Resume(parker);
        if parker.park() {
            self.poll(registered, Some(event));
        }
    }

    fn poll(&self, registered: &WaitSet, event: Option<&WakeEvent>) {
        let unpark = event.map(|event| event.source().interest(true, false));
        let pace = if unpark.is_some() { Deadline::NEVER } else { Deadline::after(RETRY_INTERVAL) };
        let interests = registered.interests().chain(unpark);
        let mut set = self.set.borrow_mut();
        let polled = set.wait(interests, registered.until.earlier(pace).instant());
        wait_set::note_interrupted(matches!(polled, Ok(Polled::Interrupted)));
        match (polled, event) {
            // Not by the state: a slow waker may reach the event only after the thread has woken and begun to wait
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
struct Resume<'a>(&'a Parker);

impl Drop for Resume<'_> {
    fn drop(&mut self) {
        self.0.resume();
    }
}

/// What wakers of one thread hold.
#[derive(Default)]
struct ThreadWaker(Parker);

impl Wake for ThreadWaker {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::wait_set::register;
    use crate::engine::{Notify, Op, Readiness, Waited};
    use std::future::poll_fn;
    use std::sync::mpsc::channel;
    use std::task::Poll;
    use std::time::{Duration, Instant};

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
    fn no_wake_up_of_another_thread_is_lost() {
        let (asked, answers) = channel::<Waker>();
        let waking = std::thread::spawn(move || answers.iter().for_each(Waker::wake));
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
        waking.join().unwrap();
    }

    #[test]
    fn a_deadline_ends_the_wait() {
        let deadline = Deadline::after_ms(5);
        block_on(poll_fn(|_| {
            if deadline.has_passed(Instant::now()) {
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
                current().parker.0.event().unwrap().signal();
            }
            if deadline.has_passed(Instant::now()) {
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

    /// Waits on a thread of its own, so that a test ends though the wait does not. Calls `then` once the wait is pending.
    fn wait(readiness: Readiness, then: impl FnOnce() + Send + 'static) {
        let (report, reported) = channel();
        std::thread::spawn(move || {
            let mut then = Some(then);
            let mut op = Op::new("test", false);
            let mut ready = pin!(op.ready(readiness, Deadline::NEVER));
            report.send(block_on(poll_fn(|context| {
                let outcome = ready.as_mut().poll(context);
                if let Some(then) = then.take_if(|_| outcome.is_pending()) {
                    std::thread::spawn(then);
                }
                outcome
            })))
        });
        assert_eq!(reported.recv_timeout(Duration::from_secs(20)), Ok(Ok(Waited::LookAgain)));
    }

    #[test]
    fn a_moment_ends_a_wait_without_a_source() {
        let moment = Instant::now() + Duration::from_millis(5);
        wait(Readiness::default().or_at(moment), || {});
        assert!(Instant::now() >= moment);
    }

    #[test]
    fn a_notification_ends_a_wait_without_a_source() {
        let notify = Arc::new(Notify::default());
        let readiness = Readiness::default().or_notified(&notify, notify.epoch());
        wait(readiness.clone(), move || notify.notify_all());
        // What has come before a wait ends it at once.
        wait(readiness, || {});
    }

    #[test]
    fn the_first_of_a_source_a_moment_and_a_notification_ends_a_wait() {
        for first in ["source", "moment", "notification"] {
            let event = WakeEvent::new().unwrap();
            let notify = Arc::new(Notify::default());
            let delay = Duration::from_secs(if first == "moment" { 0 } else { 3600 });
            let readiness = Readiness::of(event.source(), true, false)
                .or_at(Instant::now() + delay)
                .or_notified(&notify, notify.epoch());
            wait(readiness, move || match first {
                "source" => event.signal(),
                "notification" => notify.notify_all(),
                _ => {}
            });
        }
    }
}
