//! Servers that break the rules, or the connection, against the exported C functions.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test ends at the first thing that goes wrong"
)]

mod client;
mod closing;
mod coalesce;
mod frames;
mod handshake;
mod handshake_table;
mod network;
mod network_tls;
mod order;
mod proxies;
mod script;
