//! The project itself: its sources, documents and scripts keep their rules.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod docs;
mod errors_doc;
mod floors;
mod limits_doc;
mod markdown;
mod notice;
mod scripts;
mod security_doc;
mod surface_doc;
mod tables;
mod threads_doc;
mod words;
