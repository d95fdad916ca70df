//! The call log as indented text.

use super::visible::misleads;
use super::{Entry, Kind, Log, worth_reporting};
use std::fmt::{self, Write};
use std::time::Duration;

impl Log {
    /// Returns the whole log; empty before the first call.
    pub fn to_text(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        let mut out = String::with_capacity(256);
        // Writing to a String cannot fail.
        let _ = self.write_opening(&mut out, self.elapsed());
        let _ = self.write_rest(&mut out);
        out
    }

    /// Returns only the failure, in one line; empty after a success and before the first call.
    pub fn message(&self) -> String {
        self.fault().map_or_else(String::new, |fault| OneLine(fault.text()).to_string())
    }

    /// Returns only the opening, for a debug log file that must show where a call hangs.
    pub fn opening_text(&self) -> String {
        let mut out = String::with_capacity(64);
        let _ = self.write_opening(&mut out, None);
        out
    }

    /// All but the opening.
    pub fn closing_text(&self) -> String {
        let mut out = String::with_capacity(256);
        let _ = self.write_rest(&mut out);
        out
    }

    fn write_opening(&self, out: &mut String, elapsed: Option<Duration>) -> fmt::Result {
        out.write_str("CkwsLog:\n  ")?;
        write_name(out, self.method(), elapsed)?;
        writeln!(out, "    version: {}", env!("CARGO_PKG_VERSION"))
    }

    fn write_rest(&self, out: &mut String) -> fmt::Result {
        for entry in self.entries() {
            write_entry(out, entry)?;
        }
        if let Some(fault) = self.fault() {
            writeln!(out, "    errorCode: {}", fault.code() as i32)?;
            writeln!(out, "    {}", OneLine(fault.text()))?;
        }
        out.write_str(if self.succeeded() { "    Success.\n" } else { "    Failed.\n" })?;
        writeln!(out, "  --{}\n--CkwsLog", self.method())
    }
}

fn write_entry(out: &mut String, entry: &Entry) -> fmt::Result {
    for _ in 0..entry.depth + 2 {
        out.write_str("  ")?;
    }
    match &entry.kind {
        Kind::Enter(name, elapsed) => write_name(out, name, *elapsed),
        Kind::Leave(name) => writeln!(out, "--{name}"),
        Kind::Fact(tag, value) => writeln!(out, "{tag}: {}", OneLine(&value.text())),
        Kind::Info(sentence) => writeln!(out, "{}", OneLine(sentence)),
    }
}

fn write_name(out: &mut String, name: &str, elapsed: Option<Duration>) -> fmt::Result {
    match worth_reporting(elapsed) {
        Some(milliseconds) => writeln!(out, "{name}({milliseconds}ms):"),
        None => writeln!(out, "{name}:"),
    }
}

/// Text from a peer, kept on its line: characters that mislead a reader are escaped, so no peer can forge a line of the
/// log.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '\t' => f.write_str("\\t")?,
                '\r' => f.write_str("\\r")?,
                '\n' => f.write_str("\\n")?,
                other if misleads(other) => write!(f, "{}", other.escape_unicode())?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ErrorCode, Fault};

    #[test]
    fn a_success_is_a_tree_with_its_facts() {
        let mut log = Log::new("Connect", false);
        log.fact("host", "example.org");
        let context = log.enter("lookup");
        log.fact("addresses", 2);
        log.leave(context);
        log.finish(None);
        let text = log.to_text();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            text,
            format!(
                "CkwsLog:\n  Connect:\n    version: {version}\n    host: example.org\n    lookup:\n      \
                 addresses: 2\n    --lookup\n    Success.\n  --Connect\n--CkwsLog\n"
            )
        );
    }

    #[test]
    fn a_failure_shows_number_and_sentence_and_keeps_to_its_line() {
        let mut log = Log::new("ReadFrame", false);
        log.fact("said", "a\r\nb\u{1b}\u{202e}c\u{200b}\u{2028}é".to_owned());
        log.finish(Some(Fault::new(ErrorCode::ConnectionLost, "gone")));
        let text = log.to_text();
        assert!(text.contains("    said: a\\r\\nb\\u{1b}\\u{202e}c\\u{200b}\\u{2028}é\n"), "{text}");
        assert!(text.contains("    errorCode: 207\n    gone\n    Failed.\n"), "{text}");
        assert_eq!(log.code(), ErrorCode::ConnectionLost);
    }

    #[test]
    fn a_message_is_the_failure_in_one_line() {
        let mut log = Log::new("Connect", false);
        assert_eq!(log.message(), "");
        log.fact("host", "example.org");
        log.finish(Some(Fault::new(ErrorCode::UpgradeRefused, "It said \"no\r\nway\".")));
        assert_eq!(log.message(), "It said \"no\\r\\nway\".");
        log.finish(None);
        assert_eq!(log.message(), "");
    }
}
