//! What one thread signals and another waits for together with its sources: an eventfd.

use super::source::Source;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

/// Wakes a thread that waits in [`super::poll::PollSet::wait`] or [`super::poller::Poller::wait`].
#[derive(Debug)]
pub struct WakeEvent(Source);

impl WakeEvent {
    /// Creates a fresh event, not signalled.
    pub fn new() -> io::Result<Self> {
        // SAFETY: eventfd takes no pointer; a non-negative result is a descriptor without another owner.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: fd was just made by eventfd and has no other owner.
        Ok(Self(Source::new(unsafe { OwnedFd::from_raw_fd(fd) })?))
    }

    /// Returns what is readable while the event is signalled.
    pub fn source(&self) -> &Source {
        &self.0
    }

    /// Makes the source readable. A full counter is readable already, so nothing can fail that matters.
    pub fn signal(&self) {
        let one = 1u64.to_ne_bytes();
        // By its number, for the function of this name is a cancellation point.
        // SAFETY: the buffer is 8 readable bytes, as eventfd asks for, and lives through the call.
        unsafe { libc::syscall(libc::SYS_write, self.0.number(), one.as_ptr(), one.len()) };
    }

    /// Makes the source unreadable again.
    pub fn clear(&self) {
        let mut count = [0u8; 8];
        // SAFETY: the buffer is 8 writable bytes, as eventfd asks for, and lives through the call.
        unsafe { libc::syscall(libc::SYS_read, self.0.number(), count.as_mut_ptr(), count.len()) };
    }
}
