//! What the measurement asks of the system: a core for each side, and the thread's own clock.

#![allow(unsafe_code, reason = "two system calls that std does not offer; each block argues why it holds")]

use std::io;
use std::time::{Duration, Instant};

/// Keeps the calling thread, and those that it starts, on one core: the `index`th, counted around.
pub(crate) fn pin(index: usize) -> io::Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    // SAFETY: a cpu_set_t is an array of integers, for which zero is a value.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: CPU_SET writes one bit of the set, at an index that it checks.
    unsafe { libc::CPU_SET(index % cores, &mut set) };
    // SAFETY: the pointer is to a whole set of the size given, alive through the call.
    match unsafe { libc::sched_setaffinity(0, size_of_val(&set), &raw const set) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// A moment, by the clock on the wall and by the calling thread's own.
pub(crate) struct Moment {
    wall: Instant,
    cpu: Duration,
}

/// What lies between two moments.
#[derive(Clone, Copy)]
pub(crate) struct Spent {
    pub(crate) wall: Duration,
    pub(crate) cpu: Duration,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self { wall: Instant::now(), cpu: thread_time() }
    }

    pub(crate) fn spent(&self) -> Spent {
        Spent { cpu: thread_time() - self.cpu, wall: self.wall.elapsed() }
    }
}

/// Processor time of the calling thread, the kernel's work for it included.
fn thread_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec that lives through the call; this clock always exists.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Leaves a system call in the trace that can be nobody else's, so that `benches/syscalls` finds what was measured.
pub(crate) fn mark(text: &str) {
    // SAFETY: the pointer and the length are those of one string; a write to no descriptor fails and does nothing.
    unsafe { libc::write(-1, text.as_ptr().cast(), text.len()) };
}
