//! `docs/errors.md` has every error number and every fail reason of the sources, and says what to do.
//!
//! The tables are written from `src/base/fault.rs` and `src/object/fail_reason.rs`; only the last column, what to
//! do, is written by hand, and kept.

#![allow(clippy::expect_used, clippy::panic, reason = "a test ends at the first thing that goes wrong")]

#[path = "support/error_codes.rs"]
mod error_codes;
#[path = "support/markdown.rs"]
mod markdown;

use ckws::base::ErrorCode;
use ckws::object::fail_reason;
use error_codes::ALL;
use std::collections::BTreeMap;
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

/// A number as `src/base/fault.rs` has it.
struct Variant {
    name: String,
    number: i32,
    meaning: String,
}

/// A value of an enum of numbers or a run of constants: its doc comment stands before it.
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

fn variants() -> Vec<Variant> {
    let source = markdown::read("src/base/fault.rs");
    let (_, rest) = source.split_once("pub enum ErrorCode {").expect("there is the enum");
    let (body, _) = rest.split_once("\n}").expect("the enum ends");
    let mut variants = Vec::new();
    documented(body, |line, comment| {
        if let Some((name, number)) = line.trim_end_matches(',').split_once(" = ") {
            let number = number.parse().expect("a variant has a number");
            variants.push(Variant { name: name.to_owned(), number, meaning: comment.to_owned() });
        }
    });
    variants
}

/// The code of a variant.
fn code_of(variant: &Variant) -> ErrorCode {
    let code = ALL.iter().find(|code| **code as i32 == variant.number);
    *code.unwrap_or_else(|| panic!("tests/support/error_codes.rs lacks {}", variant.name))
}

/// What the table of numbers has in the last column, by the first.
fn advice(document: &str) -> BTreeMap<String, String> {
    let (table, _) = document.split_once("<!-- end of errors -->").expect("the table ends");
    let rows = table.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.strip_suffix(" |")?.split(" | ").collect();
        Some((cells.first()?.trim().to_owned(), cells.last()?.trim().to_owned()))
    });
    rows.collect()
}

fn error_tables(document: &str) -> String {
    let advice = advice(document);
    let variants = variants();
    let mut text = String::new();
    for (stage, heading) in STAGES {
        let of_stage: Vec<&Variant> =
            variants.iter().filter(|variant| variant.number / 100 == stage).collect();
        if of_stage.is_empty() {
            continue;
        }
        let digits = if stage == 0 { "0".to_owned() } else { format!("{stage}xx") };
        writeln!(text, "### {digits}: {heading}\n").expect("a String can be written to");
        text += "| number | constant | meaning | read | connect | what to do |\n";
        text += "| --- | --- | --- | --- | --- | --- |\n";
        for variant in of_stage {
            text += &error_row(variant, &advice);
        }
        text.push('\n');
    }
    text
}

fn error_row(variant: &Variant, advice: &BTreeMap<String, String>) -> String {
    let Variant { number, meaning, .. } = variant;
    let code = code_of(variant);
    let advice = advice.get(&number.to_string()).map_or("", String::as_str);
    format!(
        "| {number} | `{}` | {meaning} | {} | {} | {advice} |\n",
        code.constant(),
        fail_reason::read_frame(code),
        fail_reason::connect(code)
    )
}

/// Which numbers become a reason, in groups: "700 to 712".
fn numbers(reason: i32, reason_of: fn(ErrorCode) -> i32) -> String {
    let mut groups: Vec<(i32, i32, bool)> = Vec::new();
    for code in ALL {
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
    for (reason, meaning) in error_codes::CONNECT_REASONS {
        let numbers = numbers(*reason, fail_reason::connect);
        let numbers = if numbers.is_empty() { "none".to_owned() } else { numbers };
        writeln!(text, "| {reason} | {meaning} | {numbers} |").expect("a String can be written to");
    }
    text
}

#[test]
fn the_document_is_current() {
    let document = markdown::read(PATH);
    let fresh = markdown::with_part(&document, "errors", &error_tables(&document));
    let fresh = markdown::with_part(&fresh, "read reasons", &read_reasons());
    let fresh = markdown::with_part(&fresh, "connect reasons", &connect_reasons());
    markdown::check(PATH, &fresh, "errors_doc");
}

#[test]
fn every_number_has_an_advice() {
    let advice = advice(&markdown::read(PATH));
    for variant in variants() {
        let text = advice.get(&variant.number.to_string()).map_or("", String::as_str);
        assert!(text.ends_with('.'), "{PATH} does not say what to do about {}", variant.name);
    }
}

#[test]
fn the_list_of_this_test_is_the_enum() {
    let listed: Vec<String> = ALL.iter().map(|code| format!("{code:?} = {}", *code as i32)).collect();
    let declared: Vec<String> =
        variants().iter().map(|variant| format!("{} = {}", variant.name, variant.number)).collect();
    assert_eq!(listed, declared, "complete, in the same order");
}

#[test]
fn the_header_has_the_same_names_and_numbers() {
    let header = markdown::read("include/ckws.h");
    for code in ALL {
        let line = format!("    {} = {},\n", code.constant(), *code as i32);
        assert!(header.contains(&line), "{line}");
    }
}

#[test]
fn every_reason_is_in_its_table() {
    let connect: Vec<i32> = error_codes::CONNECT_REASONS.iter().map(|(reason, _)| *reason).collect();
    let read = read_reasons();
    for code in ALL {
        assert!(connect.contains(&fail_reason::connect(*code)), "{code:?}");
        assert!(read.contains(&format!("\n| {} | ", fail_reason::read_frame(*code))), "{code:?}");
    }
}
