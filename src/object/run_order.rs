//! The order in which the tasks of one object run: first come, first served, in each direction by itself.
//!
//! An object has two lanes, reading and sending; a connect stands in both. A run starts when it is first in all of its
//! lanes. A cancelled task is removed from its lanes wherever it stands, and the runs that are then first start.

use crate::base::{Line, Locked};

/// Which way a task's work goes. Tasks that share a direction run one after the other; reading and sending do not wait
/// for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the peer.
    Read,
    /// To the peer.
    Send,
    /// A connect, a request: excludes reading and sending.
    Both,
}

impl Direction {
    fn lanes(self) -> &'static [usize] {
        match self {
            Self::Read => &[0],
            Self::Send => &[1],
            Self::Both => &[0, 1],
        }
    }
}

/// A run, as its order sees it.
pub trait Directed: Clone {
    /// Returns which way its work goes.
    fn direction(&self) -> Direction;
}

/// The runs that have not ended, by direction, in the order in which they were pushed.
pub struct RunOrder<R>(Locked<Queues<R>>);

struct Queues<R> {
    lanes: [Line<R>; 2],
    pushed: u64,
}

impl<R> Default for RunOrder<R> {
    fn default() -> Self {
        Self(Locked::new(Queues { lanes: Default::default(), pushed: 0 }))
    }
}

impl<R: Directed> RunOrder<R> {
    /// Queues a run. Returns its number here, and whether it is to be started.
    pub fn push(&self, run: &R) -> (u64, bool) {
        let mut queues = self.0.lock();
        queues.pushed += 1;
        let number = queues.pushed;
        for &lane in run.direction().lanes() {
            if let Some(lane) = queues.lanes.get_mut(lane) {
                lane.push(number, run.clone());
            }
        }
        (number, queues.is_first_everywhere(number, run.direction()))
    }

    /// Removes a run that has ended, and returns the runs that are now first in all their lanes. If the removed run was
    /// not first, the runs after it wait on.
    pub fn finish(&self, number: u64, direction: Direction) -> Vec<R> {
        let mut queues = self.0.lock();
        // Removed from all lanes before any is checked: only then are their first runs known.
        let freed: Vec<usize> =
            direction.lanes().iter().copied().filter(|&lane| queues.remove(lane, number)).collect();
        let mut startable: Vec<(u64, R)> = Vec::new();
        for next in freed.into_iter().filter_map(|lane| queues.first(lane)) {
            let is_known = startable.iter().any(|(known, _)| *known == next.0);
            if !is_known && queues.is_first_everywhere(next.0, next.1.direction()) {
                startable.push(next);
            }
        }
        startable.into_iter().map(|(_, run)| run).collect()
    }
}

impl<R: Directed> Queues<R> {
    fn first(&self, lane: usize) -> Option<(u64, R)> {
        self.lanes.get(lane)?.first().map(|(number, run)| (number, run.clone()))
    }

    fn is_first(&self, lane: usize, number: u64) -> bool {
        self.lanes.get(lane).and_then(Line::first).is_some_and(|(first, _)| first == number)
    }

    fn is_first_everywhere(&self, number: u64, direction: Direction) -> bool {
        direction.lanes().iter().all(|&lane| self.is_first(lane, number))
    }

    /// Removes the run; returns whether it was the first.
    fn remove(&mut self, lane: usize, number: u64) -> bool {
        let was_first = self.is_first(lane, number);
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.remove(number);
        }
        was_first
    }
}
