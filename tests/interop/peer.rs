//! The Python server and the Python client as processes.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::LazyLock;

use support::authority::{Authority, params, pem_file};

/// The Close that the server had received when a connection ended; code 1006 for none.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    path: String,
    code: u16,
    reason: String,
}

impl Seen {
    pub(crate) fn new(path: &str, code: u16, reason: &str) -> Self {
        Self { path: path.to_owned(), code, reason: reason.to_owned() }
    }
}

/// A running `echo_server.py`. It ends when its standard input is closed, so with this value or this process.
pub(crate) struct Server {
    child: Child,
    lines: BufReader<ChildStdout>,
    base: String,
    /// What a client has to trust; empty without TLS.
    pub(crate) roots: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::spawn("ws", &[], String::new())
    }

    /// With TLS and a certificate for 127.0.0.1.
    pub(crate) fn start_tls() -> Self {
        let authority = Authority::new("interop authority");
        let files = authority.issue(params(["127.0.0.1"])).files();
        Self::spawn("wss", &files, authority.pem())
    }

    fn spawn(scheme: &str, files: &[PathBuf], roots: String) -> Self {
        let mut child = python("echo_server.py")
            .args(files)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server can be started");
        let lines = BufReader::new(child.stdout.take().expect("standard output is a pipe"));
        let mut server = Self { child, lines, base: String::new(), roots };
        let port = server.line();
        server.base = format!("{scheme}://127.0.0.1:{}", field(&port, "port"));
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// What the server saw of a connection that ended.
    pub(crate) fn seen(&mut self) -> Seen {
        let line = self.line();
        let code = field(&line, "code").parse().expect("a status code");
        Seen::new(&field(&line, "path"), code, &field(&line, "reason"))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).expect("the server prints UTF-8");
        line
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A field of a JSON object, whose values have no quotes, commas or braces inside.
pub(crate) fn field(json: &str, name: &str) -> String {
    let (_, rest) =
        json.split_once(&format!("\"{name}\": ")).unwrap_or_else(|| unreachable!("no {name} in {json:?}"));
    rest.split([',', '}']).next().unwrap_or_default().trim_matches('"').to_owned()
}

/// Runs `ctypes_client.py` against a server; it must succeed.
pub(crate) fn run_ctypes_client(server: &Server) {
    let mut command = python("ctypes_client.py");
    command.arg(built_library()).arg(server.url("/echo"));
    if !server.roots.is_empty() {
        command.arg(pem_file(&server.roots));
    }
    let output = command.output().expect("python can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Runs the Python program of a document against a server, and returns what it has printed.
pub(crate) fn run_python_of(document: &str, server: &Server) -> String {
    let text = fs::read_to_string(package_dir().join(document)).expect("the document is there");
    let rest = text.split_once("```python\n").expect("it has a Python program").1;
    let program = rest.split("```").next().unwrap_or_default();
    let program = program
        .replace("target/release/libckws.so", built_library().to_str().expect("the path is text"))
        .replace("ws://127.0.0.1:9001/", &server.url("/echo"));
    let mut command = Command::new(&*PYTHON);
    let output = command.arg("-c").arg(program).output().expect("python can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The shared library that cargo built for this test, which lies beside the test program.
fn built_library() -> PathBuf {
    std::env::current_exe().expect("a process knows its program").with_file_name("libckws.so")
}

/// A python that has the packages of requirements.txt.
static PYTHON: LazyLock<PathBuf> = LazyLock::new(install);

fn python(script: &str) -> Command {
    let mut command = Command::new(&*PYTHON);
    command.arg(package_dir().join("tests/interop").join(script));
    command
}

/// Makes sure that the Python packages are there; the path of the python that has them.
fn install() -> PathBuf {
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", ". scripts/lib/python_peers.sh; python_peers"])
        .current_dir(package_dir())
        .output()
        .expect("bash can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let path = String::from_utf8(output.stdout).expect("the path is UTF-8");
    package_dir().join(path.trim_end())
}

fn package_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
