//! `scripts/lib/setup.sh` on machines on which something is missing: the commands that it calls are made up.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A machine that has the commands which are added, and those that every system has.
struct Machine(PathBuf);

impl Machine {
    fn new(name: &str) -> Self {
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("machine-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).expect("the temporary directory is writable");
        let machine = Self(folder);
        for command in ["bash", "cat", "cut", "grep", "head", "mktemp", "rm", "sed", "sort"] {
            machine.has(command, &format!("PATH=/usr/bin:/bin exec {command} \"$@\""));
        }
        machine
    }

    /// Adds a command, which is a line of bash.
    fn has(&self, command: &str, line: &str) {
        let path = self.0.join(command);
        fs::write(&path, format!("#!/bin/bash\n{line}\n")).expect("it can be written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    }

    /// Installs a Rust of this version.
    fn has_rust(&self, version: &str) {
        self.has("rustc", &format!("echo 'rustc {version} (0123abcde 2026-01-01)'"));
        self.has("cargo", "exit 0");
    }

    /// Runs `setup COMMAND...` on it.
    fn setup(&self, commands: &str) -> Output {
        let script = format!("set -euo pipefail; . scripts/lib/setup.sh; setup {commands}");
        Command::new("/bin/bash")
            .args(["-c", &script])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .env("PATH", &self.0)
            .env("HOME", self.0.join("home"))
            .output()
            .expect("bash can be started")
    }

    /// Runs `scripts/echo-server PORT...` on it, with a server that prints its arguments.
    fn echo_server(&self, ports: &[&str]) -> String {
        let folder = self.0.join("quick");
        fs::create_dir_all(&folder).expect("the folder is ours");
        // Not dropped before the server has run: it takes its folder with it.
        let server = Self(folder);
        server.has("echo_server", "echo \"${@##*/}\"");
        let output = Command::new("/bin/bash")
            .arg("scripts/echo-server")
            .args(ports)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .env("PATH", &self.0)
            .env("HOME", self.0.join("home"))
            .env("CARGO_TARGET_DIR", &self.0)
            .output()
            .expect("bash can be started");
        assert!(output.status.success(), "{output:?}");
        text(&output.stdout)
    }

    /// The lines of a file that a command has written.
    fn noted(&self, file: &str) -> Vec<String> {
        let text = fs::read_to_string(self.0.join(file)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_compiler_and_cargo_are_enough() {
    // Without python3, for one.
    let machine = Machine::new("complete");
    machine.has_rust("1.99.0");
    machine.has("cc", "");
    machine.has("valgrind", "");
    let output = machine.setup("cargo-fmt valgrind");
    assert!(output.status.success(), "{output:?}");
    assert_eq!((text(&output.stdout), text(&output.stderr)), (String::new(), String::new()));
}

#[test]
fn all_that_is_missing_is_named_in_one_round() {
    let machine = Machine::new("user");
    machine.has("id", "echo 1000");
    machine.has("apt-get", "exit 100");
    machine.has_rust("1.63.0");
    let output = machine.setup("cargo-fmt g++ cmake");
    assert!(!output.status.success());
    let said = text(&output.stderr);
    for missing in ["apt-get install -y gcc libc6-dev g++ cmake", "rustup.rs", "rustc 1.63.0"] {
        assert!(said.contains(missing), "{missing}: {said}");
    }

    machine.has_rust("1.99.0");
    machine.has("cargo", "[[ $1 == --version ]]");
    let output = machine.setup("gcc llvm-symbolizer gcc rust-nightly rust-src rust-oldest");
    assert!(!output.status.success());
    let said = text(&output.stderr);
    for missing in [
        "install -y gcc libc6-dev llvm\n",
        "toolchain install nightly",
        "component add rust-src",
        "toolchain install 1.85",
    ] {
        assert!(said.contains(missing), "{missing}: {said}");
    }
}

/// A second echo server does not take the authority's file of the first.
#[test]
fn each_echo_server_has_a_file_of_its_own() {
    let machine = Machine::new("servers");
    machine.has_rust("1.99.0");
    machine.has("cc", "");
    machine.has("dirname", "PATH=/usr/bin:/bin exec dirname \"$@\"");
    assert_eq!(machine.echo_server(&[]), "echo-server-ca.pem 9001 9443 9002 9444\n");
    assert_eq!(machine.echo_server(&["1", "2", "3", "4"]), "echo-server-ca-2.pem 1 2 3 4\n");
    let any = ["0", "0", "0", "0"];
    assert_ne!(machine.echo_server(&any), machine.echo_server(&any));
}

#[test]
fn the_rust_of_rustup_is_found_before_an_old_one() {
    let machine = Machine::new("old-rust");
    machine.has_rust("1.63.0");
    machine.has("cc", "");
    let bin = machine.0.join("home/.cargo/bin");
    fs::create_dir_all(&bin).expect("the folder is ours");
    let rustup = Machine(bin);
    rustup.has_rust("1.99.0");
    let output = machine.setup("");
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn an_apt_that_another_process_uses_is_waited_for() {
    let machine = Machine::new("busy");
    machine.has("id", "echo 0");
    machine.has_rust("1.99.0");
    machine.has("cc", "");
    machine.has("sleep", "");
    machine.has("apt-cache", "");
    let locked = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 4711 (apt-get)";
    // Each of update and install finds the lock twice.
    let calls = machine.0.join("calls");
    machine.has(
        "apt-get",
        &format!(
            r#"echo "$1" >>{calls}
            [[ $(grep -c "^$1$" {calls}) -gt 2 ]] && exit
            echo "{locked}" >&2
            exit 100"#,
            calls = calls.display()
        ),
    );
    let output = machine.setup("valgrind");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(machine.noted("calls"), ["update", "update", "update", "install", "install", "install"]);
    let said = text(&output.stdout);
    assert_eq!(said.matches("another process uses apt").count(), 2, "once for each: {said}");
    assert!(said.contains("held by process 4711 (apt-get)"), "{said}");
}

#[test]
fn another_failure_of_apt_is_not_waited_for() {
    let machine = Machine::new("offline");
    machine.has("id", "echo 0");
    machine.has_rust("1.99.0");
    machine.has("cc", "");
    machine.has("apt-get", "echo 'E: Unable to locate package' >&2; exit 100");
    let output = machine.setup("valgrind");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("Unable to locate package"), "{output:?}");
}
