//! Descriptors that the library has opened. Their numbers are 3 and above.
//!
//! Only the process that opened a descriptor uses and closes it: a forked child may have given the number to a file of
//! its own, while a thread's locals and the stack of a forked call still hold it.

use super::cancel::Uncancellable;
use super::process;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// The first number after standard input, output and error. If the program has closed one of these, what it prints or
/// reads must not reach a descriptor of the library.
const FIRST: RawFd = 3;

/// An open descriptor; closed when it is dropped in the process that opened it.
#[derive(Debug)]
pub struct Descriptor {
    opened: ManuallyDrop<OwnedFd>,
    process: usize,
}

impl Descriptor {
    /// Takes over what was just opened.
    pub fn new(opened: impl Into<OwnedFd>) -> io::Result<Self> {
        let opened = above_standard(opened.into())?;
        Ok(Self { opened: ManuallyDrop::new(opened), process: process::identity() })
    }

    /// Returns the open descriptor; an error in a process that has not opened it.
    pub fn get(&self) -> io::Result<&OwnedFd> {
        if self.process == process::identity() {
            return Ok(&self.opened);
        }
        Err(io::Error::from_raw_os_error(libc::EBADF))
    }
}

impl AsRawFd for Descriptor {
    /// Returns the number; in a process that has not opened it -1, which system calls refuse and poll(2) leaves out.
    fn as_raw_fd(&self) -> RawFd {
        self.get().map_or(-1, AsRawFd::as_raw_fd)
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        if self.process == process::identity() {
            let _uncancellable = Uncancellable::begin();
            // SAFETY: nothing uses the field after this.
            unsafe { ManuallyDrop::drop(&mut self.opened) };
        }
    }
}

/// Returns the same open file, under another number if it was that of standard input, output or error.
pub fn above_standard(opened: OwnedFd) -> io::Result<OwnedFd> {
    if opened.as_raw_fd() >= FIRST {
        return Ok(opened);
    }
    let _uncancellable = Uncancellable::begin();
    // SAFETY: fcntl takes no pointer here.
    match unsafe { libc::fcntl(opened.as_raw_fd(), libc::F_DUPFD_CLOEXEC, FIRST) } {
        // SAFETY: the number was just made by fcntl and has no other owner.
        number @ 0.. => Ok(unsafe { OwnedFd::from_raw_fd(number) }),
        _ => Err(io::Error::last_os_error()),
    }
}
