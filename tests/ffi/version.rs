//! The version is the same wherever it is written: in the manifest, the header, the library and the changelog.

use ckws::ffi::global::{ckws_version, ckws_version_number};
use std::ffi::CStr;
use std::fs;
use std::path::Path;

const VERSION: &str = env!("CARGO_PKG_VERSION");

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(path).expect("the file can be read")
}

/// A number that the header defines.
fn defined(name: &str) -> i32 {
    let header = read("include/ckws.h");
    let start = format!("#define {name} ");
    let value = header.lines().find_map(|line| line.strip_prefix(&start)).expect("the header defines it");
    value.trim().parse().expect("it is a number")
}

fn parts() -> [i32; 3] {
    let numbers = VERSION.split('.').map(|part| part.parse().expect("the version is three numbers"));
    numbers.collect::<Vec<_>>().try_into().expect("the version is three numbers")
}

#[test]
fn header_and_manifest_agree() {
    let [major, minor, patch] = parts();
    let in_header = ["MAJOR", "MINOR", "PATCH"].map(|part| defined(&format!("CKWS_VERSION_{part}")));
    assert_eq!(in_header, [major, minor, patch], "write the manifest's version into src/ffi/constants.rs");
    assert_eq!(defined("CKWS_VERSION_NUMBER"), major * 1_000_000 + minor * 1000 + patch);
}

#[test]
fn library_and_manifest_agree() {
    #[allow(unsafe_code, reason = "reads a string of the C API")]
    // SAFETY: ckws_version returns a constant, NUL-terminated string.
    let version = unsafe { CStr::from_ptr(ckws_version()) };
    assert_eq!(version.to_str(), Ok(VERSION));
    assert_eq!(ckws_version_number(), defined("CKWS_VERSION_NUMBER"));
}

#[test]
fn changelog_and_manifest_agree() {
    let changelog = read("CHANGELOG.md");
    let heading = changelog.lines().find_map(|line| line.strip_prefix("## ["));
    let newest = heading.and_then(|rest| rest.split(']').next());
    assert_eq!(newest, Some(VERSION), "the first heading of CHANGELOG.md is `## [{VERSION}] - ...`");
}
