//! The log callback of the process, and what CKWS_LOG asks for.
//!
//! A thread passes reports on when it holds no lock and is outside of what catches panics, for the callback may end the
//! thread: at the end of a call, and before each of its waits. A task's reports go to the thread that calls
//! TaskCompleted, since the reactor does not call the program. What a callback does itself is not reported, or it would
//! be called without end.
//!
//! A forked child begins without a callback; CKWS_LOG holds for it, too. The level that it inherits is corrected by its
//! first call.

use super::callbacks::Callback;
use crate::base::Locked;
use crate::engine::completion;
pub use crate::log::report::keep_call;
use crate::log::report::{self, FRAMES, Report};
use crate::sys::files::write_to_standard_error;
use crate::sys::process::{self, ProcessLocal};
use std::cell::Cell;
use std::sync::Arc;

/// What gets the reports: the level and the text of each.
pub type Receive = dyn Fn(u8, &str) + Send + Sync;

static REPORTING: ProcessLocal<Reporting> = ProcessLocal::new(|| Reporting {
    environment: level_of_environment(),
    publishing: Locked::new(()),
    callback: Callback::default(),
});

struct Reporting {
    /// Of CKWS_LOG, for standard error.
    environment: u8,
    /// Closes the race between two threads that compute the level of the process.
    publishing: Locked<()>,
    callback: Callback<LogCallback>,
}

struct LogCallback {
    level: u8,
    receive: Box<Receive>,
}

thread_local! {
    /// Whether this thread passes reports on.
    static DELIVERING: Cell<bool> = const { Cell::new(false) };
}

/// Sets or removes the callback; a level of 0 removes it. When this returns, the one before has ended and does not begin
/// again; inside a callback it does not wait for that.
pub fn set(level: u8, receive: Option<Box<Receive>>) {
    let reporting = REPORTING.get();
    let receive = receive.filter(|_| level > 0);
    let callback = receive.map(|receive| Arc::new(LogCallback { level: level.min(FRAMES), receive }));
    reporting.callback.set(callback);
    reporting.publish();
}

/// Returns what is to be reported of a call that begins now on this thread; one relaxed load if that is nothing.
#[inline]
pub fn level() -> u8 {
    match report::level() {
        0 => 0,
        _ => settled_level(),
    }
}

#[cold]
fn settled_level() -> u8 {
    let level = REPORTING.get().publish();
    if DELIVERING.get() { 0 } else { level }
}

/// Passes on what this thread has kept. To be called without a lock, outside of what catches panics.
#[cold]
pub fn deliver() {
    deliver_all(&report::take());
}

/// Has another thread pass on what this one has kept: the one that calls TaskCompleted.
#[cold]
pub fn deliver_elsewhere() {
    let reports = report::take();
    if !reports.is_empty() {
        completion::report(move || deliver_all(&reports));
    }
}

/// Returns whether lines of frames are to be passed on before a wait.
pub fn has_frames() -> bool {
    report::level() == FRAMES && !DELIVERING.get() && report::are_kept()
}

fn deliver_all(reports: &[Report]) {
    if reports.is_empty() {
        return;
    }
    let reporting = REPORTING.get();
    let _delivering = Delivering::begin();
    let parent = process::identity();
    for report in reports {
        reporting.pass_on(report);
        // The callback may have forked: what is left is the parent's.
        if process::identity() != parent {
            return;
        }
    }
}

impl Reporting {
    /// Computes the level of the process.
    fn publish(&self) -> u8 {
        let _publishing = self.publishing.lock();
        let wanted = self.callback.look(|callback| callback.level).unwrap_or(0);
        let level = self.environment.max(wanted);
        report::set_level(level);
        level
    }

    fn pass_on(&self, report: &Report) {
        if report.level <= self.environment {
            write_to_standard_error(report.text.as_bytes());
        }
        self.callback.call(|callback| {
            if report.level <= callback.level {
                (callback.receive)(report.level, &report.text);
            }
        });
    }
}

/// Marks that this thread passes reports on; a callback may end the thread.
struct Delivering {
    before: bool,
}

impl Delivering {
    fn begin() -> Self {
        Self { before: DELIVERING.replace(true) }
    }
}

impl Drop for Delivering {
    fn drop(&mut self) {
        DELIVERING.set(self.before);
    }
}

/// Returns the level that CKWS_LOG asks for. It is the user's, so a privileged program does not read it.
fn level_of_environment() -> u8 {
    if process::is_privileged() {
        return 0;
    }
    let value = std::env::var_os("CKWS_LOG");
    let number = value.and_then(|value| value.to_str()?.parse().ok());
    number.filter(|level| *level <= FRAMES).unwrap_or(0)
}
