//! The driver of tasks, by plain futures: who is polled when, and what becomes of them.
//!
//! There is one reactor in a process, so the tests take turns.

use ckws::base::{Deadline, ErrorCode};
use ckws::engine::{CancelToken, Notify, Op, Readiness, Waited, block_on, reactor};
use ckws::sys::wake_event::WakeEvent;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use support::own_process::in_own_process;

/// Longer than anything takes here, so that a test that hangs ends.
const PATIENCE: Duration = Duration::from_secs(20);

fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    reactor::start().expect("a thread can be had");
    turn
}

fn spawn(job: impl Future<Output = ()> + Send + 'static) {
    assert!(reactor::spawn(Box::pin(job)).is_ok(), "the reactor runs");
}

fn next<T>(told: &Receiver<T>) -> T {
    told.recv_timeout(PATIENCE).expect("the reactor goes on")
}

fn reading(event: &WakeEvent) -> Readiness {
    Readiness::of(event.source(), true, false)
}

/// Tells `name` when it is dropped.
struct Tells(Sender<&'static str>, &'static str);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send(self.1);
    }
}

#[test]
fn jobs_begin_in_the_order_in_which_they_came() {
    let _turn = turn();
    let (tell, told) = channel();
    for number in 0..100 {
        let tell = tell.clone();
        spawn(async move { tell.send(number).expect("the test waits") });
    }
    assert!((0..100).all(|number| next(&told) == number));
}

#[test]
fn a_job_is_told_of_a_descriptor_for_as_long_as_it_is_ready() {
    let _turn = turn();
    let (tell, told) = channel();
    let event = Arc::new(WakeEvent::new().expect("a descriptor can be had"));
    let watched = Arc::clone(&event);
    spawn(async move {
        let mut op = Op::new("test", false);
        // Nobody reads it between the two.
        for _ in 0..2 {
            let waited = op.ready(reading(&watched), Deadline::NEVER).await;
            tell.send(waited).expect("the test waits");
        }
    });
    assert!(told.try_recv().is_err());
    event.signal();
    assert_eq!(next(&told), Ok(Waited::LookAgain));
    assert_eq!(next(&told), Ok(Waited::LookAgain));
}

#[test]
fn two_jobs_wait_for_the_same_descriptor() {
    let _turn = turn();
    let (tell, told) = channel();
    let event = Arc::new(WakeEvent::new().expect("a descriptor can be had"));
    let (began, begun) = channel();
    for _ in 0..2 {
        let (tell, began, watched) = (tell.clone(), began.clone(), Arc::clone(&event));
        spawn(async move {
            began.send(()).expect("the test waits");
            let mut op = Op::new("test", false);
            tell.send(op.ready(reading(&watched), Deadline::NEVER).await).expect("it waits");
        });
    }
    next(&begun);
    next(&begun);
    event.signal();
    assert_eq!((next(&told), next(&told)), (Ok(Waited::LookAgain), Ok(Waited::LookAgain)));
}

#[test]
fn deadlines_pass_in_their_order() {
    let _turn = turn();
    let (tell, told) = channel();
    let began = Instant::now();
    for milliseconds in [60, 20, 40] {
        let tell = tell.clone();
        spawn(async move {
            let mut op = Op::new("test", false);
            let waited = op.sleep(Deadline::after_ms(milliseconds)).await;
            tell.send((milliseconds, waited)).expect("the test waits");
        });
    }
    for milliseconds in [20, 40, 60] {
        assert_eq!(next(&told), (milliseconds, Ok(())));
    }
    assert!(began.elapsed() >= Duration::from_millis(60));
}

#[test]
fn a_deadline_that_moved_on_is_not_met_early() {
    let _turn = turn();
    let (tell, told) = channel();
    let token = Arc::new(CancelToken::default());
    let watched = Arc::clone(&token);
    spawn(async move {
        let mut cancelled = Op::new("test", false);
        cancelled.cancel_with(&watched);
        // The first wait ends before its deadline, which stays among the timers.
        let first = cancelled.sleep(Deadline::after_ms(30)).await;
        let began = Instant::now();
        let second = Op::new("test", false).sleep(Deadline::after_ms(100)).await;
        tell.send((first.map_err(|fault| fault.code()), second, began.elapsed())).expect("the test waits");
    });
    token.cancel();
    let (first, second, elapsed) = next(&told);
    assert!(matches!(first, Err(ErrorCode::ClosedLocally) | Ok(())), "{first:?}");
    assert_eq!(second, Ok(()));
    assert!(elapsed >= Duration::from_millis(100), "{elapsed:?}");
}

