//! Signals that the calling thread blocks for a while.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;

/// While this lives, the thread blocks signals that it did not block before.
pub struct Blocked {
    before: libc::sigset_t,
}

impl Blocked {
    /// Blocks all signals.
    pub fn all() -> Self {
        // SAFETY: sigfillset writes the whole set.
        Self::begin(filled(|set| unsafe { libc::sigfillset(set) }))
    }

    fn begin(blocked: libc::sigset_t) -> Self {
        // SAFETY: both sets live through the call, which writes the second.
        let before =
            filled(|before| unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const blocked, before) });
        Self { before }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // SAFETY: the set was filled by pthread_sigmask; restoring it cannot fail with a valid `how`.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.before, ptr::null_mut()) };
    }
}

/// Runs `write`, which fails where a signal would end the process: SIGPIPE for a pipe without a reader, SIGXFSZ for a
/// file that has reached its limit.
pub fn without_write_signals(write: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    const RAISED: [libc::c_int; 2] = [libc::SIGPIPE, libc::SIGXFSZ];
    let _blocked = Blocked::begin(set_of(RAISED));
    // SAFETY: sigpending writes the whole set.
    let pending = filled(|pending| unsafe { libc::sigpending(pending) });
    let outcome = write();
    if outcome.is_err() {
        // SAFETY: the set lives through the call.
        let is_new = |&signal: &libc::c_int| unsafe { libc::sigismember(&raw const pending, signal) } == 0;
        RAISED.into_iter().filter(is_new).for_each(discard);
    }
    outcome
}

/// Takes a blocked signal that waits for this thread, if there is one.
fn discard(signal: libc::c_int) {
    let set = set_of([signal]);
    let at_once = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the set and the time live through the call; no place for the signal's details is given.
    while unsafe { libc::sigtimedwait(&raw const set, ptr::null_mut(), &raw const at_once) } < 0
        && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
    {}
}

fn set_of<const N: usize>(signals: [libc::c_int; N]) -> libc::sigset_t {
    // SAFETY: sigemptyset writes the whole set, to which sigaddset then adds.
    filled(|set| unsafe {
        libc::sigemptyset(set);
        for signal in signals {
            libc::sigaddset(set, signal);
        }
    })
}

/// Returns the set that `fill` writes.
fn filled<R>(fill: impl FnOnce(*mut libc::sigset_t) -> R) -> libc::sigset_t {
    let mut set = MaybeUninit::<libc::sigset_t>::zeroed();
    fill(set.as_mut_ptr());
    // SAFETY: all zeroes is a set, and `fill` writes no other than whole ones.
    unsafe { set.assume_init() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_pending(signal: libc::c_int) -> bool {
        // SAFETY: sigpending writes the set that sigismember reads.
        unsafe {
            let pending = filled(|pending| libc::sigpending(pending));
            libc::sigismember(&raw const pending, signal) == 1
        }
    }

    /// To this thread, as the kernel does for a write that fails.
    fn raise(signal: libc::c_int) -> io::Result<()> {
        // SAFETY: raise takes no pointer.
        unsafe { libc::raise(signal) };
        Err(io::ErrorKind::BrokenPipe.into())
    }

    #[test]
    fn a_signal_of_the_write_is_taken_and_one_from_before_stays() {
        for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
            assert!(without_write_signals(|| raise(signal)).is_err());
            assert!(!is_pending(signal));
            let _blocked = Blocked::begin(set_of([signal]));
            let _ = raise(signal);
            assert!(without_write_signals(|| raise(signal)).is_err());
            assert!(is_pending(signal));
            discard(signal);
        }
    }

    #[test]
    fn the_mask_is_as_before() {
        let mask = || {
            filled(|mask| {
                // SAFETY: without a set pthread_sigmask only writes the current mask.
                unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), mask) }
            })
        };
        let blocks = |signal| {
            let mask = mask();
            // SAFETY: the set lives through the call.
            unsafe { libc::sigismember(&raw const mask, signal) == 1 }
        };
        without_write_signals(|| {
            assert!(blocks(libc::SIGPIPE) && blocks(libc::SIGXFSZ));
            Ok(())
        })
        .unwrap();
        assert!(!blocks(libc::SIGPIPE) && !blocks(libc::SIGXFSZ));
    }
}
