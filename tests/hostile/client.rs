//! The exported C functions, as a test calls them: what fails gives its error number.

#![allow(unsafe_code, reason = "the functions are those of C; every pointer here is alive during its call")]

use ckws::base::ErrorCode;
use ckws::ffi::rest::ckws_rest;
use ckws::ffi::websocket::ckws_websocket;
use ckws::ffi::{rest, websocket};
use std::ffi::{CStr, CString, c_int};
use std::ptr;

/// Longer than anything that a script does.
const PATIENCE_MS: c_int = 20_000;

/// An error number of the library.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) c_int);

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "error {}", self.0)
    }
}

impl From<ErrorCode> for Code {
    fn from(code: ErrorCode) -> Self {
        Self(code as c_int)
    }
}

/// A WebSocket, disposed at the end of the test.
pub(crate) struct Client(*mut ckws_websocket);

impl Client {
    pub(crate) fn new() -> Self {
        let client = Self(websocket::ckws_create());
        client.set_idle_timeout_ms(PATIENCE_MS);
        client.set_connect_timeout_ms(PATIENCE_MS);
        client
    }

    /// Connected to a server whose answer opens the connection.
    #[track_caller]
    pub(crate) fn connected(url: &str) -> Self {
        let client = Self::new();
        assert_eq!(client.connect(url), Ok(()), "{}", client.error_text());
        client
    }

    /// One that trusts these authorities, too.
    pub(crate) fn trusting(pem: &str) -> Self {
        let (client, pem) = (Self::new(), c_string(pem));
        // SAFETY: the string is alive and ends with a NUL.
        assert!(unsafe { websocket::ckws_add_trusted_roots_pem(client.0, pem.as_ptr()).is_true() });
        client
    }

    pub(crate) fn set_idle_timeout_ms(&self, value: c_int) {
        assert!(websocket::ckws_set_idle_timeout_ms(self.0, value).is_true());
    }

    pub(crate) fn set_connect_timeout_ms(&self, value: c_int) {
        assert!(websocket::ckws_set_connect_timeout_ms(self.0, value).is_true());
    }

    pub(crate) fn set_close_auto_respond(&self, value: bool) {
        assert!(websocket::ckws_set_close_auto_respond(self.0, value.into()).is_true());
    }

    pub(crate) fn set_max_message_size(&self, value: i64) {
        assert!(websocket::ckws_set_max_message_size(self.0, value).is_true());
    }

    pub(crate) fn offer_subprotocols(&self, names: &str) {
        let (name, value) = (c"Sec-WebSocket-Protocol", c_string(names));
        // SAFETY: both strings are alive and end with a NUL.
        assert!(unsafe {
            websocket::ckws_add_request_header(self.0, name.as_ptr(), value.as_ptr()).is_true()
        });
    }

    pub(crate) fn connect(&self, url: &str) -> Result<(), Code> {
        let url = c_string(url);
        // SAFETY: the string is alive and ends with a NUL.
        self.outcome(unsafe { websocket::ckws_connect(self.0, url.as_ptr()).is_true() })
    }

    pub(crate) fn use_connection(&self, rest: &Rest) -> Result<(), Code> {
        self.outcome(websocket::ckws_use_connection(self.0, rest.0).is_true())
    }

    pub(crate) fn add_client_headers(&self) -> Result<(), Code> {
        self.outcome(websocket::ckws_add_client_headers(self.0).is_true())
    }

    pub(crate) fn validate_server_handshake(&self) -> Result<(), Code> {
        self.outcome(websocket::ckws_validate_server_handshake(self.0).is_true())
    }

    pub(crate) fn subprotocol(&self) -> String {
        text(websocket::ckws_get_subprotocol(self.0))
    }

    pub(crate) fn is_connected(&self) -> bool {
        websocket::ckws_get_is_connected(self.0).is_true()
    }

    pub(crate) fn error_text(&self) -> String {
        text(websocket::ckws_get_last_error_text(self.0))
    }

    pub(crate) fn fail_reason(&self) -> c_int {
        websocket::ckws_get_read_frame_fail_reason(self.0)
    }

    /// The opcode and payload of the next message, or of a control frame that is delivered.
    pub(crate) fn receive(&self) -> Result<(c_int, Vec<u8>), Code> {
        let (mut data, mut len) = (ptr::null(), 0);
        // SAFETY: both places are alive.
        let opcode = unsafe { websocket::ckws_receive(self.0, &raw mut data, &raw mut len) };
        self.outcome(opcode >= 0)?;
        // SAFETY: lent until this thread's next read.
        Ok((opcode, unsafe { std::slice::from_raw_parts(data, len) }.to_vec()))
    }

