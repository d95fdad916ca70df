//! The objects as programs know them: settings, operations, results.
//!
//! An operation is one `async fn` that takes the call's [`crate::engine::Op`]. No pointer, no C string and no handle is
//! known here. Objects do not use each other, except WebSocket, Rest and Socket (UseConnection, SetTransport) and the two
//! containers, which every object may fill.

pub mod bin_data;
pub mod blocking_caller;
pub mod call_logs;
pub mod callbacks;
pub mod client;
pub mod endpoint;
pub mod fail_reason;
pub mod files;
pub mod log_callback;
mod memory;
pub mod object_base;
pub mod response;
pub mod rest;
pub mod run_order;
pub mod socket;
pub mod string_builder;
pub mod task;
pub mod task_queue;
pub mod websocket;

pub use bin_data::BinData;
pub use client::Client;
pub use object_base::{Object, ObjectBase};
pub use response::Requester;
pub use rest::Rest;
pub use socket::Socket;
pub use string_builder::StringBuilder;
pub use task::Task;
pub use task_queue::TaskQueue;
pub use websocket::WebSocket;
