//! Bytes without a socket: what `src/proto` decides.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod auth;
mod charset;
mod encoding;
mod http1;
mod properties;
mod socks;
mod url;
mod url_hosts;
mod ws;
