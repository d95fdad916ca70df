//! Those who wait, and those who end their wait: no wake-up is lost, whatever comes first.

use crate::check;
use loom::sync::Arc;
use loom::sync::atomic::{self, AtomicBool, Ordering};
use loom::thread;
use std::task::{Wake, Waker};

mod deferred_wakes {
    pub(super) fn wake(waker: std::task::Waker) {
        waker.wake();
    }
}

#[path = "../../src/engine/parker.rs"]
mod parker;

#[path = "../../src/engine/notify.rs"]
mod notify;

#[path = "../../src/engine/cancel_token.rs"]
mod cancel_token;

use cancel_token::CancelToken;
use notify::Notify;
use parker::Parker;

/// A thread that waits in the kernel, as the drivers do.
#[derive(Default)]
struct Driver(Parker);

impl Driver {
    /// Looks until `is_done`, and waits between.
    fn run(&self, mut is_done: impl FnMut() -> bool) {
        while !is_done() {
            if self.0.park() {
                self.0.event().expect("it can be made").wait();
            }
            self.0.resume();
        }
    }
}

/// The waker of a driver.
struct ThreadWaker(Arc<Driver>);

// SAFETY: loom's Arc is what keeps it from being both; it is used as std's would be.
unsafe impl Send for ThreadWaker {}
// SAFETY: as above.
unsafe impl Sync for ThreadWaker {}

impl Wake for ThreadWaker {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.0.unpark();
    }
}

fn driver() -> (Arc<Driver>, Waker) {
    let driver = Arc::new(Driver::default());
    driver.0.event().expect("it can be made");
    let waker = Waker::from(std::sync::Arc::new(ThreadWaker(Arc::clone(&driver))));
    (driver, waker)
}

#[test]
fn an_unpark_ends_the_wait_whenever_it_comes() {
    check(|| {
        let (driver, waker) = driver();
        let flag = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&flag);
        let waking = thread::spawn(move || {
            set.store(true, Ordering::Release);
            waker.wake();
        });
        driver.run(|| flag.load(Ordering::Acquire));
        waking.join().expect("no panic");
    });
}

#[test]
fn unparks_of_two_threads_are_both_noticed() {
    check(|| {
        let (driver, waker) = driver();
        let flags = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let waking = flags.clone().map(|flag| {
            let waker = waker.clone();
            thread::spawn(move || {
                flag.store(true, Ordering::Release);
                waker.wake();
            })
        });
        driver.run(|| flags.iter().all(|flag| flag.load(Ordering::Acquire)));
        for waking in waking {
            waking.join().expect("no panic");
        }
    });
}

/// As a wait checks what ends it: check, watch, check again.
fn check_or_watch(notify: &Notify, waker: &Waker, is_over: impl Fn() -> bool) -> bool {
    if is_over() {
        return true;
    }
    notify.watch(waker);
    is_over()
}

#[test]
fn a_notification_reaches_who_waits_or_is_about_to() {
    check(|| {
        let (driver, waker) = driver();
        let notify = Arc::new(Notify::default());
        let seen = notify.epoch();
        let notified = Arc::clone(&notify);
        let notifying = thread::spawn(move || notified.notify_all());
        driver.run(|| check_or_watch(&notify, &waker, || notify.epoch() != seen));
        notify.unwatch(&waker);
        notifying.join().expect("no panic");
    });
}

#[test]
fn a_cancel_reaches_who_waits_or_is_about_to() {
    check(|| {
        let (driver, waker) = driver();
        let token = Arc::new(CancelToken::default());
        let seen = token.generation();
        let cancelled = Arc::clone(&token);
        let cancelling = thread::spawn(move || cancelled.cancel());
        driver.run(|| check_or_watch(token.waiting(), &waker, || !token.is_current(seen)));
        token.waiting().unwatch(&waker);
        cancelling.join().expect("no panic");
    });
}

/// A cancel while a task begins to wait, and one of the object at the same time.
#[test]
fn two_cancels_reach_who_waits_for_both() {
    check(|| {
        let (driver, waker) = driver();
        let tokens = [(); 2].map(|()| Arc::new(CancelToken::default()));
        let [task, object] = tokens.clone();
        let closing = thread::spawn(move || task.close());
        let cancelling = thread::spawn(move || object.cancel());
        let [task, object] = &tokens;
        driver.run(|| {
            let is_closed = check_or_watch(task.waiting(), &waker, || task.is_closed());
            check_or_watch(object.waiting(), &waker, || !object.is_current(0)) && is_closed
        });
        closing.join().expect("no panic");
        cancelling.join().expect("no panic");
    });
}
