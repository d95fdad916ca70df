//! `ckws_rest_*`: what requests are made of, and sending them.

use crate::base::Result;
use crate::ffi::args;
use crate::ffi::bin_data::ckws_bin_data;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{
    AsyncMethod, call_unit, get_text, make_task, object_argument, run_text, run_unit,
};
use crate::ffi::rest::ckws_rest;
use crate::ffi::string_builder::ckws_string_builder;
use crate::ffi::task::ckws_task;
use crate::object::run_order::Direction;
use crate::object::task::call::{ResultType, Value};
use crate::object::{BinData, Rest, StringBuilder};
use std::ffi::c_char;
use std::sync::Arc;

/// AddHeader: adds a header field to the requests to come. A field that was added under the same name is
/// replaced. User-Agent is libckws/ and the version unless it is added; an empty one sends none.
///
/// Returns false for a name that is not a token, a value with CR, LF, NUL or another control character, and
/// Sec-WebSocket-Extensions (no extension is offered yet). Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_add_header(
    rest: *mut ckws_rest,
    name: *const c_char,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (name, value) = unsafe { (args::text(name, "name"), args::text(value, "value")) };
    call_unit(rest, "AddHeader", |rest, _| rest.add_header(name?, value?))
}

/// RemoveHeader: removes every request header field of that name; also true when there is none. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_remove_header(rest: *mut ckws_rest, name: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let name = unsafe { args::text(name, "name") };
    call_unit(rest, "RemoveHeader", |rest, op| {
        rest.remove_header(op, name?);
        Ok(())
    })
}

/// ClearAllHeaders: removes all header fields that ckws_rest_add_header and ckws_add_client_headers added.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_clear_all_headers(rest: *mut ckws_rest) -> Bool {
    call_unit(rest, "ClearAllHeaders", |rest, _| {
        rest.clear_all_headers();
        Ok(())
    })
}

/// AddQueryParam: adds a query parameter to the requests to come, or replaces the one of that name. It follows the
/// query that the path of a request may have. Name and value are given as they are: all but letters, digits, '-', '.',
/// '_' and '~' is percent-encoded (RFC 3986), a space as %20.
///
/// Returns false for an empty name. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_add_query_param(
    rest: *mut ckws_rest,
    name: *const c_char,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (name, value) = unsafe { (args::text(name, "name"), args::text(value, "value")) };
    call_unit(rest, "AddQueryParam", |rest, _| rest.add_query_param(name?, value?))
}

/// AddQueryParams: adds the query parameters of "a=b&c=d", percent-encoded already and without a '?'. They replace
/// parameters of the same names; a name that the string has several times is sent several times. "" adds none.
///
/// Returns false, and changes nothing, for a space, '#' or control character, a '%' that two hexadecimal digits do not
/// follow, and an empty name. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_add_query_params(
    rest: *mut ckws_rest,
    query_string: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let query_string = unsafe { args::text(query_string, "query_string") };
    call_unit(rest, "AddQueryParams", |rest, _| rest.add_query_params(query_string?))
}

/// RemoveQueryParam: removes every query parameter of that name, given as it is, not encoded; also true when there
/// is none. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_remove_query_param(
    rest: *mut ckws_rest,
    name: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let name = unsafe { args::text(name, "name") };
    call_unit(rest, "RemoveQueryParam", |rest, op| {
        rest.remove_query_param(op, name?);
        Ok(())
    })
}

/// ClearAllQueryParams: removes all query parameters that were added. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_clear_all_query_params(rest: *mut ckws_rest) -> Bool {
    call_unit(rest, "ClearAllQueryParams", |rest, _| {
        rest.clear_all_query_params();
        Ok(())
    })
}

/// AddPathParam: in the `uri_path` of the requests to come, each occurrence of `name` (often in braces: "{id}") is
/// replaced by `value`, percent-encoded as by ckws_rest_add_query_param, so that a '/' in it does not divide the
/// path. Replaces the value of a name that was added before. Where several names fit, the longest is taken; values
/// are not searched again.
///
/// Returns false for an empty name. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_add_path_param(
    rest: *mut ckws_rest,
    name: *const c_char,
    value: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (name, value) = unsafe { (args::text(name, "name"), args::text(value, "value")) };
    call_unit(rest, "AddPathParam", |rest, _| rest.add_path_param(name?, value?))
}

/// ClearAllPathParams: removes all path parameters. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_clear_all_path_params(rest: *mut ckws_rest) -> Bool {
    call_unit(rest, "ClearAllPathParams", |rest, _| {
        rest.clear_all_path_params();
        Ok(())
    })
}

