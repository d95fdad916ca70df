//! The C API as tests in Rust use it: every call goes through the exported `ckws_*` functions.

#![allow(unsafe_code, reason = "the functions are those that C calls")]

use ckws::ffi::rest::ckws_rest;
use ckws::ffi::websocket::ckws_websocket;
use ckws::ffi::{rest, websocket as ffi};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;

/// ReadFrameFailReason: nothing arrived in time.
pub const READ_TIMEOUT: c_int = 1;
/// ReadFrameFailReason: the connection is lost or closed.
pub const READ_LOST: c_int = 3;

/// The opcode of a text frame.
pub const TEXT: c_int = 1;
/// The opcode of a binary frame.
pub const BINARY: c_int = 2;
/// The opcode of a Close.
pub const CLOSE: c_int = 8;
/// The opcode of a Pong.
pub const PONG: c_int = 10;

/// A WebSocket handle, disposed with this value.
#[derive(Debug)]
pub struct Client(*mut ckws_websocket);

// SAFETY: a handle is a token, and every function may be called from any thread.
unsafe impl Send for Client {}
// SAFETY: as above.
unsafe impl Sync for Client {}

impl Client {
    /// A fresh client, not connected.
    pub fn new() -> Self {
        let handle = ffi::ckws_create();
        assert!(!handle.is_null(), "a handle can be made");
        Self(handle)
    }

    /// The handle itself, for functions that make other handles of it.
    pub fn handle(&self) -> *mut ckws_websocket {
        self.0
    }

    /// A client that trusts these roots.
    pub fn trusting(pem: &str) -> Self {
        let client = Self::new();
        assert!(client.trust(pem), "{}", client.account());
        client
    }

    /// A client that is connected.
    pub fn connected(url: &str) -> Self {
        let client = Self::new();
        client.must_connect(url);
        client
    }

    /// Connects; false after a failure.
    pub fn connect(&self, url: &str) -> bool {
        let url = c_string(url);
        // SAFETY: the string lives until the call returns.
        unsafe { ffi::ckws_connect(self.0, url.as_ptr()).is_true() }
    }

    /// Connects, or fails the test with the call log.
    pub fn must_connect(&self, url: &str) {
        assert!(self.connect(url), "{}", self.account());
    }

    /// AddTrustedRootsPem.
    pub fn trust(&self, pem: &str) -> bool {
        let pem = c_string(pem);
        // SAFETY: the string lives until the call returns.
        unsafe { ffi::ckws_add_trusted_roots_pem(self.0, pem.as_ptr()).is_true() }
    }

    /// RequireSslCertVerify.
    pub fn verify(&self, on: bool) {
        assert!(ffi::ckws_set_require_ssl_cert_verify(self.0, on.into()).is_true());
    }

    /// AddRequestHeader.
    pub fn header(&self, name: &str, value: &str) {
        let (name, value) = (c_string(name), c_string(value));
        // SAFETY: the strings live until the call returns.
        assert!(unsafe { ffi::ckws_add_request_header(self.0, name.as_ptr(), value.as_ptr()).is_true() });
    }

    /// IdleTimeoutMs; 0 is no limit.
    pub fn idle(&self, ms: c_int) {
        assert!(ffi::ckws_set_idle_timeout_ms(self.0, ms).is_true());
    }

    /// ConnectTimeoutMs; 0 is no limit.
    pub fn connect_timeout(&self, ms: c_int) {
        assert!(ffi::ckws_set_connect_timeout_ms(self.0, ms).is_true());
    }

    /// PongAutoConsume.
    pub fn consume_pongs(&self, on: bool) {
        assert!(ffi::ckws_set_pong_auto_consume(self.0, on.into()).is_true());
    }

    /// CloseAutoRespond.
    pub fn answer_closes(&self, on: bool) {
        assert!(ffi::ckws_set_close_auto_respond(self.0, on.into()).is_true());
    }

    /// AutoFlush.
    pub fn auto_flush(&self, on: bool) {
        assert!(ffi::ckws_set_auto_flush(self.0, on.into()).is_true());
    }

    /// MaxMessageSize; 0 is no limit.
    pub fn max_message_size(&self, bytes: i64) {
        assert!(ffi::ckws_set_max_message_size(self.0, bytes).is_true());
    }

