//! The operating system: what needs a system call that std and socket2 do not offer safely, or at all.
//!
//! One of the two places with `unsafe` (the other is `ffi`). Nothing here knows a protocol. Another operating
//! system is added here and nowhere else: the floors above know a [`source::Source`], not what it is.

#![allow(unsafe_code, reason = "system calls; each block argues why it holds")]

pub mod blocks;
pub mod cancel;
pub mod descriptor;
pub mod error;
pub mod files;
pub mod lookup;
pub mod panic;
pub mod poll;
pub mod poller;
pub mod process;
pub mod random;
pub mod read_buf;
pub mod signals;
pub mod socket;
pub mod source;
pub mod thread;
pub mod wake_event;
pub mod wipe;
