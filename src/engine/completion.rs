//! The thread that calls callbacks which report a completion. They may be slow, so nothing else runs there.

use super::thread_pool::ThreadPool;
use crate::sys::process::ProcessLocal;

static POOL: ProcessLocal<ThreadPool> = ProcessLocal::new(|| ThreadPool::new(c"ckws-notifier"));

/// Calls `tell` on the thread, in the order of the calls to this function. If no thread can be started,
/// drops it: a callback on the reactor, or under the caller's locks, would be worse.
pub fn report(tell: impl FnOnce() + Send + 'static) {
    let _ = POOL.get().submit(1, tell);
}

/// Ends the thread, after all queued callbacks.
pub(super) fn finish() {
    POOL.get().finish();
}
