//! docs/limits.md is true: its numbers are those of the code, and the tests that it names exist.

use crate::markdown::read;
use crate::tables::{quoted, rows, test_functions};

/// The value of a constant that is written as numbers and products of numbers.
fn constant(name: &str, file: &str) -> Option<u64> {
    let source = read(file);
    let begin = source.find(&format!("const {name}: "))?;
    let statement = source.get(begin..)?.split(';').next()?;
    let value = statement.split_once(" = ")?.1;
    let times = ["Duration::from_secs(", "Duration::from_millis("];
    let number = times.into_iter().find_map(|time| value.strip_prefix(time)?.strip_suffix(')'));
    let value = number.unwrap_or(value);
    value.split('*').map(|factor| factor.trim().replace('_', "").parse::<u64>().ok()).product()
}

#[test]
fn every_number_is_that_of_its_constant() {
    let document = read("docs/limits.md");
    let rows = rows(&document, 5);
    assert!(rows.len() > 20, "the tables are found");
    for row in rows {
        let [name, file] = quoted(&row[2])[..] else { unreachable!("{}: a name and a file", row[2]) };
        let value = constant(name, file);
        assert!(value.is_some(), "{name} is not found in {file}");
        assert_eq!(value, row[1].parse().ok(), "{name} in {file}");
    }
}

#[test]
fn every_row_names_tests_that_exist() {
    let known = test_functions();
    for row in rows(&read("docs/limits.md"), 5) {
        let named = quoted(&row[4]);
        assert!(!named.is_empty(), "{}: which test shows it?", row[0]);
        for name in named {
            assert!(known.contains(name), "{name} is no test");
        }
    }
}
