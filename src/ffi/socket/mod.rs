//! `ckws_socket_*`: a connection made ahead of HTTP, and the settings of the way to a server.

mod callbacks;
mod common;
mod connect;
mod options;
mod proxy;
mod settings;
mod tls;
mod tls_choices;

pub use callbacks::*;
pub use common::*;
pub use connect::*;
pub use options::*;
pub use proxy::*;
pub use settings::*;
pub use tls::*;
pub use tls_choices::*;

use super::handle::Handle;
use crate::object::Socket;

/// A connection that is made ahead of HTTP, and the settings of the way to a server. It sends and receives nothing
/// itself. There are two ways to use it:
///
/// Connect it with ckws_socket_connect and give the connection to a Rest by ckws_rest_use_connection. Or set its
/// properties and give it to a WebSocket by ckws_set_transport: each ckws_connect then goes that way.
///
/// Create it with ckws_socket_create, dispose it with ckws_socket_dispose. Since 0.1.0.
pub struct ckws_socket;

impl Handle for ckws_socket {
    type Object = Socket;
    const KIND: u64 = 7;
}
