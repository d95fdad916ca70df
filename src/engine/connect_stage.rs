//! How far a connect is.

/// The stages of a connect, in their order; the numbers are those of `CKWS_STAGE_`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConnectStage {
    /// No connect has begun.
    #[default]
    None = 0,
    /// The name is looked up.
    Lookup = 1,
    /// The first hop: TCP, or a Unix domain socket.
    Tcp = 2,
    /// A proxy is asked for a connection.
    Proxy = 3,
    /// The TLS handshake.
    Tls = 5,
    /// The request of the opening handshake is sent, its response awaited.
    Http = 6,
    /// The response is checked.
    WebSocket = 7,
    /// The connection is open.
    Open = 8,
}
