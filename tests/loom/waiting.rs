//! Those who wait, and those who end their wait: no wake-up is lost, whatever comes first.

use crate::check;
use loom::sync::Arc;
use loom::sync::atomic::{self, AtomicBool, Ordering};
use loom::thread;
use std::task::{Wake, Waker};

mod later {
    pub(super) fn wake(waker: std::task::Waker) {
        waker.wake();
    }
}

#[path = "../../src/engine/bell.rs"]
mod bell;

#[path = "../../src/engine/signal.rs"]
mod signal;

use bell::Bell;
use signal::Signal;

/// A thread that waits in the kernel, as the drivers do.
#[derive(Default)]
struct Driver(Bell);

impl Driver {
    /// Looks until `is_done`, and waits between.
    fn run(&self, mut is_done: impl FnMut() -> bool) {
        while !is_done() {
            if self.0.begin_wait() {
                self.0.event().expect("it can be made").wait();
            }
            self.0.end_wait();
        }
    }
}

/// The waker of a driver.
struct Ringer(Arc<Driver>);

// SAFETY: loom's Arc is what keeps it from being both; it is used as std's would be.
unsafe impl Send for Ringer {}
// SAFETY: as above.
unsafe impl Sync for Ringer {}

impl Wake for Ringer {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.0.ring();
    }
}

fn driver() -> (Arc<Driver>, Waker) {
    let driver = Arc::new(Driver::default());
    driver.0.event().expect("it can be made");
    let waker = Waker::from(std::sync::Arc::new(Ringer(Arc::clone(&driver))));
    (driver, waker)
}

#[test]
fn a_ring_is_heard_whenever_it_comes() {
    check(|| {
        let (driver, waker) = driver();
        let flag = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&flag);
        let ringing = thread::spawn(move || {
            set.store(true, Ordering::Release);
            waker.wake();
        });
        driver.run(|| flag.load(Ordering::Acquire));
        ringing.join().expect("no panic");
    });
}

#[test]
fn rings_of_two_are_heard_both() {
    check(|| {
        let (driver, waker) = driver();
        let flags = [(); 2].map(|()| Arc::new(AtomicBool::new(false)));
        let ringing = flags.clone().map(|flag| {
            let waker = waker.clone();
            thread::spawn(move || {
                flag.store(true, Ordering::Release);
                waker.wake();
            })
        });
        driver.run(|| flags.iter().all(|flag| flag.load(Ordering::Acquire)));
        for ringing in ringing {
            ringing.join().expect("no panic");
        }
    });
}

/// As a wait looks at its signals: check, watch, check again.
fn hears(signal: &Signal, waker: &Waker, is_over: impl Fn(&Signal) -> bool) -> bool {
    if is_over(signal) {
        return true;
    }
    signal.watch(waker);
    is_over(signal)
}

#[test]
fn an_abort_reaches_whoever_waits_or_is_about_to() {
    check(|| {
        let (driver, waker) = driver();
        let signal = Arc::new(Signal::default());
        let seen = signal.count();
        let raised = Arc::clone(&signal);
        let raising = thread::spawn(move || raised.raise());
        driver.run(|| hears(&signal, &waker, |signal| !signal.is_still(seen)));
        signal.unwatch(&waker);
        raising.join().expect("no panic");
    });
}

/// A cancel while a task begins to wait, and one of the object at the same time.
#[test]
fn a_cancel_reaches_whoever_waits_beside_an_abort() {
    check(|| {
        let (driver, waker) = driver();
        let signals = [(); 2].map(|()| Arc::new(Signal::default()));
        let [cancelled, aborted] = signals.clone();
        let cancelling = thread::spawn(move || cancelled.retire());
        let aborting = thread::spawn(move || aborted.raise());
        let [cancelled, aborted] = &signals;
        driver.run(|| {
            let is_cancelled = hears(cancelled, &waker, Signal::is_retired);
            hears(aborted, &waker, |signal| !signal.is_still(0)) && is_cancelled
        });
        cancelling.join().expect("no panic");
        aborting.join().expect("no panic");
    });
}
