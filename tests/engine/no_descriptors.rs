//! A process that has no descriptor left: what waits goes on waiting, and leaves the processor to others.

#![allow(unsafe_code, reason = "the limit is set by a system call")]

use ckws::base::Deadline;
use ckws::engine::{Op, Waited, block_on};
use std::task::Context;
use support::own_process::in_own_process;

/// While this lives, the process can open no further descriptor.
struct NoDescriptors {
    before: libc::rlimit,
}

impl NoDescriptors {
    fn begin() -> Self {
        let mut before = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: the place lives through the call.
        assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut before) }, 0);
        set_limit(libc::rlimit { rlim_cur: 3, ..before });
        Self { before }
    }
}

impl Drop for NoDescriptors {
    fn drop(&mut self) {
        set_limit(self.before);
    }
}

fn set_limit(limit: libc::rlimit) {
    // SAFETY: the limit lives through the call, which only reads it.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) }, 0);
}

#[test]
fn a_wait_without_an_eventfd_does_not_spin() {
    in_own_process(|| {
        let _none_left = NoDescriptors::begin();
        let mut polls = 0;
        let mut op = Op::new("test", false);
        let never = |_: &mut Context<'_>| {
            polls += 1;
            false
        };
        let waited = block_on(op.when(Deadline::after_ms(50), never));
        assert_eq!(waited, Ok(Waited::TimedOut));
        assert!(polls < 50, "{polls} polls in 50 ms");
    });
}
