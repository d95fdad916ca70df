//! A session over a link whose every step the test decides: what has arrived, how much can leave, when it ends.
//!
//! Operations are polled by hand, so that each interleaving of a reader, senders and the end of a connection is
//! the same at every run.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod cancels;
mod drops;
mod ends;
mod mask_keys;
mod reads;
mod reconnects;
mod script;
mod sends;
