//! Tasks that are run, cancelled, disposed and enrolled by several threads in the same moment: whatever comes first,
//! nothing is lost and nothing is done twice.

use ckws::base::Result;
use ckws::engine::{Op, block_on};
use ckws::ffi::handle;
use ckws::ffi::task::ckws_task;
use ckws::ffi::websocket::ckws_websocket;
use ckws::ffi::{task as ffi, websocket as ws};
use ckws::object::run_order::Direction;
use ckws::object::task::Status;
use ckws::object::task::call::{BoxFuture, LoadedCall, ResultType, Value};
use ckws::object::{Object, Task, WebSocket};
use std::cell::RefCell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// How often a race is run. It is lost or won within a microsecond.
const ROUNDS: usize = 20_000;

/// Longer than anything takes here, so that a test that hangs ends.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many calls of an object are made, and whether ever two at once.
#[derive(Default)]
struct Count {
    made: AtomicUsize,
    inside: AtomicUsize,
    overlapped: AtomicBool,
}

/// A task of `object` whose method lets others run once and is counted meanwhile.
fn counting(object: &Arc<WebSocket>, count: &Arc<Count>) -> Arc<Task> {
    fn count_one<'a, 'b>(_: &'a Arc<WebSocket>, op: &'b mut Op<'a>, count: &'a Arc<Count>) -> BoxFuture<'b> {
        Box::pin(async move {
            count.made.fetch_add(1, Ordering::Relaxed);
            if count.inside.fetch_add(1, Ordering::AcqRel) > 0 {
                count.overlapped.store(true, Ordering::Relaxed);
            }
            let breath = op.yield_now().await;
            count.inside.fetch_sub(1, Ordering::AcqRel);
            breath.map(Value::from)
        })
    }
    Arc::new(Task::loaded(LoadedCall {
        method: "Count",
        result_type: ResultType::Bool,
        direction: Direction::Send,
        object: Arc::clone(object),
        arguments: Arc::clone(count),
        body: count_one,
    }))
}

fn wait(task: &Task) -> Result<()> {
    block_on(task.wait(&mut Op::new("Wait", false), PATIENCE.as_millis() as i32))
}

/// Runs both as closely together as can be, again and again.
fn race(mut first: impl FnMut() + Send, mut second: impl FnMut() + Send) {
    let start = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..ROUNDS {
                start.wait();
                first();
            }
        });
        for _ in 0..ROUNDS {
            start.wait();
            second();
        }
    });
}

#[test]
fn a_cancel_that_meets_a_run_leaves_the_way_free() {
    let (object, count) = (Arc::default(), Arc::default());
    let task = counting(&object, &count);
    race(
        || {
            let _ = task.run();
        },
        || {
            task.cancel();
        },
    );
    let last = counting(&object, &count);
    last.run().expect("a thread can be had");
    wait(&last).expect("nothing is left before it");
    assert_eq!(last.status(), Status::Completed);
    assert!(!count.overlapped.load(Ordering::Relaxed), "two tasks of one direction ran at once");
    assert!(!task.status().is_live(), "{:?}", task.status());
}

#[test]
fn a_task_that_is_run_anew_as_its_turn_comes_waits_for_its_new_turn() {
    let (object, count) = (Arc::default(), Arc::default());
    let tasks = [(); 4].map(|()| counting(&object, &count));
    race(
        || {
            for task in &tasks {
                let _ = task.run();
            }
        },
        || {
            for task in &tasks {
                task.cancel();
                let _ = task.run();
            }
        },
    );
    for task in &tasks {
        wait(task).expect("it ends");
    }
    assert!(!count.overlapped.load(Ordering::Relaxed), "two tasks of one direction ran at once");
}

#[test]
fn a_task_that_was_cancelled_as_it_was_run_keeps_no_object() {
    for _ in 0..500 {
        let (object, count) = (Arc::<WebSocket>::default(), Arc::default());
        let kept = Arc::downgrade(&object);
        let task = counting(&object, &count);
        thread::scope(|scope| {
            scope.spawn(|| task.run().expect("a thread can be had"));
            scope.spawn(|| task.cancel());
        });
        wait(&task).expect("it ends");
        drop((task, object));
        // The reactor lets go of a task a moment after it has ended.
        let began = Instant::now();
        while kept.strong_count() > 0 {
            assert!(began.elapsed() < PATIENCE, "the task is in its object's lane still");
            thread::yield_now();
        }
    }
}

