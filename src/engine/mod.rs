//! The only place that waits.
//!
//! An operation is an `async fn`; it awaits the leaf futures of [`Op`], which register what they wait for with
//! the driver that polls them: [`blocking::block_on`] on the caller's thread, [`reactor`] on a thread of our own, for
//! any number of tasks. The two poll the same futures; no operation is written twice. The engine sees sources,
//! deadlines and wakers, never what they mean.

// By this name, for tests/loom has the checker's in its place.
use std::sync::atomic;

pub mod blocking;
pub mod cancel_token;
pub mod completion;
pub mod connect_stage;
mod deferred_wakes;
pub mod fair_lock;
pub mod fair_queue;
pub mod idle_timer;
pub mod notify;
pub mod op;
mod parker;
pub mod reactor;
pub mod readiness;
pub mod resolver;
mod thread_pool;
mod wait_set;

pub use blocking::block_on;
pub use cancel_token::CancelToken;
pub use connect_stage::ConnectStage;
pub use fair_lock::{FairGuard, FairLock};
pub use fair_queue::{FairQueue, Ticket};
pub use idle_timer::IdleTimer;
pub use notify::Notify;
pub use op::{Caller, Op, Waited};
pub use readiness::Readiness;
