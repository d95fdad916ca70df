//! HTTP/1.1 over a link: requests and their responses, one after the other.
//!
//! It knows neither WebSockets nor the objects of the API, so that whatever needs HTTP on the way to a server can use
//! it. The bytes' meaning is `proto::http1`'s.

mod connection;
mod exchange;
pub mod log;

pub use connection::Connection;
pub use exchange::{Exchange, Presence};
