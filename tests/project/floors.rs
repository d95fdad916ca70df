//! The floors of `src/` hold: each uses only what lies below it, and what is to stay in one place stays there.
//!
//! ARCHITECTURE.md says what the floors are for.

use std::fs;
use std::path::{Path, PathBuf};

/// The floors from the bottom, and what each may name of the others: a floor, or one path in it.
const FLOORS: [(&str, &[&str]); 11] = [
    ("base", &[]),
    ("log", &["base"]),
    ("proto", &["base"]),
    ("sys", &["base"]),
    ("engine", &["base", "log", "sys"]),
    ("link", &["base", "log", "proto", "sys", "engine"]),
    ("http", &["base", "log", "proto", "sys", "engine", "link"]),
    ("route", &["base", "log", "proto", "sys", "engine", "link", "http"]),
    ("session", &["base", "log", "proto", "sys", "engine", "link"]),
    ("object", &["base", "log", "proto", "sys", "engine", "link", "http", "route", "session"]),
    ("ffi", &["base", "proto::ws::opcode", "sys", "engine", "object"]),
];

/// Words that belong to some folders only: the words, where they may stand, and what to do about them elsewhere.
const AT_HOME: [(&[&str], &[&str], &str); 4] = [
    (
        &["unsafe"],
        &["src/sys/", "src/ffi/"],
        "put the system call behind a safe function of src/sys, or the pointer behind one of src/ffi/args.rs",
    ),
    (&["libc", "socket2", "getrandom"], &["src/sys/"], "give src/sys a function that does it"),
    (
        &["os", "RawFd", "AsRawFd", "AsFd", "OwnedFd", "BorrowedFd", "epoll", "Epoll", "eventfd"],
        &["src/sys/"],
        "another system has no descriptors: wait for a Source, by a Poller, and wake by a WakeEvent of src/sys",
    ),
    (
        &["rustls", "rustls_pki_types", "rustls_native_certs", "webpki", "webpki_roots", "pkcs8"],
        &["src/link/tls/"],
        "give src/link/tls a function or a type that does not show it",
    ),
];

/// Rust's own way of writing values. It shows structures, and whatever secret they hold, to people who wrote a text.
const DEBUG_FORMATS: [&str; 2] = [":?}", ":#?}"];

/// Names of our own numbers are made of it.
const DEBUG_FORMATS_AT_HOME: [&str; 1] = ["src/base/fault.rs"];

/// What bytes alone do not need.
const NOT_IN_PROTO: [&str; 10] = [
    "std::fs",
    "std::io",
    "std::process",
    "std::sync",
    "std::thread",
    "Instant::now",
    "SystemTime",
    "TcpStream",
    "UdpSocket",
    "ToSocketAddrs",
];

/// What the type of an exported function's parameter or result is made of: whatever C passes is a value of it.
const EXPORTED_TYPES: [&str; 15] = [
    "Bool", "C", "Option", "c_char", "c_int", "c_void", "const", "extern", "fn", "i64", "mut", "u8",
    "unsafe", "unwind", "usize",
];

/// The doc comments of src/ffi are the manual and are not counted; nor are those of other folders.
const MAX_LINES: usize = 600;

/// A file of `src/`: its path from the project's root, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// Its floor; none for src/lib.rs.
    fn floor(&self) -> Option<&str> {
        self.path.strip_prefix("src/")?.split_once('/').map(|(floor, _)| floor)
    }

    /// The lines that are no comments, with their numbers; up to the unit tests, which end a file and may act as C.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        let numbered = numbered.take_while(|(_, line)| *line != "#[cfg(test)]");
        numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    collect(&root.join("src"), &mut paths);
    let read = |path: PathBuf| Source {
        text: fs::read_to_string(&path).expect("a source file can be read"),
        path: path.strip_prefix(root).expect("it lies in the project").display().to_string(),
    };
    paths.into_iter().map(read).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

/// The paths into other floors that a line names: `base::Fault` for `use crate::base::Fault;`.
fn named_floors(line: &str) -> Vec<&str> {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    // `super::` leads to a floor as well, from a file that lies directly in its own.
    let starts = ["crate::", "super::"].into_iter().flat_map(|root| line.match_indices(root));
    let paths = starts.map(|(at, root)| {
        let path = line.get(at + root.len()..).unwrap_or_default();
        path.split(|c| !is_path(c)).next().unwrap_or_default()
    });
    paths.filter(|path| FLOORS.iter().any(|(floor, _)| path.split("::").next() == Some(floor))).collect()
}

