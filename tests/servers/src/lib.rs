//! WebSocket servers to talk to, for the demo, the examples and the tests, on an implementation that is not ours.

mod certificate;
mod echo;
mod ticks;

pub use certificate::Tls;
pub use echo::Echo;
pub use ticks::Ticks;
