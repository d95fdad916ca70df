//! The WebSocket over a link, once its opening handshake is done.
//!
//! Here are the halves of a connection and the rules between them. The bytes' meaning is `proto`'s; settings and
//! results belong to `object`.

mod closing;
mod operation;
mod phase;
mod read;
mod receive;
mod send;
pub mod websocket;
mod write;

pub use operation::{Epoch, Operation};
pub use read::{LastFrame, ReceivedFrame};
pub use receive::ReadOptions;
pub use send::{Outgoing, Payload};
pub use websocket::Session;
