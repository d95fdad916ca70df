//! `ckws_task_queue_*`: one place for the ends of many tasks.

mod common;

mod tasks;

pub use common::*;
pub use tasks::*;

use super::handle::Handle;
use crate::object::TaskQueue;

/// Returns tasks as they end, so that one thread can follow any number of them.
///
/// Create it with ckws_task_queue_create, dispose it with ckws_task_queue_dispose. It neither makes nor disposes
/// tasks. Since 0.1.0.
pub struct ckws_task_queue;

impl Handle for ckws_task_queue {
    type Object = TaskQueue;
    const KIND: u64 = 6;
}
