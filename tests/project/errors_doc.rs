//! `docs/errors.md` has every error number and every fail reason of the sources, and says what to do.
//!
//! The tables are written from `src/base/error_code.rs` and `src/object/fail_reason.rs`.

use crate::markdown;
use ckws::base::ErrorCode;
use ckws::object::fail_reason;
use std::fmt::Write;

const PATH: &str = "docs/errors.md";

/// The stages, each a hundred numbers.
const STAGES: [(i32, &str); 9] = [
    (0, "No failure"),
    (1, "Arguments and state"),
    (2, "Name lookup and TCP"),
    (3, "Proxy"),
    (4, "SSH"),
    (5, "TLS"),
    (6, "HTTP and the opening handshake"),
    (7, "WebSocket protocol and limits"),
    (8, "Time-outs, aborts and closing"),
];

/// ConnectFailReason as the original has it: the values that a client can meet.
const CONNECT_REASONS: [(i32, &str); 26] = [
    (0, "No failure."),
    (1, "The host name was empty."),
    (2, "The host name could not be resolved."),
    (3, "The name lookup timed out."),
    (4, "Aborted by the program."),
    (5, "Anything else inside this library."),
    (6, "The TCP connection timed out."),
    (7, "The TCP connection was refused or failed."),
    (99, "The library was not unlocked."),
    (100, "An error inside the TLS layer."),
    (101, "The client hello could not be sent."),
    (102, "An unexpected message in the TLS handshake."),
    (103, "The server hello could not be read."),
    (104, "The server gave no certificate."),
    (105, "The server answered with an unexpected TLS version."),
    (106, "The server's certificate failed verification."),
    (107, "No TLS version in common."),
    (108, "The certificate does not meet the program's own requirements."),
    (109, "The TLS handshake could not be read to its end."),
    (110, "The client certificate could not be sent."),
    (111, "The client's key exchange could not be sent."),
    (112, "The private key of the client certificate could not be used."),
    (113, "The client's certificate-verify message could not be sent."),
    (114, "The change of the cipher could not be sent."),
    (115, "The client's finished message could not be sent."),
    (116, "The server's finished message is not valid."),
];

/// The lines of a run of constants, each with the doc comment that stands before it.
fn documented(source: &str, mut parse: impl FnMut(&str, &str)) {
    let mut comment = String::new();
    for line in source.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            comment += text;
        } else {
            parse(line, comment.trim());
            comment.clear();
        }
    }
}

fn error_tables() -> String {
    let mut text = String::new();
    for (stage, heading) in STAGES {
        let of_stage: Vec<ErrorCode> =
            ErrorCode::ALL.iter().copied().filter(|code| *code as i32 / 100 == stage).collect();
        if of_stage.is_empty() {
            continue;
        }
        let digits = if stage == 0 { "0".to_owned() } else { format!("{stage}xx") };
        writeln!(text, "### {digits}: {heading}\n").expect("a String can be written to");
        text += "| number | constant | meaning | read | connect | what to do |\n";
        text += "| --- | --- | --- | --- | --- | --- |\n";
        text.extend(of_stage.into_iter().map(error_row));
        text.push('\n');
    }
    text
}

fn error_row(code: ErrorCode) -> String {
    format!(
        "| {} | `{}` | {} | {} | {} | {} |\n",
        code as i32,
        code.name().to_string_lossy(),
        code.meaning(),
        fail_reason::read_frame(code),
        fail_reason::connect(code),
        code.remedy()
    )
}

/// Which numbers become a reason, in groups: "700 to 712".
fn numbers(reason: i32, reason_of: fn(ErrorCode) -> i32) -> String {
    let mut groups: Vec<(i32, i32, bool)> = Vec::new();
    for code in ErrorCode::ALL {
        let (number, fits) = (*code as i32, reason_of(*code) == reason);
        match groups.last_mut() {
            Some((_, last, open)) if *open && fits => *last = number,
            Some((_, _, open)) if !fits => *open = false,
            _ if fits => groups.push((number, number, true)),
            _ => {}
        }
    }
    let groups = groups
        .iter()
        .map(|(first, last, _)| if first == last { first.to_string() } else { format!("{first} to {last}") });
    groups.collect::<Vec<_>>().join(", ")
}

/// The constants CKWS_READ_ with their comments.
fn read_reasons() -> String {
    let mut text =
        String::from("| reason | constant | meaning | error numbers |\n| --- | --- | --- | --- |\n");
    documented(&markdown::read("src/ffi/constants.rs"), |line, comment| {
        let Some(meaning) = comment.strip_prefix("ReadFrameFailReason: ") else { return };
        let (name, value) = line
            .strip_prefix("pub const ")
            .and_then(|line| line.trim_end_matches(';').split_once(": c_int = "))
            .expect("a constant follows its comment");
        let numbers = numbers(value.parse().expect("a number"), fail_reason::read_frame);
        writeln!(text, "| {value} | `{name}` | {meaning} | {numbers} |").expect("a String can be written to");
    });
    text
}

/// The reasons of the original, and which of our numbers become them.
fn connect_reasons() -> String {
    let mut text = String::from("| reason | meaning | error numbers |\n| --- | --- | --- |\n");
    for (reason, meaning) in CONNECT_REASONS {
        let numbers = numbers(reason, fail_reason::connect);
        let numbers = if numbers.is_empty() { "none".to_owned() } else { numbers };
        writeln!(text, "| {reason} | {meaning} | {numbers} |").expect("a String can be written to");
    }
    text
}

#[test]
fn the_document_is_current() {
    let document = markdown::read(PATH);
    let fresh = markdown::with_part(&document, "errors", &error_tables());
    let fresh = markdown::with_part(&fresh, "read reasons", &read_reasons());
    let fresh = markdown::with_part(&fresh, "connect reasons", &connect_reasons());
    markdown::check(PATH, &fresh, "errors_doc");
}

#[test]
fn every_number_is_of_a_stage() {
    for code in ErrorCode::ALL {
        assert!(STAGES.iter().any(|(stage, _)| *code as i32 / 100 == *stage), "{code:?}");
    }
}

#[test]
fn every_reason_is_in_its_table() {
    let connect: Vec<i32> = CONNECT_REASONS.map(|(reason, _)| reason).to_vec();
    let read = read_reasons();
    for code in ErrorCode::ALL {
        assert!(connect.contains(&fail_reason::connect(*code)), "{code:?}");
        assert!(read.contains(&format!("\n| {} | ", fail_reason::read_frame(*code))), "{code:?}");
    }
}
