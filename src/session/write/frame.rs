//! A streamed frame: one that is too large for the queue, and is masked piece by piece.

use super::PIECE;
use super::queue::Queue;
use crate::base::slices::part;
use crate::proto::ws::mask;
use std::sync::Arc;

/// A frame in the middle of its payload. Its header is in the queue or has left.
#[derive(Debug)]
pub(super) struct StreamedFrame {
    key: [u8; 4],
    offset: usize,
    /// The payload, if its sender was cancelled.
    detached: Option<Arc<Vec<u8>>>,
}

impl StreamedFrame {
    /// Creates a frame of which no payload was masked yet.
    pub(super) fn new(key: [u8; 4]) -> Self {
        Self { key, offset: 0, detached: None }
    }

    /// Masks the next piece of the payload into the queue.
    pub(super) fn append(&mut self, piece: &[u8], queue: &mut Queue) {
        mask::append(self.key, self.offset, piece, queue.room(piece.len()));
        self.offset += piece.len();
    }

    /// Keeps the payload for the next writer, since the sender was cancelled.
    pub(super) fn detach(&mut self, payload: Arc<Vec<u8>>) {
        self.detached = Some(payload);
    }

    /// Returns how many bytes of a detached frame are not masked yet; 0 for one whose sender brings them.
    pub(super) fn detached_len(&self) -> usize {
        self.detached.as_ref().map_or(0, |payload| payload.len() - self.offset)
    }

    /// Returns whether its sender was cancelled.
    pub(super) fn is_detached(&self) -> bool {
        self.detached.is_some()
    }

    /// Masks the next piece of a detached frame into the queue; returns whether there was one.
    pub(super) fn append_detached(&mut self, queue: &mut Queue) -> bool {
        let Some(payload) = self.detached.clone().filter(|_| self.detached_len() > 0) else { return false };
        let end = payload.len().min(self.offset + PIECE);
        self.append(part(&payload, self.offset..end), queue);
        true
    }
}
