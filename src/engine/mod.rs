//! The only place that waits.
//!
//! An operation is an `async fn`; it awaits the leaf futures of [`Cx`], which register what they wait for with
//! the driver that polls them: here [`blocking::block_on`], on the caller's thread. Another driver polls the
//! same futures; no operation is written twice. The engine sees descriptors, deadlines and wakers, never what
//! they mean.

pub mod blocking;
pub mod cx;
pub mod resolver;
pub mod signal;
pub mod turn;
pub mod turnstile;

pub use blocking::block_on;
pub use cx::{Cx, Waited};
pub use signal::Signal;
pub use turn::{Turn, Turns};
pub use turnstile::Turnstile;
