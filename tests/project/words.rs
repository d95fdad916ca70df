//! Comments and documents use plain technical English: words that hide who does what grow rarer, file by file.
//!
//! `tests/project/words.tsv` has how many of them a file may have; a file without a row has none. A row may only be lowered:
//! `CKWS_UPDATE_WORDS=1 cargo test --test project words` does it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Words, and what to write in their place.
const WORDS: [(&[&str], &str); 9] = [
    (&["account", "accounts", "journal", "journals"], "call log"),
    (&["lend", "lends", "lent", "lending", "loan", "loans"], "returns; valid until ..."),
    (&["whoever", "nobody"], "the reader, the sender, the caller; no thread, no task"),
    (&["told"], "is returned, is reported, is notified"),
    (&["gone"], "was disposed, was closed, has ended"),
    (&["meanwhile"], "between A and B: name the race"),
    (&["but for"], "except"),
    (&["vain"], "spuriously, without a result"),
    (&["alone", "behind"], "only; after, under, beyond"),
];

const CEILINGS: &str = "tests/project/words.tsv";

/// A line of prose: the path of its file, its number, its words.
struct Line {
    path: String,
    number: usize,
    words: Vec<String>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All lines of prose of the sources, the header and the documents.
fn prose() -> Vec<Line> {
    let mut paths = vec![root().join("include/ckws.h")];
    collect(&root().join("src"), "rs", &mut paths);
    collect(&root().join("docs"), "md", &mut paths);
    let documents = fs::read_dir(root()).expect("the project can be listed").flatten();
    paths.extend(documents.map(|entry| entry.path()).filter(|path| has_extension(path, "md")));
    paths.iter().flat_map(|path| lines_of(path)).collect()
}

fn collect(folder: &Path, extension: &str, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be listed").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, extension, paths);
        } else if has_extension(&path, extension) {
            paths.push(path);
        }
    }
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn lines_of(path: &Path) -> Vec<Line> {
    let text = fs::read_to_string(path).expect("the file can be read");
    let path = path.strip_prefix(root()).expect("it lies in the project").display().to_string();
    let only_comments = path.ends_with(".rs");
    let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim_start()));
    let prose = numbered.filter(|(_, line)| !only_comments || line.starts_with("//"));
    prose.map(|(number, line)| Line { path: path.clone(), number, words: words_of(line) }).collect()
}

/// The words of a line; what stands in backticks is a name of the code.
fn words_of(line: &str) -> Vec<String> {
    let prose = line.split('`').step_by(2);
    let words = prose.flat_map(|part| part.split(|c: char| !c.is_alphanumeric() && c != '_'));
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// The unwanted words of a line, each with what to write in its place.
fn unwanted(words: &[String]) -> Vec<(&'static str, &'static str)> {
    let count_of = |word: &str| match word.split_once(' ') {
        Some((first, second)) => words.windows(2).filter(|pair| *pair == [first, second]).count(),
        None => words.iter().filter(|each| *each == word).count(),
    };
    let listed = WORDS.iter().flat_map(|(words, advice)| words.iter().map(move |word| (*word, *advice)));
    listed.flat_map(|found| std::iter::repeat_n(found, count_of(found.0))).collect()
}

/// The file's rows: a path and its ceiling.
fn ceilings() -> BTreeMap<String, usize> {
    let table = fs::read_to_string(root().join(CEILINGS)).expect("the table can be read");
    let row = |line: &str| {
        let (path, ceiling) = line.split_once('\t').expect("a row has two columns");
        (path.to_owned(), ceiling.parse().expect("a ceiling is a number"))
    };
    table.lines().map(row).collect()
}

/// Lowers each ceiling to what its file has.
fn lower(ceilings: &BTreeMap<String, usize>, counts: &BTreeMap<String, usize>) {
    let mut table = String::new();
    for (path, ceiling) in ceilings {
        let count = counts.get(path).copied().unwrap_or_default();
        if count > 0 {
            writeln!(table, "{path}\t{}", count.min(*ceiling)).expect("a string can be written to");
        }
    }
    fs::write(root().join(CEILINGS), table).expect("the table can be written");
}

#[test]
fn unwanted_words_grow_rarer() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut places: BTreeMap<String, String> = BTreeMap::new();
    for line in prose() {
        for (word, advice) in unwanted(&line.words) {
            *counts.entry(line.path.clone()).or_default() += 1;
            let list = places.entry(line.path.clone()).or_default();
            writeln!(list, "  {}:{}: {word}; write: {advice}", line.path, line.number)
                .expect("a string can be written to");
        }
    }
    if std::env::var_os("CKWS_UPDATE_WORDS").is_some() {
        lower(&ceilings(), &counts);
    }

    let ceilings = ceilings();
    let mut complaints = String::new();
    for (path, &count) in &counts {
        let ceiling = ceilings.get(path).copied().unwrap_or_default();
        if count > ceiling {
            let places = &places[path];
            complaints += &format!("{path} has {count} unwanted words, {ceiling} are permitted:\n{places}");
        }
    }
    for (path, &ceiling) in &ceilings {
        let count = counts.get(path).copied().unwrap_or_default();
        if count < ceiling {
            complaints += &format!(
                "{path} has {count} unwanted words: lower its row from {ceiling}, by \
                 CKWS_UPDATE_WORDS=1 cargo test --test project words\n"
            );
        }
    }
    assert!(complaints.is_empty(), "\n{complaints}");
}

#[test]
fn words_are_found_as_words() {
    let found = |line: &str| unwanted(&words_of(line)).iter().map(|(word, _)| *word).collect::<Vec<_>>();
    assert_eq!(
        found("/// Nobody but for the account's owner, and nobody"),
        ["account", "nobody", "nobody", "but for"]
    );
    assert!(found("`gone`, gone_fault, but also for accounting").is_empty());
}
