//! `include/ckws.h` is what cbindgen makes of the sources. CKWS_UPDATE_HEADER=1 writes it.

use ckws::base::ErrorCode;
use std::path::Path;

#[test]
fn header_is_current() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("include/ckws.h");
    let fresh = generate(root);
    if std::env::var_os("CKWS_UPDATE_HEADER").is_some() {
        std::fs::write(&path, &fresh).expect("the header can be written");
    }
    let current = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        current == fresh,
        "include/ckws.h is stale; write it with: CKWS_UPDATE_HEADER=1 cargo test --test ffi header"
    );
}

fn generate(root: &Path) -> String {
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is valid");
    let bindings = cbindgen::Builder::new()
        .with_config(config)
        .with_crate(root)
        .with_header(PREAMBLE)
        .generate()
        .expect("the sources have a C interface");
    let mut header = Vec::new();
    bindings.write(&mut header);
    let header = String::from_utf8(header).expect("the header is text");
    with_headings(with_enums(&header))
}

/// The enums that the constants are enumerators of, for generators of bindings, which do not see macros: how the names
/// of the constants begin, the enum, and what it is.
const ENUMS: [(&str, &str, &str); 5] = [
    (
        "CKWS_OPCODE_",
        "ckws_opcode",
        "Opcodes (RFC 6455 section 11.8), as FrameOpcodeInt and ckws_receive return them.",
    ),
    ("CKWS_READ_", "ckws_read_frame_fail_reason", "Why a read failed, as ReadFrameFailReason returns it."),
    ("CKWS_STAGE_", "ckws_connect_stage", "How far a connect came, as ckws_get_connect_stage returns it."),
    ("CKWS_TASK_", "ckws_task_status", "How far a task is, as StatusInt returns it."),
    ("CKWS_VERSION_", "ckws_header_version", "The version of this header; ckws_version has the library's."),
];

/// A constant as cbindgen writes it.
struct Constant {
    name: String,
    value: String,
    /// The lines of its comment.
    comment: String,
}

/// Puts an enum before each group of constants. The macros stay, for programs that ask for them by `#if`. To C++, where an
/// int is no enumerator, only those of the version.
fn with_enums(header: &str) -> String {
    let begin = header.find("/**\n").expect("the constants come first");
    let behind = header.find("\ntypedef ").expect("types come after them");
    let end = header[..behind].rfind("/**\n").expect("each type has a comment");
    let constants: Vec<Constant> = header[begin..end].split("\n\n").filter_map(constant).collect();
    let group = |(start, name, comment): (&str, &str, &str)| {
        let members: Vec<&Constant> =
            constants.iter().filter(|constant| constant.name.starts_with(start)).collect();
        with_macros(name, comment, &members)
    };
    let groups: String = ENUMS.map(group).concat();
    assert_eq!(
        groups.matches("\n#define ").count(),
        constants.len(),
        "each constant belongs to one of ENUMS"
    );
    [&header[..begin], &groups, &errors(), &header[end..]].concat()
}

fn constant(text: &str) -> Option<Constant> {
    let (comment, definition) = text.split_once("#define ")?;
    let (name, value) = definition.trim_end().split_once(' ')?;
    Some(Constant { name: name.to_owned(), value: value.to_owned(), comment: comment.to_owned() })
}

/// The enum of the error numbers, of the table in `src/base/error_code.rs`.
fn errors() -> String {
    let mut text = String::from(ERRORS_COMMENT);
    for code in ErrorCode::ALL {
        let (name, number) = (code.name().to_string_lossy(), *code as i32);
        text += &format!("    /**\n     * {}\n     */\n    {name} = {number},\n", code.meaning());
    }
    text + "} ckws_error;\n\n"
}

const ERRORS_COMMENT: &str = "\
/**
 * Error numbers, as `ckws_get_last_error_code` and its siblings return them.
 *
 * Grouped by stage: 1xx argument and state, 2xx name lookup and TCP, 3xx proxy, 4xx SSH, 5xx TLS,
 * 6xx HTTP and opening handshake, 7xx WebSocket protocol and limits, 8xx time-out, abort, closed.
 * A number is never reused and never changes its meaning. Since 0.1.0.
 */