/// Whether `path` is one of `places`, or inside one.
fn lies_in(path: &str, places: &[&str]) -> bool {
    places
        .iter()
        .any(|place| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
}

fn has_word(line: &str, word: &str) -> bool {
    // With the hyphen, for the style sheet's 'unsafe-inline' is another word.
    line.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').any(|each| each == word)
}

fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn every_floor_uses_only_what_lies_below() {
    let mut complaints = Vec::new();
    for source in sources() {
        let Some(floor) = source.floor() else { continue };
        let Some((_, permitted)) = FLOORS.iter().find(|(name, _)| *name == floor) else {
            complaints
                .push(format!("{}: no floor is called {floor}; give it its place in FLOORS", source.path));
            continue;
        };
        for (number, line) in source.code() {
            for named in named_floors(line) {
                if !lies_in(named, permitted) && !lies_in(named, &[floor]) {
                    complaints.push(format!(
                        "{}:{number}: {floor} may not use {named}: move the code to a floor above it, \
                         or hand in what it needs as an argument",
                        source.path
                    ));
                }
            }
        }
    }
    assert_none(&complaints);
}

#[test]
fn floors_are_named_one_per_line() {
    let mut complaints = Vec::new();
    for source in sources() {
        for (number, _) in source.code().filter(|(_, line)| line.contains("crate::{")) {
            complaints.push(format!(
                "{}:{number}: write one `use crate::...` for each floor, as others do",
                source.path
            ));
        }
    }
    assert_none(&complaints);
}

#[test]
fn some_words_stay_at_home() {
    assert_none(&sources().iter().flat_map(misplaced_words).collect::<Vec<_>>());
}

/// Complains of the words in `source` that belong elsewhere.
fn misplaced_words(source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    for (words, homes, advice) in AT_HOME {
        if homes.iter().any(|home| source.path.starts_with(home)) {
            continue;
        }
        for (number, line) in source.code() {
            for word in words.iter().filter(|word| has_word(line, word)) {
                complaints.push(format!(
                    "{}:{number}: `{word}` belongs only to {}: {advice}",
                    source.path,
                    homes.join(" and ")
                ));
            }
        }
    }
    complaints
}

#[test]
fn a_word_that_is_not_at_home_is_found() {
    for line in [
        "use std::os::fd::AsRawFd;",
        "fn take_watchers(&mut self, fd: RawFd) {}",
        "    poller: sys::epoll::Epoll,",
        "unsafe { libc::eventfd(0, 0) };",
    ] {
        let found = |path: &str| misplaced_words(&Source { path: path.to_owned(), text: line.to_owned() });
        assert!(!found("src/engine/reactor/table.rs").is_empty(), "{line}");
        assert!(!found("src/link/tcp.rs").is_empty() && !found("src/object/files.rs").is_empty(), "{line}");
        assert!(found("src/sys/poller.rs").is_empty(), "{line}");
    }
    let comment = Source { path: "src/link/tcp.rs".to_owned(), text: "// RawFd".to_owned() };
    assert!(misplaced_words(&comment).is_empty());
}

#[test]
fn texts_are_for_people() {
    let mut complaints = Vec::new();
    for source in sources().iter().filter(|source| !DEBUG_FORMATS_AT_HOME.contains(&source.path.as_str())) {
        for (number, _) in
            source.code().filter(|(_, line)| DEBUG_FORMATS.iter().any(|format| line.contains(format)))
        {
            complaints.push(format!(
                "{}:{number}: {{:?}} writes Rust's structures into a text: say in a sentence what happened",
                source.path
            ));
        }
    }
    assert_none(&complaints);
}

#[test]
fn proto_knows_bytes_only() {
    let mut complaints = Vec::new();
    for source in sources().iter().filter(|source| source.floor() == Some("proto")) {
        for (number, line) in source.code() {
            for word in NOT_IN_PROTO.into_iter().filter(|word| line.contains(word)) {
                complaints.push(format!(
                    "{}:{number}: proto has no I/O, clock, thread or lock ({word}): let the caller pass the \
                     bytes, the time or the random number",
                    source.path
                ));
            }
        }
    }
    assert_none(&complaints);
}

/// A `bool` or an enum that C fills with other bits than Rust allows is undefined behaviour.
#[test]
fn exported_functions_take_types_of_which_all_bits_are_values() {
    let mut complaints = Vec::new();
    for source in sources().iter().filter(|source| source.floor() == Some("ffi")) {
        for signature in source.text.split("\" fn ckws_").skip(1) {
            let signature = signature.split(" {").next().unwrap_or_default();
            for word in unsuitable_types(signature) {
                complaints.push(format!(
                    "{}: ckws_{signature}\n    {word} is no type to pass: take Bool or c_int, and convert it",
                    source.path
                ));
            }
        }
    }
    assert_none(&complaints);
}

/// The shapes of a function that may wait, or whose call is reported to the log callback.
const MAY_UNWIND: [&str; 8] =
    ["run", "run_unit", "run_text", "call", "call_unit", "call_text", "set", "make_task"];

/// A cancel of the thread, or a callback that ends it, unwinds the stack; an `extern "C"` function ends the process then.
#[test]
fn what_waits_or_calls_the_program_may_be_unwound() {
    let mut complaints = Vec::new();
    for source in sources().iter().filter(|source| source.floor() == Some("ffi")) {
        for function in source.text.split("extern \"C\" fn ckws_").skip(1) {
            let function = function.split("\n}").next().unwrap_or_default();
            if MAY_UNWIND.iter().any(|shape| function.contains(&format!(" {shape}("))) {
                let name = function.split('(').next().unwrap_or_default();
                complaints.push(format!(
                    "{}: ckws_{name} may be unwound: make it extern \"C-unwind\"",
                    source.path
                ));
            }
        }
    }
    assert_none(&complaints);
}

/// The words in a signature that are no parameters' names, no handles and not in [`EXPORTED_TYPES`].
fn unsuitable_types(signature: &str) -> Vec<&str> {
    let (_, types) = signature.split_once('(').unwrap_or_default();
    let pieces = types.split(['(', ')', ',']).map(|piece| piece.rsplit(": ").next().unwrap_or_default());
    // A place for a result is written to, as one byte.
    let words = pieces.filter(|piece| *piece != "*mut bool").flat_map(|piece| {
        piece.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
    });
    words.filter(|word| !word.starts_with("ckws_") && !EXPORTED_TYPES.contains(word)).collect()
}

/// Two kinds with one number would make a handle of one object a handle of the other.
#[test]
fn each_handle_type_has_a_kind_of_its_own() {
    let mut kinds: Vec<(u64, String)> = Vec::new();
    for source in sources().iter().filter(|source| source.floor() == Some("ffi")) {
        for (number, line) in source.code() {
            let Some(kind) = line.trim().strip_prefix("const KIND: u64 = ") else { continue };
            let kind = kind.trim_end_matches(';').parse().expect("KIND is a number");
            kinds.push((kind, format!("{}:{number}", source.path)));
        }
    }
    kinds.sort();
    assert!(!kinds.is_empty(), "the types of handles have other lines than this test reads");
    let mut complaints = Vec::new();
    for pair in kinds.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        complaints.push(format!("{}: {} has the kind {} already", pair[1].1, pair[0].1, pair[0].0));
    }
    for (kind, place) in kinds.iter().filter(|(kind, _)| !(1..16).contains(kind)) {
        complaints
            .push(format!("{place}: a token has four bits for a kind, which is not 0; {kind} does not fit"));
    }
    assert_none(&complaints);
}

