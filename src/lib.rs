//! libckws: a WebSocket client (RFC 6455) with a C ABI.
//!
//! The floors, each using only those below it:
//!
//! ```text
//! ffi      one folder per object: handle lookup, panic boundary, text in and out
//! object   WebSocket, Rest, Socket, BinData, StringBuilder, Task, TaskQueue: settings, results
//! session  one WebSocket connection: its phase, reader and outbox
//! route    the way to a server: a plan of hops, and the connect that follows it
//! http     HTTP/1.1 over a link: requests and their responses
//! link     byte pipes stacked: tcp, tls
//! engine   the only place that waits: two drivers, leaf futures, turns, the library's threads
//! sys · log · proto    system calls · the log tree · bytes only (no I/O, clock, thread, unsafe)
//! base     Fault, Deadline, Locked, UTF-8
//! ```
//!
//! The Rust items are public for this project's own tests and benchmarks; the product is the C API in
//! `include/ckws.h`.

#[cfg(not(panic = "unwind"))]
compile_error!("ckws turns panics into failure values at the C boundary: build it with panic = \"unwind\"");

#[cfg(not(target_pointer_width = "64"))]
compile_error!(
    "ckws builds for 64-bit targets only: a handle is a number of 52 bits that C keeps in a pointer"
);

pub mod base;
pub mod engine;
pub mod ffi;
pub mod http;
pub mod link;
pub mod log;
pub mod object;
pub mod proto;
pub mod route;
pub mod session;
pub mod sys;
