//! Random load, with a seed that repeats it.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod fuzz_bodies;
mod rounds;
mod stress;
mod stress_reconnects;
