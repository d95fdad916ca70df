//! The documents are true: links lead somewhere, names exist, examples compile, and what the README shows runs.
//!
//! The README's `sh` blocks are run by scripts/test; what cannot be run there is fenced as `console`.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use support::gcc;

use support::start_echo;

/// Folders without documents of ours.
const SKIPPED: [&str; 3] = ["target", "build", "src"];

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(support::package_dir().join(path)).expect("the file can be read")
}

/// All Markdown files of the project.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(support::package_dir(), &mut found);
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("an entry can be read").path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if path.is_dir() {
            if !name.starts_with('.') && !SKIPPED.contains(&name) {
                collect(&path, found);
            }
        } else if name.ends_with(".md") {
            found.push(path);
        }
    }
}

/// The README and the guides in docs/, which speak to those who use the library.
fn guides() -> Vec<PathBuf> {
    let docs = support::package_dir().join("docs");
    documents().into_iter().filter(|path| path.ends_with("README.md") || path.starts_with(&docs)).collect()
}

/// The text of a document's blocks of a language.
fn blocks_of(document: &str, language: &str) -> Vec<String> {
    let text = read(document);
    let pieces = text.split("\n```").collect::<Vec<_>>();
    // What is fenced stands at the odd places.
    let fenced = pieces.iter().skip(1).step_by(2).filter_map(|piece| piece.split_once('\n'));
    fenced.filter(|(name, _)| *name == language).map(|(_, text)| format!("{text}\n")).collect()
}

/// The same of the README.
fn blocks(language: &str) -> Vec<String> {
    blocks_of("README.md", language)
}

/// Words that begin with `start`, but for those of a C++ or CMake name (`ckws::ckws_static`).
fn names_with<'a>(text: &'a str, start: &str) -> Vec<&'a str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let words = text.split(|c| !is_part(c)).map(|word| word.trim_end_matches(':'));
    words.filter(|word| word.starts_with(start)).collect()
}

#[test]
fn relative_links_lead_somewhere() {
    let mut broken = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).expect("the document can be read");
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")) {
            let path = target.split('#').next().unwrap_or_default();
            if !document.with_file_name("").join(path).exists() {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

#[test]
fn names_in_the_guides_exist_in_the_header() {
    let header = read("include/ckws.h");
    let mut unknown = Vec::new();
    // The table of what is planned too is another test's: surface_doc.
    for document in guides().into_iter().filter(|path| !path.ends_with("docs/surface.md")) {
        let text = fs::read_to_string(&document).expect("the document can be read");
        for start in ["ckws_", "CKWS_ERROR_", "CKWS_OPCODE_", "CKWS_READ_"] {
            for name in names_with(&text, start) {
                // `ckws_rest_` stands for all that begin so.
                let declared = names_with(&header, start)
                    .iter()
                    .any(|known| *known == name || (name.ends_with('_') && known.starts_with(name)));
                if !declared {
                    unknown.push(format!("{}: {name}", document.display()));
                }
            }
        }
    }
    assert!(unknown.is_empty(), "names that include/ckws.h does not have:\n{}", unknown.join("\n"));
}

#[test]
fn examples_compile_without_a_warning() {
    for entry in fs::read_dir(support::package_dir().join("examples-c")).expect("the examples are there") {
        let path = entry.expect("an entry can be read").path();
        if path.extension() == Some(OsStr::new("c")) {
            let name = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
            gcc::compile_c(std::slice::from_ref(&path), &support::tmp_dir().join(format!("example-{name}")));
        }
    }
}

#[test]
fn the_first_program_of_the_readme_is_hello_c_and_works() {
    assert_eq!(
        blocks("c").first(),
        Some(&read("examples-c/hello.c")),
        "copy examples-c/hello.c into the first block of README.md"
    );
    let compiled = blocks("sh").iter().any(|block| block.contains(" examples-c/hello.c "));
    assert!(compiled, "the README's `sh` blocks, which scripts/test runs, compile examples-c/hello.c");

    let program = support::tmp_dir().join("readme-hello");
    gcc::compile_c(&[support::package_dir().join("examples-c/hello.c")], &program);
    let output = Command::new(program).arg(start_echo().ws_url).output().expect("it can be run");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "received: Hello!\nclosed: 1000 bye\n");
    assert!(output.status.success());
}

