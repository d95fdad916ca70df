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

/// The tasks that were run and have not ended, by direction, in the order of their run.
#[derive(Default)]
pub struct Lanes(Locked<[VecDeque<Arc<Task>>; 2]>);

impl Lanes {
    /// Queues a task that is run; true if it is to be started.
    pub(super) fn enter(&self, task: &Arc<Task>, direction: Direction) -> bool {
        let mut lanes = self.0.lock();
        let mut is_first = true;
        for &lane in direction.lanes() {
            if let Some(lane) = lanes.get_mut(lane) {
                is_first &= lane.is_empty();
                if lane.is_empty() {
                    lane.reserve_exact(1);
                }
                lane.push_back(Arc::clone(task));
            }
        }
        is_first
    }

    /// A task has ended; those that are to be started now. Who was behind a task that had not come to its turn waits
    /// on.
    pub(super) fn leave(&self, task: &Arc<Task>, direction: Direction) -> Vec<Arc<Task>> {
        let mut lanes = self.0.lock();
        let mut startable: Vec<Arc<Task>> = Vec::new();
        // Out of all lanes first: only then is it known who is the first in them.
        let freed: [bool; 2] = std::array::from_fn(|lane| {
            direction.lanes().contains(&lane) && remove(lanes.get_mut(lane), task)
        });
        for lane in (0..freed.len()).filter(|&lane| freed.get(lane) == Some(&true)) {
            let next = lanes.get(lane).and_then(VecDeque::front);
            let is_known = |next: &&Arc<Task>| startable.iter().any(|known| Arc::ptr_eq(known, next));
            if let Some(next) = next.filter(|next| !is_known(next) && is_first_everywhere(&lanes, next)) {
                startable.push(Arc::clone(next));
            }
        }
        startable
    }
}

/// Removes the task; true if it was the first.
fn remove(lane: Option<&mut VecDeque<Arc<Task>>>, task: &Arc<Task>) -> bool {
    let Some(lane) = lane else { return false };
    let at = lane.iter().position(|queued| Arc::ptr_eq(queued, task));
    if let Some(at) = at {
        lane.remove(at);
    }
    at == Some(0)
}

fn is_first_everywhere(lanes: &[VecDeque<Arc<Task>>; 2], task: &Arc<Task>) -> bool {
    let mut lanes = task.direction().lanes().iter().filter_map(|&lane| lanes.get(lane));
    lanes.all(|lane| lane.front().is_some_and(|first| Arc::ptr_eq(first, task)))
}