/// FullRequestNoBody: sends a request without a body and reads the whole response. `verb` is its method, such as "GET";
/// `uri_path` the path with an optional query, never a URL. A 101 response has no body; what follows it is left to the
/// WebSocket.
///
/// It is ckws_rest_send_req_no_body, ckws_rest_read_response_header and ckws_rest_read_resp_body_string in one; after a
/// failure that follows the sending, the connection ends. Blocks, each stall up to IdleTimeoutMs.
///
/// Returns the body as a string, valid until ten more strings are returned by this handle, or until it is disposed; NULL when
/// no complete response came, or a body longer than MaxResponseSize. An error status is a response: see
/// ckws_rest_get_response_status_code. No content coding is undone, and none is asked for. The string is taken for
/// UTF-8 whatever Content-Type says, what is not is shown as U+FFFD, and a NUL ends it for C:
/// ckws_rest_full_request_no_body_bd gives the bytes, which ckws_bin_data_get_string reads in another charset.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_full_request_no_body(
    rest: *mut ckws_rest,
    verb: *const c_char,
    uri_path: *const c_char,
) -> *const c_char {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (verb, uri_path) = unsafe { (args::text(verb, "verb"), args::text(uri_path, "uri_path")) };
    run_text(rest, "FullRequestNoBody", async |rest, op| {
        rest.full_request_no_body(op, verb?, uri_path?).await
    })
}

/// FullRequestNoBodyAsync: ckws_rest_full_request_no_body as a task; the arguments are copied. The result is the body,
/// a string. Otherwise as ckws_rest_connect_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_full_request_no_body_async(
    rest: *mut ckws_rest,
    verb: *const c_char,
    uri_path: *const c_char,
) -> *mut ckws_task {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let target = unsafe { request_line(verb, uri_path) };
    let method = AsyncMethod::new("FullRequestNoBody", "FullRequestNoBodyAsync", Direction::Both);
    make_task(rest, method.returning(ResultType::Text), target, |rest, op, (verb, uri_path)| {
        Box::pin(async move { rest.full_request_no_body(op, verb, uri_path).await.map(Value::from) })
    })
}

/// FullRequestNoBodySb: as ckws_rest_full_request_no_body; the body is appended to `sb` (as text, NULs included).
///
/// Returns false when no complete response came, and, before anything is sent, if `sb` is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_full_request_no_body_sb(
    rest: *mut ckws_rest,
    verb: *const c_char,
    uri_path: *const c_char,
    sb: *mut ckws_string_builder,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (verb, uri_path) = unsafe { (args::text(verb, "verb"), args::text(uri_path, "uri_path")) };
    let string_builder: Result<Arc<StringBuilder>> = object_argument(sb, "sb");
    run_unit(rest, "FullRequestNoBodySb", async |rest, op| {
        rest.full_request_no_body_sb(op, verb?, uri_path?, &*string_builder?).await
    })
}

/// FullRequestNoBodySbAsync: ckws_rest_full_request_no_body_sb as a task; `sb` is shared. The result is a bool.
/// Otherwise as ckws_rest_connect_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_full_request_no_body_sb_async(
    rest: *mut ckws_rest,
    verb: *const c_char,
    uri_path: *const c_char,
    sb: *mut ckws_string_builder,
) -> *mut ckws_task {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let target = unsafe { request_line(verb, uri_path) };
    let arguments = target.and_then(|target| Ok((target, object_argument(sb, "sb")?)));
    let method = AsyncMethod::new("FullRequestNoBodySb", "FullRequestNoBodySbAsync", Direction::Both);
    make_task(rest, method, arguments, |rest, op, ((verb, uri_path), string_builder)| {
        Box::pin(async move {
            rest.full_request_no_body_sb(op, verb, uri_path, string_builder).await.map(Value::from)
        })
    })
}

/// FullRequestNoBodyBd: as ckws_rest_full_request_no_body; the bytes of the body, as they are, are appended to `bd`.
///
/// Returns false when no complete response came, and, before anything is sent, if `bd` is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_full_request_no_body_bd(
    rest: *mut ckws_rest,
    verb: *const c_char,
    uri_path: *const c_char,
    bd: *mut ckws_bin_data,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (verb, uri_path) = unsafe { (args::text(verb, "verb"), args::text(uri_path, "uri_path")) };
    let bin_data: Result<Arc<BinData>> = object_argument(bd, "bd");
    run_unit(rest, "FullRequestNoBodyBd", async |rest, op| {
        rest.full_request_no_body_bd(op, verb?, uri_path?, &*bin_data?).await
    })
}

