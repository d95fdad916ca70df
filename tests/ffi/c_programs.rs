//! Compiles the C programs in `tests/c` and `examples-c` against the header and the shared library, and runs each of
//! them twice: as it is, and under valgrind.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use support::gcc::{self, Mode};
use support::{Echo, start_echo};

/// One server for all programs.
static ECHO: LazyLock<Echo> = LazyLock::new(start_echo);

fn c_dir() -> PathBuf {
    support::package_dir().join("tests/c")
}

fn compile_and_run(name: &str, mode: Mode) {
    let program = gcc::program_path(name, mode);
    gcc::compile_c_for(mode, &[source(name)], &program);
    run(&program, mode);
}

fn source(name: &str) -> PathBuf {
    c_dir().join(format!("{name}.c"))
}

fn run(program: &Path, mode: Mode) {
    gcc::run(
        program,
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
    booleans
    descriptors
    files
    fork
    global
    global_log
    global_pool
    happy_eyeballs
    lookup
    rest
    rest_callbacks
    rest_reconnect
    rest_request
    rest_response
    rest_socket
    rest_tasks
    self_connect
    socket
    socket_http_proxy
    socket_options
    socket_socks
    socket_tls
    string_builder
    string_builder_change
    string_builder_convert
    task
    task_chain
    task_order
    task_queue
    task_receive
    task_states
    threads
    threads_cancelled
    threads_exit
    threads_meet
    websocket
    websocket_abort
    websocket_completed
    websocket_connect
    websocket_control
    websocket_frames
    websocket_loop
    websocket_interruptible
    websocket_lookup
    websocket_progress
    websocket_refused
    websocket_tasks
    websocket_transport
}

/// What lives as long as the process is no leak: LeakSanitizer, without suppressions, finds nothing in a program that
/// disposes its handles.
mod address_sanitizer {
    use super::{Mode, compile_and_run, gcc, run, source};

    #[test]
    fn finds_no_leak() {
        for program in ["global_pool", "rest_tasks", "string_builder", "task_queue", "threads", "websocket"] {
            compile_and_run(program, Mode::AddressSanitizer);
        }
    }

    #[test]
    fn finds_no_leak_with_the_static_library() {
        let program = gcc::program_path("task_queue-static", Mode::AddressSanitizer);
        gcc::compile_c_statically(Mode::AddressSanitizer, &[source("task_queue")], &program);
        run(&program, Mode::AddressSanitizer);
    }
}

/// The examples, which take what they need as arguments.
mod examples {
    use super::{ECHO, Mode, gcc};
    use std::path::Path;
    use support::{proxy, start_ticks};

    /// Compiles and runs one; what it has printed. `test` names the file, for several tests may run one example.
    fn printed(example: &str, mode: Mode, test: &str, arguments: &[&str], stdin: &str) -> String {
        let program = gcc::program_path(&format!("example-{test}"), mode);
        let source = support::package_dir().join("examples-c").join(format!("{example}.c"));
        gcc::compile_c_for(mode, &[source], &program);
        gcc::output(&program, mode, arguments, stdin)
    }

    fn path(path: &Path) -> &str {
        path.to_str().expect("the path of the temporary directory is text")
    }

    fn port(url: &str) -> &str {
        url.trim_end_matches('/').rsplit(':').next().unwrap_or_default()
    }

    /// The release library has no names, by which valgrind's suppressions go.
    fn each_mode(run: impl Fn(Mode)) {
        run(Mode::Plain);
        if cfg!(debug_assertions) {
            run(Mode::Valgrind);
        }
    }

    #[test]
    fn hello() {
        each_mode(|mode| {
            assert_eq!(
                printed("hello", mode, "hello", &[&ECHO.ws_url], ""),
                "received: Hello!\nclosed: 1000 bye\n"
            );
        });
    }

    #[test]
    fn echo() {
        each_mode(|mode| {
            let output = printed("echo", mode, "echo", &[&ECHO.wss_url, path(&ECHO.ca_path)], "");
            assert!(output.ends_with("all as expected\n"), "{output}");
        });
    }

    #[test]
    fn five_steps() {
        each_mode(|mode| {
            let arguments = ["127.0.0.1", port(&ECHO.ws_url), "0", "/"];
            let output = printed("five_steps", mode, "five_steps", &arguments, "");
            assert_eq!(output, "status 101\nreceived Text: Hello!\nclosed: 1000 bye\n");
        });
    }

    #[test]
    fn proxy() {
        // "user:secret"
        let proxy = proxy::start_http("dXNlcjpzZWNyZXQ=").to_string();
        each_mode(|mode| {
            for url in [&ECHO.ws_url, &ECHO.wss_url] {
                let arguments = ["127.0.0.1", &proxy, url, "user", "secret", path(&ECHO.ca_path)];
                assert_eq!(printed("proxy", mode, "proxy", &arguments, ""), "received: Hello!\n");
            }
        });
    }

    #[test]
    fn socks() {
        let proxy = proxy::start_socks("user", "secret").to_string();
        each_mode(|mode| {
            for (host, tls, url) in [("127.0.0.1", "0", &ECHO.ws_url), ("localhost", "1", &ECHO.wss_url)] {
                let arguments =
                    ["127.0.0.1", &proxy, "user", "secret", host, port(url), tls, path(&ECHO.ca_path)];
                assert_eq!(printed("socks", mode, "socks", &arguments, ""), "received: Hello!\n");
            }
        });
    }

    #[test]
    fn queue() {
        each_mode(|mode| {
            let output = printed("queue", mode, "queue", &[&ECHO.ws_url, "4"], "");
            for connection in 1..=4 {
                let theirs = |line: &&str| line.contains(&format!("connection {connection}"));
                let lines: Vec<&str> = output.lines().filter(theirs).collect();
                let expected = [
                    format!("connection {connection} is there"),
                    format!("received: message 1 of connection {connection}"),
                    format!("received: message 2 of connection {connection}"),
                    format!("received: message 3 of connection {connection}"),
                    format!("connection {connection} is closed: 1000 bye"),
                ];
                assert_eq!(lines, expected);
            }
        });
    }

    #[test]
    fn callbacks() {
        each_mode(|mode| {
            let output = printed("callbacks", mode, "callbacks", &[&ECHO.ws_url], "");
            let expected = [
                "connecting: handshake /",
                "sent: 100 percent",
                "received: 100 percent, 1048576 bytes",
                "aborted after 3 heartbeats",
                "the read is aborted",
                "the read is completed: still there",
                "2 ends were told",
            ];
            assert_eq!(output.lines().collect::<Vec<_>>(), expected);
        });
    }

    #[test]
    fn loop_poll() {
        each_mode(|mode| {
            let arguments = [&*ECHO.wss_url, path(&ECHO.ca_path)];
            let output = printed("loop_poll", mode, "loop_poll", &arguments, "one\ntwo\n");
            assert_eq!(output, "received: one\nreceived: two\nclosed: 1000 bye\n");
        });
    }

    #[test]
    fn loop_epoll() {
        each_mode(|mode| {
            let arguments = [&*ECHO.wss_url, path(&ECHO.ca_path)];
            let output = printed("loop_epoll", mode, "loop_epoll", &arguments, "");
            let messages: String = (1..=5).map(|number| format!("received: message {number}\n")).collect();
            assert_eq!(output, messages + "closed: 1000 bye\n");
        });
    }

    /// A small number of connections: what many of them cost is measured by hand, and not under valgrind.
    #[test]
    fn ten_thousand() {
        let ticks = start_ticks();
        for (test, arguments) in [
            ("ten_thousand", vec![&*ticks.ws_url, "200", "2"]),
            ("ten_thousand-tls", vec![&*ticks.wss_url, "200", "2", path(&ticks.ca_path)]),
        ] {
            let output = printed("ten_thousand", Mode::Plain, test, &arguments, "");
            assert!(output.contains("\nbusy: 400 messages "), "{output}");
            assert!(output.ends_with("all as expected\n"), "{output}");
        }
    }

    /// What an example prints that a server refuses or closes: the reason, and no empty line in its place.
    #[test]
    fn each_says_why_it_has_ended() {
        for example in
            ["hello", "echo", "five_steps", "queue", "callbacks", "loop_poll", "loop_epoll", "ten_thousand"]
        {
            let program = gcc::program_path(&format!("example-{example}-ended"), Mode::Plain);
            gcc::compile_c(
                &[support::package_dir().join("examples-c").join(format!("{example}.c"))],
                &program,
            );
            for (path, reason) in [("refuse", "404"), ("close", ": 1001 going away\n")] {
                // ten_thousand appends a word to its URL.
                let target = format!("/{path}?");
                let url = format!("{}{path}?", ECHO.ws_url);
                let arguments = match example {
                    "five_steps" => vec!["127.0.0.1", port(&ECHO.ws_url), "0", &target],
                    "ten_thousand" => vec![url.as_str(), "1", "1"],
                    _ => vec![url.as_str()],
                };
                let output = gcc::output_and_errors(&program, &arguments);
                assert!(output.contains(reason), "{example}, {path}: {output}");
                assert!(!output.lines().any(str::is_empty), "{example}, {path}: {output}");
            }
        }
    }

    #[test]
    fn every_example_is_run() {
        let source = include_str!("c_programs.rs");
        let examples =
            support::package_dir().join("examples-c").read_dir().expect("the folder can be listed");
        for example in examples.map(|entry| entry.expect("an entry can be read").path()) {
            let name = example.file_stem().and_then(|name| name.to_str()).expect("names are text");
            assert!(source.contains(&format!("printed(\"{name}\"")), "no test runs {}", example.display());
        }
    }
}

/// C++ and a second translation unit.
mod cpp {
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
    let table = fs::read_to_string(support::package_dir().join("api/surface.tsv")).expect("the table exists");
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
