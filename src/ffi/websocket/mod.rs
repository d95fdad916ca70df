//! `ckws_*`: the WebSocket. The header has the functions in the order of these files.

mod common;

mod connect;
mod receive;
mod send;
mod settings;

mod callbacks;

pub use callbacks::*;
pub use common::*;
pub use connect::*;
pub use receive::*;
pub use send::*;
pub use settings::*;

use super::handle::Handle;
use crate::object::WebSocket;

/// A WebSocket connection (RFC 6455), client side.
///
/// Create it with ckws_create, dispose it with ckws_dispose. It can be connected again and again: with
/// ckws_connect by URL, or with ckws_use_connection over a ckws_rest. Since 0.1.0.
pub struct ckws_websocket;

impl Handle for ckws_websocket {
    type Object = WebSocket;
    const KIND: u64 = 1;
}
