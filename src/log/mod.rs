//! The account of one call: a tree of facts and sentences behind `last_error_text` and its siblings.
//!
//! Facts are stored as they are; nothing is formatted until somebody reads the text. The log does not know what
//! it is about, and it touches no file.

mod text;
mod tree;

pub use tree::{Entry, Kind, Log, Value};