#[test]
fn files_can_be_read_in_one_go() {
    let mut complaints = Vec::new();
    for source in sources() {
        let lines = source.text.lines().filter(|line| !line.trim_start().starts_with("///")).count();
        if lines > MAX_LINES {
            complaints.push(format!(
                "{}: {lines} lines without doc comments, {MAX_LINES} are enough: split it by what it does",
                source.path
            ));
        }
    }
    assert_none(&complaints);
}

#[test]
fn the_reader_of_signatures_sees_types() {
    let callback = "Option<unsafe extern \"C\" fn(bool: *mut c_void) -> Bool>";
    assert!(
        unsuitable_types(&format!("x(bool: *mut ckws_rest, enum: {callback}, place: *mut bool) -> Bool"))
            .is_empty()
    );
    assert_eq!(unsuitable_types("x(rest: *mut ckws_rest, tls: bool) -> Status"), ["bool", "Status"]);
    assert_eq!(
        unsuitable_types("x(\n    f: Option<unsafe extern \"C\" fn(bool) -> char>,\n)"),
        ["bool", "char"]
    );
}

#[test]
fn texts_of_faults_are_sentences() {
    let mut complaints = Vec::new();
    for source in sources() {
        let code: String = source.code().flat_map(|(_, line)| [line, "\n"]).collect();
        for text in texts_of_faults(&code).into_iter().filter(|text| !is_sentence(text)) {
            complaints.push(format!(
                "{}: \"{text}\": a text begins with a capital letter, ends with a full stop, and names functions \
                 as they are called, ckws_ and all",
                source.path
            ));
        }
    }
    assert_none(&complaints);
}