    /// PendingSendBytes.
    pub fn pending_send_bytes(&self) -> i64 {
        ffi::ckws_get_pending_send_bytes(self.0)
    }

    /// How many received bytes wait to be taken.
    pub fn data_size(&self) -> i64 {
        ffi::ckws_get_frame_data_size(self.0)
    }

    /// Flush.
    pub fn flush(&self) -> bool {
        ffi::ckws_flush(self.0).is_true()
    }

    /// SendText.
    pub fn send_text(&self, text: &str) -> bool {
        // SAFETY: a string slice is readable for its length.
        unsafe { ffi::ckws_send_text(self.0, text.as_ptr().cast::<c_char>(), text.len()).is_true() }
    }

    /// SendBinary.
    pub fn send_binary(&self, data: &[u8]) -> bool {
        // SAFETY: a slice is readable for its length.
        unsafe { ffi::ckws_send_binary(self.0, data.as_ptr(), data.len()).is_true() }
    }

    /// SendFrame.
    pub fn send_frame(&self, text: &str, final_frame: bool) -> bool {
        let text = c_string(text);
        // SAFETY: the string lives until the call returns.
        unsafe { ffi::ckws_send_frame(self.0, text.as_ptr(), final_frame.into()).is_true() }
    }

    /// SendPing.
    pub fn send_ping(&self, data: &str) -> bool {
        let data = c_string(data);
        // SAFETY: the string lives until the call returns.
        unsafe { ffi::ckws_send_ping(self.0, data.as_ptr()).is_true() }
    }

    /// SendClose, with a status code.
    pub fn send_close(&self, code: c_int, reason: &str) -> bool {
        let reason = c_string(reason);
        // SAFETY: the string lives until the call returns.
        unsafe { ffi::ckws_send_close(self.0, true.into(), code, reason.as_ptr()).is_true() }
    }

    /// CloseConnection.
    pub fn close_connection(&self) -> bool {
        ffi::ckws_close_connection(self.0).is_true()
    }

    /// Ends the handle while other threads may still use it.
    pub fn dispose(&self) {
        ffi::ckws_dispose(self.0);
    }

    /// ReadFrame.
    pub fn read_frame(&self) -> bool {
        ffi::ckws_read_frame(self.0).is_true()
    }

    /// ReadMessage.
    pub fn read_message(&self) -> bool {
        ffi::ckws_read_message(self.0).is_true()
    }

    /// The opcode and payload of the next message; None after a failure.
    pub fn receive(&self) -> Option<(c_int, Vec<u8>)> {
        let (mut data, mut len) = (ptr::null(), 0);
        // SAFETY: both places live until the call returns.
        let opcode = unsafe { ffi::ckws_receive(self.0, &raw mut data, &raw mut len) };
        // SAFETY: after success the loan lasts until this thread's next read.
        (opcode > 0).then(|| (opcode, unsafe { terminated(data, len) }))
    }

    /// The next message, which must come.
    pub fn message(&self) -> (c_int, Vec<u8>) {
        self.receive().unwrap_or_else(|| unreachable!("{}", self.account()))
    }

    /// What has accumulated.
    pub fn data(&self) -> Vec<u8> {
        let mut len = 0;
        // SAFETY: the place lives until the call returns.
        let data = unsafe { ffi::ckws_get_frame_data_bytes(self.0, &raw mut len) };
        // SAFETY: the loan lasts until the next read; never NULL for a handle that is alive.
        unsafe { terminated(data, len) }
    }

    /// How long the accumulated data is as a string.
    pub fn text_len(&self) -> usize {
        let text = ffi::ckws_get_frame_data(self.0);
        assert!(!text.is_null(), "{}", self.account());
        // SAFETY: not NULL, it is a string until ten more were returned.
        unsafe { CStr::from_ptr(text) }.count_bytes()
    }

    /// FrameOpcodeInt.
    pub fn opcode(&self) -> c_int {
        ffi::ckws_get_frame_opcode_int(self.0)
    }

    /// FinalFrame.
    pub fn is_final(&self) -> bool {
        ffi::ckws_get_final_frame(self.0).is_true()
    }

    /// ReadFrameFailReason.
    pub fn fail_reason(&self) -> c_int {
        ffi::ckws_get_read_frame_fail_reason(self.0)
    }

