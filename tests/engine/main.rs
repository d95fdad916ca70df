//! What waits, and what ends a wait: `src/engine`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod no_descriptors;
mod reactor;
mod waiting;
