//! `docs/surface.md` tells of each member of the original where it is: in a function here, planned, or left out.
//!
//! `api/surface.tsv` has what is here, `api/planned.tsv` what comes later: a row moves from the second to the
//! first with its function. `api/left_out.tsv` has what was left out on purpose.

use crate::markdown;
use std::collections::BTreeSet;
use std::fmt::Write;

const OBJECTS: [&str; 9] =
    ["WebSocket", "Rest", "Socket", "Task", "TaskQueue", "SshKey", "BinData", "StringBuilder", "Global"];

/// A line of the document's tables.
struct Row {
    object: String,
    member: String,
    is_extension: bool,
    functions: Vec<String>,
    state: String,
}

fn columns<const N: usize>(row: &str) -> [String; N] {
    let columns: Vec<String> = row.split('\t').map(str::to_owned).collect();
    columns.try_into().unwrap_or_else(|_| panic!("not {N} columns: {row}"))
}

fn rows_of<const N: usize>(path: &str) -> Vec<[String; N]> {
    markdown::read(path).lines().skip(1).map(columns).collect()
}

/// The table's members; getter and setter make one.
fn members(path: &str, state: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for [object, member, kind, function, _] in rows_of::<5>(path) {
        let extension = member.strip_prefix("(ext) ");
        let is_extension = extension.is_some();
        let is_twin = is_extension && kind == "async";
        let member = extension.unwrap_or_else(|| member.trim_matches(['(', ')'])).to_owned();
        let member = if is_twin { member + ", Async" } else { member };
        match rows.iter_mut().find(|row| (&row.object, &row.member) == (&object, &member)) {
            Some(row) => row.functions.push(function),
            None => rows.push(Row {
                object,
                member,
                is_extension,
                functions: vec![function],
                state: state.to_owned(),
            }),
        }
    }
    rows
}

fn left_out() -> impl Iterator<Item = Row> {
    rows_of::<3>("api/left_out.tsv").into_iter().map(|[object, member, reason]| Row {
        object,
        member,
        is_extension: false,
        functions: Vec::new(),
        state: format!("left out: {reason}"),
    })
}

/// All members: by object what is here, what comes later, what does not.
fn tables() -> String {
    let mut rows = members("api/surface.tsv", "here");
    rows.extend(members("api/planned.tsv", "later"));
    rows.extend(left_out());
    let mut text = String::new();
    let others: Vec<&Row> = rows.iter().filter(|row| !OBJECTS.contains(&row.object.as_str())).collect();
    for object in OBJECTS {
        writeln!(text, "### {object}\n").expect("a String can be written to");
        let (extensions, original): (Vec<&Row>, Vec<&Row>) =
            rows.iter().filter(|row| row.object == object).partition(|row| row.is_extension);
        if !original.is_empty() {
            text += &table("member", &original);
        }
        if !extensions.is_empty() {
            text += &table("beyond the original", &extensions);
        }
    }
    text += "### Other objects\n\n";
    for row in others {
        writeln!(text, "* {}: {}.", row.object, row.state).expect("a String can be written to");
    }
    text
}

fn table(heading: &str, rows: &[&Row]) -> String {
    let mut text = format!("| {heading} | C | state |\n| --- | --- | --- |\n");
    for row in rows {
        let functions: Vec<String> = row.functions.iter().map(|name| format!("`{name}`")).collect();
        writeln!(text, "| {} | {} | {} |", row.member, functions.join(", "), row.state)
            .expect("a String can be written to");
    }
    text + "\n"
}

#[test]
fn the_document_is_current() {
    let path = "docs/surface.md";
    let fresh = markdown::with_part(&markdown::read(path), "members", &tables());
    markdown::check(path, &fresh, "surface_doc");
}

#[test]
fn a_function_is_here_or_planned_never_both() {
    let mut names = BTreeSet::new();
    for path in ["api/surface.tsv", "api/planned.tsv"] {
        for [object, _, _, function, signature] in rows_of::<5>(path) {
            assert!(OBJECTS.contains(&object.as_str()), "{object}");
            assert!(signature.contains(&format!("{function}(")), "{path}: {function}");
            assert!(names.insert(function.clone()), "{path}: {function} has a row already");
        }
    }
}

#[test]
fn a_member_that_is_left_out_is_not_here() {
    let mut kept = members("api/surface.tsv", "");
    kept.extend(members("api/planned.tsv", ""));
    for row in left_out() {
        for name in row.member.split([' ', ',', ':']).filter(|name| !name.is_empty()) {
            let found = kept.iter().any(|kept| kept.object == row.object && kept.member == name);
            assert!(!found, "{} {name}", row.object);
        }
    }
}

/// The header is generated from the code, the table is not.
#[test]
fn the_table_has_every_function_of_the_header() {
    let header = markdown::read("include/ckws.h");
    let mut declared = BTreeSet::new();
    for line in header.lines().filter(|line| !line.trim_start().starts_with(['*', '/'])) {
        let Some((before, _)) = line.split_once('(') else { continue };
        let name = before.rsplit([' ', '*']).next().unwrap_or_default();
        if name.starts_with("ckws_") {
            declared.insert(name.to_owned());
        }
    }
    let here = rows_of::<5>("api/surface.tsv").into_iter().map(|[_, _, _, function, _]| function);
    assert_eq!(declared, here.collect());
}
