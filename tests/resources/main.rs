//! What connections take of memory, descriptors and threads, and that they return it. Each test is a process of its own,
//! for the figures are the process's.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod allocations;
mod allocator;
mod churn;
mod memory;
