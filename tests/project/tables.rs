//! The tables of a Markdown document, and the tests that they name.

use std::collections::BTreeSet;
use std::path::Path;

/// The rows of all tables with these columns, cell by cell.
pub(crate) fn rows(document: &str, columns: usize) -> Vec<Vec<String>> {
    let lines = document.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = lines.map(|line| line.split(" | ").map(str::to_owned).collect::<Vec<_>>());
    let headings = ["---", "what", "promise", "known fault"];
    cells.filter(|row| row.len() == columns && !headings.contains(&row[0].as_str())).collect()
}

/// What stands in backticks.
pub(crate) fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// The names of all test functions in src/ and tests/: those in Rust, and the `test_` functions of the C programs.
pub(crate) fn test_functions() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for folder in ["src", "tests"] {
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut names);
    }
    names
}

fn collect(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be listed").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, names);
        } else if path.extension().is_some_and(|ending| ending == "rs" || ending == "c") {
            let text = std::fs::read_to_string(&path).expect("the file can be read");
            names.extend(tests_of(&text));
        }
    }
}

fn tests_of(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut is_test = false;
    for line in text.lines().map(str::trim) {
        let in_c = line.strip_prefix("static void ").filter(|name| name.starts_with("test_"));
        let in_rust = line.strip_prefix("fn ").filter(|_| is_test);
        if let Some((name, _)) = in_c.or(in_rust).and_then(|rest| rest.split_once('(')) {
            names.push(name.to_owned());
        }
        // Other attributes and comments may stand between the two.
        is_test = line == "#[test]" || (is_test && (line.starts_with('#') || line.starts_with("//")));
    }
    names
}
