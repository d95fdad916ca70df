//! A moment after which waiting ends, or none. The clock is read where a wait begins, never on a path that
//! does not wait.

use std::time::{Duration, Instant};

/// The end of a wait; [`Deadline::NEVER`] waits without limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// No limit.
    pub const NEVER: Self = Self(None);

    /// `milliseconds` from now; 0 means no limit, as for every time-out of the C API.
    pub fn after_ms(milliseconds: u32) -> Self {
        Self::after_ms_from(Instant::now(), milliseconds)
    }

    /// `milliseconds` from `start`; 0, and what the clock cannot represent, mean no limit.
    pub fn after_ms_from(start: Instant, milliseconds: u32) -> Self {
        if milliseconds == 0 {
            return Self::NEVER;
        }
        Self(start.checked_add(Duration::from_millis(u64::from(milliseconds))))
    }

    /// At that moment.
    pub fn at(moment: Instant) -> Self {
        Self(Some(moment))
    }

    /// `duration` from now.
    pub fn after(duration: Duration) -> Self {
        Self(Instant::now().checked_add(duration))
    }

    /// Returns the earlier of the two.
    pub fn earlier(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a.min(b))),
            (a, b) => Self(a.or(b)),
        }
    }

    /// Returns the moment itself, if there is one.
    pub fn instant(self) -> Option<Instant> {
        self.0
    }

    /// Returns whether `now` is at or past the deadline.
    pub fn has_passed(self, now: Instant) -> bool {
        self.0.is_some_and(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_means_no_limit() {
        assert_eq!(Deadline::after_ms(0), Deadline::NEVER);
        assert!(!Deadline::NEVER.has_passed(Instant::now()));
    }

    #[test]
    fn earlier_prefers_a_limit_over_none() {
        let now = Instant::now();
        let soon = Deadline::after_ms_from(now, 10);
        let late = Deadline::after_ms_from(now, 20);
        assert_eq!(soon.earlier(late), soon);
        assert_eq!(Deadline::NEVER.earlier(late), late);
        assert!(soon.has_passed(now + Duration::from_millis(10)));
        assert!(!soon.has_passed(now + Duration::from_millis(9)));
    }
}
