//! Settings of a Rest.

use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{self, as_int, call_unit, entry, get, get_text, set};
use crate::ffi::rest::ckws_rest;
use crate::ffi::{strings, text};
use crate::object::{Object, Rest};
use std::ffi::{c_char, c_int};

/// Creates a Rest object, not connected.
///
/// Returns the handle, which the caller disposes with ckws_rest_dispose; NULL when no handle is left (there are
/// a million). Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_create() -> *mut ckws_rest {
    boundary::create()
}

/// Disposes the handle. Never waits: a call that is blocked in the object ends with failure. A WebSocket that
/// was given this Rest keeps the connection. What the handle has lent must not be used any more. NULL and a
/// handle that is not alive are ignored. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_dispose(rest: *mut ckws_rest) {
    boundary::dispose(rest);
}

/// DebugLogFilePath: the file that the account of each method call is appended to; "" for none, the default.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_debug_log_file_path(rest: *mut ckws_rest) -> *const c_char {
    get_text(rest, |rest| rest.common().debug_log_file_path())
}

/// Sets DebugLogFilePath, as ckws_set_debug_log_file_path. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_rest_set_debug_log_file_path(
    rest: *mut ckws_rest,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { text::argument(value, "value") };
    set(rest, "DebugLogFilePath", |rest| rest.common().set_debug_log_file_path(value?))
}

/// LastErrorText: the account of the calling thread's latest method on this handle, as ckws_get_last_error_text.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_error_text(rest: *mut ckws_rest) -> *const c_char {
    boundary::call_log::last_error_text(rest)
}

/// How the calling thread's latest method on this handle failed, as one sentence; "" after a success. Otherwise as
/// ckws_get_last_error_message. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_error_message(rest: *mut ckws_rest) -> *const c_char {
    boundary::call_log::last_error_message(rest)
}

/// LastErrorXml: the same account as an XML document, as ckws_get_last_error_xml.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_error_xml(rest: *mut ckws_rest) -> *const c_char {
    boundary::call_log::last_error_xml(rest)
}

/// LastErrorHtml: the same account as a page for a browser, as ckws_get_last_error_html.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_error_html(rest: *mut ckws_rest) -> *const c_char {
    boundary::call_log::last_error_html(rest)
}

/// The failure of the calling thread's latest method as a number of enum ckws_error; CKWS_ERROR_NONE after
/// success, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_error_code(rest: *mut ckws_rest) -> c_int {
    boundary::call_log::last_error_code(rest)
}

/// LastMethodSuccess: whether the calling thread's latest method succeeded; true before the first. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_method_success(rest: *mut ckws_rest) -> Bool {
    boundary::call_log::last_method_success(rest)
}

/// Sets LastMethodSuccess, for the calling thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_last_method_success(rest: *mut ckws_rest, value: Bool) -> Bool {
    boundary::call_log::set_last_method_success(rest, value)
}

/// VerboseLogging: whether the accounts of methods get more detail. Default false. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_verbose_logging(rest: *mut ckws_rest) -> Bool {
    get(rest, false, |rest| rest.common().is_verbose())
}

/// Sets VerboseLogging. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_verbose_logging(rest: *mut ckws_rest, value: Bool) -> Bool {
    set(rest, "VerboseLogging", |rest| {
        rest.common().set_verbose(value.is_true());
        Ok(())
    })
}

/// Version: the library's version, as ckws_version; "" if the handle is not alive. A constant string, valid for
/// ever. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_version(rest: *mut ckws_rest) -> *const c_char {
    entry(rest, strings::empty(), |_| strings::version())
}

/// AllowHeaderFolding: kept for source compatibility and without effect; no header field is ever folded (RFC 9112
/// section 5.2 forbids it). Default true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_allow_header_folding(rest: *mut ckws_rest) -> Bool {
    get(rest, false, Rest::allow_header_folding)
}

/// Sets AllowHeaderFolding, which has no effect. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_allow_header_folding(rest: *mut ckws_rest, value: Bool) -> Bool {
    set(rest, "AllowHeaderFolding", |rest| {
        rest.set_allow_header_folding(value.is_true());
        Ok(())
    })
}

/// Authorization: the whole value of the Authorization header field of requests, such as "Bearer ..."; "" for
/// none.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_authorization(rest: *mut ckws_rest) -> *const c_char {
    get_text(rest, Rest::authorization)
}

/// Sets Authorization. A value with CR, LF, NUL or another control character is refused. Not sent while there
/// are credentials of ckws_rest_set_auth_basic. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_rest_set_authorization(rest: *mut ckws_rest, value: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { text::argument(value, "value") };
    set(rest, "Authorization", |rest| rest.set_authorization(value?))
}

/// ConnectTimeoutMs: how long a connect may take in all (name lookup, TCP, TLS), in milliseconds; 0 is no
/// limit. Default 30000. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_connect_timeout_ms(rest: *mut ckws_rest) -> c_int {
    get(rest, -1, |rest| as_int(rest.client().connect_timeout_ms()))
}

