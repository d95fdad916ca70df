//! Settings of a Rest.

use crate::ffi::args;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{as_int, call_unit, get, get_text, set};
use crate::ffi::rest::ckws_rest;
use crate::object::Rest;
use std::ffi::{c_char, c_int};

/// AllowHeaderFolding: kept for source compatibility and without effect; no header field is ever folded (RFC 9112
/// section 5.2 forbids it). Default true. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_allow_header_folding(rest: *mut ckws_rest) -> Bool {
    get(rest, false, Rest::allow_header_folding)
}

/// Sets AllowHeaderFolding, which has no effect. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_set_allow_header_folding(rest: *mut ckws_rest, value: Bool) -> Bool {
    set(rest, "AllowHeaderFolding", |rest| {
        rest.set_allow_header_folding(value.is_true());
        Ok(())
    })
}

/// Authorization: the whole value of the Authorization header field of requests, such as "Bearer ..."; "" for
/// none.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_authorization(rest: *mut ckws_rest) -> *const c_char {
    get_text(rest, Rest::authorization)
}

/// Sets Authorization. A value with CR, LF, NUL or another control character is refused. Not sent while there
/// are credentials of ckws_rest_set_auth_basic. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_set_authorization(
    rest: *mut ckws_rest,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
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
pub extern "C-unwind" fn ckws_rest_set_connect_timeout_ms(rest: *mut ckws_rest, value: c_int) -> Bool {
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
pub extern "C-unwind" fn ckws_rest_set_debug_mode(rest: *mut ckws_rest, value: Bool) -> Bool {
    set(rest, "DebugMode", |rest| {
        rest.set_debug_mode(value.is_true());
        Ok(())
    })
}

/// Host: the value of the Host header field of requests; "" for the name and port that were connected to.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_host(rest: *mut ckws_rest) -> *const c_char {
    get_text(rest, Rest::host)
}

/// Sets Host. A value with CR, LF, NUL or another control character is refused. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_set_host(rest: *mut ckws_rest, value: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
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
pub extern "C-unwind" fn ckws_rest_set_idle_timeout_ms(rest: *mut ckws_rest, value: c_int) -> Bool {
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
pub extern "C-unwind" fn ckws_rest_set_max_response_size(rest: *mut ckws_rest, bytes: i64) -> Bool {
    set(rest, "MaxResponseSize", |rest| rest.set_max_response_size(bytes))
}

/// UncommonOptions: a comma-separated list of keywords, as ckws_get_uncommon_options; "" by default.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_uncommon_options(rest: *mut ckws_rest) -> *const c_char {
    get_text(rest, |rest| rest.client().uncommon_options())
}

/// Sets UncommonOptions. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_set_uncommon_options(
    rest: *mut ckws_rest,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let value = unsafe { args::text(value, "value") };
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
pub extern "C-unwind" fn ckws_rest_set_require_ssl_cert_verify(rest: *mut ckws_rest, value: Bool) -> Bool {
    set(rest, "RequireSslCertVerify", |rest| {
        rest.client().set_require_ssl_cert_verify(value.is_true());
        Ok(())
    })
}

/// Trusts more certificates in ckws_rest_connect, as ckws_add_trusted_roots_pem. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_add_trusted_roots_pem(
    rest: *mut ckws_rest,
    pem_data_or_path: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let pem = unsafe { args::text(pem_data_or_path, "pem_data_or_path") };
    call_unit(rest, "AddTrustedRootsPem", |rest, op| rest.client().add_trusted_roots_pem(op, pem?))
}

/// SetAuthBasic: adds Basic authentication (RFC 7617) to the requests to come. Over clear text to another
/// machine such a request is refused, unless UncommonOptions has AllowInsecureBasicAuth. Returns false for a
/// colon in `username` and control characters in either. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_set_auth_basic(
    rest: *mut ckws_rest,
    username: *const c_char,
    password: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (username, password) =
        unsafe { (args::text(username, "username"), args::text(password, "password")) };
    call_unit(rest, "SetAuthBasic", |rest, _| rest.set_auth_basic(username?, password?))
}

/// ClearAuth: forgets the credentials of ckws_rest_set_auth_basic and Authorization. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_clear_auth(rest: *mut ckws_rest) -> Bool {
    call_unit(rest, "ClearAuth", |rest, _| {
        rest.clear_auth();
        Ok(())
    })
}
