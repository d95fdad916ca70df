//! The numbers of failures: what each means and what to do about it, in one table.
//!
//! `include/ckws.h`, `docs/errors.md` and the functions that name and describe a number are made of it.

use std::ffi::CStr;

macro_rules! error_codes {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $number:literal, $constant:ident, $remedy:literal;)*) => {
        /// A number of the table, as `ckws_get_last_error_code` and its siblings return it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $($(#[doc = $meaning])+ $variant = $number,)*
        }

        impl ErrorCode {
            /// All of them, in the order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name in `include/ckws.h`.
            pub const fn name(self) -> &'static CStr {
                match self {
                    $(Self::$variant => for_c(concat!(stringify!($constant), "\0")),)*
                }
            }

            /// Returns what it means.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!($($meaning),+).trim_ascii_start(),)*
                }
            }

            /// Returns what to do about it.
            pub const fn remedy(self) -> &'static str {
                match self {
                    $(Self::$variant => $remedy,)*
                }
            }

            /// Its meaning and its remedy.
            pub const fn description(self) -> &'static CStr {
                match self {
                    $(Self::$variant => for_c(concat!($($meaning,)+ " ", $remedy, "\0")),)*
                }
            }
        }
    };
}

/// Returns a text of the table, which ends with a NUL and may begin with the space of a comment.
const fn for_c(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes().trim_ascii_start()) {
        Ok(text) => text,
        Err(_) => c"",
    }
}

