//! epoll(7): one wait for any number of sources.
//!
//! A source is armed for one report and silent after it, until it is armed again. Arming looks at the source's state,
//! so what is ready already is reported: like poll(2), nothing depends on having seen an edge.

use super::descriptor::Descriptor;
use super::poll::timeout_ms;
use super::source::{Interest, SourceId};
use super::wake_event::WakeEvent;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::time::Instant;

/// How many sources one wait may report; the next wait reports the rest.
const MOST_AT_ONCE: usize = 256;

/// A set of sources. Any thread may add to it while another waits.
#[derive(Debug)]
pub struct Poller(Descriptor);

/// What a wait has found; reused, so that a wait allocates nothing.
pub struct Reports(Vec<libc::epoll_event>);

impl Default for Reports {
    fn default() -> Self {
        Self(Vec::with_capacity(MOST_AT_ONCE))
    }
}

impl Reports {
    /// Returns the sources that have something to report.
    pub fn sources(&self) -> impl Iterator<Item = SourceId> {
        self.0.iter().map(|report| SourceId::of(report.u64 as RawFd))
    }
}

impl Poller {
    /// Creates an empty set.
    pub fn new() -> io::Result<Self> {
        // SAFETY: epoll_create1 takes no pointer; a non-negative result is a descriptor without another owner.
        let fd = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: fd was just made by epoll_create1 and has no other owner.
        Ok(Self(Descriptor::new(unsafe { OwnedFd::from_raw_fd(fd) })?))
    }

    /// Reports the event, while it is signalled, at each wait.
    pub fn add(&self, event: &WakeEvent) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, event.source().id(), libc::EPOLLIN)
    }

    /// Reports the source once. The kernel forgets one that is closed, so a number may come back that is not
    /// in the set.
    pub fn arm(&self, interest: Interest) -> io::Result<()> {
        let events = libc::EPOLLONESHOT
            | if interest.read { libc::EPOLLIN } else { 0 }
            | if interest.write { libc::EPOLLOUT } else { 0 };
        match self.control(libc::EPOLL_CTL_MOD, interest.source, events) {
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
                self.control(libc::EPOLL_CTL_ADD, interest.source, events)
            }
            outcome => outcome,
        }
    }

    /// Waits until a source has something to report or `until` has passed (None: no limit).
    pub fn wait(&self, reports: &mut Reports, until: Option<Instant>) {
        let timeout = until.map_or(-1, |at| timeout_ms(at.saturating_duration_since(Instant::now())));
        let room = MOST_AT_ONCE as libc::c_int;
        let reports = &mut reports.0;
        // SAFETY: the buffer has room for that many events (Reports::default), and the call writes no more.
        let count = unsafe { libc::epoll_wait(self.0.as_raw_fd(), reports.as_mut_ptr(), room, timeout) };
        // A signal that interrupts the wait is no report; the caller checks again. Nothing else can fail here.
        let count = usize::try_from(count).unwrap_or(0);
        // SAFETY: the kernel has written the first `count` events.
        unsafe { reports.set_len(count) };
    }

    fn control(&self, operation: libc::c_int, source: SourceId, events: libc::c_int) -> io::Result<()> {
        let fd = source.as_raw_fd();
        let mut event = libc::epoll_event { events: events as u32, u64: fd as u64 };
        // SAFETY: the event lives through the call; a descriptor that is not open is an error, not a danger.
        match unsafe { libc::epoll_ctl(self.0.as_raw_fd(), operation, fd, &raw mut event) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(event: &WakeEvent) -> Interest {
        event.source().interest(true, false)
    }

    fn reports(poller: &Poller, until: Option<Instant>) -> Vec<SourceId> {
        let mut reports = Reports::default();
        poller.wait(&mut reports, until);
        reports.sources().collect()
    }

    #[test]
    fn what_is_ready_is_reported_once_for_each_time_it_is_armed() {
        let poller = Poller::new().unwrap();
        let event = WakeEvent::new().unwrap();
        event.signal();
        for _ in 0..2 {
            poller.arm(reading(&event)).unwrap();
            assert_eq!(reports(&poller, None), [event.source().id()]);
            assert_eq!(reports(&poller, Some(Instant::now())), []);
        }
    }

    #[test]
    fn a_number_that_was_closed_and_came_back_is_armed_anew() {
        let poller = Poller::new().unwrap();
        let first = WakeEvent::new().unwrap();
        poller.arm(reading(&first)).unwrap();
        drop(first);
        let second = WakeEvent::new().unwrap();
        second.signal();
        poller.arm(reading(&second)).unwrap();
        assert_eq!(reports(&poller, None), [second.source().id()]);
    }
}