#[test]
fn a_job_that_breathes_lets_others_run() {
    let _turn = turn();
    let (tell, told) = channel();
    let seen = Arc::new(AtomicBool::new(false));
    let awaited = Arc::clone(&seen);
    spawn(async move {
        let mut op = Op::new("test", false);
        while !awaited.load(Ordering::Acquire) {
            op.yield_now().await.expect("nobody aborts");
        }
        tell.send(()).expect("the test waits");
    });
    spawn(async move { seen.store(true, Ordering::Release) });
    next(&told);
}

#[test]
fn a_job_that_panics_takes_no_other_with_it() {
    let _turn = turn();
    let (tell, told) = channel();
    let dropped = tell.clone();
    spawn(async move {
        let _tells = Tells(dropped, "dropped");
        panic!("a defect");
    });
    spawn(async move { tell.send("other").expect("the test waits") });
    assert_eq!((next(&told), next(&told)), ("dropped", "other"));
}

#[test]
fn finalize_drops_what_is_pending_and_a_start_begins_anew() {
    in_own_process(|| {
        let _turn = turn();
        let (tell, told) = channel();
        let tells = Tells(tell.clone(), "dropped");
        let (began, begun) = channel();
        spawn(async move {
            let _tells = tells;
            began.send(()).expect("the test waits");
            let _ = Op::new("test", false).sleep(Deadline::NEVER).await;
        });
        next(&begun);
        reactor::finalize();
        assert_eq!(told.try_recv(), Ok("dropped"), "when it returns, all is over");
        let refused = reactor::spawn(Box::pin(async {}));
        assert!(refused.is_err(), "there is no reactor");

        reactor::start().expect("a thread can be had");
        spawn(async move { tell.send("again").expect("the test waits") });
        assert_eq!(next(&told), "again");
    });
}

#[test]
fn a_name_is_looked_up_for_a_job() {
    let _turn = turn();
    let (tell, told) = channel();
    spawn(async move {
        let mut op = Op::new("test", false);
        op.set_deadline(Deadline::after_ms(20_000));
        let found = ckws::engine::resolver::resolve(&mut op, "localhost", 80).await;
        tell.send(found.map_err(|fault| fault.code())).expect("the test waits");
    });
    assert!(next(&told).expect("localhost is known").iter().all(|address| address.ip().is_loopback()));
}

#[test]
fn a_job_and_a_thread_wait_for_each_other() {
    let _turn = turn();
    let (to_job, to_thread) = (Arc::new(Notify::default()), Arc::new(Notify::default()));
    let (job_waits_for, job_notifies) = (Arc::clone(&to_job), Arc::clone(&to_thread));
    spawn(async move {
        for round in 1..=500 {
            until_epoch(&job_waits_for, round).await;
            job_notifies.notify_all();
        }
    });
    for round in 1..=500 {
        to_job.notify_all();
        block_on(until_epoch(&to_thread, round));
    }
}

async fn until_epoch(notify: &Notify, epoch: u64) {
    let mut op = Op::new("test", false);
    loop {
        let seen = notify.epoch();
        if seen >= epoch {
            return;
        }
        let waited = op.notified(notify, seen, Deadline::after_ms(20_000)).await;
        assert_eq!(waited, Ok(Waited::LookAgain), "round {epoch}");
    }
}

/// Waits in a job. Calls `then` on another thread once the wait is pending.
fn wait(readiness: Readiness, then: impl FnOnce() + Send + 'static) {
    let (tell, told) = channel();
    let mut then = Some(then);
    spawn(async move {
        let mut op = Op::new("test", false);
        let mut ready = pin!(op.ready(readiness, Deadline::NEVER));
        let waited = poll_fn(|context| {
            let outcome = ready.as_mut().poll(context);
            if let Some(then) = then.take_if(|_| outcome.is_pending()) {
                std::thread::spawn(then);
            }
            outcome
        });
        tell.send(waited.await).expect("the test waits");
    });
    assert_eq!(next(&told), Ok(Waited::LookAgain));
}

#[test]
fn a_job_waits_for_a_moment_without_a_source() {
    let _turn = turn();
    let moment = Instant::now() + Duration::from_millis(20);
    wait(Readiness::default().or_at(moment), || {});
    assert!(Instant::now() >= moment);
}

#[test]
fn a_job_waits_for_a_notification_without_a_source() {
    let _turn = turn();
    let notify = Arc::new(Notify::default());
    let readiness = Readiness::default().or_notified(&notify, notify.epoch());
    wait(readiness.clone(), move || notify.notify_all());
    // What has come before a wait ends it at once.
    wait(readiness, || {});
}

#[test]
fn the_first_of_a_source_a_moment_and_a_notification_ends_a_wait() {
    let _turn = turn();
    for first in ["source", "moment", "notification"] {
        let event = WakeEvent::new().expect("a descriptor can be had");
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
