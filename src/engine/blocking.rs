//! The blocking driver: runs a future on the calling thread, with poll(2) between its steps.
//!
//! Each thread owns one eventfd, made at its first wait and reused, by which wakers reach it.

use crate::base::Deadline;
use crate::sys::event::Event;
use crate::sys::poll::{Interest, PollSet};
use crate::sys::process;
use once_cell::sync::OnceCell;
use std::cell::RefCell;
use std::io;
use std::os::fd::AsRawFd;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// How long a thread rests that has nothing to be woken by.
const PACE_MS: u32 = 10;

/// Runs `future` to its end on this thread.
///
/// Reentrant: a callback that the future runs may block on another future.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let parker = current();
    let mut context = Context::from_waker(&parker.waker);
    loop {
        parker.registered.borrow_mut().clear();
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        parker.wait();
    }
}

/// Tells the driver that polls on this thread what the pending future waits for. Called by leaf futures, from
/// within a poll; valid until the next poll.
pub fn register(interest: Option<Interest>, until: Deadline) {
    let parker = current();
    let mut registered = parker.registered.borrow_mut();
    registered.interests.extend(interest);
    registered.until = registered.until.earlier(until);
}

thread_local! {
    static PARKER: RefCell<Option<Rc<Parker>>> = const { RefCell::new(None) };
}

/// This thread's parker; a forked child makes its own, for the eventfd would be the parent's.
fn current() -> Rc<Parker> {
    let process = process::identity();
    let known = PARKER
        .try_with(|place| place.borrow().as_ref().filter(|parker| parker.process == process).map(Rc::clone));
    if let Ok(Some(parker)) = known {
        return parker;
    }
    let fresh = Rc::new(Parker::new(process));
    // A thread that is being torn down keeps no parker: each wait then makes its own.
    let _ = PARKER.try_with(|place| *place.borrow_mut() = Some(Rc::clone(&fresh)));
    fresh
}

struct Registered {
    interests: Vec<Interest>,
    until: Deadline,
}

impl Registered {
    fn clear(&mut self) {
        self.interests.clear();
        self.until = Deadline::NEVER;
    }
}

struct Parker {
    process: usize,
    bell: Arc<Bell>,
    waker: Waker,
    registered: RefCell<Registered>,
    set: RefCell<PollSet>,
}

impl Parker {
    fn new(process: usize) -> Self {
        let bell = Arc::new(Bell::default());
        Self {
            process,
            waker: Waker::from(Arc::clone(&bell)),
            bell,
            registered: RefCell::new(Registered { interests: Vec::new(), until: Deadline::NEVER }),
            set: RefCell::default(),
        }
    }

    /// Waits for what was registered or a ring of the bell. That the system is out of memory or descriptors is
    /// not a reason to fail the call: the future looks again, at a pace that leaves the processor to others.
    fn wait(&self) {
        let Ok(event) = self.bell.event() else {
            self.poll(None);
            return;
        };
        // Unless somebody has rung since the thread last looked.
        let begun = self.bell.state.compare_exchange(AWAKE, WAITING, Ordering::AcqRel, Ordering::Acquire);
        if begun.is_ok() {
            self.poll(Some(event));
        }
        self.bell.state.swap(AWAKE, Ordering::AcqRel);
    }

    fn poll(&self, event: Option<&Event>) {
        let registered = self.registered.borrow();
        let ring = event.map(|event| Interest { fd: event.as_raw_fd(), read: true, write: false });
        let pace = if ring.is_some() { Deadline::NEVER } else { Deadline::after_ms(PACE_MS) };
        let interests = registered.interests.iter().copied().chain(ring);
        let mut set = self.set.borrow_mut();
        match (set.wait(interests, registered.until.earlier(pace).instant()), event) {
            // Not by the state: the ringer may come to the event only after the thread has been up and down again.
            (Ok(()), Some(event)) if set.last_is_ready() => event.clear(),
            (Ok(()), _) => {}
            (Err(_), _) => std::thread::sleep(Duration::from_millis(PACE_MS.into())),
        }
    }
}

/// The thread runs: it looks at the state before it waits, so a ring needs no system call.
const AWAKE: u8 = 0;
/// The thread is in poll(2), or about to be.
const WAITING: u8 = 1;
/// A waker rang since the thread last looked.
const RUNG: u8 = 2;

/// What wakers of one thread ring.
#[derive(Default)]
struct Bell {
    state: AtomicU8,
    event: OnceCell<Event>,
}

impl Bell {
    fn event(&self) -> io::Result<&Event> {
        self.event.get_or_try_init(Event::new)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(RUNG, Ordering::AcqRel) == WAITING
            && let Some(event) = self.event.get()
        {
            event.signal();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::poll_fn;

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
                current().bell.event().unwrap().signal();
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
