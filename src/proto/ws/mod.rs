//! RFC 6455 as bytes: frames in and out, what answers what, and the opening handshake.
//!
//! Not here: reading and writing, buffers that outlive a call, random numbers (callers bring the keys),
//! waiting, logging.

pub mod autoreply;
pub mod close;
pub mod control;
pub mod handshake;
pub mod header;
pub mod inbound;
pub mod mask;
pub mod opcode;
pub mod outbound;

pub use autoreply::{Closing, Policy, Reaction, Reply, react};
pub use close::CloseInfo;
pub use control::ControlPayload;
pub use header::FrameHeader;
pub use inbound::{DataPiece, Held, Inbound, Step};
pub use opcode::Opcode;
pub use outbound::Outbound;
