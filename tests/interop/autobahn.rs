//! The Autobahn conformance suite against a C program over the C API: `tests/autobahn/`.
//!
//! Groups 1 to 7 and 10 (247 cases); with `CKWS_TEST_FULL=1` also 9 (limits and speed), and all of it again over
//! TLS. Every case must be OK, but for the three that the suite always calls informational.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;

use crate::tls_proxy::Nginx;
use support::gcc::{self, Mode};
use support::{is_full, package_dir, tmp_dir};

/// 12 and 13 test compression, which is not offered yet.
const QUICK: Selection = Selection { exclude: "9.*,12.*,13.*", cases: 247 };
const FULL: Selection = Selection { exclude: "12.*,13.*", cases: 301 };

/// Which cases of the suite are run.
struct Selection {
    exclude: &'static str,
    cases: u32,
}

fn selection() -> &'static Selection {
    if is_full() { &FULL } else { &QUICK }
}

/// The client, compiled once.
static CLIENT: LazyLock<PathBuf> = LazyLock::new(|| {
    let program = gcc::program_path("autobahn-client", Mode::Plain);
    gcc::compile_c(&[suite_dir().join("client.c")], &program);
    program
});

fn suite_dir() -> PathBuf {
    package_dir().join("tests/autobahn")
}

/// A script of the suite. It finds what `setup` has made beside our own temporary directory.
fn script(name: &str) -> Command {
    let mut command = Command::new(suite_dir().join(name));
    command.env("AUTOBAHN_HOME", tmp_dir().with_file_name("autobahn"));
    command
}

/// The suite's server, ended when it is dropped.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start(reports: &Path) -> Self {
        let errors = reports.join("stderr");
        let mut process = script("serve")
            .args(["0", "--quiet", "--exclude", selection().exclude])
            .arg(reports)
            .stdout(Stdio::piped())
            .stderr(File::create(&errors).expect("the temporary directory is writable"))
            .spawn()
            .expect("tests/autobahn/serve can be run");
        let mut line = String::new();
        let output = process.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut line).expect("the server prints text");
        // listening on ws://127.0.0.1:PORT (N cases)
        let port = line.split([':', ' ']).find_map(|word| word.parse().ok());
        let Some(port) = port else {
            panic!(
                "the suite does not run; its set-up is done by scripts/test, or by tests/autobahn/setup:\n{}",
                fs::read_to_string(&errors).unwrap_or_default()
            );
        };
        Self { process, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Runs all cases with the client's way of reading, over clear text or TLS, and judges the reports.
fn run(reading: &str, over_tls: bool) {
    let agent = if over_tls { format!("{reading}-tls") } else { reading.to_owned() };
    let reports = tmp_dir().join("autobahn-reports").join(&agent);
    fs::create_dir_all(&reports).expect("the temporary directory is writable");
    let server = Server::start(&reports);

    if over_tls {
        let nginx = Nginx::start(&reports.join("nginx"), server.port);
        run_client(&nginx.url, &agent, reading, Some(nginx.ca_path()));
    } else {
        run_client(&format!("ws://127.0.0.1:{}", server.port), &agent, reading, None);
    }
    judge(&reports, &agent);
}

fn run_client(url: &str, agent: &str, reading: &str, ca_path: Option<PathBuf>) {
    let mut arguments: Vec<OsString> = [url, agent, reading, "0", "0"].map(OsString::from).to_vec();
    arguments.extend(ca_path.map(PathBuf::into_os_string));
    // `timeout` ends what hangs; the longest case alone may take 100 s by the suite's own rules.
    let output = Command::new("timeout")
        .args([OsStr::new("--kill-after=5"), OsStr::new("600")])
        .arg(&*CLIENT)
        .args(&arguments)
        .output()
        .expect("timeout can be run");
    assert!(
        output.status.success(),
        "client {arguments:?} ended with {}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Fails with what each case that differs expected and got.
fn judge(reports: &Path, agent: &str) {
    let expected = selection().cases.to_string();
    let output = script("report")
        .args(["--strict", "--agent", agent, "--expect", &expected])
        .arg(reports)
        .output()
        .expect("tests/autobahn/report can be run");
    let [text, errors] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    assert!(output.status.success(), "{text}{errors}");
    println!("{text}");
}

#[test]
fn by_messages() {
    run("messages", false);
}

#[test]
fn by_frames() {
    run("frames", false);
}

#[test]
fn by_messages_over_tls() {
    if is_full() {
        run("messages", true);
    }
}

#[test]
fn by_frames_over_tls() {
    if is_full() {
        run("frames", true);
    }
}
