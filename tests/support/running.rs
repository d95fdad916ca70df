//! Calls that run in a thread of their own while the test does something else.

#![allow(dead_code, reason = "each test program uses a part of this module")]
#![allow(clippy::expect_used, reason = "a test ends at the first thing that goes wrong")]

use std::env;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// What should end at once has this long: a busy machine fails no test, a hang does. Under a sanitizer all is slower.
fn patience() -> Duration {
    Duration::from_secs(if env::var_os("CKWS_TEST_SLOW").is_some() { 60 } else { 10 })
}

/// How long a call may go on once the program ends it.
pub(crate) const ENDED_WITHIN: Duration = Duration::from_millis(50);

/// An attempt takes no longer than is promised. `scripts/test full` takes the promise at its word, other runs ten
/// times as long. What is slow by itself is slow every time; a busy machine is not, so one attempt of five is enough.
#[track_caller]
pub(crate) fn assert_within(promised: Duration, mut attempt: impl FnMut() -> Duration) {
    let is_full = env::var_os("CKWS_TEST_FULL").is_some_and(|value| value == "1");
    let bound = if is_full { promised } else { promised * 10 };
    let mut took = Vec::new();
    while took.iter().all(|&time| time > bound) {
        assert!(took.len() < 5, "{took:?}, each more than {bound:?}");
        took.push(attempt());
    }
}

/// A call in a thread of its own.
pub(crate) struct Running<R> {
    /// The thread as the system sees it.
    task: PathBuf,
    result: Receiver<R>,
}

impl<R: Send + 'static> Running<R> {
    pub(crate) fn start(call: impl FnOnce() -> R + Send + 'static) -> Self {
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
    pub(crate) fn until_it_waits(&self) {
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
    pub(crate) fn result(self) -> R {
        self.result.recv_timeout(patience()).expect("the call ends promptly")
    }

    /// The same for a call that may end now or later.
    pub(crate) fn result_within(&self, time: Duration) -> Option<R> {
        self.result.recv_timeout(time).ok()
    }
}
