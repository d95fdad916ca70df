//! An interpreter that shuts down while callbacks come ends with success.

#![allow(clippy::expect_used, reason = "a test ends at the first thing that goes wrong")]

#[path = "support/gcc.rs"]
mod gcc;
mod support;

use std::process::Command;
use support::Echo;

const RUNS: usize = 25;

fn run_to_the_end(callback: &str) {
    let echo = Echo::start();
    let script = gcc::package_dir().join("tests/python/exit.py");
    for run in 0..RUNS {
        let output = Command::new("timeout")
            .args(["--kill-after=5", "120", "python3"])
            .args([script.as_os_str(), gcc::built_library().as_os_str()])
            .args([&*echo.ws_url, callback])
            .output()
            .expect("python3 is part of the test suite's needs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "run {run}: {}\n{error}", output.status);
        assert!(error.is_empty(), "run {run}: {error}");
    }
}

#[test]
fn in_abort_check() {
    run_to_the_end("abort_check");
}

#[test]
fn in_task_completed() {
    run_to_the_end("task_completed");
}
