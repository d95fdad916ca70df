//! docs/security.md names tests that exist, and says so where there is none.

use crate::markdown::read;
use crate::tables::{quoted, rows, test_functions};

#[test]
fn every_row_names_a_test_that_exists() {
    let known = test_functions();
    assert!(known.contains("every_row_names_a_test_that_exists"), "the tests are found");
    let document = read("docs/security.md");
    let rows = rows(&document, 3);
    assert!(rows.len() > 50, "the tables are found");
    for row in rows {
        let named = quoted(&row[2]);
        assert!(!named.is_empty(), "no test shows: {}", row[0]);
        for name in named {
            assert!(known.contains(name), "{name} is no test; it is to show: {}", row[0]);
        }
    }
}

/// A row that is not one of a table would be looked over.
#[test]
fn every_line_with_a_bar_is_a_row_of_three() {
    for line in read("docs/security.md").lines().filter(|line| line.starts_with('|')) {
        assert_eq!(line.matches(" | ").count(), 2, "{line}");
    }
}
