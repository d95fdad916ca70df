//! Compiling C programs against this library, and running them plain or under valgrind.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use crate::{package_dir, tmp_dir};

/// The flags for every C file of the tests.
const C_FLAGS: [&str; 7] = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-pthread"];

/// The same for C++.
const CPP_FLAGS: [&str; 7] = ["-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-pthread"];

/// What the static library needs, as CMakeLists.txt has it.
const SYSTEM_LIBRARIES: [&str; 7] = ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"];

/// How to run a program.
#[derive(Clone, Copy, Debug)]
pub enum Mode {
    /// As it is.
    Plain,
    /// Under valgrind: a wrong access or a definite leak fails the test.
    Valgrind,
    /// With gcc's AddressSanitizer, which fails a program that leaks; the library is the ordinary one.
    AddressSanitizer,
}

impl Mode {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Valgrind => "valgrind",
            Self::AddressSanitizer => "address-sanitizer",
        }
    }

    /// What the compiler is told beside the flags of all programs.
    fn flags(self) -> &'static [&'static str] {
        match self {
            Self::Plain | Self::Valgrind => &[],
            Self::AddressSanitizer => &["-fsanitize=address"],
        }
    }

    /// The command up to the program's path. `timeout` ends what hangs.
    fn command(self) -> Command {
        let words: &[&str] = match self {
            Self::Plain | Self::AddressSanitizer => &["--kill-after=5", "120"],
            Self::Valgrind => &[
                "--kill-after=5",
                "900",
                "valgrind",
                "--quiet",
                // Deep enough for the suppressions to see whose call it was.
                "--num-callers=40",
                "--error-exitcode=99",
                "--leak-check=full",
                "--show-leak-kinds=definite",
                "--errors-for-leak-kinds=definite",
                concat!("--suppressions=", env!("CARGO_MANIFEST_DIR"), "/../c/valgrind.supp"),
            ],
        };
        let mut command = Command::new("timeout");
        // Cargo names the folder above, where the library of an earlier build may lie under its soname; it would come
        // before the one that the program was linked with.
        command.args(words).env_remove("LD_LIBRARY_PATH");
        if matches!(self, Self::Valgrind) {
            require_valgrind();
            command.env("CKWS_TEST_SLOW", "1");
        }
        command
    }
}

fn require_valgrind() {
    let found = Command::new("valgrind").arg("--version").output();
    assert!(
        found.is_ok_and(|output| output.status.success()),
        "valgrind is missing: install it, the tests under it are part of the test suite"
    );
}

/// The path for a program that is compiled to be run in `mode`; each test has a file of its own.
pub fn program_path(name: &str, mode: Mode) -> PathBuf {
    tmp_dir().join(format!("{name}-{}", mode.name()))
}

/// Compiles one or more C files into a program.
pub fn compile_c(sources: &[PathBuf], program: &Path) {
    compile_c_for(Mode::Plain, sources, program);
}

/// As [`compile_c`], to be run in `mode`.
pub fn compile_c_for(mode: Mode, sources: &[PathBuf], program: &Path) {
    let mut command = compiler("gcc", C_FLAGS);
    command.args(mode.flags());
    command.arg("-I").arg(package_dir().join("tests/c")).args(sources);
    link(command, program);
}

/// As [`compile_c_for`], with the static library.
pub fn compile_c_statically(mode: Mode, sources: &[PathBuf], program: &Path) {
    let mut command = compiler("gcc", C_FLAGS);
    command.args(mode.flags()).arg("-I").arg(package_dir().join("tests/c")).args(sources);
    command.arg("-I").arg(package_dir().join("include")).arg("-o").arg(program);
    command.arg(built_library().with_extension("a")).args(SYSTEM_LIBRARIES);
    must_succeed(&mut command);
}

