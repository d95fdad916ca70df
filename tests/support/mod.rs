//! What the integration tests share: the echo server of the demo.

#![allow(dead_code, reason = "each test program uses a part of this module")]

#[path = "../../examples/echo_server/server.rs"]
mod server_of_the_demo;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) use server_of_the_demo::Echo;

impl Echo {
    /// Starts the server; several may run at once, each with an authority of its own.
    pub(crate) fn start() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("ca-{}-{number}.pem", std::process::id());
        Self::start_with_ca_file(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name))
    }
}
