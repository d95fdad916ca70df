//! `ckws_rest_*`: the HTTP connection on which a handshake can be made by hand.

mod common;

mod connect;
mod request;
mod response;
mod settings;

mod callbacks;

pub use callbacks::*;
pub use common::*;
pub use connect::*;
pub use request::*;
pub use response::*;
pub use settings::*;

use super::handle::Handle;
use crate::object::Rest;

/// An HTTP/1.1 connection, on which a WebSocket's opening handshake can be made by hand.
///
/// Create it with ckws_rest_create, dispose it with ckws_rest_dispose. Since 0.1.0.
pub struct ckws_rest;

impl Handle for ckws_rest {
    type Object = Rest;
    const KIND: u64 = 2;
}