/// Behind these stands the text of a fault, if it is a literal, perhaps in a `format!`.
const BEFORE_TEXTS: [&str; 4] = ["Fault::new(", "let text =", "forbidden(", "invalid("];

fn texts_of_faults(code: &str) -> Vec<String> {
    let places = BEFORE_TEXTS
        .into_iter()
        .flat_map(|start| code.match_indices(start).filter_map(move |(at, _)| code.get(at + start.len()..)));
    places.filter_map(literal_argument).collect()
}

/// The string literal that `rest` begins with, behind an error code and the name of a macro or conversion.
fn literal_argument(rest: &str) -> Option<String> {
    let rest = rest.trim_start();
    let rest = match rest.starts_with("ErrorCode::") {
        true => rest.split_once(',')?.1.trim_start(),
        false => rest,
    };
    let rest = rest.strip_prefix("format!(").unwrap_or(rest).trim_start();
    rest.strip_prefix('"').map(literal)
}

fn literal(rest: &str) -> String {
    let mut text = String::new();
    let mut characters = rest.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => match characters.next() {
                Some('\n') => characters = characters.as_str().trim_start().chars(),
                escaped => text.extend(escaped),
            },
            _ => text.push(character),
        }
    }
    text
}

/// A sentence, or one that begins or ends with another text, in which no function has the name of the original.
fn is_sentence(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_uppercase() || c == '{') || text.starts_with("ckws_");
    let ends = text.ends_with(['.', '?']) || text.ends_with(": {}");
    begins
        && ends
        && text.split(|c: char| !c.is_ascii_alphanumeric()).all(|word| !is_name_of_the_original(word))
}

fn is_name_of_the_original(word: &str) -> bool {
    let inner_capital = word.chars().skip(1).any(char::is_uppercase) && word.chars().any(char::is_lowercase);
    let is_other = ["WebSocket", "AllowInsecureBasicAuth", "KiB"].contains(&word);
    inner_capital && word.starts_with(char::is_uppercase) && !is_other
}

#[test]
fn the_reader_of_texts_sees_them() {
    let code = "Fault::new(ErrorCode::A, \"One.\"); Fault::new(ErrorCode::B, text()); let text = format!(\"Two \\\n    {x}\");";
    assert_eq!(texts_of_faults(code), ["One.", "Two {x}"]);
    assert!(is_sentence("The file {path} could not be {what}: {}."));
    assert!(!is_sentence("the host is empty.") && !is_sentence("No host"));
    assert!(
        is_sentence("Call ckws_connect with a WebSocket.") && !is_sentence("UseConnection was not called.")
    );
}

#[test]
fn the_reader_of_paths_sees_them() {
    assert_eq!(named_floors("use crate::base::{Fault, Result};"), ["base::"]);
    assert_eq!(
        named_floors("    let x = crate::log::Log::new(super::proto::ws::Opcode);"),
        ["log::Log::new", "proto::ws::Opcode"]
    );
    assert!(named_floors("use super::handle::Handle;").is_empty());
    assert!(lies_in("proto::ws::opcode::Opcode", &["proto::ws::opcode"]));
    assert!(!lies_in("proto::ws", &["proto::ws::opcode"]) && !lies_in("baseline", &["base"]));
}
