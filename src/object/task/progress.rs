//! What a task stores in place of the callbacks of a blocking call: the share that is done, and the latest stage.

use crate::base::growth::copy_of_text;
use crate::base::{ErrorCode, Fault, Locked, Result};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

/// More than this many entries are not kept: a task may run for ever.
const MOST_ENTRIES: usize = 1000;

/// The progress of a task.
#[derive(Debug, Default)]
pub struct Progress {
    percent: AtomicU8,
    keeps_log: AtomicBool,
    log: Locked<Vec<(String, String)>>,
}

impl Progress {
    /// PercentDone; 0 while it is not known.
    pub fn percent(&self) -> u8 {
        self.percent.load(Ordering::Relaxed)
    }

    /// KeepProgressLog.
    pub fn keeps_log(&self) -> bool {
        self.keeps_log.load(Ordering::Relaxed)
    }

    /// Sets KeepProgressLog.
    pub fn set_keeps_log(&self, value: bool) {
        self.keeps_log.store(value, Ordering::Relaxed);
    }

    /// ProgressLogSize.
    pub fn log_size(&self) -> usize {
        self.log.lock().len()
    }

    /// ProgressInfoName and ProgressInfoValue.
    pub fn entry(&self, index: i32) -> Result<(String, String)> {
        let log = self.log.lock();
        let entry = usize::try_from(index).ok().and_then(|index| log.get(index));
        entry.cloned().ok_or_else(|| no_entry(index))
    }

    /// RemoveProgressInfo.
    pub fn remove(&self, index: i32) -> Result<()> {
        let mut log = self.log.lock();
        let at = usize::try_from(index).ok().filter(|&at| at < log.len()).ok_or_else(|| no_entry(index))?;
        log.remove(at);
        Ok(())
    }

    /// ClearProgressLog.
    pub fn clear(&self) {
        self.log.lock().clear();
    }

    /// Starts anew for another run.
    pub(super) fn begin(&self) {
        self.set_percent(0);
        self.clear();
    }

    pub(super) fn set_percent(&self, percent: u8) {
        self.percent.store(percent, Ordering::Relaxed);
    }

    /// Keeps the latest entries.
    pub(super) fn add(&self, name: &str, value: &str) {
        if !self.keeps_log() {
            return;
        }
        // Without memory for the entry it is dropped; the method goes on.
        let (Ok(name), Ok(value)) = (copy_of_text(name), copy_of_text(value)) else { return };
        let mut log = self.log.lock();
        if log.len() == MOST_ENTRIES {
            log.remove(0);
        }
        log.push((name, value));
    }
}

fn no_entry(index: i32) -> Fault {
    Fault::new(ErrorCode::InvalidArgument, format!("The progress log has no entry {index}."))
}
