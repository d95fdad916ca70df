//! RFC 6455 as bytes: frames in and out, what answers what, and the opening handshake.
//!
//! Received bytes pass `decode`, which knows frames, and `message`, which knows what they may carry; `inbound` puts the
//! two together. `extension` is what a handshake adds to the protocol.
//!
//! Not here: reading and writing, buffers that outlive a call, random numbers (callers bring the keys),
//! waiting, logging.

pub mod autoreply;
pub mod close;
pub mod control;
pub mod decode;
pub mod extension;
pub mod handshake;
pub mod header;
pub mod inbound;
pub mod mask;
pub mod message;
pub mod opcode;
pub mod outbound;

pub use autoreply::{Closing, Policy, Reaction, Reply, react};
pub use close::CloseInfo;
pub use control::ControlPayload;
pub use decode::DataPiece;
pub use extension::{Agreed, Extensions, Offer};
pub use header::FrameHeader;
pub use inbound::{Inbound, Step};
pub use message::Held;
pub use opcode::Opcode;
pub use outbound::Outbound;
