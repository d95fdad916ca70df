//! `src/ffi/<object>/common.rs` is what `api/common.rs.in` makes of `api/objects.tsv` and `api/surface.tsv`.
//! CKWS_UPDATE_FFI=1 writes it.

use std::fs;
use std::path::{Path, PathBuf};

/// As `rustfmt.toml` has it.
const MAX_WIDTH: usize = 110;
/// Of a comment, with its indent of none.
const MAX_COMMENT_WIDTH: usize = 120;

/// A row of `api/objects.tsv`: the value of each of its columns by name.
struct Object(Vec<(String, String)>);

impl Object {
    fn column(&self, name: &str) -> &str {
        let column = self.0.iter().find(|(column, _)| column == name);
        column.map_or_else(|| panic!("objects.tsv has no column {name}"), |(_, value)| value)
    }

    /// The template with the values of this object.
    fn filled(&self, template: &str) -> String {
        let fill =
            |text: String, (name, value): &(String, String)| text.replace(&format!("{{{name}}}"), value);
        self.0.iter().fold(template.to_owned(), fill)
    }

    fn is_the_first(&self) -> bool {
        self.column("object") == "WebSocket"
    }

    fn file(&self) -> PathBuf {
        let folder = self.column("type").trim_start_matches("ckws_");
        package_file(&format!("src/ffi/{folder}/common.rs"))
    }
}

/// A function of the template.
struct Section<'a> {
    /// The end of the function's name.
    name: &'a str,
    /// The comment of the WebSocket's function, and of the others'.
    comments: [&'a str; 2],
    code: &'a str,
}

impl<'a> Section<'a> {
    fn parse(text: &'a str) -> Self {
        let (name, text) = text.split_once('\n').expect("a section has a name");
        let (comments, code) = text.rsplit_once("\n--\n").expect("a section has code");
        let (first, others) = comments.split_once("\n-- others\n").unwrap_or((comments, comments));
        Self { name, comments: [first, others], code: code.trim_end() }
    }

    fn function_of(&self, object: &Object) -> String {
        let [first, others] = self.comments;
        let comment = if object.is_the_first() { first } else { others };
        let comment = format!("{} Since {}.", object.filled(comment), object.column("since"));
        let code = object.filled(self.code);
        let (signature, body) = code.split_once('\n').expect("a function has a body");
        format!("{}#[unsafe(no_mangle)]\n{}\n{body}\n", as_comment(&comment), as_lines(signature))
    }
}

fn package_file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(package_file(path)).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn objects() -> Vec<Object> {
    let table = read("api/objects.tsv");
    let mut rows = table.lines().map(|row| row.split('\t').map(str::to_owned));
    let names: Vec<String> = rows.next().expect("the table has a heading").collect();
    rows.map(|values| Object(names.iter().cloned().zip(values).collect())).collect()
}

/// The file of an object: each function of the template that `surface` lists.
fn generate(object: &Object, template: &str, surface: &str) -> String {
    let sections = template.split("\n== ").skip(1).map(Section::parse);
    let is_listed = |section: &Section<'_>| {
        let function = format!("\t{}{}\t", object.column("functions"), section.name);
        surface.contains(&function)
    };
    let functions: Vec<String> =
        sections.filter(is_listed).map(|section| section.function_of(object)).collect();
    let functions = functions.join("\n");
    let imports: String = imports_of(&functions, object.column("type")).concat();
    format!(
        "//! The functions that every object has. Made of `api/common.rs.in` by CKWS_UPDATE_FFI=1 cargo test\n\
         //! --test ffi generated; do not edit.\n\n{imports}\n{functions}"
    )
}

fn imports_of(functions: &str, object_type: &str) -> Vec<String> {
    let mut imports = vec![format!("use super::{object_type};\n")];
    if functions.contains(" args::") {
        imports.push("use crate::ffi::args;\n".to_owned());
    }
    if functions.contains("Bool") {
        imports.push("use crate::ffi::boolean::Bool;\n".to_owned());
    }
    imports.push("use crate::ffi::boundary::{self, call_log};\n".to_owned());
    imports.push("use std::ffi::{c_char, c_int};\n".to_owned());
    imports
}

/// Paragraphs as a doc comment.
fn as_comment(text: &str) -> String {
    let paragraphs: Vec<String> = text.split("\n\n").map(as_paragraph).collect();
    paragraphs.join("///\n")
}

fn as_paragraph(text: &str) -> String {
    let mut lines = vec![String::from("///")];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is one at least");
        if line.chars().count() + 1 + word.chars().count() <= MAX_COMMENT_WIDTH {
            *line += &format!(" {word}");
        } else {
            lines.push(format!("/// {word}"));
        }
    }
    lines.join("\n") + "\n"
}

/// A function's first line as rustfmt writes it: each parameter on a line of its own if they are too long for one.
fn as_lines(signature: &str) -> String {
    if signature.len() <= MAX_WIDTH {
        return signature.to_owned();
    }
    let (head, rest) = signature.split_once('(').expect("a function has parameters");
    let (parameters, tail) = rest.rsplit_once(')').expect("parameters end");
    let parameters: String = parameters.split(", ").map(|parameter| format!("    {parameter},\n")).collect();
    format!("{head}(\n{parameters}){tail}")
}

#[test]
fn the_functions_that_every_object_has_are_current() {
    let (template, surface) = (read("api/common.rs.in"), read("api/surface.tsv"));
    for object in objects() {
        let fresh = generate(&object, &template, &surface);
        if std::env::var_os("CKWS_UPDATE_FFI").is_some() {
            fs::write(object.file(), &fresh).expect("the file can be written");
        }
        let current = fs::read_to_string(object.file()).unwrap_or_default();
        assert!(
            current == fresh,
            "{} is stale; write it with: CKWS_UPDATE_FFI=1 cargo test --test ffi generated",
            object.file().display()
        );
    }
}

/// A row of the table that no template makes would be missing without a word.
#[test]
fn each_object_has_what_every_object_has() {
    let surface = read("api/surface.tsv");
    for object in objects() {
        for name in
            ["create", "dispose", "get_last_error_text", "get_last_error_message", "get_last_error_code"]
        {
            let function = format!("{}{name}", object.column("functions"));
            assert!(surface.contains(&format!("\t{function}\t")), "api/surface.tsv lacks {function}");
        }
    }
}

#[test]
fn texts_become_comments_and_lines() {
    assert_eq!(as_comment("One.\n\nTwo."), "/// One.\n///\n/// Two.\n");
    let long = "word ".repeat(30);
    assert!(as_comment(&long).lines().all(|line| line.len() <= MAX_COMMENT_WIDTH));
    assert_eq!(as_lines("fn f(a: A, b: B) -> C {"), "fn f(a: A, b: B) -> C {");
    let name = "f".repeat(MAX_WIDTH);
    assert_eq!(
        as_lines(&format!("fn {name}(a: A, b: B) -> C {{")),
        format!("fn {name}(\n    a: A,\n    b: B,\n) -> C {{")
    );
}
