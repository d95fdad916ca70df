//! The slots of the reactor, with the sources and deadlines that their jobs wait for.

use super::{Slot, WaitSet};
use crate::base::Deadline;
use crate::engine::wait_set::RETRY_INTERVAL;
use crate::sys::poller::Poller;
use crate::sys::source::{Interest, SourceId};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// A table that has become empty gives the memory of more slots than this back.
const KEPT_SLOTS: usize = 1024;

/// More timers than two a slot and these are not worth keeping.
const SPARE_TIMERS: usize = 64;

/// What the reactor's thread and the threads that poll jobs first share.
#[derive(Default)]
pub(super) struct Table {
    /// By their index.
    slots: Vec<Entry>,
    free: Vec<usize>,
    /// By the index of the source.
    watchers: Vec<Vec<Watcher>>,
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
    /// While the reactor's thread waits: until when, or for ever.
    asleep_until: Option<Deadline>,
}

struct Entry {
    slot: Arc<Slot>,
    waits_for: Option<WaitSet>,
    /// The earliest moment for which this slot is among the timers. A later deadline does not move it: when this moment
    /// comes, the slot is entered for its current deadline.
    timer: Option<Instant>,
}

/// A slot that waits for a source, and the readiness it waits for.
struct Watcher {
    slot: usize,
    interest: Interest,
}

impl Table {
    /// Returns a free slot; `make` creates one of that index.
    pub(super) fn take_slot(&mut self, make: impl FnOnce(usize) -> Slot) -> Arc<Slot> {
        if let Some(entry) = self.free.pop().and_then(|index| self.slots.get(index)) {
            return Arc::clone(&entry.slot);
        }
        let slot = Arc::new(make(self.slots.len()));
        self.slots.push(Entry { slot: Arc::clone(&slot), waits_for: None, timer: None });
        slot
    }

    /// Frees the slot.
    pub(super) fn free_slot(&mut self, index: usize) {
        self.free.push(index);
        if self.free.len() == self.slots.len() && self.slots.len() > KEPT_SLOTS {
            let asleep_until = self.asleep_until;
            *self = Self { asleep_until, ..Self::default() };
        }
    }

    pub(super) fn all_slots(&self) -> Vec<Arc<Slot>> {
        self.slots.iter().map(|entry| Arc::clone(&entry.slot)).collect()
    }

    /// Forgets what the slot's job waits for, before a poll that registers it anew.
    pub(super) fn forget(&mut self, index: usize) {
        let waited_for = self.slots.get_mut(index).and_then(|entry| entry.waits_for.take());
        for interest in waited_for.into_iter().flat_map(WaitSet::interests) {
            if let Some(watchers) = watchers_of(&mut self.watchers, interest.source) {
                watchers.retain(|watcher| watcher.slot != index);
            }
        }
    }

    /// Registers what the slot's job waits for. Returns true if the reactor's thread must be woken to wait for it in
    /// time.
    pub(super) fn watch(&mut self, poller: &Poller, index: usize, mut registered: WaitSet) -> bool {
        for interest in registered.interests() {
            if self.watch_source(poller, index, interest).is_err() {
                registered.until = registered.until.earlier(Deadline::after(RETRY_INTERVAL));
            }
        }
        let Some(entry) = self.slots.get_mut(index) else { return false };
        entry.waits_for = Some(registered);
        let entered = enter_timer(&mut self.timers, entry, index);
        if entered.is_some() && self.timers.len() > 2 * self.slots.len() + SPARE_TIMERS {
            self.forget_stale_timers();
        }
        entered.is_some_and(|at| {
            self.asleep_until.is_some_and(|until| until.instant().is_none_or(|until| at < until))
        })
    }

    /// Removes timers that earlier ones have replaced: their moments may be far away.
    fn forget_stale_timers(&mut self) {
        let slots = &self.slots;
        self.timers
            .retain(|Reverse((at, index))| slots.get(*index).is_some_and(|entry| entry.timer == Some(*at)));
    }

