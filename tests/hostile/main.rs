//! Servers that break the rules, or the connection, against the exported C functions.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends at the first thing that goes wrong"
)]

#[path = "../support/authority.rs"]
mod authority;
#[path = "../support/script.rs"]
mod script;

mod client;
mod closing;
mod coalesce;
mod frames;
mod handshake;
mod handshake_table;
mod network;
mod network_tls;
mod order;
