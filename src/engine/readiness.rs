//! What a wait is for: that a source becomes ready, that a moment comes, that something is notified, or the first of
//! several of these.
//!
//! A source is waited for by the system. A moment is for what may go on only later (a limit of bandwidth), a notification
//! for what has no source of its own (a channel of a shared connection, a pipe in memory). Both drivers wait for all
//! three: a moment ends their sleep as a deadline does, and a notification wakes them.

use super::Notify;
use crate::base::Deadline;
use crate::sys::source::{Interest, Source};
use std::sync::Arc;
use std::time::Instant;

/// What to wait for; nothing at first. It keeps its source open.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    source: Option<Source>,
    read: bool,
    write: bool,
    /// Boxed: few waits have it, and every pending read of many thousand connections has a readiness.
    other: Option<Box<Other>>,
}

#[derive(Clone, Debug, Default)]
struct Other {
    moment: Option<Instant>,
    /// With the epoch that was seen.
    notify: Option<(Arc<Notify>, u64)>,
}

impl Readiness {
    /// Waits until `source` is ready in these directions.
    pub fn of(source: &Source, read: bool, write: bool) -> Self {
        Self { source: Some(source.clone()), read, write, other: None }
    }

    /// Waits until `moment` too.
    #[must_use]
    pub fn or_at(mut self, moment: Instant) -> Self {
        self.other.get_or_insert_default().moment = Some(moment);
        self
    }

    /// Waits until the epoch of `notify` is another than `seen` too, which was noted before the check of what is waited
    /// for.
    #[must_use]
    pub fn or_notified(mut self, notify: &Arc<Notify>, seen: u64) -> Self {
        self.other.get_or_insert_default().notify = Some((Arc::clone(notify), seen));
        self
    }

    /// Returns what the system waits for.
    pub(super) fn interest(&self) -> Option<Interest> {
        self.source.as_ref().map(|source| source.interest(self.read, self.write))
    }

    /// Returns the moment.
    pub(super) fn moment(&self) -> Deadline {
        let moment = self.other.as_ref().and_then(|other| other.moment);
        moment.map_or(Deadline::NEVER, Deadline::at)
    }

    /// Returns what notifies.
    pub(super) fn notify(&self) -> Option<&Notify> {
        self.awaited().map(|(notify, _)| &**notify)
    }

    /// Returns whether it was notified since the epoch that was seen.
    pub(super) fn is_notified(&self) -> bool {
        self.awaited().is_some_and(|(notify, seen)| notify.epoch() != *seen)
    }

    fn awaited(&self) -> Option<&(Arc<Notify>, u64)> {
        self.other.as_ref()?.notify.as_ref()
    }
}
