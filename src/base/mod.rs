//! What every floor above may use: the failure type, deadlines, UTF-8 as it arrives.
//!
//! Nothing here does I/O, takes a lock across a wait, or allocates because a peer announced something.

pub mod deadline;
pub mod error_code;
pub mod fault;
pub mod growth;
pub mod line;
pub mod lock_rank;
pub mod nul_terminated;
pub mod slices;
pub mod sync;
pub mod utf8;

pub use deadline::Deadline;
pub use error_code::ErrorCode;
pub use fault::{Fault, Result};
pub use line::Line;
pub use lock_rank::Rank;
pub use nul_terminated::NulTerminated;
pub use sync::{Guard, Locked};
