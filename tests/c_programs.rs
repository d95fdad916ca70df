//! Compiles the C programs in `tests/c` against the header and the shared library, and runs each of them
//! twice: as it is, and under valgrind.

#![allow(clippy::expect_used, reason = "a test ends at the first thing that goes wrong")]

#[path = "support/gcc.rs"]
mod gcc;
mod support;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use gcc::Mode;
use support::Echo;

/// One server for all programs.
static ECHO: LazyLock<Echo> = LazyLock::new(Echo::start);

fn c_dir() -> PathBuf {
    gcc::package_dir().join("tests/c")
}

fn compile_and_run(name: &str, mode: Mode) {
    let program = gcc::program_path(name, mode);
    gcc::compile_c(&[c_dir().join(format!("{name}.c"))], &program);
    gcc::run(
        &program,
        mode,
        [
            ("CKWS_TEST_WS_URL", OsStr::new(&ECHO.ws_url)),
            ("CKWS_TEST_WSS_URL", OsStr::new(&ECHO.wss_url)),
            ("CKWS_TEST_WSS_OTHER_HOST_URL", OsStr::new(&ECHO.wss_other_host_url)),
            ("CKWS_TEST_CA", ECHO.ca_path.as_os_str()),
        ],
    );
}

/// Makes two tests for each program, and the list of all.
macro_rules! programs {
    ($($name:ident)*) => {
        const PROGRAMS: &[&str] = &[$(stringify!($name)),*];
        $(mod $name {
            use super::{Mode, compile_and_run};

            #[test]
            fn plain() {
                compile_and_run(stringify!($name), Mode::Plain);
            }

            #[test]
            fn valgrind() {
                compile_and_run(stringify!($name), Mode::Valgrind);
            }
        })*
    };
}

programs! {
    bin_data
    bin_data_change
    bin_data_convert
    descriptors
    fork
    global
    lookup
    rest
    rest_reconnect
    rest_request
    rest_response
    rest_tasks
    string_builder
    string_builder_change
    string_builder_convert
    task
    task_chain
    task_order
    task_queue
    task_states
    threads
    websocket
    websocket_connect
    websocket_control
    websocket_frames
    websocket_loop
    websocket_tasks
}

/// C++ and a second translation unit.
mod header {
    use super::{Mode, c_dir, gcc};

    fn compile_and_run(mode: Mode) {
        let program = gcc::program_path("header", mode);
        gcc::compile_cpp_and_c(&c_dir().join("header.cpp"), &c_dir().join("header_second.c"), &program);
        gcc::run(&program, mode, []);
    }

    #[test]
    fn plain() {
        compile_and_run(Mode::Plain);
    }

    #[test]
    fn valgrind() {
        compile_and_run(Mode::Valgrind);
    }
}

#[test]
fn every_c_file_is_a_program_of_this_test() {
    let files =
        fs::read_dir(c_dir()).expect("tests/c exists").map(|entry| entry.expect("it can be read").path());
    let found: BTreeSet<String> = files
        .filter(|path| path.extension() == Some(OsStr::new("c")))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .filter(|name| name != "header_second")
        .collect();
    assert_eq!(found, PROGRAMS.iter().map(|&name| name.to_owned()).collect());
}

#[test]
fn every_function_is_called_by_the_file_of_its_object() {
    let table = fs::read_to_string(gcc::package_dir().join("tests/surface.tsv")).expect("the table exists");
    let mut uncalled = Vec::new();
    for row in table.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [object, _, _, function, _] = columns[..] else { unreachable!("five columns: {row}") };
        if !source_of(object).contains(&format!("{function}(")) {
            uncalled.push(function);
        }
    }
    assert!(uncalled.is_empty(), "no C test calls {uncalled:?}");
}

/// The text of all C files that test an object, with the helpers of the WebSocket's.
fn source_of(object: &str) -> String {
    let prefix = file_prefix(object);
    let files = PROGRAMS.iter().filter(|name| name.starts_with(&prefix));
    let paths = files.map(|name| c_dir().join(format!("{name}.c"))).chain([c_dir().join("client.h")]);
    paths.map(|path| fs::read_to_string(path).expect("the file can be read")).collect()
}

/// An object's name as files have it: `bin_data` for BinData.
fn file_prefix(object: &str) -> String {
    if object == "WebSocket" {
        return "websocket".to_owned();
    }
    let mut prefix = String::new();
    for letter in object.chars() {
        if letter.is_uppercase() && !prefix.is_empty() {
            prefix.push('_');
        }
        prefix.extend(letter.to_lowercase());
    }
    prefix
}
