//! `ckws_bin_data_*`: bytes.

use crate::base::Result;
use crate::ffi::args;
use crate::ffi::bin_data::ckws_bin_data;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{as_int, call, call_text, call_unit, get, object_argument};
use crate::ffi::string_builder::ckws_string_builder;
use crate::object::{BinData, StringBuilder};
use std::ffi::{c_char, c_int};
use std::sync::Arc;

/// NumBytes: how many bytes there are, up to INT_MAX; -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_bin_data_get_num_bytes(bd: *mut ckws_bin_data) -> c_int {
    get(bd, -1, |bin_data| as_int(bin_data.len()))
}

/// AppendBinary: appends a copy of `len` bytes. Returns false, with nothing changed, when memory runs out.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_append_binary(
    bd: *mut ckws_bin_data,
    data: *const u8,
    len: usize,
) -> Bool {
    // SAFETY: the caller promises `len` readable bytes.
    let data = unsafe { args::bytes(data, len, "data") };
    call_unit(bd, "AppendBinary", |bin_data, _| bin_data.append(data?))
}

/// AppendBd: appends a copy of the bytes of `other`, which may be the same object. Returns false, and changes
/// nothing, if `other` is not alive or memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_bin_data_append_bd(bd: *mut ckws_bin_data, other: *mut ckws_bin_data) -> Bool {
    let other: Result<Arc<BinData>> = object_argument(other, "other");
    call_unit(bd, "AppendBd", |bd, _| bd.append_bd(&*other?))
}

/// AppendByte: appends one byte. Returns false, and changes nothing, if `byte` is not from 0 to 255 or memory runs
/// out. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_bin_data_append_byte(bd: *mut ckws_bin_data, byte: c_int) -> Bool {
    call_unit(bd, "AppendByte", |bd, _| bd.append_byte(byte))
}

/// AppendEncoded: appends the bytes that `data` stands for in an encoding (see ckws_bin_data).
///
/// Returns false, and changes nothing, if the encoding is not known, `data` is malformed (the error text says where)
/// or memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_append_encoded(
    bd: *mut ckws_bin_data,
    data: *const c_char,
    encoding: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (data, encoding) = unsafe { (args::text(data, "data"), args::text(encoding, "encoding")) };
    call_unit(bd, "AppendEncoded", |bd, _| bd.append_encoded(data?, encoding?))
}

/// AppendString: appends text in a charset (see ckws_bin_data), without a byte order mark or NUL.
///
/// Returns false, and changes nothing, if the charset is not known, lacks a character of the text (the error text
/// names it) or memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_append_string(
    bd: *mut ckws_bin_data,
    text: *const c_char,
    charset: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (text, charset) = unsafe { (args::text(text, "text"), args::text(charset, "charset")) };
    call_unit(bd, "AppendString", |bd, _| bd.append_string(text?, charset?))
}

/// AppendSb: appends the text of `sb` in a charset, as ckws_bin_data_append_string; NULs in it, too. Returns false
/// also if `sb` is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_append_sb(
    bd: *mut ckws_bin_data,
    sb: *mut ckws_string_builder,
    charset: *const c_char,
) -> Bool {
    let sb: Result<Arc<StringBuilder>> = object_argument(sb, "sb");
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let charset = unsafe { args::text(charset, "charset") };
    call_unit(bd, "AppendSb", |bd, _| bd.append_sb(&*sb?, charset?))
}

/// Clear: removes all bytes. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_bin_data_clear(bd: *mut ckws_bin_data) -> Bool {
    call_unit(bd, "Clear", |bin_data, _| {
        bin_data.clear();
        Ok(())
    })
}

/// SecureClear: removes all bytes and overwrites the memory that they are in.
///
/// What was copied out of it, or was in smaller memory before the object grew, is not reached. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_bin_data_secure_clear(bd: *mut ckws_bin_data) -> Bool {
    call_unit(bd, "SecureClear", |bin_data, _| {
        bin_data.secure_clear();
        Ok(())
    })
}

/// ContentsEqual: whether `other`, which may be the same object, has the same bytes. Returns false also if it is not
/// alive or memory runs out; ckws_bin_data_get_last_method_success says which. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_bin_data_contents_equal(
    bd: *mut ckws_bin_data,
    other: *mut ckws_bin_data,
) -> Bool {
    let other: Result<Arc<BinData>> = object_argument(other, "other");
    call(bd, "ContentsEqual", false, |bd, _| bd.contents_equal(&*other?))
}

/// GetByte: the byte with that index, from 0; -1 if there is none, or the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_bin_data_get_byte(bd: *mut ckws_bin_data, index: c_int) -> c_int {
    call(bd, "GetByte", -1, |bin_data, _| bin_data.byte(index).map(c_int::from))
}

