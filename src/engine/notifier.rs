//! The thread on which callbacks that report an end are called. They may be slow, so nothing else runs there.

use super::workers::Workers;
use crate::sys::process::ProcessLocal;

static WORKER: ProcessLocal<Workers> = ProcessLocal::new(|| Workers::new(c"ckws-notifier"));

/// Tells the program something, in the order of the calls. Where no thread can be started it is not told: a callback
/// on the reactor, or under whatever the caller holds, would be worse.
pub fn notify(tell: impl FnOnce() + Send + 'static) {
    let _ = WORKER.get().submit(1, tell);
}

/// Ends the thread, once the program has been told everything.
pub(super) fn finish() {
    WORKER.get().finish();
}
