//! `ckws_*`: the WebSocket. The header has the functions in the order of these files.

pub mod connection;
pub mod receiving;
pub mod sending;

pub mod callbacks;
// Last, for a reader of the header looks for what a WebSocket does first.
pub mod properties;

pub use callbacks::*;
pub use connection::*;
pub use properties::*;
pub use receiving::*;
pub use sending::*;
