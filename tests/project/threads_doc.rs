//! docs/threads.md names tests that exist, or says that there is none.

use crate::markdown::read;
use crate::tables::{quoted, rows, test_functions};

const NO_TEST: &str = "no test yet";

#[test]
fn every_row_of_the_threads_names_a_test_that_exists_or_says_that_there_is_none() {
    let known = test_functions();
    let document = read("docs/threads.md");
    let rows = rows(&document, 3);
    assert!(rows.len() > 25, "the tables are found");
    for row in rows {
        let named = quoted(&row[2]);
        assert_eq!(named.is_empty(), row[2] == NO_TEST, "{}", row[0]);
        for name in named {
            assert!(known.contains(name), "{name} is no test; it is to show: {}", row[0]);
        }
    }
}

/// A row that is not one of a table would be looked over.
#[test]
fn every_line_with_a_bar_is_a_row_of_three_or_four() {
    for line in read("docs/threads.md").lines().filter(|line| line.starts_with('|')) {
        assert!([2, 3].contains(&line.matches(" | ").count()), "{line}");
    }
}