/// Sets ConnectTimeoutMs; -1 is no limit too and is kept as 0, another negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_connect_timeout_ms(rest: *mut ckws_rest, value: c_int) -> Bool {
    set(rest, "ConnectTimeoutMs", |rest| rest.client().set_connect_timeout_ms(value))
}

/// DebugMode: whether requests are only composed, not sent; see ckws_rest_get_last_debug_request. Default false.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_debug_mode(rest: *mut ckws_rest) -> Bool {
    get(rest, false, Rest::debug_mode)
}

/// Sets DebugMode. While it is on, ckws_rest_send_req_no_body and the ckws_rest_full_request_ functions keep the
/// request in memory instead of sending it, need no connection, and succeed with an empty body; the connection
/// and the last response stay as they are. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_debug_mode(rest: *mut ckws_rest, value: Bool) -> Bool {
    set(rest, "DebugMode", |rest| {
        rest.set_debug_mode(value.is_true());
        Ok(())
    })
}

/// Host: the value of the Host header field of requests; "" for the name and port that were connected to.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_host(rest: *mut ckws_rest) -> *const c_char {
    get_text(rest, Rest::host)
}

/// Sets Host. A value with CR, LF, NUL or another control character is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_rest_set_host(rest: *mut ckws_rest, value: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { text::argument(value, "value") };
    set(rest, "Host", |rest| rest.set_host(value?))
}

/// IdleTimeoutMs: how long a request may go without a byte leaving or arriving, in milliseconds; 0 is no limit.
/// Default 30000. -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_idle_timeout_ms(rest: *mut ckws_rest) -> c_int {
    get(rest, -1, |rest| as_int(rest.client().idle_timeout_ms()))
}

/// Sets IdleTimeoutMs; -1 is no limit too and is kept as 0, another negative value is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_idle_timeout_ms(rest: *mut ckws_rest, value: c_int) -> Bool {
    set(rest, "IdleTimeoutMs", |rest| rest.client().set_idle_timeout_ms(value))
}

/// MaxResponseSize: the longest response body that is read, in bytes; 0 is no limit. Default 67108864 (64 MiB).
/// -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_max_response_size(rest: *mut ckws_rest) -> i64 {
    get(rest, -1, Rest::max_response_size)
}

/// Sets MaxResponseSize, for bodies that begin to be read after it; -1 is no limit too and is kept as 0, another negative
/// value is refused. A longer body fails with CKWS_ERROR_HTTP_BODY_TOO_LARGE, before it is read where the server
/// announces its length, and the connection ends. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_max_response_size(rest: *mut ckws_rest, bytes: i64) -> Bool {
    set(rest, "MaxResponseSize", |rest| rest.set_max_response_size(bytes))
}

/// UncommonOptions: a comma-separated list of keywords, as ckws_get_uncommon_options; "" by default.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_uncommon_options(rest: *mut ckws_rest) -> *const c_char {
    get_text(rest, |rest| rest.client().uncommon_options())
}

/// Sets UncommonOptions. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_rest_set_uncommon_options(rest: *mut ckws_rest, value: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { text::argument(value, "value") };
    set(rest, "UncommonOptions", |rest| rest.client().set_uncommon_options(value?))
}

/// Whether ckws_rest_connect verifies the server's certificate: chain, dates and host name. Default true.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_require_ssl_cert_verify(rest: *mut ckws_rest) -> Bool {
    get(rest, false, |rest| rest.client().require_ssl_cert_verify())
}

/// Switches the verification of certificates on or off, as ckws_set_require_ssl_cert_verify. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_set_require_ssl_cert_verify(rest: *mut ckws_rest, value: Bool) -> Bool {
    set(rest, "RequireSslCertVerify", |rest| {
        rest.client().set_require_ssl_cert_verify(value.is_true());
        Ok(())
    })
}

/// Trusts more certificates in ckws_rest_connect, as ckws_add_trusted_roots_pem. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_rest_add_trusted_roots_pem(
    rest: *mut ckws_rest,
    pem_data_or_path: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let pem = unsafe { text::argument(pem_data_or_path, "pem_data_or_path") };
    call_unit(rest, "AddTrustedRootsPem", |rest, cx| rest.client().add_trusted_roots_pem(cx, pem?))
}

/// SetAuthBasic: adds Basic authentication (RFC 7617) to the requests to come. Over clear text to another
/// machine such a request is refused, unless UncommonOptions has AllowInsecureBasicAuth. Returns false for a
/// colon in `username` and control characters in either. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_rest_set_auth_basic(
    rest: *mut ckws_rest,
    username: *const c_char,
    password: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (username, password) =
        unsafe { (text::argument(username, "username"), text::argument(password, "password")) };
    call_unit(rest, "SetAuthBasic", |rest, _| rest.set_auth_basic(username?, password?))
}

/// ClearAuth: forgets the credentials of ckws_rest_set_auth_basic and Authorization. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_clear_auth(rest: *mut ckws_rest) -> Bool {
    call_unit(rest, "ClearAuth", |rest, _| {
        rest.clear_auth();
        Ok(())
    })
}