#[test]
fn the_other_c_blocks_of_the_readme_compile_and_its_chat_ends() {
    let main = "ckws_websocket *ws = ckws_create();
        if (ckws_connect(ws, getenv(\"URL\")))
            chat(ws);
        ckws_dispose(ws);";
    let timeout = "ckws_set_close_timeout_ms(ws, 5000)";
    let blocks: Vec<String> =
        blocks("c").iter().map(|block| block.replace(timeout, &timeout.replace("5000", "100"))).collect();
    let program = compile_blocks("readme-blocks", blocks.iter().skip(1), main);
    let url = start_echo().ws_url;
    let chat = |path: &str| {
        let mut chat = Command::new("timeout");
        chat.arg("60").arg(&program).env("URL", format!("{url}{path}"));
        chat.stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it can be run")
    };

    // The server closes, while the program waits for a line.
    let mut closed = chat("close");
    let stdin = closed.stdin.take();
    assert_eq!(printed(closed), "closed: 1001 going away\n");
    drop(stdin);
    // There is no line, and the server does not answer the Close.
    assert!(printed(chat("mute")).contains("Close"));
}

/// What a program that ends well has printed.
fn printed(program: Child) -> String {
    let output = program.wait_with_output().expect("it can be waited for");
    let printed =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{printed}");
    printed
}

#[test]
fn the_c_blocks_about_event_loops_compile() {
    // Those that include something are for other libraries, which need not be here.
    let blocks = blocks_of("docs/event-loops.md", "c");
    compile_blocks("event-loop-blocks", blocks.iter().filter(|block| !block.starts_with("#include")), "");
}

/// Compiles blocks into one program, whose `main` is these lines.
fn compile_blocks<'a>(name: &str, blocks: impl Iterator<Item = &'a String>, main: &str) -> PathBuf {
    let mut code = String::from("#define _POSIX_C_SOURCE 200809L\n");
    for header in ["ckws.h", "poll.h", "pthread.h", "signal.h", "stdio.h", "stdlib.h", "string.h"] {
        code += &format!("#include <{header}>\n");
    }
    // What is the program's own.
    code += "\nbool take_message(void *owner, int opcode, const uint8_t *data, size_t len)\n";
    code += "{\n    return owner && opcode != CKWS_OPCODE_CLOSE && data[len] == 0;\n}\n";
    code += "\nvoid handle_other(int fd)\n{\n    (void)fd;\n}\n";
    for (number, block) in blocks.enumerate() {
        // Functions as they are, but visible, as nobody calls them here; statements in a function of their own.
        code += &if block.lines().any(|line| line == "{") {
            format!("\n{}", block.replace("static ", ""))
        } else {
            format!("\nbool block_{number}(ckws_websocket *ws)\n{{\n{block}return true;\n}}\n")
        };
    }
    code += &format!("\nint main(void)\n{{\n{main}\nreturn 0;\n}}\n");
    let source = support::tmp_dir().join(format!("{name}.c"));
    fs::write(&source, code).expect("it can be written");
    let program = source.with_extension("program");
    gcc::compile_c(std::slice::from_ref(&source), &program);
    program
}

#[test]
fn the_python_programs_of_the_guides_work() {
    let echo = start_echo();
    let programs = ["README.md", "docs/event-loops.md"].map(|guide| blocks_of(guide, "python"));
    for block in programs.iter().flatten() {
        for (path, answer) in [("", "received: Grüße\n"), ("close", "closed: 1001 going away\n")] {
            let url = format!("{}{path}", echo.ws_url);
            let printed = printed_by_python(&replace_once(block, "ws://127.0.0.1:9001/", &url));
            assert!(printed.starts_with(answer), "{printed}");
        }
    }
}

/// A Close is no message, and has a code and a reason.
#[test]
fn every_program_of_the_guides_that_reads_prints_the_code_of_a_close() {
    for language in ["python", "js", "ts", "java", "pascal"] {
        for document in ["README.md", "docs/event-loops.md", "docs/languages.md"] {
            for block in blocks_of(document, language) {
                for name in
                    ["ckws_get_close_status_code", "ckws_get_close_reason", "ckws_get_last_error_message"]
                {
                    assert!(block.contains(name), "{document}: a {language} program without {name}");
                }
            }
        }
    }
}

/// Cancels receives of the class in docs/event-loops.md, and connects again.
const CANCELS: &str = r#"
URL = "ws://127.0.0.1:9001/"
live_handles = function("ckws_global_live_handles", c_size_t)

class Unlucky(Tasks):
    victim = None

    def hand_out(self):
        super().hand_out()
        if self.victim:
            self.victim.cancel()

async def receive_unluckily(tasks, ws):
    tasks.victim = asyncio.ensure_future(ws.receive())
    try:
        return await tasks.victim
    except asyncio.CancelledError:
        return None
    finally:
        tasks.victim = None

async def failure_of(awaited):
    try:
        return f"no failure, but {await awaited}"
    except (ConnectionError, ValueError) as error:
        return str(error)

async def reconnect_after_a_cancelled_receive(ws):
    for number in range(3):
        given_up = asyncio.ensure_future(ws.receive())
        await asyncio.sleep(0)  # its read runs
        given_up.cancel()
        waiting = asyncio.ensure_future(ws.receive()) if number else None
        await asyncio.sleep(0)
        await asyncio.wait_for(ws.connect(URL), 10)
        if waiting:
            failure = await failure_of(waiting)
            assert "closed" in failure or "not connected" in failure, failure
        await ws.send(f"again {number}")
        assert await asyncio.wait_for(ws.receive(), 10) == (TEXT, b"again %d" % number)

async def main():
    with Unlucky() as tasks, WebSocket(tasks) as ws:
        await ws.connect(URL)
        got, given_up = [], 0
        for number in range(200):
            await ws.send(f"{number}")
            if number % 3 == 0:
                await ws.send(f"{number} again")
            message = await receive_unluckily(tasks, ws)
            while message is None:
                given_up += 1
                try:
                    message = await asyncio.wait_for(ws.receive(), 10 if given_up % 2 else 0)
                except asyncio.TimeoutError:
                    pass
            got.append(message)
            if number % 3 == 0:
                got.append(await ws.receive())
        expected = []
        for number in range(200):
            expected.append((TEXT, b"%d" % number))
            if number % 3 == 0:
                expected.append((TEXT, b"%d again" % number))
        assert got == expected, got
        assert given_up >= 200, given_up

        await reconnect_after_a_cancelled_receive(ws)
        assert "UTF-8" in await failure_of(ws.perform(connect, b"\xff"))
        await ws.close()
        assert (await ws.receive())[0] == CLOSE
        assert "closed" in await failure_of(ws.receive())
    assert live_handles() == 0, live_handles()
    print("all as expected")

asyncio.run(main())
"#;

/// Each receive is cancelled in the moment in which its message has come, and some before.
#[test]
fn the_asyncio_class_of_python_loses_no_message_to_a_cancel() {
    let echo = start_echo();
    let blocks = blocks_of("docs/event-loops.md", "python");
    let (class, _) = blocks[0].split_once("async def main():").expect("the block has the class and a main");
    let program = replace_once(&format!("{class}{CANCELS}"), "ws://127.0.0.1:9001/", &echo.ws_url);
    assert_eq!(printed_by_python(&program), "all as expected\n");
}

/// What a Python program prints that loads the release library as the guides do.
fn printed_by_python(program: &str) -> String {
    let library = gcc::built_library().display().to_string();
    let program = replace_once(program, "target/release/libckws.so", &library);
    let output = Command::new("timeout")
        .args(["60", "python3", "-c", &program])
        .output()
        .expect("python3 is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn replace_once(text: &str, old: &str, new: &str) -> String {
    assert_eq!(text.matches(old).count(), 1, "{old} stands in the Python program, once");
    text.replace(old, new)
}

#[test]
fn the_readers_of_text_see_what_they_should() {
    assert_eq!(names_with("`ckws_dispose(ws)`, ckws::ckws_static", "ckws_"), ["ckws_dispose"]);
    assert_eq!(names_with("{ ckws_create: { returns: pointer } }", "ckws_"), ["ckws_create"]);
}
