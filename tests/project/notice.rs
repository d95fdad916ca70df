//! `NOTICE` lists the crates that are part of the library, with the texts of their licences. CKWS_UPDATE_NOTICE=1 writes
//! it, from the sources that cargo has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const START: &str = "\
The library that is built from these sources, libckws.so or libckws.a, contains the crates below, under their own
licences. Where a licence offers a choice, so does this list. It also contains Rust's standard library
(https://github.com/rust-lang/rust), under MIT or Apache-2.0, whose copyright belongs to the Rust Project's developers.

";

#[test]
fn the_notice_is_current() {
    let path = package_dir().join("NOTICE");
    let fresh = generate();
    if std::env::var_os("CKWS_UPDATE_NOTICE").is_some() {
        fs::write(&path, &fresh).expect("it can be written");
    }
    let current = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        current == fresh,
        "NOTICE is stale; write it with: CKWS_UPDATE_NOTICE=1 cargo test --test project notice"
    );
}

/// A crate of the library, and its texts.
struct Part {
    /// Name, version, licence and place, for people.
    line: String,
    texts: Vec<String>,
}

fn generate() -> String {
    let parts = parts();
    let mut notice = START.to_owned();
    for part in &parts {
        notice += &format!("{}\n", part.line);
    }
    let mut told = BTreeSet::new();
    for (index, part) in parts.iter().enumerate() {
        for text in &part.texts {
            // Many crates share a text to the letter, but for how it is laid out.
            if !told.insert(words(text)) {
                continue;
            }
            let sharing = parts.get(index..).unwrap_or_default().iter().filter(|other| other.has(text));
            let names: Vec<&str> = sharing.filter_map(|other| other.line.split(',').next()).collect();
            notice += &format!("\n{}\n{}\n\n{}\n", "-".repeat(80), names.join(", "), text.trim_matches('\n'));
        }
    }
    notice
}

impl Part {
    fn has(&self, text: &str) -> bool {
        self.texts.iter().any(|own| words(own) == words(text))
    }
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn parts() -> Vec<Part> {
    let manifests = manifests();
    let tree = cargo(&[
        "tree",
        "--package=ckws",
        "--edges=normal,no-proc-macro",
        "--target=x86_64-unknown-linux-gnu",
        "--prefix=none",
        "--no-dedupe",
        "--format={p}|{l}|{r}",
    ]);
    let lines: BTreeSet<&str> = tree.lines().filter(|line| !line.starts_with("ckws ")).collect();
    let part = |line: &str| {
        let [package, licence, place] = line.split('|').collect::<Vec<_>>()[..] else {
            unreachable!("{line}")
        };
        let folder = package.replace(" v", "-");
        let manifest =
            manifests.iter().find(|manifest| manifest.parent().is_some_and(|path| path.ends_with(&folder)));
        let texts = texts(manifest.and_then(|path| path.parent()).expect("cargo has the sources"));
        assert!(!texts.is_empty(), "{package} brings the text of its licence");
        Part { line: format!("{}, {licence}, {place}", package.replace(" v", " ")), texts }
    };
    lines.into_iter().map(part).collect()
}

/// Where cargo has its packages.
fn manifests() -> Vec<PathBuf> {
    let metadata = cargo(&["metadata", "--format-version=1", "--filter-platform=x86_64-unknown-linux-gnu"]);
    let paths = metadata.split(r#""manifest_path":""#).skip(1);
    paths.filter_map(|rest| rest.split('"').next()).map(PathBuf::from).collect()
}

/// The licences and notices in the folder of a crate, in the order of their names.
fn texts(folder: &Path) -> Vec<String> {
    let files =
        fs::read_dir(folder).expect("it can be listed").map(|entry| entry.expect("it can be read").path());
    let is_text = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_uppercase();
        ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE"].iter().any(|start| name.starts_with(start))
    };
    let files: BTreeSet<PathBuf> = files.filter(|path| path.is_file()).filter(is_text).collect();
    files.iter().map(|path| fs::read_to_string(path).expect("it is text").replace('\r', "")).collect()
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--locked")
        .current_dir(package_dir())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints UTF-8")
}

fn package_dir() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
