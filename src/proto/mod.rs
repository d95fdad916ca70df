//! The protocols as bytes: no I/O, no clock, no thread, no lock, no `unsafe`.
//!
//! What can be decided from bytes is decided here and tested here without a socket.

pub mod auth;
pub mod charset;
pub mod encoding;
pub mod http1;
mod md5;
pub mod params;
pub mod socks;
pub mod url;
pub mod ws;
