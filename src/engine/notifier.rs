//! The thread on which callbacks that report an end are called. They may be slow, so nothing else runs there.

use super::workers::Workers;
use crate::sys::process::ProcessLocal;

static WORKER: ProcessLocal<Workers> = ProcessLocal::new(|| Workers::new(c"ckws-notifier"));

/// Calls `tell` on the notifier's thread, in the order of the calls to this function. If no thread can be started,
/// drops it: a callback on the reactor, or under the caller's locks, would be worse.
pub fn notify(tell: impl FnOnce() + Send + 'static) {
    let _ = WORKER.get().submit(1, tell);
}

/// Ends the thread, after all queued callbacks.
pub(super) fn finish() {
    WORKER.get().finish();
}