/// Compiles a C++ file and a C file into one program.
pub fn compile_cpp_and_c(cpp: &Path, c: &Path, program: &Path) {
    let [cpp_object, c_object] = [program.with_extension("cpp.o"), program.with_extension("c.o")];
    compile_unit(&mut compiler("g++", CPP_FLAGS), cpp, &cpp_object);
    compile_unit(&mut compiler("gcc", C_FLAGS), c, &c_object);
    let mut command = compiler("g++", CPP_FLAGS);
    command.args([cpp_object, c_object]);
    link(command, program);
}

/// A compiler with these flags and those of CKWS_TEST_CFLAGS, by which `scripts/sanitize` adds a sanitizer.
fn compiler(name: &str, flags: [&str; 7]) -> Command {
    let more = env::var("CKWS_TEST_CFLAGS").unwrap_or_default();
    let mut command = Command::new(name);
    command.args(flags).args(more.split_whitespace());
    command
}

fn compile_unit(compiler: &mut Command, source: &Path, object: &Path) {
    compiler.arg("-I").arg(package_dir().join("include")).arg("-c").arg(source).arg("-o").arg(object);
    must_succeed(compiler);
}

fn link(mut compiler: Command, program: &Path) {
    let library = library_dir();
    let mut rpath = OsStr::new("-Wl,-rpath,").to_owned();
    rpath.push(library);
    compiler.arg("-I").arg(package_dir().join("include")).arg("-o").arg(program);
    compiler.arg("-L").arg(library).arg("-lckws").arg(rpath);
    must_succeed(&mut compiler);
}

/// A directory with the library under the two names that it needs: to link with, and the soname.
fn library_dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let library = built_library();
        let profile = library.ancestors().nth(2).and_then(Path::file_name).unwrap_or_default();
        let dir = tmp_dir().join("lib").join(profile);
        fs::create_dir_all(&dir).expect("the temporary directory is writable");
        for name in ["libckws.so", "libckws.so.0"] {
            point(&dir.join(name), &library);
        }
        dir
    })
}

/// The library that cargo built for this test. It lies beside the test program; one in the directory above
/// may be left over from an earlier `cargo build`.
pub fn built_library() -> PathBuf {
    let test = env::current_exe().expect("a process knows its program");
    let library = test.with_file_name("libckws.so");
    assert!(library.exists(), "{} is missing", library.display());
    library
}

/// Makes `link` point at `target`, unless it does: other tests may be using it at this moment.
fn point(link: &Path, target: &Path) {
    if fs::read_link(link).is_ok_and(|old| old == target) {
        return;
    }
    match fs::remove_file(link) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => panic!("{}: {error}", link.display()),
        _ => {}
    }
    if let Err(error) = symlink(target, link) {
        assert!(fs::read_link(link).is_ok_and(|new| new == target), "{}: {error}", link.display());
    }
}

fn must_succeed(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}", printed(&output));
}

/// Runs a program in the temporary directory; it must end with exit code 0.
pub fn run<'a>(program: &Path, mode: Mode, variables: impl IntoIterator<Item = (&'a str, &'a OsStr)>) {
    let mut command = mode.command();
    command.arg(program).envs(variables).current_dir(tmp_dir());
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{} ended with {}\n{}",
        program.display(),
        output.status,
        printed(&output)
    );
}

/// Runs a program with something to read on stdin; what it printed. It must end with exit code 0.
pub fn output(program: &Path, mode: Mode, arguments: &[&str], stdin: &str) -> String {
    let output = ended(program, mode, arguments, stdin);
    assert!(
        output.status.success(),
        "{} ended with {}\n{}",
        program.display(),
        output.status,
        printed(&output)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// As [`output`], of a program that may fail: what it has printed on both streams.
pub fn output_and_errors(program: &Path, arguments: &[&str]) -> String {
    printed(&ended(program, Mode::Plain, arguments, ""))
}

fn ended(program: &Path, mode: Mode, arguments: &[&str], stdin: &str) -> Output {
    let mut command = mode.command();
    command.arg(program).args(arguments).current_dir(tmp_dir());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    // What fits into a pipe; a program that ends without reading it says itself what is wrong.
    let _ = child.stdin.take().expect("it is a pipe").write_all(stdin.as_bytes());
    child.wait_with_output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

fn printed(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}