/// FullRequestNoBodyBdAsync: ckws_rest_full_request_no_body_bd as a task; `bd` is shared. The result is a bool.
/// Otherwise as ckws_rest_connect_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_full_request_no_body_bd_async(
    rest: *mut ckws_rest,
    verb: *const c_char,
    uri_path: *const c_char,
    bd: *mut ckws_bin_data,
) -> *mut ckws_task {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let target = unsafe { request_line(verb, uri_path) };
    let arguments = target.and_then(|target| Ok((target, object_argument(bd, "bd")?)));
    let method = AsyncMethod::new("FullRequestNoBodyBd", "FullRequestNoBodyBdAsync", Direction::Both);
    make_task(rest, method, arguments, |rest, op, ((verb, uri_path), bin_data)| {
        Box::pin(
            async move { rest.full_request_no_body_bd(op, verb, uri_path, bin_data).await.map(Value::from) },
        )
    })
}

/// SendReqNoBody: sends a request without a body; read the response with ckws_rest_read_response_header and
/// ckws_rest_read_resp_body_string (or _sb, _bd). `uri_path` is the path with an optional query, never a URL.
///
/// A body of the last response that was not read is read and dropped first; with auto_reconnect, a long one ends
/// the connection instead, which is then made anew, as one that the server has ended. Blocks, each stall up to
/// IdleTimeoutMs. Returns false when the request could not be sent; CKWS_ERROR_RESPONSE_PENDING while the header of
/// the last response has not been read, CKWS_ERROR_HANDSHAKE_PENDING after a 101 (Switching Protocols) until
/// ckws_validate_server_handshake or ckws_rest_disconnect. A refused argument changes nothing. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_send_req_no_body(
    rest: *mut ckws_rest,
    verb: *const c_char,
    uri_path: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (verb, uri_path) = unsafe { (args::text(verb, "verb"), args::text(uri_path, "uri_path")) };
    run_unit(rest, "SendReqNoBody", async |rest, op| rest.send_req_no_body(op, verb?, uri_path?).await)
}

/// SendReqNoBodyAsync: ckws_rest_send_req_no_body as a task; the arguments are copied. The result is a bool. Otherwise
/// as ckws_rest_connect_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_send_req_no_body_async(
    rest: *mut ckws_rest,
    verb: *const c_char,
    uri_path: *const c_char,
) -> *mut ckws_task {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let target = unsafe { request_line(verb, uri_path) };
    let method = AsyncMethod::new("SendReqNoBody", "SendReqNoBodyAsync", Direction::Both);
    make_task(rest, method, target, |rest, op, (verb, uri_path)| {
        Box::pin(async move { rest.send_req_no_body(op, verb, uri_path).await.map(Value::from) })
    })
}

/// Verb and path of a request that is sent later.
///
/// # Safety
/// Both are NULL or NUL-terminated strings.
unsafe fn request_line(verb: *const c_char, uri_path: *const c_char) -> Result<(String, String)> {
    // SAFETY: passed on from the caller.
    let (verb, uri_path) = unsafe { (args::text(verb, "verb"), args::text(uri_path, "uri_path")) };
    Ok((args::copy(verb?)?, args::copy(uri_path?)?))
}

/// LastRequestStartLine: verb, target and HTTP version of the last request that was sent, "GET / HTTP/1.1", as they
/// went out; "" without one. It is not part of any log.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_request_start_line(rest: *mut ckws_rest) -> *const c_char {
    get_text(rest, Rest::last_request_start_line)
}

/// LastRequestHeader: the header of the last request that was sent, without the start line; each line ends with
/// CR LF. "" without one. It shows the values of Authorization and Cookie, and is not part of any log.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_last_request_header(rest: *mut ckws_rest) -> *const c_char {
    get_text(rest, Rest::last_request_header)
}

/// GetLastDebugRequest: appends the last request that was made while DebugMode was on to `bd`: the bytes that would
/// have been sent, those of Authorization among them. Returns false when there is none, or `bd` is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_get_last_debug_request(
    rest: *mut ckws_rest,
    bd: *mut ckws_bin_data,
) -> Bool {
    let bin_data: Result<Arc<BinData>> = object_argument(bd, "bd");
    call_unit(rest, "GetLastDebugRequest", |rest, _| rest.last_debug_request(&*bin_data?))
}
