//! Operations of the objects, in the order of several threads: `src/object`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod injection;
mod log_markup;
mod receive_races;
mod rest_drops;
mod task_growth;
mod task_races;