typedef enum ckws_error {
";

/// An enum, and the macros of the same names, which must come after it.
fn with_macros(name: &str, comment: &str, members: &[&Constant]) -> String {
    let mut text = format!("/**\n * {comment} Since 0.1.0.\n */\ntypedef enum {name} {{\n");
    for Constant { name, value, comment } in members {
        let comment: String = comment.lines().map(|line| format!("    {line}\n")).collect();
        text += &format!("{comment}    {name} = {value},\n");
    }
    text += &format!("}} {name};\n");
    let macros: String =
        members.iter().map(|Constant { name, value, .. }| format!("#define {name} {value}\n")).collect();
    match name {
        "ckws_header_version" => text + &macros + "\n",
        _ => text + "#ifndef __cplusplus\n" + &macros + "#endif\n\n",
    }
}

/// The contract that holds for every function, once.
const PREAMBLE: &str = "\
/*
 * libckws: a WebSocket client (RFC 6455).
 *
 * Generated by cbindgen from the Rust sources; do not edit.
 *
 * Handles are tokens, never dereferenced: NULL, a disposed handle, a handle of another kind or a random
 * number makes a call return its failure value, nothing else. Dispose what a create function returned. A
 * handle is a number below 2^52, so a language that keeps pointers in a double can hold it.
 *
 * Failure is false, NULL or a negative number; the text and the number of the failure are in the handle
 * (ckws_get_last_error_text, ckws_get_last_error_code). A setter returns false for a value that it refuses,
 * and the old one stays. On a handle that is not alive string getters return \"\", integer getters -1,
 * boolean ones and setters false.
 *
 * A bool that is passed, or returned by a callback, is true for every byte except 0; one that is returned is 0 or
 * 1 in the whole register, for languages that read more than the byte.
 *
 * Strings are UTF-8. What is passed in is copied before the call returns; NULL is refused unless a comment
 * says otherwise. What is returned belongs to the handle: never free it. It is valid until the handle has
 * returned ten more strings, to whichever thread (one above 64 KiB: until the next above 64 KiB), or is
 * disposed; ckws_copy_last_error_text copies where threads share a handle. Bytes are a pointer and a
 * length; NULL only with 0, and a length above PTRDIFF_MAX is refused. Nothing else is checked of the
 * memory that a pointer to a string, to bytes or to a place for a result leads to.
 *
 * Time-outs are milliseconds; 0 or -1 is no limit, which a property returns as 0, another negative number is
 * refused. Any function may be called from any thread on any handle; one thread can wait in a read while others
 * send. After fork a child knows no handle of its parent.
 *
 * A thread may be cancelled (pthread_cancel, deferred) while a call waits, and a callback may end its thread
 * (pthread_exit): the call is cancelled as by an abort, and other threads continue. A callback must not
 * throw. A C++ exception that leaves a callback cancels the call and propagates to the caller of the library;
 * where no handler is there, and out of TaskCompleted, the process ends by std::terminate.
 *
 * The library raises no signal, prints nothing (except logs that CKWS_LOG asks for), changes no locale and reports nothing through errno.
 */";

/// The functions come in the order of the objects; a heading tells where each begins.
fn with_headings(mut header: String) -> String {
    const OBJECTS: [(&str, &str); 7] = [
        ("ckws_create", "WebSocket"),
        ("ckws_rest_create", "Rest"),
        ("ckws_bin_data_create", "BinData"),
        ("ckws_string_builder_create", "StringBuilder"),
        ("ckws_task_create", "Task"),
        ("ckws_task_queue_create", "TaskQueue"),
        ("ckws_version", "The library"),
    ];
    for (first, heading) in OBJECTS {
        let function = header.find(&format!("{first}(void)")).expect("each object has its first function");
        let comment = header[..function].rfind("/**").expect("each function has a comment");
        let rule = "=".repeat(98);
        header.insert_str(comment, &format!("/* {rule}\n * {heading}\n * {rule} */\n\n"));
    }
    header
}
