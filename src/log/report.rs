//! Reports for the program: the text of a call that has ended, and a line for each frame.
//!
//! They come up under locks, so the thread keeps them until it holds none and passes them on
//! (`object/log_callback.rs`). A level that is one number of the process decides what is reported: while it is 0, a call
//! pays one relaxed load.

use super::Log;
use crate::base::ErrorCode;
use std::cell::RefCell;
use std::fmt::Write;
use std::sync::atomic::{AtomicU8, Ordering};

/// Calls that have failed.
const FAILED_CALLS: u8 = 1;
/// All calls.
const CALLS: u8 = 2;
/// The detail of VerboseLogging, too.
pub(crate) const DETAIL: u8 = 3;
/// Also each frame.
pub(crate) const FRAMES: u8 = 4;

/// How many bytes of a frame's payload its line shows.
const SHOWN: usize = 32;

/// Nothing was decided yet: the environment has not been read.
const UNDECIDED: u8 = u8::MAX;

static LEVEL: AtomicU8 = AtomicU8::new(UNDECIDED);

/// A text for the program.
#[derive(Debug)]
pub struct Report {
    /// The lowest level at which it is reported.
    pub level: u8,
    /// One line or more, each with its end.
    pub text: String,
}

thread_local! {
    static KEPT: RefCell<Vec<Report>> = const { RefCell::new(Vec::new()) };
}

/// Returns the level that was set last; another number than 0 may be that of a process before its fork.
#[inline]
pub fn level() -> u8 {
    LEVEL.load(Ordering::Relaxed)
}

/// Sets what is reported from now on.
pub fn set_level(level: u8) {
    LEVEL.store(level, Ordering::Relaxed);
}

/// Keeps the text of a call that has ended, if its level asks for it. A call that never waits fails with WouldBlock all
/// the time; the level of failed calls leaves that out.
pub fn keep_call(log: &Log) {
    let is_failed = !log.succeeded() && log.code() != ErrorCode::WouldBlock;
    let level = if is_failed { FAILED_CALLS } else { CALLS };
    if log.report_level() >= level {
        keep(Report { level, text: log.to_text() });
    }
}

/// Keeps the line of a frame.
#[cold]
pub fn keep_frame(direction: &str, opcode: &str, is_final: bool, payload: &[u8]) {
    let mut text = String::with_capacity(160);
    let end = if is_final { "final" } else { "not final" };
    let shown = payload.get(..SHOWN).unwrap_or(payload);
    let more = if shown.len() < payload.len() { "..." } else { "" };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "Frame {direction}: {opcode}, {end}, {} bytes: \"{}\"{more}",
        payload.len(),
        shown.escape_ascii()
    );
    keep(Report { level: FRAMES, text });
}

/// A thread that is being torn down keeps nothing.
fn keep(report: Report) {
    let _ = KEPT.try_with(|kept| kept.borrow_mut().push(report));
}

/// Returns whether this thread has kept reports.
pub fn are_kept() -> bool {
    KEPT.try_with(|kept| !kept.borrow().is_empty()).unwrap_or(false)
}

/// Takes the reports that this thread has kept.
pub fn take() -> Vec<Report> {
    KEPT.try_with(RefCell::take).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Fault;

    fn ended(level: u8, fault: Option<ErrorCode>) -> Vec<u8> {
        let mut log = Log::new("Read", false);
        log.set_report_level(level);
        log.finish(fault.map(|code| Fault::new(code, "It failed.")));
        keep_call(&log);
        take().into_iter().map(|report| report.level).collect()
    }

    #[test]
    fn the_level_decides_which_calls_are_reported() {
        assert!(ended(0, Some(ErrorCode::ReadTimeout)).is_empty());
        assert_eq!(ended(FAILED_CALLS, Some(ErrorCode::ReadTimeout)), [FAILED_CALLS]);
        assert!(ended(FAILED_CALLS, Some(ErrorCode::WouldBlock)).is_empty());
        assert_eq!(ended(CALLS, Some(ErrorCode::WouldBlock)), [CALLS]);
        assert!(ended(FAILED_CALLS, None).is_empty());
        assert_eq!(ended(FRAMES, None), [CALLS]);
    }

    #[test]
    fn a_frame_is_one_line_with_its_first_bytes_escaped() {
        keep_frame("sent", "Text", true, b"a\n\"\xff");
        keep_frame("received", "Binary", false, &[b'x'; SHOWN + 1]);
        let texts: Vec<String> = take().into_iter().map(|report| report.text).collect();
        assert_eq!(texts[0], "Frame sent: Text, final, 4 bytes: \"a\\n\\\"\\xff\"\n");
        let shown = "x".repeat(SHOWN);
        assert_eq!(texts[1], format!("Frame received: Binary, not final, 33 bytes: \"{shown}\"...\n"));
    }
}
