//! The answers to the opening handshake, and what each must lead to (T-ACCEPT, T-NEG, T-HDR).

use ckws::base::ErrorCode::{
    self, AcceptMismatch, AcceptMissing, ConnectionUpgradeMissing, HttpHeadTooLarge, HttpInvalid,
    HttpTooManyFields, HttpTruncated, UnexpectedExtension, UnexpectedSubprotocol, UpgradeMissing,
    UpgradeRefused,
};

/// How the answer differs from the one that opens the connection, whose parts are
/// status line, Upgrade, Connection, Sec-WebSocket-Accept, blank line.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    /// These bytes are all of it.
    Raw(&'static [u8]),
    /// Another status line.
    Start(&'static [u8]),
    /// Without this line.
    Without(&'static [u8]),
    /// This text instead of that line.
    Instead(&'static [u8], &'static [u8]),
    /// One more line, the last.
    With(&'static [u8]),
    /// These bytes in front of all.
    Before(&'static [u8]),
    /// This many fields `X: y` more.
    Fields(usize),
    /// A field that makes the head so many bytes long.
    Padded(usize),
    /// A field of so many bytes that never ends.
    Endless(usize),
}

use Answer::{Before, Endless, Fields, Instead, Padded, Raw, Start, With, Without};

pub(crate) const STATUS: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\n";
pub(crate) const UPGRADE: &[u8] = b"Upgrade: websocket\r\n";
pub(crate) const CONNECTION: &[u8] = b"Connection: Upgrade\r\n";
pub(crate) const ACCEPT: &[u8] = b"Sec-WebSocket-Accept: $ACCEPT\r\n";

/// What the client makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The connection opens, without a subprotocol.
    Opens,
    /// The connection opens with this subprotocol.
    Speaks(&'static str),
    /// The connect fails with this error.
    Fails(ErrorCode),
}

use Outcome::{Fails, Opens, Speaks};

/// The subprotocols that the client offers, the answer, and what comes of it.
pub(crate) type Case = (&'static str, Answer, Outcome);

#[rustfmt::skip]
pub(crate) const CASES: &[Case] = &[
    // The answer as it should be, and what RFC 9110 lets a server write instead.
    ("", With(b""), Opens),
    ("", With(b"Server: x\r\nDate: now\r\n"), Opens),
    ("", With(b"Sec-WebSocket-Version: 13\r\n"), Opens),
    ("", With(b"Set-Cookie: a=b\r\nSet-Cookie: c=d\r\n"), Opens),
    ("", With(b"X-Latin: caf\xE9\r\n"), Opens),
    ("", With(b"X-Utf8: \xE2\x82\xAC\r\n"), Opens),
    ("", With(b"X-Empty:\r\n"), Opens),
    ("", With(b"!#$%&'*+-.^_`|~09: token\r\n"), Opens),
    ("", With(b"Content-Length: 0\r\n"), Opens),
    ("", With(b"Content-Length: 5\r\n"), Opens),
    ("", With(b"Transfer-Encoding: chunked\r\n"), Opens),
    ("", Start(b"HTTP/1.1 101\r\n"), Opens),
    ("", Start(b"HTTP/1.1 101 \r\n"), Opens),
    ("", Start(b"HTTP/1.1 101 Web Socket Protocol Handshake\r\n"), Opens),
    ("", Start(b"HTTP/1.1 101 \xC3\xBCber\r\n"), Opens),
    ("", Instead(UPGRADE, b"upgrade: websocket\r\n"), Opens),
    ("", Instead(UPGRADE, b"UPGRADE: WEBSOCKET\r\n"), Opens),
    ("", Instead(UPGRADE, b"Upgrade: WebSocket\r\n"), Opens),
    ("", Instead(UPGRADE, b"Upgrade:websocket\r\n"), Opens),
    ("", Instead(UPGRADE, b"Upgrade: \t websocket \t\r\n"), Opens),
    ("", Instead(UPGRADE, b"Upgrade: websocket,\r\n"), Opens),
    ("", Instead(CONNECTION, b"connection: upgrade\r\n"), Opens),
    ("", Instead(CONNECTION, b"Connection: UPGRADE\r\n"), Opens),
    ("", Instead(CONNECTION, b"Connection: keep-alive, Upgrade\r\n"), Opens),
    ("", Instead(CONNECTION, b"Connection: Upgrade,keep-alive\r\n"), Opens),
    ("", Instead(CONNECTION, b"Connection: keep-alive\r\nConnection: Upgrade\r\n"), Opens),
    ("", Instead(CONNECTION, b"Connection: Upgrade\r\nConnection: Upgrade\r\n"), Opens),
    ("", Instead(CONNECTION, b"Connection: , ,upgrade ,\r\n"), Opens),
    ("", Instead(ACCEPT, b"sec-websocket-accept: $ACCEPT\r\n"), Opens),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept:$ACCEPT\r\n"), Opens),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: \t$ACCEPT \t\r\n"), Opens),
    ("", Fields(125), Opens),
    ("", Padded(65_536), Opens),

    // The status.
    ("", Start(b"HTTP/1.1 200 OK\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 200 Switching Protocols 101\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 204 No Content\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 301 Moved\r\nLocation: ws://127.0.0.1:1/\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 302 Found\r\nLocation: /\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 304 Not Modified\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://x/\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 400 Bad Request\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 404 Not Found\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 407 Proxy Authentication Required\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 500 Oops\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 503 Service Unavailable\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 999 ?\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.0 200 OK\r\n"), Fails(UpgradeRefused)),
    ("", Raw(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope"), Fails(UpgradeRefused)),
    ("", Raw(b"HTTP/1.1 404 Not Found\r\nContent-Length: 400\r\n\r\ncut"), Fails(UpgradeRefused)),
    ("", Raw(b"HTTP/1.1 404 Not Found\r\nContent-Length: many\r\n\r\nnope"), Fails(UpgradeRefused)),
    ("", Raw(b"HTTP/1.1 404 No\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), Fails(UpgradeRefused)),
    ("", Raw(b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n"), Fails(UpgradeRefused)),
    ("", Raw(b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 000 Nothing\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.1 099 Low\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.1 1010 Long\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.1 10 Short\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.1 1O1 Letter\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.1 -101 Sign\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.1 +101 Sign\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.1 Switching Protocols\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.1\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.1 \r\n"), Fails(HttpInvalid)),

    // Interim responses go by (RFC 9110 section 15.2); 101 is final.
    ("", Before(b"HTTP/1.1 100 Continue\r\n\r\n"), Opens),
    ("", Before(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"), Opens),
    ("", Before(b"HTTP/1.1 199 ?\r\nSec-WebSocket-Accept: x\r\nUpgrade: y\r\n\r\n"), Opens),
    ("", Before(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), Fails(UpgradeMissing)),
    ("", Before(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), Fails(UpgradeRefused)),
    ("", Before(b"HTTP/1.1 100 Continue\r\nX: \0\r\n\r\n"), Fails(HttpInvalid)),
    ("", Raw(b"HTTP/1.1 100 Continue\r\n\r\n"), Fails(HttpTruncated)),
    ("", Raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 10"), Fails(HttpTruncated)),

    // The version: Upgrade is of HTTP/1.1 (RFC 9110 section 7.8).
    ("", Start(b"HTTP/1.0 101 Switching Protocols\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.2 101 Switching Protocols\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/0.9 101 Switching Protocols\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/2 101 Switching Protocols\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/2.0 101 Switching Protocols\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.10 101 Switching Protocols\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1 101 Switching Protocols\r\n"), Fails(HttpInvalid)),
    ("", Start(b"http/1.1 101 Switching Protocols\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP 101 Switching Protocols\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTPS/1.1 101 Switching Protocols\r\n"), Fails(HttpInvalid)),
    ("", Start(b"ICY 200 OK\r\n"), Fails(HttpInvalid)),
    ("", Start(b"101 Switching Protocols\r\n"), Fails(HttpInvalid)),

    // Upgrade.
    ("", Without(UPGRADE), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade:\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade: h2c\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade: websockets\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade: web socket\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade: \"websocket\"\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade: websocket/13\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade: websocket; q=1\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade: websocket, h2c\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade: h2c, websocket\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade: websocket\r\nUpgrade: websocket\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade: websocket\r\nUpgrade: h2c\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade: websoc\xE2\x84\xAAet\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"X-Upgrade: websocket\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade : websocket\r\n"), Fails(HttpInvalid)),

    // Connection.
    ("", Without(CONNECTION), Fails(ConnectionUpgradeMissing)),
    ("", Instead(CONNECTION, b"Connection:\r\n"), Fails(ConnectionUpgradeMissing)),
    ("", Instead(CONNECTION, b"Connection: close\r\n"), Fails(ConnectionUpgradeMissing)),
    ("", Instead(CONNECTION, b"Connection: keep-alive\r\n"), Fails(ConnectionUpgradeMissing)),
    ("", Instead(CONNECTION, b"Connection: upgraded\r\n"), Fails(ConnectionUpgradeMissing)),
    ("", Instead(CONNECTION, b"Connection: up grade\r\n"), Fails(ConnectionUpgradeMissing)),
    ("", Instead(CONNECTION, b"Connection: keep-alive; upgrade\r\n"), Fails(ConnectionUpgradeMissing)),
    ("", Instead(CONNECTION, b"Connection: \"upgrade\"\r\n"), Fails(ConnectionUpgradeMissing)),
    ("", Instead(CONNECTION, b"Connection: keep-alive upgrade\r\n"), Fails(ConnectionUpgradeMissing)),
    ("", Instead(CONNECTION, b"Proxy-Connection: Upgrade\r\n"), Fails(ConnectionUpgradeMissing)),

    // Sec-WebSocket-Accept.
    ("", Without(ACCEPT), Fails(AcceptMissing)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accepted: $ACCEPT\r\n"), Fails(AcceptMissing)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept:\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: $ACCEPT$ACCEPT\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: $ACCEPT, $ACCEPT\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: \"$ACCEPT\"\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: $ACCEPT=\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: $ACCEPT x\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: x$ACCEPT\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: A\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: $LOWER\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: $UPPER\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: $KEY\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: $LONG\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: $ACCEPT\xFF\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: $ACCEPT\r\nSec-WebSocket-Accept: $ACCEPT\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: $ACCEPT\r\nsec-websocket-accept: x\r\n"), Fails(AcceptMismatch)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: x\r\nSec-WebSocket-Accept: $ACCEPT\r\n"), Fails(AcceptMismatch)),

    // Extensions: none is offered.
    ("", With(b"Sec-WebSocket-Extensions: permessage-deflate\r\n"), Fails(UnexpectedExtension)),
    ("", With(b"sec-websocket-extensions: PERMESSAGE-DEFLATE\r\n"), Fails(UnexpectedExtension)),
    ("", With(b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8\r\n"), Fails(UnexpectedExtension)),
    ("", With(b"Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99\r\n"), Fails(UnexpectedExtension)),
    ("", With(b"Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate\r\n"), Fails(UnexpectedExtension)),
    ("", With(b"Sec-WebSocket-Extensions: x-webkit-deflate-frame\r\n"), Fails(UnexpectedExtension)),
    ("", With(b"Sec-WebSocket-Extensions: toString\r\n"), Fails(UnexpectedExtension)),
    ("", With(b"Sec-WebSocket-Extensions: a=\r\n"), Fails(UnexpectedExtension)),
    ("", With(b"Sec-WebSocket-Extensions: \"\r\n"), Fails(UnexpectedExtension)),
    ("", With(b"Sec-WebSocket-Extensions: ;;,,==\r\n"), Fails(UnexpectedExtension)),
    ("", With(b"Sec-WebSocket-Extensions:\r\n"), Fails(UnexpectedExtension)),
    ("", With(b"Sec-WebSocket-Extensions: \t\r\n"), Fails(UnexpectedExtension)),
    ("", With(b"Sec-WebSocket-Extensions: a\r\nSec-WebSocket-Extensions: b\r\n"), Fails(UnexpectedExtension)),

    // Subprotocols.
    ("chat", With(b""), Opens),
    ("chat", With(b"Sec-WebSocket-Protocol: chat\r\n"), Speaks("chat")),
    ("chat, superchat", With(b"Sec-WebSocket-Protocol: superchat\r\n"), Speaks("superchat")),
    ("chat, superchat", With(b"SEC-WEBSOCKET-PROTOCOL:\tsuperchat \r\n"), Speaks("superchat")),
    ("", With(b"Sec-WebSocket-Protocol: chat\r\n"), Fails(UnexpectedSubprotocol)),
    ("", With(b"Sec-WebSocket-Protocol:\r\n"), Fails(UnexpectedSubprotocol)),
    ("chat", With(b"Sec-WebSocket-Protocol:\r\n"), Fails(UnexpectedSubprotocol)),
    ("chat", With(b"Sec-WebSocket-Protocol: Chat\r\n"), Fails(UnexpectedSubprotocol)),
    ("chat", With(b"Sec-WebSocket-Protocol: cha\r\n"), Fails(UnexpectedSubprotocol)),
    ("chat", With(b"Sec-WebSocket-Protocol: chats\r\n"), Fails(UnexpectedSubprotocol)),
    ("chat", With(b"Sec-WebSocket-Protocol: \"chat\"\r\n"), Fails(UnexpectedSubprotocol)),
    ("chat", With(b"Sec-WebSocket-Protocol: chat,\r\n"), Fails(UnexpectedSubprotocol)),
    ("chat", With(b"Sec-WebSocket-Protocol: chat; v=1\r\n"), Fails(UnexpectedSubprotocol)),
    ("chat, superchat", With(b"Sec-WebSocket-Protocol: chat, superchat\r\n"), Fails(UnexpectedSubprotocol)),
    ("chat, superchat", With(b"Sec-WebSocket-Protocol: chat superchat\r\n"), Fails(UnexpectedSubprotocol)),
    ("chat", With(b"Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: chat\r\n"), Fails(UnexpectedSubprotocol)),
    ("chat", With(b"Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: x\r\n"), Fails(UnexpectedSubprotocol)),

    // The syntax of fields.
    ("", With(b"X: a\0b\r\n"), Fails(HttpInvalid)),
    ("", With(b"X\0: a\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.1 101 Switching\0Protocols\r\n"), Fails(HttpInvalid)),
    ("", With(b"X: a\n"), Opens),
    ("", With(b"X: a\nY: b\r\n"), Opens),
    ("", Start(b"HTTP/1.1 101 Switching Protocols\n"), Opens),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept: $ACCEPT\n"), Opens),
    ("", Instead(UPGRADE, b"Upgrade: websocket\n\r\n"), Fails(ConnectionUpgradeMissing)),
    ("", With(b"X: a\rb\r\n"), Fails(HttpInvalid)),
    ("", With(b"X: a\r\r\n"), Fails(HttpInvalid)),
    ("", With(b"\r\r\n"), Fails(HttpInvalid)),
    ("", With(b"X: a\r\n folded\r\n"), Opens),
    ("", With(b"X: a\r\n\tfolded\r\n"), Opens),
    ("", With(b"X: a\r\n \r\n"), Opens),
    ("", Start(b"HTTP/1.1 101 Switching Protocols\r\n X: a\r\n"), Fails(HttpInvalid)),
    ("", Start(b"HTTP/1.1 403 Forbidden\r\nX: a\r\n folded\r\n"), Fails(UpgradeRefused)),
    ("", Start(b"HTTP/1.1 403 Forbidden\nX: a\n folded\n"), Fails(UpgradeRefused)),
    ("", Instead(UPGRADE, b"X: a\r\n Upgrade: websocket\r\n"), Fails(UpgradeMissing)),
    ("", Instead(UPGRADE, b"Upgrade:\r\n websocket\r\n"), Fails(HttpInvalid)),
    ("", Instead(UPGRADE, b"Upgrade: websocket\r\n \r\n"), Fails(HttpInvalid)),
    ("", Instead(UPGRADE, b"upgrade: websocket\n\t\n"), Fails(HttpInvalid)),
    ("", Instead(CONNECTION, b"Connection:\r\n Upgrade\r\n"), Fails(HttpInvalid)),
    ("", Instead(CONNECTION, b"CONNECTION: keep-alive,\r\n\tUpgrade\r\n"), Fails(HttpInvalid)),
    ("", Instead(ACCEPT, b"Sec-WebSocket-Accept:\r\n $ACCEPT\r\n"), Fails(HttpInvalid)),
    ("", Instead(ACCEPT, b"sec-websocket-accept: $ACCEPT\r\n x\r\n"), Fails(HttpInvalid)),
    ("chat", With(b"Sec-WebSocket-Protocol:\r\n chat\r\n"), Fails(HttpInvalid)),
    ("", With(b"Sec-WebSocket-Extensions:\n foo\n"), Fails(HttpInvalid)),
    ("", With(b"Content-Length: 1\r\n 0\r\n"), Fails(HttpInvalid)),
    ("", With(b"Transfer-Encoding:\r\n chunked\r\n"), Fails(HttpInvalid)),
    ("", With(b"No colon\r\n"), Fails(HttpInvalid)),
    ("", With(b"NoColon\r\n"), Fails(HttpInvalid)),
    ("", With(b": no name\r\n"), Fails(HttpInvalid)),
    ("", With(b"Two words: a\r\n"), Fails(HttpInvalid)),
    ("", With(b"X : a\r\n"), Fails(HttpInvalid)),
    ("", With(b"X(y): a\r\n"), Fails(HttpInvalid)),
    ("", With(b"X\xE9: a\r\n"), Fails(HttpInvalid)),
    ("", With(b"X: a\x01b\r\n"), Fails(HttpInvalid)),
    ("", With(b"X: a\x7Fb\r\n"), Fails(HttpInvalid)),
    ("", With(b"X: \x1B[2J\r\n"), Fails(HttpInvalid)),

    // Too much.
    ("", Fields(126), Fails(HttpTooManyFields)),
    ("", Fields(10_000), Fails(HttpTooManyFields)),
    ("", Padded(65_537), Fails(HttpHeadTooLarge)),
    ("", Padded(1 << 20), Fails(HttpHeadTooLarge)),
    ("", Endless(65_537), Fails(HttpHeadTooLarge)),
    ("", Endless(10 << 20), Fails(HttpHeadTooLarge)),

    // Too little: the server ends the stream behind it.
    ("", Raw(b""), Fails(HttpTruncated)),
    ("", Raw(b"H"), Fails(HttpTruncated)),
    ("", Raw(b"HTTP/1.1 101 Switching Protocols\r\n"), Fails(HttpTruncated)),
    ("", Raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r"), Fails(HttpTruncated)),
    ("", Endless(100), Fails(HttpTruncated)),

    // Other protocols, and none.
    ("", Before(b"\r\n"), Fails(HttpInvalid)),
    ("", Before(b" "), Fails(HttpInvalid)),
    ("", Before(b"\xEF\xBB\xBF"), Fails(HttpInvalid)),
    ("", Raw(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Fails(HttpInvalid)),
    ("", Raw(b"\0\0\x0C\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\0\xFF\xFF"), Fails(HttpInvalid)),
    ("", Raw(b"\x15\x03\x01\0\x02\x02\x46"), Fails(HttpInvalid)),
    ("", Raw(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Fails(HttpInvalid)),
    ("", Raw(b"SSH-2.0-OpenSSH_9.2\r\n"), Fails(HttpInvalid)),
    ("", Raw(b"220 mail.example ESMTP\r\n"), Fails(HttpInvalid)),
    ("", Raw(b"<html><body>hello</body></html>"), Fails(HttpInvalid)),
    ("", Raw(b"\x81\x05hello"), Fails(HttpInvalid)),
    ("", Raw(b"\r\n\r\n"), Fails(HttpInvalid)),
    ("", Raw(b"\0\0\0\0\0\0\0\0"), Fails(HttpInvalid)),
    ("", Raw(b"\xFF\xFE\xFD\xFC"), Fails(HttpInvalid)),
];