/// GetEncoded: all bytes as text in an encoding (see ckws_bin_data); "" if there are none.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. NULL if the encoding is not
/// known, memory runs out or the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_get_encoded(
    bd: *mut ckws_bin_data,
    encoding: *const c_char,
) -> *const c_char {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let encoding = unsafe { args::text(encoding, "encoding") };
    call_text(bd, "GetEncoded", |bd, _| bd.encoded(encoding?))
}

/// GetEncodedChunk: `num_bytes` bytes at `offset` as text in an encoding; "" for none. NULL also if not all of them
/// are there. Otherwise as ckws_bin_data_get_encoded. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_get_encoded_chunk(
    bd: *mut ckws_bin_data,
    offset: c_int,
    num_bytes: c_int,
    encoding: *const c_char,
) -> *const c_char {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let encoding = unsafe { args::text(encoding, "encoding") };
    call_text(bd, "GetEncodedChunk", |bd, _| bd.encoded_chunk(offset, num_bytes, encoding?))
}

/// GetString: the text that the bytes are in a charset (see ckws_bin_data), a byte order mark of it left out;
/// malformed bytes become U+FFFD. A NUL ends the string for C: ckws_string_builder_append_bd takes it all.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. NULL if the charset is not known,
/// memory runs out or the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_get_string(
    bd: *mut ckws_bin_data,
    charset: *const c_char,
) -> *const c_char {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let charset = unsafe { args::text(charset, "charset") };
    call_text(bd, "GetString", |bd, _| bd.string(charset?))
}

/// LoadBinary: replaces the bytes by a copy of `len` bytes. Returns false, and changes nothing, when memory runs
/// out. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_load_binary(
    bd: *mut ckws_bin_data,
    data: *const u8,
    len: usize,
) -> Bool {
    // SAFETY: the caller promises `len` readable bytes.
    let data = unsafe { args::bytes(data, len, "data") };
    call_unit(bd, "LoadBinary", |bd, _| bd.load(data?))
}

/// LoadEncoded: replaces the bytes by those that `data` stands for, as ckws_bin_data_append_encoded. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_load_encoded(
    bd: *mut ckws_bin_data,
    data: *const c_char,
    encoding: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (data, encoding) = unsafe { (args::text(data, "data"), args::text(encoding, "encoding")) };
    call_unit(bd, "LoadEncoded", |bd, _| bd.load_encoded(data?, encoding?))
}

/// LoadFile: replaces the bytes by the content of a regular file of at most 2147483647 bytes.
///
/// Returns false, and changes nothing, if it cannot be read (the error text has the path and the reason), is larger,
/// does not fit into memory, or is no regular file: a directory, a pipe or a device is refused without waiting for it.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_load_file(bd: *mut ckws_bin_data, path: *const c_char) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let path = unsafe { args::text(path, "path") };
    call_unit(bd, "LoadFile", |bd, _| bd.load_file(path?))
}

/// RemoveChunk: removes `num_bytes` bytes at `offset`. Returns false, and changes nothing, if not all of them are
/// there. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_bin_data_remove_chunk(
    bd: *mut ckws_bin_data,
    offset: c_int,
    num_bytes: c_int,
) -> Bool {
    call_unit(bd, "RemoveChunk", |bd, _| bd.remove_chunk(offset, num_bytes))
}

/// WriteFile: writes the bytes as a file, all or nothing: they are written to another file in the same directory, which
/// is then renamed. An existing file is replaced and its permissions are kept; what is no regular file is refused.
///
/// Returns false if that fails; the error text has the path and the system's reason. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_write_file(
    bd: *mut ckws_bin_data,
    path: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let path = unsafe { args::text(path, "path") };
    call_unit(bd, "WriteFile", |bd, _| bd.write_file(path?))
}

/// WriteAppendFile: appends the bytes to a file, in one write, and makes the file if there is none; what is no
/// regular file is refused. Returns false if that fails; the error text has the path and the system's reason. Since
/// 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_write_append_file(
    bd: *mut ckws_bin_data,
    path: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let path = unsafe { args::text(path, "path") };
    call_unit(bd, "WriteAppendFile", |bd, _| bd.write_append_file(path?))
}

/// GetBytesPtr: the bytes themselves, valid until the next call that changes them, or the dispose.
///
/// Returns a pointer that is never NULL, also when `*len` is 0. A NUL that is not counted follows the bytes. NULL, with
/// `*len` 0, when `len` is NULL, the handle is not alive or memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_bin_data_get_bytes(
    bd: *mut ckws_bin_data,
    len: *mut usize,
) -> *const u8 {
    let out = args::out(len, "len");
    let bytes = call(bd, "GetBytesPtr", None, |bin_data, _| {
        let out = out?;
        Ok(Some((out, bin_data.lend()?)))
    });
    // SAFETY: the caller promises that what is not NULL is valid for writing.
    unsafe { args::return_bytes(bytes, len) }
}
