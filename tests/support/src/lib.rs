//! What the test programs share: the C API as Rust, servers, certificates, processes and calls in threads.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::new_without_default,
    reason = "a test ends at the first thing that goes wrong"
)]

pub mod authority;
pub mod client;
pub mod gcc;
pub mod own_process;
pub mod proxy;
pub mod random;
pub mod running;
pub mod server;
pub mod tasks;

pub use ckws_test_servers::{Echo, Ticks};

use ckws_test_servers::Tls;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Starts an echo server; several may run at once, each with an authority of its own.
pub fn start_echo() -> Echo {
    Echo::start_on(&fresh_tls(), [0, 0]).expect("loopback ports are free")
}

/// Starts the server of `examples-c/ten_thousand.c`, as [`start_echo`] does.
pub fn start_ticks() -> Ticks {
    Ticks::start_on(&fresh_tls(), [0, 0]).expect("loopback ports are free")
}

fn fresh_tls() -> Tls {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let tls = Tls::new(tmp_dir().join(format!("ca-{}-{number}.pem", std::process::id())));
    tls.write_ca().expect("the temporary directory is writable");
    tls
}

/// Returns the project's directory.
pub fn package_dir() -> &'static Path {
    let mut ancestors = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    ancestors.nth(2).expect("the package lies in tests/support")
}

/// Returns a directory for what the tests make: the one that cargo names to test programs as `CARGO_TARGET_TMPDIR`.
pub fn tmp_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let program = env::current_exe().expect("a process knows its program");
        let target = program.ancestors().nth(3).expect("the program lies in TARGET/PROFILE/deps");
        let dir = target.join("tmp");
        fs::create_dir_all(&dir).expect("the target directory is writable");
        dir
    })
}

/// Whether the longer runs and the exact bounds are asked for, by `CKWS_TEST_FULL=1`.
pub fn is_full() -> bool {
    env::var_os("CKWS_TEST_FULL").is_some_and(|value| value == "1")
}

/// Whether everything is slow, under a sanitizer or valgrind, which `CKWS_TEST_SLOW` says.
pub fn is_slow() -> bool {
    env::var_os("CKWS_TEST_SLOW").is_some()
}
