//! The log of one call: a tree of facts and sentences, read by `last_error_text`, `_xml` and `_html`.
//!
//! Facts are stored as they are; nothing is formatted until the program reads the log. The log does not know what it is
//! about, and it touches no file.

mod escaped;
mod html;
pub mod report;
mod text;
mod tree;
mod visible;
mod xml;

pub use tree::{Entry, Kind, Log, Value};

use std::time::Duration;

/// Returns a time in milliseconds; none for what was too fast to matter.
fn worth_reporting(elapsed: Option<Duration>) -> Option<u128> {
    elapsed.map(|elapsed| elapsed.as_millis()).filter(|milliseconds| *milliseconds > 0)
}