// Grouped by stage: 1xx argument and state, 2xx name lookup and TCP, 3xx proxy, 4xx SSH, 5xx TLS, 6xx HTTP and opening
// handshake, 7xx WebSocket protocol and limits, 8xx time-out, abort, closed. A number is never reused and never changes
// its meaning.
error_codes! {
    /// No failure.
    None = 0, CKWS_ERROR_NONE, "There is nothing to do.";

    /// A handle that is given as an argument is NULL, disposed, of another kind, or never was one.
    InvalidHandle = 100, CKWS_ERROR_INVALID_HANDLE,
        "Look for a dispose that came too early, or a handle of another kind. On the handle of the call \
         itself the functions return -1 instead.";
    /// A pointer argument is NULL where the function needs one.
    NullArgument = 101, CKWS_ERROR_NULL_ARGUMENT, "Pass a string or a place for the result.";
    /// A string argument is not valid UTF-8.
    InvalidUtf8 = 102, CKWS_ERROR_INVALID_UTF8,
        "Convert the text to UTF-8; the call log tells at which byte it goes wrong.";
    /// An argument is outside the range that the function takes.
    InvalidArgument = 103, CKWS_ERROR_INVALID_ARGUMENT, "Look up the range in the header's comment.";
    /// A length argument is larger than PTRDIFF_MAX.
    LengthTooLarge = 104, CKWS_ERROR_LENGTH_TOO_LARGE,
        "Check how the length is computed; a negative number became a huge one.";
    /// CR, LF or NUL (or another forbidden byte) in text that would reach a request line or header.
    ForbiddenCharacter = 105, CKWS_ERROR_FORBIDDEN_CHARACTER,
        "Remove line ends and control characters from names and values; percent-encode paths.";
    /// The URL cannot be used; the text names the part that is wrong.
    InvalidUrl = 106, CKWS_ERROR_INVALID_URL,
        "Pass ws:// or wss:// with a host; the call log names the part that is wrong. Percent-encode what \
         is beyond ASCII.";
    /// The object has no connection (never had one, or it ended).
    NotConnected = 110, CKWS_ERROR_NOT_CONNECTED, "Connect, or connect again after the connection ended.";
    /// The object is connected already, or serves another WebSocket's handshake.
    AlreadyConnected = 111, CKWS_ERROR_ALREADY_CONNECTED,
        "Give the WebSocket its own Rest, and the Rest its own Socket, or dispose what uses this one first. The \
         Socket of ckws_set_transport must not be connected itself.";
    /// The opening handshake has not been validated yet.
    HandshakePending = 112, CKWS_ERROR_HANDSHAKE_PENDING,
        "Call ckws_validate_server_handshake after the request, before reading and sending.";
    /// A fragmented message is open, so a whole message cannot be sent.
    FragmentOpen = 113, CKWS_ERROR_FRAGMENT_OPEN,
        "Send the rest of the message with ckws_send_frame, the last part with final_frame true.";
    /// A Close frame was sent already; nothing can be sent after it (RFC 6455 section 5.5.1).
    CloseSent = 114, CKWS_ERROR_CLOSE_SENT, "Read until the peer's Close comes; connect anew to send more.";
    /// Basic authentication over clear text to another host was refused.
    InsecureAuth = 115, CKWS_ERROR_INSECURE_AUTH,
        "Use wss or TLS. Where the way is safe, pass AllowInsecureBasicAuth to ckws_set_uncommon_options or \
         ckws_rest_set_uncommon_options.";
    /// The operation needs a response that there is not, or a request that was not made.
    NoResponse = 116, CKWS_ERROR_NO_RESPONSE,
        "Send the request first, for a handshake the GET behind ckws_add_client_headers; read the header \
         before the body, and a body once.";
    /// The response to the last request has not been read, so no other request can be sent.
    ResponsePending = 117, CKWS_ERROR_RESPONSE_PENDING,
        "Call ckws_rest_read_response_header, or end the connection with ckws_rest_disconnect.";
    /// The task is empty, was not run, runs already, or its end waits in a queue; or no task of the queue is live.
    TaskState = 118, CKWS_ERROR_TASK_STATE,
        "Ask ckws_task_get_status_int. An empty task has nothing to run; wait for one that is live; take \
         the end of one that is in a queue by ckws_task_queue_next before it is run again. From \
         ckws_task_queue_next it is no failure: nothing is left to wait for.";
    /// The result of the task is of another type.
    TaskResultType = 119, CKWS_ERROR_TASK_RESULT_TYPE,
        "Ask ckws_task_get_result_type, and the getter of that type.";
    /// Memory could not be allocated.
    OutOfMemory = 120, CKWS_ERROR_OUT_OF_MEMORY,
        "Take or drop data, lower the limit by ckws_set_max_message_size, or send in smaller parts.";
    /// A file could not be read or written; the text has the path and the system's reason.
    FileAccess = 121, CKWS_ERROR_FILE_ACCESS, "Check the path and the permissions that the call log shows.";
    /// The text or file holds no usable PEM certificate, or not the private key that belongs to it.
    InvalidPem = 122, CKWS_ERROR_INVALID_PEM,
        "Pass PEM, which has BEGIN CERTIFICATE lines, not DER. A private key belongs only to the certificate of a client, \
         for ckws_socket_set_ssl_client_cert_pem.";
    /// The system refused a resource (thread, file descriptor).
    SystemResource = 123, CKWS_ERROR_SYSTEM_RESOURCE,
        "Raise the limit of open files or threads (ulimit), or look for what is not disposed. While \
         ckws_global_finalize_thread_pool is at work no task can be run: run it later.";
    /// A defect of this library; please report it.
    Internal = 190, CKWS_ERROR_INTERNAL, "Report it with the call log; the object stays usable.";

    /// The host name is empty.
    HostEmpty = 200, CKWS_ERROR_HOST_EMPTY, "Pass a host name or an IP address.";
    /// The host name could not be resolved.
    LookupFailed = 201, CKWS_ERROR_LOOKUP_FAILED,
        "Check the name and the machine's resolver. A name beyond ASCII must be given as its A-label \
         (xn--).";
    /// The name lookup took longer than the time-out allows.
    LookupTimeout = 202, CKWS_ERROR_LOOKUP_TIMEOUT,
        "Check the machine's resolver, or raise the limit by ckws_set_connect_timeout_ms.";
    /// The server refused the TCP connection.
    ConnectRefused = 203, CKWS_ERROR_CONNECT_REFUSED, "Check host and port, and that the server runs.";
    /// No TCP connection within the time-out.
    ConnectTimeout = 204, CKWS_ERROR_CONNECT_TIMEOUT,
        "Check address and firewall, or raise the limit by ckws_set_connect_timeout_ms.";
    /// The TCP connection failed for another reason (unreachable, no route, ...).
    ConnectFailed = 205, CKWS_ERROR_CONNECT_FAILED,
        "Check network and route; the call log has each address that was tried and the system's reason.";
    /// The peer reset the connection.
    ConnectionReset = 206, CKWS_ERROR_CONNECTION_RESET,
        "Connect again, after a growing pause if it repeats; the server's log may tell why.";
    /// The peer ended the stream without a Close frame.
    ConnectionLost = 207, CKWS_ERROR_CONNECTION_LOST,
        "Connect again; the server, or something on the way, ended the stream without a Close.";
    /// Another error of the socket.
    SocketError = 208, CKWS_ERROR_SOCKET_ERROR, "Connect again; the call log has the system's reason.";

    /// The proxy did not connect to the server, or the proxy before it did not.
    ProxyRefused = 300, CKWS_ERROR_PROXY_REFUSED,
        "The call log has the proxy's reason; check the server's host and port, and the proxy's rules.";
    /// The proxy asks for credentials, refused those that are set, or asks for a kind that there is not here.
    ProxyLogin = 301, CKWS_ERROR_PROXY_LOGIN,
        "Set the user name and the password of the proxy; the call log tells what it asks for.";
    /// What the proxy answered is not of its protocol.
    ProxyProtocol = 302, CKWS_ERROR_PROXY_PROTOCOL,
        "Check the proxy's host, port and kind (SOCKS 4, SOCKS 5 or HTTP).";
    /// The proxy ended the connection before it had connected.
    ProxyClosed = 303, CKWS_ERROR_PROXY_CLOSED,
        "Check the proxy's kind and rules; some refuse so. Its log may tell why.";
    /// The proxy did not connect within the time-out.
    ProxyTimeout = 304, CKWS_ERROR_PROXY_TIMEOUT,
        "Check the proxy, and the server beyond it; or raise the limit by ckws_set_connect_timeout_ms.";

    /// An error inside the TLS layer.
    TlsInternal = 500, CKWS_ERROR_TLS_INTERNAL, "Connect again; if it repeats, report it with the call log.";
    /// The server broke the TLS protocol.
    TlsProtocol = 501, CKWS_ERROR_TLS_PROTOCOL,
        "Check that the port speaks TLS, and which TLS the server has.";
    /// The stream ended during the TLS handshake.
    TlsClosed = 502, CKWS_ERROR_TLS_CLOSED,
        "Check that the port speaks TLS; a server also ends the stream when it does not know the host \
         name.";
    /// The server refused the TLS handshake, or ended the connection, with an alert.
    TlsAlert = 503, CKWS_ERROR_TLS_ALERT,
        "The call log names the alert: a host name that is not known there, or a client certificate that \
         is missing, often.";
    /// No TLS version, cipher suite or kind of key in common.
    TlsNoCommonVersion = 504, CKWS_ERROR_TLS_NO_COMMON_VERSION,
        "Let the server offer TLS 1.2 or 1.3, and a key of RSA, P-256, P-384 or Ed25519; the call log says what \
         this library has.";
    /// The server sent no certificate.
    TlsNoCertificate = 505, CKWS_ERROR_TLS_NO_CERTIFICATE, "Repair the server's configuration.";
    /// The TLS handshake took longer than the time-out allows.
    TlsTimeout = 506, CKWS_ERROR_TLS_TIMEOUT, "Check that the port speaks TLS, or raise the limit by ckws_set_connect_timeout_ms.";
    /// The stream ended without TLS close_notify: it may have been cut by an attacker.
    TlsTruncated = 507, CKWS_ERROR_TLS_TRUNCATED,
        "Do not trust that what was received is complete; connect again.";
    /// The server's certificate has expired.
    CertificateExpired = 510, CKWS_ERROR_CERTIFICATE_EXPIRED,
        "Renew the server's certificate; check this machine's clock.";
    /// The server's certificate is not valid yet.
    CertificateNotYetValid = 511, CKWS_ERROR_CERTIFICATE_NOT_YET_VALID,
        "Check this machine's clock, and the certificate's dates.";
    /// The server's certificate is for another host.
    CertificateWrongHost = 512, CKWS_ERROR_CERTIFICATE_WRONG_HOST,
        "Connect by a name that is in the certificate.";
    /// The server's certificate was issued by an authority that is not trusted.
    CertificateUnknownIssuer = 513, CKWS_ERROR_CERTIFICATE_UNKNOWN_ISSUER,
        "Trust the authority with ckws_add_trusted_roots_pem; let the server send its intermediate \
         certificates.";
    /// The server's certificate is self-signed and not trusted.
    CertificateSelfSigned = 514, CKWS_ERROR_CERTIFICATE_SELF_SIGNED,
        "Trust the certificate with ckws_add_trusted_roots_pem, once you know that it is the server's.";
    /// The server's certificate was revoked.
    CertificateRevoked = 515, CKWS_ERROR_CERTIFICATE_REVOKED, "Replace the server's certificate.";
    /// A signature in the server's certificate chain is wrong.
    CertificateBadSignature = 516, CKWS_ERROR_CERTIFICATE_BAD_SIGNATURE,
        "Replace the server's chain; if it happens in one network only, something there changes it.";
    /// The server's certificate may not be used for a server.
    CertificatePurpose = 517, CKWS_ERROR_CERTIFICATE_PURPOSE,
        "Get a certificate for server authentication (extended key usage).";
    /// The server's certificate cannot be used for another reason.
    CertificateInvalid = 518, CKWS_ERROR_CERTIFICATE_INVALID,
        "Replace the server's certificate; the call log has the reason.";
    /// The server's key has none of the pins that were set.
    CertificateNotPinned = 519, CKWS_ERROR_CERTIFICATE_NOT_PINNED,
        "If the server got a new key, add its pin by ckws_socket_set_tls_pin_set; the call log has it. Make sure first \
         that the key is the server's.";
    /// There is no trusted root certificate to verify the server with.
    NoTrustedRoots = 520, CKWS_ERROR_NO_TRUSTED_ROOTS,
        "Install the system's CA certificates, or add your own with ckws_add_trusted_roots_pem.";

    /// The response is not valid HTTP/1.1.
    HttpInvalid = 600, CKWS_ERROR_HTTP_INVALID,
        "Check that the port speaks HTTP/1.1; the call log tells what is wrong.";
    /// The response head is larger than 64 KiB.
    HttpHeadTooLarge = 601, CKWS_ERROR_HTTP_HEAD_TOO_LARGE,
        "Let the server send fewer or smaller header fields (cookies, often).";
    /// The response has more than 128 header fields.
    HttpTooManyFields = 602, CKWS_ERROR_HTTP_TOO_MANY_FIELDS, "Let the server send fewer header fields.";
    /// The response body is larger than the limit of ckws_rest_set_max_response_size.
    HttpBodyTooLarge = 603, CKWS_ERROR_HTTP_BODY_TOO_LARGE,
        "Raise the limit, or ask for less, or in parts.";
    /// The body's length or chunking is malformed.
    HttpBodyInvalid = 604, CKWS_ERROR_HTTP_BODY_INVALID, "Repair the server or the proxy before it.";
    /// The stream ended before the response was complete.
    HttpTruncated = 605, CKWS_ERROR_HTTP_TRUNCATED, "Send the request again.";
    /// The response took longer than the time-out allows.
    HttpTimeout = 606, CKWS_ERROR_HTTP_TIMEOUT,
        "Raise the limit by ckws_rest_set_idle_timeout_ms or, for ckws_connect, ckws_set_connect_timeout_ms; check the \
         server.";
    /// The server answered the opening handshake with another status than 101.
    UpgradeRefused = 610, CKWS_ERROR_UPGRADE_REFUSED,
        "Look at ckws_get_response_status_code and ckws_get_response_body: 401 and 403 ask for \
         credentials, 404 is a wrong path, 3xx names another URL.";
    /// The 101 response has no field "Upgrade: websocket".
    UpgradeMissing = 611, CKWS_ERROR_UPGRADE_MISSING,
        "Check path and proxies: something answered 101 that is no WebSocket server.";
    /// The 101 response has no field "Connection: Upgrade".
    ConnectionUpgradeMissing = 612, CKWS_ERROR_CONNECTION_UPGRADE_MISSING,
        "Check path and proxies: something answered 101 that is no WebSocket server.";
    /// The 101 response has no Sec-WebSocket-Accept.
    AcceptMissing = 613, CKWS_ERROR_ACCEPT_MISSING,
        "Check path and proxies: something answered 101 that is no WebSocket server.";
    /// Sec-WebSocket-Accept does not belong to the key that was sent.
    AcceptMismatch = 614, CKWS_ERROR_ACCEPT_MISMATCH,
        "Check for a proxy that answers from a cache; call ckws_add_client_headers anew for each \
         connection.";
    /// The server answered with an extension that was not offered.
    UnexpectedExtension = 615, CKWS_ERROR_UNEXPECTED_EXTENSION,
        "Repair the server: it must not choose an extension that was not offered.";
    /// The server chose a subprotocol that was not asked for.
    UnexpectedSubprotocol = 616, CKWS_ERROR_UNEXPECTED_SUBPROTOCOL,
        "Offer the subprotocol in Sec-WebSocket-Protocol, or let the server choose one that was offered.";
    /// The program added a request header that this library sets or does not support.
    HeaderRefused = 617, CKWS_ERROR_HEADER_REFUSED,
        "Leave out that field; this library sets it, or cannot do what it promises.";

    /// A reserved bit is set in a frame header (RFC 6455 section 5.2).
    ReservedBits = 700, CKWS_ERROR_RESERVED_BITS,
        "Repair the server; an extension (compression) that was not agreed on is a common cause.";
    /// A frame has a reserved opcode (RFC 6455 section 5.2).
    ReservedOpcode = 701, CKWS_ERROR_RESERVED_OPCODE, "Repair the server.";
    /// The server sent a masked frame (RFC 6455 section 5.1).
    MaskedFrame = 702, CKWS_ERROR_MASKED_FRAME, "Repair the server: only clients mask.";
    /// A control frame is longer than 125 bytes (RFC 6455 section 5.5).
    ControlTooLong = 703, CKWS_ERROR_CONTROL_TOO_LONG, "Repair the server.";
    /// A control frame is fragmented (RFC 6455 section 5.5).
    ControlFragmented = 704, CKWS_ERROR_CONTROL_FRAGMENTED, "Repair the server.";
    /// A continuation frame without a message to continue (RFC 6455 section 5.4).
    UnexpectedContinuation = 705, CKWS_ERROR_UNEXPECTED_CONTINUATION,
        "Repair the server; several of its threads that send at once are a common cause.";
    /// A new message before the open one was finished (RFC 6455 section 5.4).
    ExpectedContinuation = 706, CKWS_ERROR_EXPECTED_CONTINUATION,
        "Repair the server; several of its threads that send at once are a common cause.";
    /// A payload length that is not in its shortest form (RFC 6455 section 5.2).
    LengthNotMinimal = 707, CKWS_ERROR_LENGTH_NOT_MINIMAL, "Repair the server.";
    /// A payload length with its highest bit set (RFC 6455 section 5.2).
    LengthInvalid = 708, CKWS_ERROR_LENGTH_INVALID, "Repair the server.";
    /// A text message is not valid UTF-8 (RFC 6455 section 8.1).
    TextNotUtf8 = 709, CKWS_ERROR_TEXT_NOT_UTF8, "Let the server send such data as binary.";
    /// A Close frame with a one-byte payload (RFC 6455 section 5.5.1).
    ClosePayload = 710, CKWS_ERROR_CLOSE_PAYLOAD, "Repair the server.";
    /// A Close frame with a status code that may not be sent (RFC 6455 section 7.4).
    CloseCode = 711, CKWS_ERROR_CLOSE_CODE, "Repair the server.";
    /// A Close reason that is not valid UTF-8 (RFC 6455 section 5.5.1).
    CloseReason = 712, CKWS_ERROR_CLOSE_REASON, "Repair the server.";
    /// A message is larger than the limit of ckws_set_max_message_size.
    MessageTooBig = 720, CKWS_ERROR_MESSAGE_TOO_BIG,
        "Raise the limit, if messages of that size are meant to come.";
    /// Untaken earlier messages reach the limit of ckws_set_max_message_size; take them and read again.
    ReceiveBufferFull = 721, CKWS_ERROR_RECEIVE_BUFFER_FULL,
        "Take the data (ckws_get_frame_data and its siblings) and read again; the connection stays.";

    /// Nothing arrived within the idle time-out.
    ReadTimeout = 800, CKWS_ERROR_READ_TIMEOUT,
        "Read again; nothing is lost. Send a Ping to learn whether the peer is still there.";
    /// Nothing could be sent within the idle time-out.
    SendTimeout = 801, CKWS_ERROR_SEND_TIMEOUT,
        "If ckws_get_is_connected still holds, nothing of a blocking call's message was sent, and it may be sent again. A \
         task's send that had begun is sent to its end by the next call that writes: see \
         ckws_get_pending_send_bytes.";
    /// A function that never waits would have had to (ckws_try_read_frame, ckws_try_flush, ckws_task_queue_try_next).
    WouldBlock = 802, CKWS_ERROR_WOULD_BLOCK,
        "Wait for ckws_get_fd, or ckws_task_queue_get_fd, then call again.";
    /// The task has not ended within the time-out, or no task of the queue has.
    WaitTimeout = 803, CKWS_ERROR_WAIT_TIMEOUT,
        "Wait again; nothing is lost. ckws_task_cancel ends a task that takes too long.";
    /// The peer did not answer our Close within the limit of ckws_set_close_timeout_ms, so the connection was closed.
    CloseTimeout = 804, CKWS_ERROR_CLOSE_TIMEOUT,
        "Nothing to do: everything before the Close was sent. Connect again if more is to come.";
    /// A callback or a cancel aborted the call.
    Aborted = 810, CKWS_ERROR_ABORTED,
        "Nothing to do, if it was meant; after a read the connection is as before. A task's send that had begun \
         may still reach the peer: see ckws_get_pending_send_bytes.";
    /// The program closed the connection, connected anew, or disposed the handle while the call waited.
    ClosedLocally = 811, CKWS_ERROR_CLOSED_LOCALLY, "Nothing to do, if it was meant.";
    /// The WebSocket is closed: a Close frame was received or sent, by the program or for a fault of the peer.
    Closed = 812, CKWS_ERROR_CLOSED,
        "Look at ckws_get_close_status_code and ckws_get_close_reason; connect again if more is to come.";
    /// A send was given up after its first byte had left, which ended the connection.
    SendInterrupted = 813, CKWS_ERROR_SEND_INTERRUPTED,
        "Connect again; what the peer got of the message is not known.";
    /// An earlier buffered write failed.
    LateWriteFailed = 814, CKWS_ERROR_LATE_WRITE_FAILED,
        "Connect again; the call log has the reason, and data that was buffered is lost.";
    /// A signal handler interrupted the wait of a call on a handle that is interruptible.
    Interrupted = 815, CKWS_ERROR_INTERRUPTED,
        "Call again, unless the program is to end; nothing is lost. A frame that had begun to leave is sent to its end \
         by the next call that writes: see ckws_get_pending_send_bytes.";
}

