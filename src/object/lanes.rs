//! The order in which the tasks of one object run: first come, first served, in each direction by itself.

use super::task::Task;
use crate::base::Locked;
use std::collections::VecDeque;
use std::sync::Arc;

/// Which way a task's work goes. Tasks that share a direction run one after the other; reading and sending do not wait
/// for each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the peer.
    Read,
    /// To the peer.
    Send,
    /// A connect, a request: nothing else can go on meanwhile.
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

/// A run of a task. A task that was cancelled and run anew is there with its new run alone: the old one's turn must
/// not be taken for its.
#[derive(Clone)]
pub(super) struct Due {
    pub(super) task: Arc<Task>,
    pub(super) run: u64,
}

impl Due {
    fn is(&self, other: &Self) -> bool {
        self.run == other.run && Arc::ptr_eq(&self.task, &other.task)
    }
}

/// The runs that have not ended, by direction, in the order in which they came.
#[derive(Default)]
pub struct Lanes(Locked<[VecDeque<Due>; 2]>);

impl Lanes {
    /// Queues a run; true if it is to be started.
    pub(super) fn enter(&self, due: &Due) -> bool {
        let mut lanes = self.0.lock();
        let mut is_first = true;
        for &lane in due.task.direction().lanes() {
            if let Some(lane) = lanes.get_mut(lane) {
                is_first &= lane.is_empty();
                if lane.is_empty() {
                    lane.reserve_exact(1);
                }
                lane.push_back(due.clone());
            }
        }
        is_first
    }

    /// A run has ended; those that are to be started now. Who was behind one that had not come to its turn waits on.
    pub(super) fn leave(&self, ended: &Due) -> Vec<Due> {
        let mut lanes = self.0.lock();
        let mut startable: Vec<Due> = Vec::new();
        // Out of all lanes first: only then is it known who is the first in them.
        let freed: [bool; 2] = std::array::from_fn(|lane| {
            ended.task.direction().lanes().contains(&lane) && remove(lanes.get_mut(lane), ended)
        });
        for lane in (0..freed.len()).filter(|&lane| freed.get(lane) == Some(&true)) {
            let next = lanes.get(lane).and_then(VecDeque::front);
            let is_known = |next: &&Due| startable.iter().any(|known| known.is(next));
            if let Some(next) = next.filter(|next| !is_known(next) && is_first_everywhere(&lanes, next)) {
                startable.push(next.clone());
            }
        }
        startable
    }
}

/// Removes the run; true if it was the first.
fn remove(lane: Option<&mut VecDeque<Due>>, ended: &Due) -> bool {
    let Some(lane) = lane else { return false };
    let at = lane.iter().position(|due| due.is(ended));
    if let Some(at) = at {
        lane.remove(at);
    }
    at == Some(0)
}

fn is_first_everywhere(lanes: &[VecDeque<Due>; 2], due: &Due) -> bool {
    let mut lanes = due.task.direction().lanes().iter().filter_map(|&lane| lanes.get(lane));
    lanes.all(|lane| lane.front().is_some_and(|first| first.is(due)))
}
