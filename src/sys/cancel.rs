//! Cancellation of the calling thread by pthread_cancel. It takes effect where the library waits, and nowhere else.
//!
//! A cancelled thread unwinds its stack (glibc: a forced unwind, as by pthread_exit). Frames with destructors are
//! passed by that, but one that catches panics aborts the process. So what runs inside of [`super::panic::catch`] keeps
//! a cancel pending, wherever it makes a system call at which a cancel would take effect.
//!
//! Panics are therefore caught in each poll of a call, and `block_on` waits and calls the program between the polls: a
//! future that has a question for a callback leaves it for the driver, and is polled again with the answer. Functions
//! that may wait are `extern "C-unwind"`. From the first wait on, cancellation is disabled except during the wait.
//! Before it, and in calls that do not wait, it is disabled at each system call that is a cancellation point; sockets
//! and eventfds use the number of the call, which is none.

use std::ffi::c_int;

const DISABLE: c_int = 1;

unsafe extern "C-unwind" {
    safe fn pthread_setcancelstate(state: c_int, before: Option<&mut c_int>) -> c_int;
}

/// While this lives, a cancel of the calling thread stays pending.
#[derive(Debug)]
pub struct Uncancellable {
    /// The state that the program has chosen.
    before: c_int,
}

impl Uncancellable {
    /// Disables cancellation.
    pub fn begin() -> Self {
        let mut before = DISABLE;
        pthread_setcancelstate(DISABLE, Some(&mut before));
        Self { before }
    }

    /// Runs `wait` with the program's own state: a cancel may end the thread there.
    pub fn except<R>(&self, wait: impl FnOnce() -> R) -> R {
        pthread_setcancelstate(self.before, None);
        let result = wait();
        pthread_setcancelstate(DISABLE, None);
        result
    }
}

impl Drop for Uncancellable {
    fn drop(&mut self) {
        pthread_setcancelstate(self.before, None);
    }
}
