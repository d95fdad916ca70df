//! What an interpreter does to the threads that are in a call: it ends them as it shuts down, and interrupts them.

use std::process::Command;
use support::gcc;
use support::start_echo;

const RUNS: usize = 25;

fn run_to_the_end(callback: &str) {
    let echo = start_echo();
    for _ in 0..RUNS {
        run("exit.py", &[&echo.ws_url, callback]);
    }
}

/// Runs a script of tests/python, which must end with success and say nothing.
fn run(script: &str, arguments: &[&str]) {
    let script = support::package_dir().join("tests/python").join(script);
    let output = Command::new("timeout")
        .args(["--kill-after=5", "120", "python3"])
        .args([script.as_os_str(), gcc::built_library().as_os_str()])
        .args(arguments)
        .output()
        .expect("python3 is part of the test suite's needs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && error.is_empty(), "{}\n{error}", output.status);
}

#[test]
fn in_abort_check() {
    run_to_the_end("abort_check");
}

#[test]
fn in_task_completed() {
    run_to_the_end("task_completed");
}

#[test]
fn a_keyboard_interrupt_ends_a_read() {
    run("interrupt.py", &[&start_echo().ws_url]);
}
