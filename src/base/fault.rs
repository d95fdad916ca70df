//! Why something failed: a number for programs and a sentence for people.
//!
//! A [`Fault`] is made only when something went wrong; the success path never builds one.

use std::borrow::Cow;
use std::collections::TryReserveError;

/// What a fallible step returns.
pub type Result<T> = std::result::Result<T, Fault>;

/// Error numbers, as `ckws_get_last_error_code` and its siblings return them.
///
/// Grouped by stage: 1xx argument and state, 2xx name lookup and TCP, 3xx proxy, 4xx SSH, 5xx TLS,
/// 6xx HTTP and opening handshake, 7xx WebSocket protocol and limits, 8xx time-out, abort, closed.
/// A number is never reused and never changes its meaning. Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    /// No failure.
    None = 0,

    /// A handle that is given as an argument is NULL, disposed, of another kind, or never was one.
    InvalidHandle = 100,
    /// A pointer argument is NULL where the function needs one.
    NullArgument = 101,
    /// A string argument is not valid UTF-8.
    InvalidUtf8 = 102,
    /// An argument is outside the range that the function takes.
    InvalidArgument = 103,
    /// A length argument is larger than PTRDIFF_MAX.
    LengthTooLarge = 104,
    /// CR, LF or NUL (or another forbidden byte) in text that would reach a request line or header.
    ForbiddenCharacter = 105,
    /// The URL cannot be used; the text names the part that is wrong.
    InvalidUrl = 106,
    /// The object has no connection (never had one, or it ended).
    NotConnected = 110,
    /// The object is connected already, or serves another WebSocket's handshake.
    AlreadyConnected = 111,
    /// The opening handshake has not been validated yet.
    HandshakePending = 112,
    /// A fragmented message is open, so a whole message cannot be sent.
    FragmentOpen = 113,
    /// A Close frame was sent already; nothing can be sent after it (RFC 6455 section 5.5.1).
    CloseSent = 114,
    /// Basic authentication over clear text to another host was refused.
    InsecureAuth = 115,
    /// The operation needs a response that there is not, or a request that was not made.
    NoResponse = 116,
    /// The response to the last request has not been read, so no other request can be sent.
    ResponsePending = 117,
    /// The task is not in a state in which the call makes sense: it is empty, was not run, runs already, or its end
    /// waits in a queue; or no task of the queue is queued or running.
    TaskState = 118,
    /// The result of the task is of another type.
    TaskResultType = 119,
    /// Memory could not be allocated.
    OutOfMemory = 120,
    /// A file could not be read or written; the text has the path and the system's reason.
    FileAccess = 121,
    /// The text or file holds no usable PEM certificate.
    InvalidPem = 122,
    /// The system refused a resource (thread, file descriptor).
    SystemResource = 123,
    /// A defect of this library; please report it.
    Internal = 190,

    /// The host name is empty.
    HostEmpty = 200,
    /// The host name could not be resolved.
    LookupFailed = 201,
    /// The name lookup took longer than the time-out allows.
    LookupTimeout = 202,
    /// The server refused the TCP connection.
    ConnectRefused = 203,
    /// No TCP connection within the time-out.
    ConnectTimeout = 204,
    /// The TCP connection failed for another reason (unreachable, no route, ...).
    ConnectFailed = 205,
    /// The peer reset the connection.
    ConnectionReset = 206,
    /// The peer ended the stream without a Close frame.
    ConnectionLost = 207,
    /// Another error of the socket.
    SocketError = 208,

    /// An error inside the TLS layer.
    TlsInternal = 500,
    /// The server broke the TLS protocol.
    TlsProtocol = 501,
    /// The stream ended during the TLS handshake.
    TlsClosed = 502,
    /// The server refused the TLS handshake, or ended the connection, with an alert.
    TlsAlert = 503,
    /// No TLS version, cipher suite or kind of key in common.
    TlsNoCommonVersion = 504,
    /// The server sent no certificate.
    TlsNoCertificate = 505,
    /// The TLS handshake took longer than the time-out allows.
    TlsTimeout = 506,
    /// The stream ended without TLS close_notify: it may have been cut by an attacker.
    TlsTruncated = 507,
    /// The server's certificate has expired.
    CertificateExpired = 510,
    /// The server's certificate is not valid yet.
    CertificateNotYetValid = 511,
    /// The server's certificate is for another host.
    CertificateWrongHost = 512,
    /// The server's certificate was issued by an authority that is not trusted.
    CertificateUnknownIssuer = 513,
    /// The server's certificate is self-signed and not trusted.
    CertificateSelfSigned = 514,
    /// The server's certificate was revoked.
    CertificateRevoked = 515,
    /// A signature in the server's certificate chain is wrong.
    CertificateBadSignature = 516,
    /// The server's certificate may not be used for a server.
    CertificatePurpose = 517,
    /// The server's certificate cannot be used for another reason.
    CertificateInvalid = 518,
    /// There is no trusted root certificate to verify the server with.
    NoTrustedRoots = 520,

    /// The response is not valid HTTP/1.1.
    HttpInvalid = 600,
    /// The response head is larger than 64 KiB.
    HttpHeadTooLarge = 601,
    /// The response has more than 128 header fields.
    HttpTooManyFields = 602,
    /// The response body is larger than max_response_size.
    HttpBodyTooLarge = 603,
    /// The body's length or chunking is malformed.
    HttpBodyInvalid = 604,
    /// The stream ended before the response was complete.
    HttpTruncated = 605,
    /// The response took longer than the time-out allows.
    HttpTimeout = 606,
    /// The server answered the opening handshake with another status than 101.
    UpgradeRefused = 610,
    /// The 101 response has no `Upgrade: websocket`.
    UpgradeMissing = 611,
    /// The 101 response has no `Connection: Upgrade`.
    ConnectionUpgradeMissing = 612,
    /// The 101 response has no Sec-WebSocket-Accept.
    AcceptMissing = 613,
    /// Sec-WebSocket-Accept does not belong to the key that was sent.
    AcceptMismatch = 614,
    /// The server answered with an extension that was not offered.
    UnexpectedExtension = 615,
    /// The server chose a subprotocol that was not asked for.
    UnexpectedSubprotocol = 616,
    /// The program added a request header that this library sets or does not support.
    HeaderRefused = 617,

    /// A reserved bit is set in a frame header (RFC 6455 section 5.2).
    ReservedBits = 700,
    /// A frame has a reserved opcode (RFC 6455 section 5.2).
    ReservedOpcode = 701,
    /// The server sent a masked frame (RFC 6455 section 5.1).
    MaskedFrame = 702,
    /// A control frame is longer than 125 bytes (RFC 6455 section 5.5).
    ControlTooLong = 703,
    /// A control frame is fragmented (RFC 6455 section 5.5).
    ControlFragmented = 704,
    /// A continuation frame without a message to continue (RFC 6455 section 5.4).
    UnexpectedContinuation = 705,
    /// A new message before the open one was finished (RFC 6455 section 5.4).
    ExpectedContinuation = 706,
    /// A payload length that is not in its shortest form (RFC 6455 section 5.2).
    LengthNotMinimal = 707,
    /// A payload length with its highest bit set (RFC 6455 section 5.2).
    LengthInvalid = 708,
    /// A text message is not valid UTF-8 (RFC 6455 section 8.1).
    TextNotUtf8 = 709,
    /// A Close frame with a one-byte payload (RFC 6455 section 5.5.1).
    ClosePayload = 710,
    /// A Close frame with a status code that may not be sent (RFC 6455 section 7.4).
    CloseCode = 711,
    /// A Close reason that is not valid UTF-8 (RFC 6455 section 5.5.1).
    CloseReason = 712,
    /// A message is larger than max_message_size.
    MessageTooBig = 720,
    /// Untaken earlier messages fill max_message_size; take them and read again.
    ReceiveBufferFull = 721,

    /// Nothing arrived within the idle time-out.
    ReadTimeout = 800,
    /// Nothing could be sent within the idle time-out.
    SendTimeout = 801,
    /// A function that never waits would have had to (try_read_frame, try_flush, try_next).
    WouldBlock = 802,
    /// The task has not ended within the time-out, or no task of the queue has.
    WaitTimeout = 803,
    /// A callback or a cancel aborted the call.
    Aborted = 810,
    /// The program closed the connection, connected anew, or disposed the handle while the call waited.
    ClosedLocally = 811,
    /// The WebSocket is closed: a Close frame was received or sent, by the program or for a fault of the peer.
    Closed = 812,
    /// A send was given up after its first byte had left, which ended the connection.
    SendInterrupted = 813,
    /// An earlier buffered write failed.
    LateWriteFailed = 814,
}

impl ErrorCode {
    /// The name of the number in `include/ckws.h`, made from the variant's as cbindgen does.
    pub fn constant(self) -> String {
        let mut name = String::from("CKWS_ERROR");
        for letter in format!("{self:?}").chars() {
            if letter.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(letter.to_ascii_uppercase());
        }
        name
    }
}

/// A failure: its number and what happened, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    code: ErrorCode,
    text: Cow<'static, str>,
}

impl Fault {
    /// A fault with a constant sentence, or one made for the occasion.
    pub fn new(code: ErrorCode, text: impl Into<Cow<'static, str>>) -> Self {
        Self { code, text: text.into() }
    }

    /// The number for programs.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// The sentence for people.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Fault {}

impl From<TryReserveError> for Fault {
    fn from(_: TryReserveError) -> Self {
        Self::new(ErrorCode::OutOfMemory, "There is not enough memory for the data.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_stays_small_enough_to_return_by_value() {
        assert!(size_of::<Fault>() <= 32);
    }
}
