//! How long an operation may go on without progress.
//!
//! One timer runs from an operation's first wait to its end, also while the operation waits for its turn. A kernel
//! takes a little more than it reports room for, so a stalled send tries again in the last eighth of its limit, and
//! only what leaves after that renews the limit. Plain state: the caller passes its progress and the time.

use crate::base::Deadline;
use std::time::{Duration, Instant};

/// How often, in the time of its limit, an operation checks for progress that no event reports.
const LOOKS: u32 = 16;

/// The last part of the limit, in which a writer tries once more.
const LAST_PART: u32 = 8;

/// The idle time-out of one operation, from its first wait to its end.
#[derive(Clone, Copy, Debug)]
pub struct IdleTimer {
    limit: Duration,
    noted: Option<Noted>,
}

/// How far the operation was, and since when.
#[derive(Clone, Copy, Debug)]
struct Noted {
    progress: u64,
    since: Instant,
    /// Whether the writer has tried in the last part of the limit.
    tried: bool,
}

impl IdleTimer {
    /// Creates a timer that has not begun; a limit of 0 is none.
    pub const fn new(limit_ms: u32) -> Self {
        Self { limit: Duration::from_millis(limit_ms as u64), noted: None }
    }

    /// Returns when the limit passes, for an operation that an event wakes at each progress.
    pub fn deadline(&mut self, progress: u64, now: Instant) -> Deadline {
        let noted = self.noted.filter(|noted| noted.progress == progress);
        let noted = self.noted.insert(noted.unwrap_or(Noted { progress, since: now, tried: false }));
        if self.limit.is_zero() { Deadline::NEVER } else { Deadline::at(noted.since + self.limit) }
    }

    /// Returns when to look for the progress that other operations make, None once the limit has passed.
    pub fn next_look(&mut self, progress: u64, now: Instant) -> Option<Deadline> {
        let end = self.deadline(progress, now);
        (!end.has_passed(now)).then(|| match end {
            Deadline::NEVER => end,
            _ => end.earlier(Deadline::at(now + self.limit / LOOKS)),
        })
    }

    /// Returns when to try to write again if the kernel reports no room before; None once the limit has passed.
    ///
    /// A kernel reports room only once a third of its buffer is free, and takes less before, from a peer that has just
    /// stopped as from one that is slow. So what leaves without a report renews the limit only in its last part.
    pub fn next_write(&mut self, progress: u64, now: Instant) -> Option<Deadline> {
        let last_part = self.limit - self.limit / LAST_PART;
        if let Some(noted) = &mut self.noted {
            let idle = now.saturating_duration_since(noted.since);
            let first_try = !noted.tried && (last_part..self.limit).contains(&idle);
            if first_try {
                noted.progress = progress;
                noted.tried = true;
            }
        }
        let end = self.deadline(progress, now);
        let next = self.noted.filter(|noted| !noted.tried && end != Deadline::NEVER);
        let next = next.map_or(Deadline::NEVER, |noted| Deadline::at(noted.since + last_part));
        (!end.has_passed(now)).then(|| end.earlier(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT_MS: u32 = 1_600;
    const LIMIT: Duration = Duration::from_millis(LIMIT_MS as u64);

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    type Next = fn(&mut IdleTimer, u64, Instant) -> Option<Deadline>;

    /// Waits as long as the timer says until the limit has passed; how long that takes, and how many waits.
    fn run(next: Next, limit_ms: u32, progress_at: impl Fn(Duration) -> u64) -> (Duration, usize) {
        let began = Instant::now();
        let mut timer = IdleTimer::new(limit_ms);
        let (mut now, mut waits) = (began, 0);
        while let Some(deadline) = next(&mut timer, progress_at(now - began), now) {
            now = deadline.instant().unwrap();
            waits += 1;
        }
        (now - began, waits)
    }

    #[test]
    fn without_progress_the_limit_is_exact() {
        for limit_ms in [1, 5, 37, LIMIT_MS, 30_000] {
            let (length, looks) = run(IdleTimer::next_look, limit_ms, |_| 0);
            assert_eq!((length, looks), (ms(limit_ms.into()), 16));
            let (length, writes) = run(IdleTimer::next_write, limit_ms, |_| 0);
            assert_eq!((length, writes), (ms(limit_ms.into()), 2));
        }
    }

    #[test]
    fn the_progress_of_others_renews_the_limit_where_it_was() {
        for moved_at in [1, 9, 100, 800, 1_590] {
            let (length, _) = run(IdleTimer::next_look, LIMIT_MS, |at| u64::from(at >= ms(moved_at)));
            let late = length - LIMIT - ms(moved_at);
            assert!(late <= ms(100), "{late:?} late after progress at {moved_at} ms");
        }
    }

    #[test]
    fn what_leaves_without_a_report_renews_the_limit_in_its_last_part_alone() {
        for moved_at in [1, 250, 1_399] {
            let (length, _) = run(IdleTimer::next_write, LIMIT_MS, |at| u64::from(at >= ms(moved_at)));
            assert_eq!(length, LIMIT, "moved at {moved_at} ms");
        }
        for moved_at in [1_401, 1_600] {
            let (length, _) = run(IdleTimer::next_write, LIMIT_MS, |at| u64::from(at >= ms(moved_at)));
            assert_eq!(length, LIMIT * 2, "moved at {moved_at} ms");
        }
        // A slow peer takes a little all the time.
        let (length, _) = run(IdleTimer::next_write, LIMIT_MS, |at| at.min(LIMIT * 10).as_millis() as u64);
        assert!(length >= LIMIT * 10, "{length:?}");
    }

    #[test]
    fn what_leaves_after_a_report_renews_the_limit() {
        let began = Instant::now();
        let mut timer = IdleTimer::new(LIMIT_MS);
        timer.next_write(0, began).unwrap();
        timer.next_write(1, began + ms(700)).unwrap();
        timer.next_write(1, began + ms(2_200)).unwrap();
        assert!(timer.next_write(1, began + ms(2_300)).is_none());
        // A thread that did not run for longer than the limit finds out late what has left.
        let mut timer = IdleTimer::new(LIMIT_MS);
        timer.next_write(0, began).unwrap();
        assert!(timer.next_write(1, began + LIMIT * 2).is_some());
    }

    #[test]
    fn no_limit_is_no_deadline() {
        let mut timer = IdleTimer::new(0);
        assert_eq!(timer.deadline(0, Instant::now()), Deadline::NEVER);
        assert_eq!(timer.next_look(0, Instant::now()), Some(Deadline::NEVER));
        assert_eq!(timer.next_write(0, Instant::now()), Some(Deadline::NEVER));
    }
}
