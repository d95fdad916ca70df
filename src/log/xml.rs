//! The call log as an XML document.
//!
//! The element names are fixed, what they are about is in the attribute `name`:
//!
//! ```xml
//! <CkwsLog version="0.1.0">
//!   <method name="Connect" success="false" elapsedMs="250">
//!     <fact name="host">example.org</fact>
//!     <context name="tcp" elapsedMs="249">
//!       <info>A sentence.</info>
//!     </context>
//!     <error code="203" name="CKWS_ERROR_CONNECT_REFUSED">A sentence.</error>
//!   </method>
//! </CkwsLog>
//! ```

use super::escaped::Escaped;
use super::{Entry, Kind, Log, worth_reporting};
use std::fmt::{self, Write};
use std::time::Duration;

impl Log {
    /// Returns the whole log; before the first call a document without a method.
    pub fn to_xml(&self) -> String {
        let mut out = String::with_capacity(512);
        // Writing to a String cannot fail.
        let _ = self.write_xml(&mut out);
        out
    }

    fn write_xml(&self, out: &mut String) -> fmt::Result {
        out.write_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
        writeln!(out, "<CkwsLog version=\"{}\">", env!("CARGO_PKG_VERSION"))?;
        if !self.is_empty() {
            self.write_method(out)?;
        }
        out.write_str("</CkwsLog>\n")
    }

    fn write_method(&self, out: &mut String) -> fmt::Result {
        write!(out, "  <method name=\"{}\" success=\"{}\"", Escaped(self.method()), self.succeeded())?;
        end_of_tag(out, self.elapsed())?;
        for entry in self.entries() {
            write_entry(out, entry)?;
        }
        if let Some(fault) = self.fault() {
            let (number, name) = (fault.code() as i32, fault.code().name().to_string_lossy());
            let text = Escaped(fault.text());
            writeln!(out, "    <error code=\"{number}\" name=\"{name}\">{text}</error>")?;
        }
        out.write_str("  </method>\n")
    }
}

fn write_entry(out: &mut String, entry: &Entry) -> fmt::Result {
    for _ in 0..entry.depth + 2 {
        out.write_str("  ")?;
    }
    match &entry.kind {
        Kind::Enter(name, elapsed) => {
            write!(out, "<context name=\"{}\"", Escaped(name))?;
            end_of_tag(out, *elapsed)
        }
        Kind::Leave(_) => out.write_str("</context>\n"),
        Kind::Fact(tag, value) => {
            writeln!(out, "<fact name=\"{}\">{}</fact>", Escaped(tag), Escaped(&value.text()))
        }
        Kind::Info(sentence) => writeln!(out, "<info>{}</info>", Escaped(sentence)),
    }
}

fn end_of_tag(out: &mut String, elapsed: Option<Duration>) -> fmt::Result {
    match worth_reporting(elapsed) {
        Some(milliseconds) => writeln!(out, " elapsedMs=\"{milliseconds}\">"),
        None => out.write_str(">\n"),
    }
}
