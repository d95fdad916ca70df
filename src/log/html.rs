//! The call log as a page for a browser: no script, no other file, readable in light and dark.
//!
//! Every element is closed, so that the page is well-formed XML too and the tests can read it with the same
//! parser.

use super::escaped::Escaped;
use super::{Entry, Kind, Log, worth_reporting};
use std::borrow::Cow;
use std::fmt::{self, Write};
use std::time::Duration;

/// The page may load nothing and run nothing, even if something slipped through the escaping.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

impl Log {
    /// Returns the whole log; before the first call a page that says so.
    pub fn to_html(&self) -> String {
        let mut out = String::with_capacity(4096);
        // Writing to a String cannot fail.
        let _ = self.write_page(&mut out);
        out
    }

    fn write_page(&self, out: &mut String) -> fmt::Result {
        let title = if self.is_empty() { "No call yet" } else { self.method() };
        out.write_str("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")?;
        writeln!(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\"/>")?;
        out.write_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n")?;
        writeln!(out, "<title>{}{}</title>", Escaped(title), self.title_end())?;
        writeln!(out, "<style>\n{}</style>\n</head>\n<body>\n<main>", include_str!("page.css"))?;
        writeln!(out, "<h1>{}</h1>", Escaped(title))?;
        if self.is_empty() {
            out.write_str("<p>No method was called on this object yet.</p>\n")?;
        } else {
            self.write_overview(out)?;
            self.write_tree(out)?;
        }
        writeln!(out, "</main>\n<footer>libckws {}</footer>", env!("CARGO_PKG_VERSION"))?;
        out.write_str("</body>\n</html>\n")
    }

    fn title_end(&self) -> &'static str {
        match (self.is_empty(), self.succeeded()) {
            (true, _) => "",
            (false, true) => ": success",
            (false, false) => ": failed",
        }
    }

    /// One line with the outcome, and below it the reason.
    fn write_overview(&self, out: &mut String) -> fmt::Result {
        let (class, outcome) =
            if self.succeeded() { ("success", "✓ Success") } else { ("failed", "✗ Failed") };
        write!(out, "<section class=\"{class}\">\n<p><strong>{outcome}</strong>")?;
        if let Some(fault) = self.fault() {
            let name = fault.code().name().to_string_lossy();
            write!(out, " <code>{name} ({})</code>", fault.code() as i32)?;
        }
        if let Some(milliseconds) = worth_reporting(self.elapsed()) {
            write!(out, " <span class=\"time\">{milliseconds} ms</span>")?;
        }
        out.write_str("</p>\n")?;
        if let Some(fault) = self.fault() {
            writeln!(out, "<p class=\"why\">{}</p>", Escaped(&readable(fault.text())))?;
        }
        out.write_str("</section>\n")
    }

    fn write_tree(&self, out: &mut String) -> fmt::Result {
        if self.entries().is_empty() {
            return Ok(());
        }
        out.write_str("<ul>\n")?;
        for entry in self.entries() {
            write_entry(out, entry, self.elapsed())?;
        }
        out.write_str("</ul>\n")
    }
}

fn write_entry(out: &mut String, entry: &Entry, total: Option<Duration>) -> fmt::Result {
    match &entry.kind {
        Kind::Enter(name, elapsed) => {
            write!(out, "<li><details open=\"\"><summary><span class=\"name\">{}</span>", Escaped(name))?;
            write_time(out, *elapsed, total)?;
            out.write_str("</summary>\n<ul>\n")
        }
        Kind::Leave(_) => out.write_str("</ul>\n</details></li>\n"),
        Kind::Fact(tag, value) => {
            let (tag, value) = (Escaped(tag), value.text());
            let value = readable(&value);
            writeln!(
                out,
                "<li class=\"fact\"><span class=\"name\">{tag}</span> <span class=\"value\">{}</span></li>",
                Escaped(&value)
            )
        }
        Kind::Info(sentence) => {
            writeln!(out, "<li class=\"info\">{}</li>", Escaped(&readable(sentence)))
        }
    }
}

/// Writes a context's time, with a bar that shows its part of the call's.
fn write_time(out: &mut String, elapsed: Option<Duration>, total: Option<Duration>) -> fmt::Result {
    let Some(milliseconds) = worth_reporting(elapsed) else { return Ok(()) };
    if let Some(total) = worth_reporting(total) {
        let percent = (milliseconds * 100 / total).clamp(1, 100);
        write!(out, " <span class=\"bar\"><span style=\"width:{percent}%\"></span></span>")?;
    }
    write!(out, " <span class=\"time\">{milliseconds} ms</span>")
}

/// Line ends as HTML has them; a lone carriage return, which it cannot hold, as the text log shows it.
fn readable(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\\r"))
    } else {
        Cow::Borrowed(text)
    }
}