    /// IsConnected.
    pub fn is_connected(&self) -> bool {
        ffi::ckws_get_is_connected(self.0).is_true()
    }

    /// CloseStatusCode.
    pub fn close_code(&self) -> c_int {
        ffi::ckws_get_close_status_code(self.0)
    }

    /// CloseReason.
    pub fn close_reason(&self) -> String {
        text(ffi::ckws_get_close_reason(self.0))
    }

    /// Subprotocol.
    pub fn subprotocol(&self) -> String {
        text(ffi::ckws_get_subprotocol(self.0))
    }

    /// The error number of this thread's latest call.
    pub fn code(&self) -> c_int {
        ffi::ckws_get_last_error_code(self.0)
    }

    /// LastErrorText, as much as fits: copied, for another thread may dispose the handle, and end what it has lent.
    pub fn account(&self) -> String {
        let mut copy = vec![0_u8; 16 * 1024];
        // SAFETY: the buffer has as many bytes as it says.
        let len = unsafe { ffi::ckws_copy_last_error_text(self.0, copy.as_mut_ptr().cast(), copy.len()) };
        copy.truncate(len.min(copy.len() - 1));
        String::from_utf8(copy).expect("an account is text")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.dispose();
    }
}

/// A copy of bytes that the library has returned, behind which a NUL must stand.
///
/// # Safety
/// `data` is valid for reading `len` bytes and one more.
pub unsafe fn terminated(data: *const u8, len: usize) -> Vec<u8> {
    // SAFETY: the caller promises it.
    let mut bytes = unsafe { std::slice::from_raw_parts(data, len + 1) }.to_vec();
    assert_eq!(bytes.pop(), Some(0), "no NUL stands behind the {len} bytes");
    bytes
}

/// ConnectFailReason of a Rest that connects with TLS.
pub fn rest_connect_fail_reason(host: &str, port: u16) -> c_int {
    let handle: *mut ckws_rest = rest::ckws_rest_create();
    let host = c_string(host);
    // SAFETY: the string lives until the call returns.
    unsafe { rest::ckws_rest_connect(handle, host.as_ptr(), c_int::from(port), true.into(), false.into()) };
    let reason = rest::ckws_rest_get_connect_fail_reason(handle);
    rest::ckws_rest_dispose(handle);
    reason
}

/// The status of a request on a clear-text Rest; `between` runs when it is connected and has sent nothing.
pub fn rest_status(host: &str, port: u16, between: impl FnOnce()) -> c_int {
    let handle: *mut ckws_rest = rest::ckws_rest_create();
    let (host, verb, path) = (c_string(host), c_string("GET"), c_string("/"));
    // SAFETY: the string lives until the call returns.
    assert!(unsafe {
        rest::ckws_rest_connect(handle, host.as_ptr(), c_int::from(port), false.into(), false.into())
            .is_true()
    });
    between();
    // SAFETY: the strings live until the call returns.
    unsafe { rest::ckws_rest_full_request_no_body(handle, verb.as_ptr(), path.as_ptr()) };
    let status = rest::ckws_rest_get_response_status_code(handle);
    rest::ckws_rest_dispose(handle);
    status
}

/// The error number of a GET of "/" on a clear-text Rest.
pub fn rest_code(host: &str, port: u16) -> c_int {
    let handle: *mut ckws_rest = rest::ckws_rest_create();
    let (host, verb, path) = (c_string(host), c_string("GET"), c_string("/"));
    // SAFETY: the string lives until the call returns.
    assert!(unsafe {
        rest::ckws_rest_connect(handle, host.as_ptr(), c_int::from(port), false.into(), false.into())
            .is_true()
    });
    // SAFETY: the strings live until the call returns.
    unsafe { rest::ckws_rest_full_request_no_body(handle, verb.as_ptr(), path.as_ptr()) };
    let code = rest::ckws_rest_get_last_error_code(handle);
    rest::ckws_rest_dispose(handle);
    code
}

/// The text as C has it.
pub fn c_string(text: &str) -> CString {
    CString::new(text).expect("the text of a test has no NUL")
}

fn text(pointer: *const c_char) -> String {
    // SAFETY: string getters never return NULL, and the loan outlives this call.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}
