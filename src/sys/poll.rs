//! poll(2): one wait for a few sources.

use super::source::Interest;
use std::ffi::c_int;
use std::io;
use std::time::{Duration, Instant};

// A cancel of the thread takes effect here, by unwinding.
unsafe extern "C-unwind" {
    fn poll(polled: *mut libc::pollfd, count: libc::nfds_t, timeout: c_int) -> c_int;
}

/// How a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// Something is ready, or the time is over.
    Over,
    /// A signal handler has run on this thread.
    Interrupted,
}

/// The sources of one wait, in the form that poll(2) takes; reused so that a wait allocates nothing.
#[derive(Default)]
pub struct PollSet(Vec<libc::pollfd>);

impl std::fmt::Debug for PollSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PollSet({})", self.0.len())
    }
}

impl PollSet {
    /// Waits until one of `interests` is ready, `until` has passed (None: no limit), or a signal came. Only
    /// [`PollSet::last_is_ready`] returns which: the caller checks again what it waits for.
    ///
    /// A cancel of the thread ends it here.
    pub fn wait(
        &mut self,
        interests: impl Iterator<Item = Interest>,
        until: Option<Instant>,
    ) -> io::Result<Polled> {
        self.0.clear();
        self.0.extend(interests.map(|interest| libc::pollfd {
            fd: interest.source.as_raw_fd(),
            events: if interest.read { libc::POLLIN } else { 0 }
                | if interest.write { libc::POLLOUT } else { 0 },
            revents: 0,
        }));
        let timeout = until.map_or(-1, |at| timeout_ms(at.saturating_duration_since(Instant::now())));
        // SAFETY: the pointer and the length are those of one Vec of pollfd, borrowed mutably for the call.
        let result = unsafe { poll(self.0.as_mut_ptr(), self.0.len() as libc::nfds_t, timeout) };
        match result {
            0.. => Ok(Polled::Over),
            _ => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => Ok(Polled::Interrupted),
                error => Err(error),
            },
        }
    }

    /// Returns whether the last of the interests was ready when the wait ended.
    pub fn last_is_ready(&self) -> bool {
        self.0.last().is_some_and(|polled| polled.revents != 0)
    }
}

/// Whole milliseconds, rounded up so that a wait never ends just before its deadline and spins.
pub(super) fn timeout_ms(left: Duration) -> c_int {
    let rounded = left.as_nanos().div_ceil(1_000_000);
    c_int::try_from(rounded).unwrap_or(c_int::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_rounded_up() {
        assert_eq!(timeout_ms(Duration::ZERO), 0);
        assert_eq!(timeout_ms(Duration::from_nanos(1)), 1);
        assert_eq!(timeout_ms(Duration::from_millis(2)), 2);
        assert_eq!(timeout_ms(Duration::MAX), c_int::MAX);
    }
}