fn websocket() -> *mut ckws_websocket {
    ws::ckws_create()
}

fn read_task(handle: *mut ckws_websocket) -> *mut ckws_task {
    ws::ckws_read_frame_async(handle)
}

#[test]
fn a_handle_that_goes_from_caller_to_caller_keeps_none_of_them() {
    let wanderer = websocket();
    let mut before = Weak::<WebSocket>::new();
    for _ in 0..3 {
        let handle = websocket();
        let object = Arc::downgrade(&object_of(handle));
        let task = read_task(handle);
        ws::ckws_dispose(handle);
        assert!(ws::ckws_load_task_caller(wanderer, task).is_true());
        ffi::ckws_task_dispose(task);
        assert!(before.upgrade().is_none(), "the handle keeps what it was a handle of");
        before = object;
    }
    ws::ckws_dispose(wanderer);
    assert!(before.upgrade().is_none());
}

#[test]
fn a_handle_that_is_disposed_as_it_becomes_another_objects_counts_once() {
    for _ in 0..ROUNDS / 10 {
        let [first, second] = [(); 2].map(|()| websocket());
        let [first_object, second_object] = [first, second].map(object_of);
        let [first_task, second_task] = [first, second].map(read_task);
        let beside = websocket();
        assert!(ws::ckws_load_task_caller(beside, first_task).is_true());
        let (first, task, start) = (first.addr(), second_task.addr(), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                ws::ckws_load_task_caller(
                    ptr::without_provenance_mut(first),
                    ptr::without_provenance_mut(task),
                )
            });
            start.wait();
            ws::ckws_dispose(ptr::without_provenance_mut(first));
        });
        assert!(!is_gone(&first_object), "it has another handle");
        assert!(!is_gone(&second_object));
        ws::ckws_dispose(second);
        assert!(is_gone(&second_object), "it has no handle any more");
        ws::ckws_dispose(beside);
        assert!(is_gone(&first_object));
        ffi::ckws_task_dispose(first_task);
        ffi::ckws_task_dispose(second_task);
    }
}

fn object_of(handle: *mut ckws_websocket) -> Arc<WebSocket> {
    handle::with(handle, |entry| Arc::clone(&entry.object.get())).expect("it is alive")
}

fn is_gone(object: &WebSocket) -> bool {
    object.base().cancel_token().is_closed()
}

/// Runs its task as its thread goes.
struct Last(Option<(usize, Sender<bool>)>);

impl Drop for Last {
    fn drop(&mut self) {
        if let Some((task, tell)) = self.0.take() {
            let _ = tell.send(run_twice(task));
        }
    }
}

thread_local! {
    static LAST: RefCell<Last> = const { RefCell::new(Last(None)) };
}

/// The second run has its turn when the first is over in every respect; each wait leaves its waker for the next end.
fn run_twice(task: usize) -> bool {
    let task = ptr::without_provenance_mut(task);
    (0..2).all(|_| {
        ffi::ckws_task_run(task).is_true()
            && ffi::ckws_task_wait(task, PATIENCE.as_millis() as i32 / 2).is_true()
    })
}

#[test]
fn a_thread_that_is_being_torn_down_runs_tasks_like_any_other() {
    // It fails at once, on the thread that runs it: there is no connection.
    let websocket = websocket();
    let task = ws::ckws_flush_async(websocket);
    let (number, (tell, told)) = (task.addr(), channel());
    thread::spawn(move || {
        LAST.with_borrow_mut(|last| last.0 = Some((number, tell)));
        // Whatever of the library's belongs to a thread is there now, and goes before LAST does.
        assert!(run_twice(number));
    });
    assert_eq!(told.recv_timeout(PATIENCE), Ok(true));
    ffi::ckws_task_dispose(task);
    ws::ckws_dispose(websocket);
}
