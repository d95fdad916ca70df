//! Calls that run in a thread of their own while the test does something else.

#![allow(dead_code, reason = "each test program uses a part of this module")]
#![allow(clippy::expect_used, reason = "a test ends at the first thing that goes wrong")]

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// What should end at once has this long: a busy machine fails no test, a hang does.
const PROMPTLY: Duration = Duration::from_secs(10);

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
        self.result.recv_timeout(PROMPTLY).expect("the call ends promptly")
    }

    /// The same for a call that may end now or later.
    pub(crate) fn result_within(&self, time: Duration) -> Option<R> {
        self.result.recv_timeout(time).ok()
    }
}
