//! What the integration tests share: the servers of `tests/servers`.

#![allow(dead_code, reason = "each test program uses a part of this module")]
#![allow(clippy::expect_used, reason = "a test ends at the first thing that goes wrong")]

#[path = "../servers/src/certificate.rs"]
mod certificate;
#[path = "../servers/src/echo.rs"]
mod echo;
#[path = "../servers/src/ticks.rs"]
mod ticks;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use certificate::Tls;
pub(crate) use echo::Echo;
pub(crate) use ticks::Ticks;

impl Echo {
    /// Starts the server; several may run at once, each with an authority of its own.
    pub(crate) fn start() -> Self {
        Self::start_on(&fresh_tls(), [0, 0]).expect("loopback ports are free")
    }
}

impl Ticks {
    /// As [`Echo::start`].
    pub(crate) fn start() -> Self {
        Self::start_on(&fresh_tls(), [0, 0]).expect("loopback ports are free")
    }
}

fn fresh_tls() -> Tls {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("ca-{}-{number}.pem", std::process::id());
    let tls = Tls::new(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
    tls.write_ca().expect("the temporary directory is writable");
    tls
}
