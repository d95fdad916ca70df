//! Calls that run in a thread of their own while the test does something else.

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use crate::{is_full, is_slow};

/// What should end at once has this long: a busy machine fails no test, a hang does. Under a sanitizer all is slower.
fn patience() -> Duration {
    Duration::from_secs(if is_slow() { 60 } else { 10 })
}

/// How long a call may go on once the program ends it.
pub const ENDED_WITHIN: Duration = Duration::from_millis(50);

/// Fails unless an attempt takes no longer than is promised. `scripts/test full` takes the promise at its word, other
/// runs ten times as long, and a hundred times under a sanitizer. What is slow by itself is slow every time; a busy
/// machine is not, so one attempt of five is enough.
#[track_caller]
pub fn assert_within(promised: Duration, mut attempt: impl FnMut() -> Duration) {
    let bound = promised * leniency();
    let mut took = Vec::new();
    while took.iter().all(|&time| time > bound) {
        assert!(took.len() < 5, "{took:?}, each more than {bound:?}");
        took.push(attempt());
    }
}

/// How many times a promised bound something may take.
pub fn leniency() -> u32 {
    match (is_slow(), is_full()) {
        (true, _) => 100,
        (false, true) => 1,
        (false, false) => 10,
    }
}

/// A call in a thread of its own.
pub struct Running<R> {
    /// The thread as the system sees it.
    task: PathBuf,
    result: Receiver<R>,
}

impl<R: Send + 'static> Running<R> {
    /// Starts the call; returns when its thread runs.
    pub fn start(call: impl FnOnce() -> R + Send + 'static) -> Self {
        let (task_sender, task) = channel();
        let (sender, result) = channel();
        thread::spawn(move || {
            let task = fs::read_link("/proc/thread-self").expect("this is Linux");
            task_sender.send(task).expect("the test waits for it");
            let _ = sender.send(call());
        });
        let task = task.recv().expect("the thread has started");
        Self { task: PathBuf::from("/proc").join(task), result }
    }

    /// Waits until the call waits for something itself.
    pub fn until_it_waits(&self) {
        while !self.sleeps() {
            thread::yield_now();
        }
    }

    /// Whether the thread has no work; also true once it has ended.
    fn sleeps(&self) -> bool {
        let Ok(stat) = fs::read_to_string(self.task.join("stat")) else { return true };
        // The state comes behind the program's name, which is in parentheses.
        stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('S'))
    }

    /// What the call returned; it must end by itself, soon.
    pub fn result(self) -> R {
        self.result.recv_timeout(patience()).expect("the call ends promptly")
    }

    /// The same for a call that may end now or later.
    pub fn result_within(&self, time: Duration) -> Option<R> {
        self.result.recv_timeout(time).ok()
    }
}
