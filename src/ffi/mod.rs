//! The C boundary: one folder per object, a few lines a function, no decisions.
//!
//! Rules of this folder:
//!
//! 1. A function converts its arguments and calls one shape of [`boundary`]; nothing else.
//! 2. A handle is a token that is looked up, never dereferenced: [`handle`].
//! 3. Pointers of the caller are read in [`args`] only, before the call can wait.
//! 4. Signatures use opaque pointers, `int`, `int64_t`, `size_t`, `char`, `uint8_t` and [`boolean::Bool`] only: an
//!    unknown number is a failure, not undefined behaviour.
//! 5. No panic leaves; it becomes the failure value and a line of the log.
//!
//! The doc comments here are the manual: cbindgen turns them into `include/ckws.h`.

#![expect(
    clippy::missing_safety_doc,
    reason = "what C promises about pointers is said once, in the header's preamble: a section at each function \
              would land in the header"
)]
#![allow(unsafe_code, reason = "the C boundary; each block argues why it holds")]
#![allow(non_camel_case_types, reason = "types are named as in C")]
#![allow(unreachable_pub, reason = "exported to C, not to Rust")]

pub mod args;
pub mod boolean;
pub mod boundary;
mod callbacks;
pub mod constants;
pub mod handle;
pub mod strings;

pub mod websocket;

pub mod rest;

pub mod socket;

pub mod bin_data;

pub mod string_builder;

pub mod task;

pub mod task_queue;

pub mod global;
