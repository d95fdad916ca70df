//! What the system can wait for: here a descriptor, on another system what it has in the place of one.

use super::descriptor::Descriptor;
use std::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;

/// An open source. It stays open while a clone of it exists: a wait that holds one is never for another file that was
/// given the number of a closed one.
#[derive(Clone, Debug)]
pub struct Source(Arc<Descriptor>);

/// The name of a source in a wait. The waiting caller holds the [`Source`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceId(RawFd);

/// A source, and what is awaited of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    /// The source.
    pub source: SourceId,
    /// Wait until reading would not block (data, end of stream or an error).
    pub read: bool,
    /// Wait until writing would not block.
    pub write: bool,
}

impl Source {
    /// Takes over what was just opened.
    pub(super) fn new(opened: impl Into<OwnedFd>) -> io::Result<Self> {
        Ok(Self(Arc::new(Descriptor::new(opened)?)))
    }

    pub(super) fn get(&self) -> io::Result<&OwnedFd> {
        self.0.get()
    }

    /// Returns its name; in a process that has not opened it, one that no wait reports.
    pub fn id(&self) -> SourceId {
        SourceId(self.0.as_raw_fd())
    }

    /// Returns what a wait for these directions takes.
    pub fn interest(&self, read: bool, write: bool) -> Interest {
        Interest { source: self.id(), read, write }
    }

    /// Returns the number for a wait of the program's own; -1 in a process that has not opened it.
    pub fn number(&self) -> c_int {
        self.0.as_raw_fd()
    }
}

impl SourceId {
    /// Returns the index of the source in a table: a small number, which no other open source has. None in a process
    /// that has not opened it.
    pub fn index(self) -> Option<usize> {
        usize::try_from(self.0).ok()
    }

    pub(super) fn of(number: RawFd) -> Self {
        Self(number)
    }

    pub(super) fn as_raw_fd(self) -> RawFd {
        self.0
    }
}
