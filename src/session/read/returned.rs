//! Payloads that reads have returned to the program, each valid until a later read.
//!
//! What a read returns belongs to the thread that reads and expires at that thread's next read, so there is at most one
//! for each thread. What get_frame_data_bytes returns expires at the next read of any thread.

use super::buffer::{BlockBorrow, ReadBuffer};
use super::message::MessageBuffer;
use crate::base::NulTerminated;

/// Where a returned payload is.
enum Payload {
    /// Where it was read.
    InBlock(BlockBorrow),
    /// In a buffer of its own.
    Buffer(NulTerminated),
}

/// The payloads that are valid now.
#[derive(Default)]
pub(super) struct Returned {
    by_thread: Vec<(u64, Payload)>,
    frame_data: Vec<NulTerminated>,
}

impl Returned {
    /// Ends the validity of what a read of `thread`, or of a task if None, makes expire. The memory is used again.
    pub(super) fn expire(&mut self, thread: Option<u64>, buffer: &mut ReadBuffer, data: &mut MessageBuffer) {
        for frame_data in self.frame_data.drain(..) {
            data.recycle(frame_data.into_buffer());
        }
        let Some(index) = self.by_thread.iter().position(|(owner, _)| Some(*owner) == thread) else { return };
        match self.by_thread.swap_remove(index).1 {
            Payload::InBlock(borrow) => buffer.end_borrow(borrow),
            Payload::Buffer(payload) => data.recycle(payload.into_buffer()),
        }
    }

    /// Keeps a payload for `thread` that is where it was read.
    pub(super) fn keep_in_block(&mut self, thread: u64, borrow: BlockBorrow) {
        self.push(thread, Payload::InBlock(borrow));
    }

    /// Keeps a payload for `thread`; returns where it is.
    pub(super) fn keep(&mut self, thread: u64, payload: NulTerminated) -> (*const u8, usize) {
        let place = (payload.as_ptr(), payload.len());
        self.push(thread, Payload::Buffer(payload));
        place
    }

    fn push(&mut self, thread: u64, payload: Payload) {
        debug_assert!(
            self.by_thread.iter().all(|(owner, _)| *owner != thread),
            "the thread's last payload has not expired"
        );
        self.by_thread.push((thread, payload));
    }

    /// Keeps what get_frame_data_bytes returns; returns where it is.
    pub(super) fn keep_frame_data(&mut self, data: NulTerminated) -> (*const u8, usize) {
        let place = (data.as_ptr(), data.len());
        // Mostly it is one, on each of many thousand connections.
        self.frame_data.reserve_exact(1);
        self.frame_data.push(data);
        place
    }
}
