//! What tens of thousands of tasks cost grows as their number does, wherever in a queue or in their object's order they
//! leave. By the processor's time of the thread, four times as many against a quarter: where each looked at the others,
//! it would be sixteen times as much.

#![allow(unsafe_code, reason = "the clock of a thread is read by a system call")]

use ckws::base::Deadline;
use ckws::engine::Op;
use ckws::object::object_base::{add_handle, drop_handle};
use ckws::object::run_order::Direction;
use ckws::object::task::Status;
use ckws::object::task::call::{BoxFuture, LoadedCall, ResultType, Value};
use ckws::object::{BinData, Object, Task, TaskQueue, WebSocket};
use std::sync::Arc;
use std::time::Duration;

const FEW: usize = 8_000;
const MANY: usize = 4 * FEW;

/// A measurement that others have disturbed is made again.
const TRIES: usize = 5;

/// A task whose method ends at once.
fn brief<T: Object>(object: &Arc<T>) -> Arc<Task> {
    fn succeed<'a, 'b, T: Object>(_: &'a Arc<T>, _: &'b mut Op<'a>, _: &'a ()) -> BoxFuture<'b> {
        Box::pin(async { Ok(Value::from(())) })
    }
    task(object, succeed::<T>)
}

/// A task whose method waits until it is cancelled.
fn endless<T: Object>(object: &Arc<T>) -> Arc<Task> {
    fn wait<'a, 'b, T: Object>(_: &'a Arc<T>, op: &'b mut Op<'a>, _: &'a ()) -> BoxFuture<'b> {
        Box::pin(async move { op.sleep(Deadline::NEVER).await.map(Value::from) })
    }
    task(object, wait::<T>)
}

fn task<T: Object>(
    object: &Arc<T>,
    body: impl for<'a, 'b> Fn(&'a Arc<T>, &'b mut Op<'a>, &'a ()) -> BoxFuture<'b> + Send + Sync + 'static,
) -> Arc<Task> {
    let object = Arc::clone(object);
    let (method, result_type, direction) = ("Test", ResultType::Bool, Direction::Both);
    let task =
        Arc::new(Task::loaded(LoadedCall { method, result_type, direction, object, arguments: (), body }));
    add_handle(&*task);
    task
}

/// In another order than that in which they came.
fn shuffled(tasks: &[Arc<Task>]) -> impl Iterator<Item = &Arc<Task>> {
    let step = 7_919;
    assert_ne!(tasks.len() % step, 0, "each is met once");
    (0..tasks.len()).filter_map(move |at| tasks.get(at * step % tasks.len()))
}

fn processor_time() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the place lives through the call.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut now) }, 0);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

/// `measure` returns what so many tasks cost.
fn assert_linear(measure: impl Fn(usize) -> Duration) {
    let mut seen = Vec::new();
    for _ in 0..TRIES {
        let (few, many) = (measure(FEW), measure(MANY));
        if many < few * 8 {
            return;
        }
        seen.push((few, many));
    }
    assert_eq!(seen, [], "{FEW} and {MANY} tasks");
}

fn cost(action: impl FnOnce()) -> Duration {
    let before = processor_time();
    action();
    processor_time() - before
}

#[test]
fn finished_tasks_that_are_disposed_in_a_queue() {
    assert_linear(|count| {
        let queue = Arc::new(TaskQueue::default());
        let object = Arc::<BinData>::default();
        let tasks: Vec<_> = (0..count).map(|_| brief(&object)).collect();
        for (label, task) in tasks.iter().enumerate() {
            task.run().expect("a thread can be had");
            assert_eq!(task.status(), Status::Completed);
            queue.add(task, label).expect("it is in no queue");
        }
        assert_eq!(queue.count(), count);
        let cost = cost(|| shuffled(&tasks).for_each(|task| drop_handle(&**task)));
        assert_eq!(queue.count(), 0);
        cost
    });
}

#[test]
fn queued_tasks_that_are_cancelled() {
    assert_linear(|count| {
        let object = Arc::<WebSocket>::default();
        let first = endless(&object);
        let tasks: Vec<_> = (0..count).map(|_| brief(&object)).collect();
        for task in [&first].into_iter().chain(&tasks) {
            task.run().expect("a thread can be had");
        }
        let (half, rest) = tasks.split_at(count / 2);
        let cost = cost(|| {
            assert!(rest.iter().rev().all(Task::cancel));
            assert!(shuffled(half).all(Task::cancel));
        });
        assert_eq!(first.status(), Status::Running);
        assert!(tasks.iter().all(|task| task.status() == Status::Canceled));
        assert!(first.cancel());
        cost
    });
}
