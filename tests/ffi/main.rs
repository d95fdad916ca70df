//! The C API: its symbols and its header, every function with what it must refuse, and C programs that use it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod c_programs;
mod exports;
mod generated;
mod header;
mod misuse;
mod out_of_memory;
mod python_threads;
mod signature;
mod stack;
mod version;
