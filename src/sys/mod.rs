//! The operating system: what needs a system call that std and socket2 do not offer safely, or at all.
//!
//! One of the two places with `unsafe` (the other is `ffi`). Nothing here knows a protocol. Another operating
//! system is added here; `RawFd` and `Epoll` also appear in `engine/`, `link/` and `object/`.

#![allow(unsafe_code, reason = "system calls; each block argues why it holds")]

pub mod blocks;
pub mod cancel;
pub mod descriptor;
pub mod epoll;
pub mod error;
pub mod event;
pub mod files;
pub mod lookup;
pub mod panic;
pub mod poll;
pub mod process;
pub mod random;
pub mod signals;
pub mod socket;
pub mod thread;
pub mod wipe;