impl ErrorCode {
    /// Returns the number's own, if it has one.
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| *code as i32 == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_variants() {
        for code in ErrorCode::ALL {
            let mut name = String::from("CKWS_ERROR");
            for letter in format!("{code:?}").chars() {
                if letter.is_ascii_uppercase() {
                    name.push('_');
                }
                name.push(letter.to_ascii_uppercase());
            }
            assert_eq!(code.name().to_str().unwrap(), name);
        }
    }

    #[test]
    fn descriptions_are_a_meaning_and_a_remedy_in_one_line() {
        for code in ErrorCode::ALL {
            let description = code.description().to_str().unwrap();
            assert_eq!(description, format!("{} {}", code.meaning(), code.remedy()));
            for sentence in [code.meaning(), code.remedy()] {
                assert!(
                    sentence.ends_with('.') && !sentence.contains(['\n', '`', '|']),
                    "{code:?}: {sentence}"
                );
                assert_eq!(sentence.trim(), sentence, "{code:?}");
            }
        }
    }

    #[test]
    fn numbers_rise_and_lead_back_to_their_codes() {
        assert!(ErrorCode::ALL.is_sorted_by(|one, next| (*one as i32) < *next as i32));
        for code in ErrorCode::ALL {
            assert_eq!(ErrorCode::from_number(*code as i32), Some(*code));
        }
        assert_eq!(ErrorCode::from_number(-1), None);
        assert_eq!(ErrorCode::from_number(99), None);
    }
}
