//! What the integration tests share: the servers of the examples.

#![allow(dead_code, reason = "each test program uses a part of this module")]

#[path = "../../examples/echo_server/server.rs"]
mod echo;
#[path = "../../examples/tick_server/server.rs"]
mod ticks;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use echo::Echo;
pub(crate) use ticks::Ticks;

impl Echo {
    /// Starts the server; several may run at once, each with an authority of its own.
    pub(crate) fn start() -> Self {
        Self::start_with_ca_file(fresh_ca_path())
    }
}

impl Ticks {
    /// As [`Echo::start`].
    pub(crate) fn start() -> Self {
        Self::start_with_ca_file(fresh_ca_path())
    }
}

fn fresh_ca_path() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("ca-{}-{number}.pem", std::process::id());
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}
