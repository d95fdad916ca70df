//! Bytes that were received before their reader was there, then the link that they came from.

use super::{Link, ReadBuf, TryResult};
use crate::engine::Readiness;
use crate::sys::source::Source;
use std::io::IoSlice;
use std::time::Instant;

/// The link, with what was read of it too early.
pub struct Prefixed {
    first: Vec<u8>,
    /// How many of them were read.
    read: usize,
    below: Box<dyn Link>,
}

impl Prefixed {
    /// Puts `first` before what `below` will receive.
    pub fn new(first: Vec<u8>, below: Box<dyn Link>) -> Self {
        Self { first, read: 0, below }
    }

    fn unread(&self) -> &[u8] {
        self.first.get(self.read..).unwrap_or_default()
    }
}

impl Link for Prefixed {
    fn try_read(&mut self, buf: &mut ReadBuf<'_>) -> TryResult<usize> {
        if self.unread().is_empty() {
            return self.below.try_read(buf);
        }
        let count = buf.append(self.unread());
        self.read += count;
        if self.unread().is_empty() {
            self.first = Vec::new();
            self.read = 0;
        }
        Ok(count)
    }

    fn try_write(&mut self, bytes: &[u8]) -> TryResult<usize> {
        self.below.try_write(bytes)
    }

    fn try_write_vectored(&mut self, pieces: &[IoSlice<'_>]) -> TryResult<usize> {
        self.below.try_write_vectored(pieces)
    }

    fn try_flush(&mut self) -> TryResult<()> {
        self.below.try_flush()
    }

    fn has_buffered(&self) -> bool {
        !self.unread().is_empty() || self.below.has_buffered()
    }

    fn wants_write(&self) -> bool {
        self.below.wants_write()
    }

    fn try_finish(&mut self) -> TryResult<()> {
        self.below.try_finish()
    }

    fn shutdown(&self) {
        self.below.shutdown();
    }

    fn readiness(&self, read: bool, write: bool) -> Readiness {
        if read && !self.unread().is_empty() {
            return Readiness::default().or_at(Instant::now());
        }
        self.below.readiness(read, write)
    }

    fn source(&self) -> Option<&Source> {
        self.below.source()
    }
}
