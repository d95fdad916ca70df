//! Against the programs of others: the Autobahn suite, nginx, and Python as server and as client.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod autobahn;
mod nginx;
mod peer;
mod tls_proxy;
mod websockets;
