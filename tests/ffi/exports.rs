//! What the shared library exports, what the header declares and what `api/surface.tsv` lists are the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use support::gcc;

/// Functions with their signatures, in a form that can be compared.
type Functions = BTreeMap<String, String>;

/// What a command prints about the library.
fn ask(program: &str, options: &[&str]) -> String {
    let output = Command::new(program)
        .args(options)
        .arg(gcc::built_library())
        .output()
        .expect("nm and readelf come with the C compiler (package binutils)");
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it prints text")
}

fn read(path: &str) -> String {
    fs::read_to_string(support::package_dir().join(path)).expect("the file can be read")
}

/// The functions of the table.
fn listed() -> Functions {
    let table = read("api/surface.tsv");
    let rows = table.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    rows.map(|row| {
        let [_, _, _, name, signature] = row[..] else { unreachable!("five columns: {row:?}") };
        (name.to_owned(), comparable(signature))
    })
    .collect()
}

/// The functions of the header.
fn declared() -> Functions {
    let code = without_comments(&read("include/ckws.h"));
    let statements = code.split([';', '{', '}']);
    let functions = statements.filter(|statement| statement.contains('('));
    functions
        .map(|statement| {
            let head = statement.split('(').next().unwrap_or_default();
            let name = head.rsplit([' ', '*', '\n']).next().unwrap_or_default();
            (name.to_owned(), comparable(statement))
        })
        .collect()
}

/// C code without comments and without the preprocessor's lines.
fn without_comments(code: &str) -> String {
    let mut plain = String::new();
    for (index, piece) in code.split("/*").enumerate() {
        let behind = if index == 0 { piece } else { piece.split_once("*/").map_or("", |(_, rest)| rest) };
        plain.push_str(behind);
    }
    let lines = plain.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// A signature without what may differ: white space, the word `struct`, the names of parameters.
fn comparable(signature: &str) -> String {
    let tokens: Vec<&str> = tokens(signature).into_iter().filter(|token| *token != "struct").collect();
    let is_name = |index: usize| {
        let before = index
            .checked_sub(1)
            .and_then(|at| tokens.get(at))
            .is_some_and(|token| *token == "*" || is_word(token));
        let behind = tokens.get(index + 1).is_some_and(|token| matches!(*token, "," | ")"));
        before && behind && tokens.get(index).is_some_and(|token| is_word(token))
    };
    let kept = tokens.iter().enumerate().filter(|(index, _)| !is_name(*index));
    kept.map(|(_, token)| *token).collect::<Vec<_>>().join(" ")
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words, and each other character that is no white space.
fn tokens(code: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let (token, behind) = rest.split_at(word.max(first.len_utf8()));
        tokens.push(token);
        rest = behind.trim_start();
    }
    tokens
}

#[test]
fn the_library_exports_exactly_the_functions_of_the_table() {
    let symbols = ask("nm", &["-D", "--defined-only"]);
    let exported: BTreeSet<&str> =
        symbols.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    let listed = listed();
    let listed: BTreeSet<&str> = listed.keys().map(String::as_str).collect();
    let missing: Vec<_> = listed.difference(&exported).collect();
    assert!(missing.is_empty(), "in api/surface.tsv but not in the library: {missing:?}");
    let unknown: Vec<_> = exported.difference(&listed).collect();
    assert!(unknown.is_empty(), "in the library but not in api/surface.tsv (add a row): {unknown:?}");
}

#[test]
fn the_header_declares_the_functions_of_the_table_as_listed() {
    let (listed, declared) = (listed(), declared());
    for (name, signature) in &listed {
        let in_header = declared.get(name).map_or("", String::as_str);
        assert_eq!(
            in_header, signature,
            "{name}: include/ckws.h (left) differs from api/surface.tsv (right)"
        );
    }
    let unlisted: Vec<_> = declared.keys().filter(|name| !listed.contains_key(*name)).collect();
    assert!(unlisted.is_empty(), "in include/ckws.h but not in api/surface.tsv (add a row): {unlisted:?}");
}

#[test]
fn the_library_has_its_soname_and_stays_loaded() {
    let dynamic = ask("readelf", &["-d"]);
    let line = |tag: &str| dynamic.lines().find(|line| line.contains(tag)).unwrap_or_default();
    assert!(line("(SONAME)").contains("[libckws.so.0]"), "build.rs gives the soname:\n{dynamic}");
    assert!(
        line("(FLAGS_1)").contains("NODELETE"),
        "dlclose would unmap code that threads of the library run; build.rs passes -z nodelete:\n{dynamic}"
    );
}

#[test]
fn signatures_are_compared_without_what_may_differ() {
    assert_eq!(
        comparable("bool f(struct ckws_rest *rest,\n    const char *name)"),
        comparable("bool f(ckws_rest *, const char *value)")
    );
    assert_eq!(comparable("int f(void)"), "int f ( void )");
    assert_ne!(comparable("int f(int a)"), comparable("int f(int *a)"));
    assert_eq!(
        comparable("void f(bool (*fn)(int a, void *data), void *data)"),
        "void f ( bool ( * ) ( int , void * ) , void * )"
    );
}
