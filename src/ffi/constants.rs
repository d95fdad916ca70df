//! Numbers that C programs compare with.

use std::ffi::c_int;

/// FrameOpcodeInt: a further frame of a fragmented message.
pub const CKWS_OPCODE_CONTINUATION: c_int = 0;
/// FrameOpcodeInt: text, valid UTF-8.
pub const CKWS_OPCODE_TEXT: c_int = 1;
/// FrameOpcodeInt: bytes.
pub const CKWS_OPCODE_BINARY: c_int = 2;
/// FrameOpcodeInt: the peer closes.
pub const CKWS_OPCODE_CLOSE: c_int = 8;
/// FrameOpcodeInt: the peer asks for a Pong.
pub const CKWS_OPCODE_PING: c_int = 9;
/// FrameOpcodeInt: the answer to a Ping, or unsolicited.
pub const CKWS_OPCODE_PONG: c_int = 10;

/// ReadFrameFailReason: no failure.
pub const CKWS_READ_OK: c_int = 0;
/// ReadFrameFailReason: nothing arrived in time; the connection stays up, except after CKWS_ERROR_CLOSE_TIMEOUT.
pub const CKWS_READ_TIMEOUT: c_int = 1;
/// ReadFrameFailReason: a callback or a cancel aborted the call.
pub const CKWS_READ_ABORTED: c_int = 2;
/// ReadFrameFailReason: the connection is lost or closed.
pub const CKWS_READ_LOST: c_int = 3;
/// ReadFrameFailReason: the peer broke the protocol or a limit.
pub const CKWS_READ_INVALID: c_int = 4;
/// ReadFrameFailReason: anything else; see the error code.
pub const CKWS_READ_OTHER: c_int = 99;

/// ConnectStage: no connect has begun, or its settings were refused.
pub const CKWS_STAGE_NONE: c_int = 0;
/// ConnectStage: the name is looked up.
pub const CKWS_STAGE_LOOKUP: c_int = 1;
/// ConnectStage: the connection of TCP, or of a Unix domain socket, is made.
pub const CKWS_STAGE_TCP: c_int = 2;
/// ConnectStage: a proxy is asked for a connection to the server.
pub const CKWS_STAGE_PROXY: c_int = 3;
/// ConnectStage: the connection goes through an SSH tunnel; not in this version.
pub const CKWS_STAGE_SSH: c_int = 4;
/// ConnectStage: the TLS handshake.
pub const CKWS_STAGE_TLS: c_int = 5;
/// ConnectStage: the request of the opening handshake is sent, its response awaited.
pub const CKWS_STAGE_HTTP: c_int = 6;
/// ConnectStage: the response was read and is checked; a refusal by the server ends here.
pub const CKWS_STAGE_WEBSOCKET: c_int = 7;
/// ConnectStage: the connection was opened.
pub const CKWS_STAGE_OPEN: c_int = 8;

/// Task StatusInt: no call is loaded.
pub const CKWS_TASK_EMPTY: c_int = 1;
/// Task StatusInt: a call is loaded and not started.
pub const CKWS_TASK_LOADED: c_int = 2;
/// Task StatusInt: waits for its turn.
pub const CKWS_TASK_QUEUED: c_int = 3;
/// Task StatusInt: runs.
pub const CKWS_TASK_RUNNING: c_int = 4;
/// Task StatusInt: cancelled before it ran.
pub const CKWS_TASK_CANCELED: c_int = 5;
/// Task StatusInt: cancelled while it ran.
pub const CKWS_TASK_ABORTED: c_int = 6;
/// Task StatusInt: ran to its end.
pub const CKWS_TASK_COMPLETED: c_int = 7;

/// Version of this header: major.
pub const CKWS_VERSION_MAJOR: c_int = 0;
/// Version of this header: minor.
pub const CKWS_VERSION_MINOR: c_int = 1;
/// Version of this header: patch.
pub const CKWS_VERSION_PATCH: c_int = 0;
/// Version of this header as one number: major * 1000000 + minor * 1000 + patch.
pub const CKWS_VERSION_NUMBER: c_int = 1000;
