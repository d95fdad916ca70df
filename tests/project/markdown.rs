//! Documents of which a test writes a part: what stands between `<!-- NAME: ... -->` and `<!-- end of NAME -->`.

use std::path::{Path, PathBuf};

/// A file of this package.
pub(crate) fn package_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of this package.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(package_file(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// The document with one of its parts replaced.
pub(crate) fn with_part(document: &str, name: &str, part: &str) -> String {
    let after = |text: &str, from: usize, mark: &str| {
        let at = text.get(from..).and_then(|rest| rest.find(mark));
        from + at.unwrap_or_else(|| panic!("the document has no {mark}"))
    };
    let start = after(document, 0, &format!("<!-- {name}: "));
    let begin = after(document, start, "-->\n") + "-->\n".len();
    let end = after(document, begin, &format!("<!-- end of {name} -->"));
    let (head, tail) = (document.get(..begin), document.get(end..));
    format!("{}\n{}\n\n{}", head.unwrap_or_default(), part.trim_end(), tail.unwrap_or_default())
}

/// Fails when the document is not what it should be; with CKWS_UPDATE_DOCS=1 writes it first.
pub(crate) fn check(path: &str, fresh: &str, test: &str) {
    if std::env::var_os("CKWS_UPDATE_DOCS").is_some() {
        std::fs::write(package_file(path), fresh).expect("the document can be written");
    }
    assert!(
        read(path) == fresh,
        "{path} is stale; write it with: CKWS_UPDATE_DOCS=1 cargo test --test project {test}"
    );
}
