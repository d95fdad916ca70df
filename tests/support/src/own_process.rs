//! Tests of what belongs to the whole process: its memory, its descriptors, its threads.

use std::env;
use std::process::Command;
use std::thread;

/// Set in a process that runs one test.
const INSIDE: &str = "CKWS_TEST_OWN_PROCESS";

/// Runs `test` in a process of its own, in which no other test runs: the test program again, with the calling test as
/// the only one. Fails if that process fails.
#[track_caller]
pub fn in_own_process(test: impl FnOnce()) {
    if env::var_os(INSIDE).is_some() {
        return test();
    }
    let thread = thread::current();
    // The harness names a test's thread after the test.
    let name = thread.name().expect("the thread of a test has a name");
    let output = Command::new("timeout")
        .args(["--kill-after=5", "1800"])
        .arg(env::current_exe().expect("a process knows its program"))
        .args(["--exact", name, "--nocapture"])
        .env(INSIDE, "1")
        .output()
        .expect("the program can be run");
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    print!("{out}{err}");
    assert!(output.status.success(), "{name} failed in its own process: {}", output.status);
    assert!(out.contains("1 passed"), "{name} did not run in its own process");
}
