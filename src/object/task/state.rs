//! The states of a task, and what leads from one to another: a table, without locks and without effects.

/// The state of a task. The numbers are those of the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// No call is loaded.
    #[default]
    Empty = 1,
    /// A call is loaded and not started.
    Loaded = 2,
    /// It waits for its turn.
    Queued = 3,
    /// It runs.
    Running = 4,
    /// It was cancelled before it ran.
    Canceled = 5,
    /// It was cancelled while it ran.
    Aborted = 6,
    /// It ran to its end, be it success or failure.
    Completed = 7,
}

/// What happens to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// The program runs it.
    Run,
    /// The program runs it on its own thread.
    RunSynchronously,
    /// Its run is first in its object's order.
    Start,
    /// Its method has returned, be it success or failure.
    Return,
    /// Its method was cancelled, or returned a result that is left to others because of a cancel.
    Abort,
    /// The program cancels it. A running method notices that itself, and the end of the run is then an [`Event::Abort`].
    Cancel,
    /// The driver drops the run, or refuses it: the library's threads are being ended.
    Drop,
}

impl Status {
    /// Returns the state that follows, or None if nothing changes: the event is refused, or comes too late.
    pub(super) fn after(self, event: Event) -> Option<Self> {
        match (self, event) {
            (Self::Loaded | Self::Canceled | Self::Aborted | Self::Completed, Event::Run) => {
                Some(Self::Queued)
            }
            (Self::Loaded | Self::Canceled | Self::Aborted | Self::Completed, Event::RunSynchronously) => {
                Some(Self::Running)
            }
            (Self::Queued, Event::Start) => Some(Self::Running),
            (Self::Queued, Event::Cancel | Event::Drop) => Some(Self::Canceled),
            (Self::Running, Event::Return) => Some(Self::Completed),
            (Self::Running, Event::Abort | Event::Drop) => Some(Self::Aborted),
            _ => None,
        }
    }

    /// Queued or running.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }

    /// Not started.
    pub fn is_inert(self) -> bool {
        matches!(self, Self::Empty | Self::Loaded)
    }

    /// At its end, whichever.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Canceled | Self::Aborted | Self::Completed)
    }
}

#[cfg(test)]
mod tests {
    use super::Event::{Abort, Cancel, Drop, Return, Run, RunSynchronously, Start};
    use super::Status::{Aborted, Canceled, Completed, Empty, Loaded, Queued, Running};

    #[test]
    fn every_event_in_every_state() {
        let events = [Run, RunSynchronously, Start, Return, Abort, Cancel, Drop];
        let run = [Some(Queued), Some(Running), None, None, None, None, None];
        let table = [
            (Empty, [None; 7]),
            (Loaded, run),
            (Queued, [None, None, Some(Running), None, None, Some(Canceled), Some(Canceled)]),
            (Running, [None, None, None, Some(Completed), Some(Aborted), None, Some(Aborted)]),
            (Canceled, run),
            (Aborted, run),
            (Completed, run),
        ];
        for (status, row) in table {
            for (event, next) in events.into_iter().zip(row) {
                assert_eq!(status.after(event), next, "{status:?} {event:?}");
            }
        }
    }

    #[test]
    fn a_state_is_inert_live_or_finished() {
        for status in [Empty, Loaded, Queued, Running, Canceled, Aborted, Completed] {
            let kinds = [status.is_inert(), status.is_live(), status.is_finished()];
            assert_eq!(kinds.into_iter().filter(|is_so| *is_so).count(), 1, "{status:?}");
        }
    }
}
