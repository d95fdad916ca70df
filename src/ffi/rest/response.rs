//! `ckws_rest_*`: responses.

use crate::base::Result;
use crate::base::growth::copy_of_text;
use crate::ffi::args;
use crate::ffi::bin_data::ckws_bin_data;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{
    AsyncMethod, as_int, call_text, get, get_text, make_task, object_argument, run, run_text, run_unit,
};
use crate::ffi::rest::ckws_rest;
use crate::ffi::string_builder::ckws_string_builder;
use crate::ffi::task::ckws_task;
use crate::object::run_order::Direction;
use crate::object::task::call::{ResultType, Value};
use crate::object::{BinData, Requester, StringBuilder};
use std::ffi::{c_char, c_int};
use std::sync::Arc;

/// ReadResponseHeader: reads status line and header of the response to ckws_rest_send_req_no_body; interim
/// responses (1xx but 101) are skipped.
///
/// Blocks, each stall up to IdleTimeoutMs. Returns the status code; -1 when no response came. After
/// CKWS_ERROR_HTTP_TIMEOUT nothing is lost and the call can be made again; after another failure the connection
/// ends. CKWS_ERROR_NO_RESPONSE when no request waits for a response. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_read_response_header(rest: *mut ckws_rest) -> c_int {
    run(rest, "ReadResponseHeader", -1, async |rest, op| rest.read_response_header(op).await.map(c_int::from))
}

/// ReadResponseHeaderAsync: ckws_rest_read_response_header as a task. The result is an int. Otherwise as
/// ckws_rest_connect_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_read_response_header_async(rest: *mut ckws_rest) -> *mut ckws_task {
    let method = AsyncMethod::new("ReadResponseHeader", "ReadResponseHeaderAsync", Direction::Both);
    make_task(rest, method.returning(ResultType::Int), Ok(()), |rest, op, ()| {
        Box::pin(async move { rest.read_response_header(op).await.map(Value::from) })
    })
}

/// ReadRespBodyString: reads the body of the response whose header was read by ckws_rest_read_response_header; once.
///
/// Blocks, each stall up to IdleTimeoutMs. Returns the body as ckws_rest_full_request_no_body does; "" for a response
/// without one. NULL on failure: after CKWS_ERROR_HTTP_TIMEOUT nothing is lost and the call can be made again, after
/// another failure the connection ends. CKWS_ERROR_NO_RESPONSE when there is no body to be read. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_read_resp_body_string(rest: *mut ckws_rest) -> *const c_char {
    run_text(rest, "ReadRespBodyString", async |rest, op| rest.read_resp_body_string(op).await)
}

/// ReadRespBodyStringAsync: ckws_rest_read_resp_body_string as a task. The result is a string. Otherwise as
/// ckws_rest_connect_async. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_read_resp_body_string_async(rest: *mut ckws_rest) -> *mut ckws_task {
    let method = AsyncMethod::new("ReadRespBodyString", "ReadRespBodyStringAsync", Direction::Both);
    make_task(rest, method.returning(ResultType::Text), Ok(()), |rest, op, ()| {
        Box::pin(async move { rest.read_resp_body_string(op).await.map(Value::from) })
    })
}

/// ReadRespSb: as ckws_rest_read_resp_body_string; the body is appended to `sb` (as text, NULs included).
///
/// Returns false on failure, and, before anything is read, if `sb` is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_read_resp_sb(rest: *mut ckws_rest, sb: *mut ckws_string_builder) -> Bool {
    let string_builder: Result<Arc<StringBuilder>> = object_argument(sb, "sb");
    run_unit(rest, "ReadRespSb", async |rest, op| rest.read_resp_sb(op, &*string_builder?).await)
}

/// ReadRespBd: as ckws_rest_read_resp_body_string; the bytes of the body, as they are, are appended to `bd`.
///
/// Returns false on failure, and, before anything is read, if `bd` is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_read_resp_bd(rest: *mut ckws_rest, bd: *mut ckws_bin_data) -> Bool {
    let bin_data: Result<Arc<BinData>> = object_argument(bd, "bd");
    run_unit(rest, "ReadRespBd", async |rest, op| rest.read_resp_bd(op, &*bin_data?).await)
}

/// ResponseHeader: the header fields of the last response, without its status line; "" without a response.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_response_header(rest: *mut ckws_rest) -> *const c_char {
    get_text(rest, |rest| copy_of_text(rest.response().as_ref().map_or("", |head| &head.header_text)))
}

/// ResponseStatusCode: the status code of the last response; 0 without one, -1 if the handle is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_response_status_code(rest: *mut ckws_rest) -> c_int {
    get(rest, -1, |rest| c_int::from(rest.response_status_code()))
}

/// ResponseStatusText: the reason phrase of the last response; "" without one.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_response_status_text(rest: *mut ckws_rest) -> *const c_char {
    get_text(rest, |rest| copy_of_text(rest.response().as_ref().map_or("", |head| &head.reason)))
}

/// ResponseHdrByName: the value of a header field of the last response, the first of that name; NULL if there
/// is none, or no response.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_rest_response_hdr_by_name(
    rest: *mut ckws_rest,
    name: *const c_char,
) -> *const c_char {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let name = unsafe { args::text(name, "name") };
    call_text(rest, "ResponseHdrByName", |rest, _| rest.response_field(name?))
}

/// NumResponseHeaders: how many header fields the last response has, those of one name counted each; 0 without a
/// response, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_rest_get_num_response_headers(rest: *mut ckws_rest) -> c_int {
    get(rest, -1, |rest| as_int(rest.num_response_headers()))
}

/// ResponseHdrName: the name of the header field at `index`, from 0, as the server wrote it; NULL if there is none.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_response_hdr_name(rest: *mut ckws_rest, index: c_int) -> *const c_char {
    call_text(rest, "ResponseHdrName", |rest, _| rest.response_field_at(index).map(|(name, _)| name))
}

/// ResponseHdrValue: the value of the header field at `index`, from 0; NULL if there is none.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_rest_response_hdr_value(rest: *mut ckws_rest, index: c_int) -> *const c_char {
    call_text(rest, "ResponseHdrValue", |rest, _| rest.response_field_at(index).map(|(_, value)| value))
}