    /// Arms the source for all slots that wait for it.
    fn watch_source(&mut self, poller: &Poller, slot: usize, interest: Interest) -> io::Result<()> {
        let index = interest.source.index().ok_or(io::ErrorKind::NotFound)?;
        if self.watchers.len() <= index {
            self.watchers.resize_with(index + 1, Vec::new);
        }
        let Some(watchers) = self.watchers.get_mut(index) else { return Ok(()) };
        if watchers.is_empty() {
            // Mostly it is one, on each of many thousand connections.
            watchers.reserve_exact(1);
        }
        watchers.push(Watcher { slot, interest });
        let wanted = |wants: fn(&Interest) -> bool| watchers.iter().any(|watcher| wants(&watcher.interest));
        poller.arm(Interest {
            source: interest.source,
            read: wanted(|interest| interest.read),
            write: wanted(|interest| interest.write),
        })
    }

    /// Marks that the reactor's thread is about to wait; returns until when.
    pub(super) fn fall_asleep(&mut self) -> Deadline {
        let until = self.timers.peek().map_or(Deadline::NEVER, |Reverse((at, _))| Deadline::at(*at));
        self.asleep_until = Some(until);
        until
    }

    /// Marks that the reactor's thread has waited.
    pub(super) fn wake_up(&mut self) {
        self.asleep_until = None;
    }

    /// Moves the slots that wait for a source that has reported to `ready`. The source is disarmed; the jobs arm it
    /// again if they still wait.
    pub(super) fn take_watchers(&mut self, source: SourceId, ready: &mut Vec<Arc<Slot>>) {
        let Some(watchers) = watchers_of(&mut self.watchers, source) else { return };
        let slots = watchers.drain(..).filter_map(|watcher| self.slots.get(watcher.slot));
        ready.extend(slots.map(|entry| Arc::clone(&entry.slot)));
    }

    /// Adds the slots whose deadline has passed to `ready`.
    pub(super) fn take_due(&mut self, ready: &mut Vec<Arc<Slot>>) {
        if self.timers.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some(Reverse((at, index))) = self.timers.peek().copied().filter(|timer| timer.0.0 <= now) {
            self.timers.pop();
            let Some(entry) = self.slots.get_mut(index).filter(|entry| entry.timer == Some(at)) else {
                continue;
            };
            entry.timer = None;
            match &entry.waits_for {
                Some(waits) if waits.until.has_passed(now) => ready.push(Arc::clone(&entry.slot)),
                Some(_) => drop(enter_timer(&mut self.timers, entry, index)),
                None => {}
            }
        }
    }
}

fn watchers_of(watchers: &mut [Vec<Watcher>], source: SourceId) -> Option<&mut Vec<Watcher>> {
    source.index().and_then(|index| watchers.get_mut(index))
}

/// Enters the slot for its deadline, unless it is entered for an earlier moment already. Returns the moment.
fn enter_timer(
    timers: &mut BinaryHeap<Reverse<(Instant, usize)>>,
    entry: &mut Entry,
    index: usize,
) -> Option<Instant> {
    let at = entry.waits_for.as_ref().and_then(|waits| waits.until.instant())?;
    if entry.timer.is_some_and(|entered| entered <= at) {
        return None;
    }
    timers.push(Reverse((at, index)));
    entry.timer = Some(at);
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::wait_set::register;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::sync::Weak;
    use std::sync::atomic::AtomicBool;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    fn slot(index: usize) -> Slot {
        Slot { index, core: Weak::new(), is_woken: AtomicBool::new(false), future: Default::default() }
    }

    /// Returns what a future with this deadline waits for.
    fn until(deadline: Deadline) -> WaitSet {
        let mut future = pin!(poll_fn(|_| {
            register(None, deadline);
            Poll::<()>::Pending
        }));
        crate::engine::wait_set::poll(future.as_mut(), &mut Context::from_waker(Waker::noop())).unwrap_err()
    }

    #[test]
    fn timers_that_others_have_taken_the_place_of_do_not_pile_up() {
        let (mut table, poller) = (Table::default(), Poller::new().unwrap());
        let index = table.take_slot(slot).index;
        let mut ready = Vec::new();
        for _ in 0..10_000 {
            // The slot's job waits for an hour; the next one for a moment that has passed.
            table.watch(&poller, index, until(Deadline::after(Duration::from_secs(3600))));
            table.watch(&poller, index, until(Deadline::at(Instant::now())));
            table.take_due(&mut ready);
        }
        assert_eq!(ready.len(), 10_000);
        assert!(table.timers.len() <= SPARE_TIMERS + 3, "{}", table.timers.len());
    }
}
