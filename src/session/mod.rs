//! The WebSocket over a link, once its opening handshake is done.
//!
//! Here are the halves of a connection and the rules between them. The bytes' meaning is `proto`'s; settings and
//! results belong to `object`.

pub mod accumulated;
mod closing;
pub mod input;
mod operation;
mod outbox;
mod reader;
mod receive;
mod send;
pub mod websocket;

pub use operation::{Epoch, Operation};
pub use reader::{Delivered, FrameFacts};
pub use receive::ReadOptions;
pub use send::{Outgoing, Payload};
pub use websocket::Session;
