//! What every object has: verbose logging and the debug log file.

use crate::base::{ErrorCode, Fault, Locked, Result};
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};

/// The settings that every object has.
#[derive(Debug, Default)]
pub struct Common {
    verbose: AtomicBool,
    logs_to_file: AtomicBool,
    debug_log_file_path: Locked<String>,
}

/// An object of the API.
pub trait Object: Send + Sync + 'static {
    /// What every object has.
    fn common(&self) -> &Common;

    /// The last handle is gone: whatever waits in the object ends.
    fn abandon(&self) {}
}

impl Common {
    /// Whether logs get more detail.
    pub fn is_verbose(&self) -> bool {
        self.verbose.load(Ordering::Relaxed)
    }

    /// Sets [`Common::is_verbose`].
    pub fn set_verbose(&self, verbose: bool) {
        self.verbose.store(verbose, Ordering::Relaxed);
    }

    /// The file that each call's account is appended to; empty for none.
    pub fn debug_log_file_path(&self) -> String {
        self.debug_log_file_path.lock().clone()
    }

    /// Sets [`Common::debug_log_file_path`].
    pub fn set_debug_log_file_path(&self, path: &str) {
        path.clone_into(&mut self.debug_log_file_path.lock());
        self.logs_to_file.store(!path.is_empty(), Ordering::Release);
    }

    /// Whether calls are to be appended to a file; cheap, for every call asks.
    pub fn logs_to_file(&self) -> bool {
        self.logs_to_file.load(Ordering::Acquire)
    }

    /// Appends to the debug log file. A log that cannot be written must not fail the call that it is about.
    pub fn append_debug_log(&self, text: &str) {
        let path = self.debug_log_file_path();
        if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(path) {
            let _ = file.write_all(text.as_bytes());
        }
    }
}

/// A time-out as the C API passes it: milliseconds, 0 for no limit, never negative.
pub fn timeout_ms(value: i32) -> Result<u32> {
    u32::try_from(value).map_err(|_| {
        Fault::new(
            ErrorCode::InvalidArgument,
            format!("A time-out is 0 (no limit) or positive, not {value}."),
        )
    })
}