    pub(crate) fn read_frame(&self) -> Result<(), Code> {
        self.outcome(websocket::ckws_read_frame(self.0).is_true())
    }

    pub(crate) fn read_message(&self) -> Result<(), Code> {
        self.outcome(websocket::ckws_read_message(self.0).is_true())
    }

    pub(crate) fn try_read_frame(&self) -> Result<(), Code> {
        self.outcome(websocket::ckws_try_read_frame(self.0).is_true())
    }

    pub(crate) fn poll_data_available(&self) -> bool {
        websocket::ckws_poll_data_available(self.0).is_true()
    }

    pub(crate) fn opcode(&self) -> c_int {
        websocket::ckws_get_frame_opcode_int(self.0)
    }

    pub(crate) fn take_data(&self) -> Vec<u8> {
        let mut len = 0;
        // SAFETY: the place is alive.
        let data = unsafe { websocket::ckws_get_frame_data_bytes(self.0, &raw mut len) };
        // SAFETY: never NULL for a handle that is alive, and lent until the next read.
        unsafe { std::slice::from_raw_parts(data, len) }.to_vec()
    }

    pub(crate) fn close_status(&self) -> c_int {
        websocket::ckws_get_close_status_code(self.0)
    }

    pub(crate) fn send_text(&self, text: &str) -> Result<(), Code> {
        // SAFETY: pointer and length of the same string.
        self.outcome(unsafe { websocket::ckws_send_text(self.0, text.as_ptr().cast(), text.len()).is_true() })
    }

    pub(crate) fn send_close(&self, status: c_int) -> Result<(), Code> {
        // SAFETY: NULL is no reason.
        self.outcome(unsafe {
            websocket::ckws_send_close(self.0, true.into(), status, ptr::null()).is_true()
        })
    }

    fn outcome(&self, succeeded: bool) -> Result<(), Code> {
        let code = Code(websocket::ckws_get_last_error_code(self.0));
        assert_eq!(succeeded, code == ErrorCode::None.into(), "{}", self.error_text());
        if succeeded { Ok(()) } else { Err(code) }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        websocket::ckws_dispose(self.0);
    }
}

/// An HTTP connection for a handshake by hand.
pub(crate) struct Rest(*mut ckws_rest);

impl Rest {
    #[track_caller]
    pub(crate) fn connected(port: u16) -> Self {
        let rest = Self(rest::ckws_rest_create());
        // SAFETY: the string is alive and ends with a NUL.
        let connected = unsafe {
            rest::ckws_rest_connect(
                rest.0,
                c"127.0.0.1".as_ptr(),
                c_int::from(port),
                false.into(),
                false.into(),
            )
        };
        assert!(connected.is_true(), "the scripted server accepts");
        rest
    }

    pub(crate) fn offer_subprotocols(&self, names: &str) {
        let (name, value) = (c"Sec-WebSocket-Protocol", c_string(names));
        // SAFETY: both strings are alive and end with a NUL.
        assert!(unsafe { rest::ckws_rest_add_header(self.0, name.as_ptr(), value.as_ptr()).is_true() });
    }

    /// GET; any complete response is a success.
    pub(crate) fn get(&self, path: &str) -> Result<(), Code> {
        let path = c_string(path);
        // SAFETY: both strings are alive and end with a NUL.
        let body = unsafe { rest::ckws_rest_full_request_no_body(self.0, c"GET".as_ptr(), path.as_ptr()) };
        let code = Code(rest::ckws_rest_get_last_error_code(self.0));
        assert_eq!(body.is_null(), code != ErrorCode::None.into());
        if body.is_null() { Err(code) } else { Ok(()) }
    }
}

impl Drop for Rest {
    fn drop(&mut self) {
        rest::ckws_rest_dispose(self.0);
    }
}

fn c_string(text: &str) -> CString {
    CString::new(text).expect("tests pass no NUL")
}

fn text(lent: *const std::ffi::c_char) -> String {
    // SAFETY: never NULL, ends with a NUL, and alive until ten more strings were asked for.
    unsafe { CStr::from_ptr(lent) }.to_string_lossy().into_owned()
}
