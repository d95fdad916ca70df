//! `ckws_string_builder_*`: text.

use crate::base::Result;
use crate::ffi::args;
use crate::ffi::bin_data::ckws_bin_data;
use crate::ffi::boolean::Bool;
use crate::ffi::boundary::{as_int, call, call_text, call_unit, get, object_argument};
use crate::ffi::string_builder::ckws_string_builder;
use crate::object::{BinData, StringBuilder};
use std::ffi::{c_char, c_int};
use std::sync::Arc;

/// Length: how many characters (code points) there are, up to INT_MAX; -1 if the handle is not alive.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_string_builder_get_length(sb: *mut ckws_string_builder) -> c_int {
    get(sb, -1, |string_builder| as_int(string_builder.len()))
}

/// Append: appends a copy of `text`. Returns false, with nothing changed, when memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_append(
    sb: *mut ckws_string_builder,
    text: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { args::text(text, "text") };
    call_unit(sb, "Append", |sb, _| sb.append(text?))
}

/// Appends `len` bytes of text, which must be UTF-8 and may hold NULs. Returns false, and changes nothing, if they
/// are not UTF-8 or memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_append_utf8(
    sb: *mut ckws_string_builder,
    text: *const c_char,
    len: usize,
) -> Bool {
    // SAFETY: the caller promises `len` readable bytes.
    let text = unsafe { args::utf8(text, len, "text") };
    call_unit(sb, "AppendUtf8", |sb, _| sb.append(text?))
}

/// AppendBd: appends the text that `num_bytes` bytes of `bd` at `offset` are in a charset (see ckws_bin_data), a
/// byte order mark of it left out; malformed bytes become U+FFFD. 0 and 0 mean all bytes.
///
/// Returns false, and changes nothing, if the charset is not known, not all of the bytes are there, `bd` is not
/// alive or memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_append_bd(
    sb: *mut ckws_string_builder,
    bd: *mut ckws_bin_data,
    charset: *const c_char,
    offset: c_int,
    num_bytes: c_int,
) -> Bool {
    let bd: Result<Arc<BinData>> = object_argument(bd, "bd");
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let charset = unsafe { args::text(charset, "charset") };
    call_unit(sb, "AppendBd", |sb, _| sb.append_bd(&*bd?, charset?, offset, num_bytes))
}

/// AppendInt: appends a number in decimal digits. Returns false, and changes nothing, when memory runs out.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_string_builder_append_int(sb: *mut ckws_string_builder, value: c_int) -> Bool {
    call_unit(sb, "AppendInt", |sb, _| sb.append_int(value))
}

/// AppendLine: appends text and a line break: CR LF if `crlf`, else LF. Returns false, and changes nothing, when
/// memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_append_line(
    sb: *mut ckws_string_builder,
    text: *const c_char,
    crlf: Bool,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { args::text(text, "text") };
    call_unit(sb, "AppendLine", |sb, _| sb.append_line(text?, crlf.is_true()))
}

/// AppendSb: appends a copy of the text of `other`, which may be the same object. Returns false, and changes
/// nothing, if `other` is not alive or memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_string_builder_append_sb(
    sb: *mut ckws_string_builder,
    other: *mut ckws_string_builder,
) -> Bool {
    let other: Result<Arc<StringBuilder>> = object_argument(other, "other");
    call_unit(sb, "AppendSb", |sb, _| sb.append_sb(&*other?))
}

/// Clear: removes all text. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_string_builder_clear(sb: *mut ckws_string_builder) {
    call(sb, "Clear", (), |string_builder, _| {
        string_builder.clear();
        Ok(())
    })
}

/// SecureClear: removes all text and overwrites the memory that it is in.
///
/// What was copied out of it, or was in other memory before the text was changed, is not reached. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_string_builder_secure_clear(sb: *mut ckws_string_builder) {
    call(sb, "SecureClear", (), |string_builder, _| {
        string_builder.secure_clear();
        Ok(())
    })
}

/// Contains: whether `text` is somewhere in it; without `case_sensitive`, see ckws_string_builder. Returns false
/// also when memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_contains(
    sb: *mut ckws_string_builder,
    text: *const c_char,
    case_sensitive: Bool,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { args::text(text, "text") };
    call(sb, "Contains", false, |sb, _| sb.contains(text?, case_sensitive.is_true()))
}

/// ContentsEqual: whether the text is `text`; without `case_sensitive`, see ckws_string_builder. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_contents_equal(
    sb: *mut ckws_string_builder,
    text: *const c_char,
    case_sensitive: Bool,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { args::text(text, "text") };
    call(sb, "ContentsEqual", false, |sb, _| Ok(sb.contents_equal(text?, case_sensitive.is_true())))
}

/// EndsWith: whether the text ends with `text`; without `case_sensitive`, see ckws_string_builder. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_ends_with(
    sb: *mut ckws_string_builder,
    text: *const c_char,
    case_sensitive: Bool,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { args::text(text, "text") };
    call(sb, "EndsWith", false, |sb, _| Ok(sb.ends_with(text?, case_sensitive.is_true())))
}

/// StartsWith: whether the text begins with `text`; without `case_sensitive`, see ckws_string_builder. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_starts_with(
    sb: *mut ckws_string_builder,
    text: *const c_char,
    case_sensitive: Bool,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { args::text(text, "text") };
    call(sb, "StartsWith", false, |sb, _| Ok(sb.starts_with(text?, case_sensitive.is_true())))
}

/// GetAsString: a copy of the text; "" if there is none. A NUL in it ends it for C.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. NULL if the handle is not alive,
/// or memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_string_builder_get_as_string(sb: *mut ckws_string_builder) -> *const c_char {
    call_text(sb, "GetAsString", |string_builder, _| string_builder.text())
}

/// The text itself, UTF-8 and then a NUL, and in `*len` its length without that NUL. Valid until the next call that
/// changes the text, or until the handle is disposed. The text may hold NULs.
///
/// Returns a pointer that is never NULL, also when `*len` is 0; NULL, with `*len` 0, when `len` is NULL or the
/// handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_get_utf8(
    sb: *mut ckws_string_builder,
    len: *mut usize,
) -> *const c_char {
    let out = args::out(len, "len");
    let bytes = call(sb, "GetUtf8", None, |string_builder, _| {
        let out = out?;
        Ok(Some((out, string_builder.lend())))
    });
    // SAFETY: the caller promises that what is not NULL is valid for writing.
    unsafe { args::return_bytes(bytes, len) }.cast()
}

/// GetEncoded: the text in a charset, and those bytes as text in an encoding (see ckws_bin_data for both); "" if
/// there is none.
///
/// Valid until ten more strings are returned by this handle, or until it is disposed. NULL if the encoding or the
/// charset is not known, the charset lacks a character of the text, memory runs out or the handle is not alive. Since
/// 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_get_encoded(
    sb: *mut ckws_string_builder,
    encoding: *const c_char,
    charset: *const c_char,
) -> *const c_char {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (encoding, charset) = unsafe { (args::text(encoding, "encoding"), args::text(charset, "charset")) };
    call_text(sb, "GetEncoded", |sb, _| sb.encoded(encoding?, charset?))
}

/// LoadFile: replaces the text by the content of a file in a charset (see ckws_bin_data). A byte order mark of
/// UTF-8 or UTF-16 is left out and counts for more than `charset`; malformed bytes become U+FFFD.
///
/// Returns false, and changes nothing, if the charset is not known, memory runs out, or the file cannot be read (the
/// error text has the path and the reason): it must be a regular file of at most 2147483647 bytes, as for
/// ckws_bin_data_load_file. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_load_file(
    sb: *mut ckws_string_builder,
    path: *const c_char,
    charset: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (path, charset) = unsafe { (args::text(path, "path"), args::text(charset, "charset")) };
    call_unit(sb, "LoadFile", |sb, _| sb.load_file(path?, charset?))
}

/// Prepend: puts text before what is there. Returns false, and changes nothing, when memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_prepend(
    sb: *mut ckws_string_builder,
    text: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { args::text(text, "text") };
    call_unit(sb, "Prepend", |sb, _| sb.prepend(text?))
}

/// Replace: replaces each `find`, from the beginning on and as it is written, by `replacement`, which may be "".
///
/// Returns how many there were, up to INT_MAX; -1, and changes nothing, if `find` is "", memory runs out or the
/// handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_replace(
    sb: *mut ckws_string_builder,
    find: *const c_char,
    replacement: *const c_char,
) -> c_int {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (find, replacement) = unsafe { (args::text(find, "find"), args::text(replacement, "replacement")) };
    call(sb, "Replace", -1, |sb, _| sb.replace(find?, replacement?).map(as_int))
}

/// SetString: replaces the text by a copy of `text`. Returns false, with nothing changed, when memory runs out.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_set_string(
    sb: *mut ckws_string_builder,
    text: *const c_char,
) -> Bool {
    // SAFETY: the caller promises NULL or a NUL-terminated string.
    let text = unsafe { args::text(text, "text") };
    call_unit(sb, "SetString", |sb, _| sb.set(text?))
}

/// Shorten: removes `num_chars` characters from the end; all, if there are fewer. Returns false, and changes
/// nothing, for a negative number. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_string_builder_shorten(sb: *mut ckws_string_builder, num_chars: c_int) -> Bool {
    call_unit(sb, "Shorten", |sb, _| sb.shorten(num_chars))
}

/// ToLowercase: makes all letters small, of every script; no language's own rules. Returns false, and changes
/// nothing, when memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_string_builder_to_lowercase(sb: *mut ckws_string_builder) -> Bool {
    call_unit(sb, "ToLowercase", |sb, _| sb.to_lowercase())
}

/// ToUppercase: makes all letters capital, of every script; a sharp s becomes SS. Returns false, and changes
/// nothing, when memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_string_builder_to_uppercase(sb: *mut ckws_string_builder) -> Bool {
    call_unit(sb, "ToUppercase", |sb, _| sb.to_uppercase())
}

/// Trim: removes white space (of Unicode, line breaks among it) at both ends. Returns false, and changes nothing,
/// when memory runs out. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn ckws_string_builder_trim(sb: *mut ckws_string_builder) -> Bool {
    call_unit(sb, "Trim", |sb, _| sb.trim())
}

/// WriteFile: writes the text as a file in a charset (see ckws_bin_data), after its byte order mark if `emit_bom`
/// and it has one (UTF-8 and UTF-16). All or nothing, as ckws_bin_data_write_file.
///
/// Returns false if the charset is not known or lacks a character of the text (the error text names it), or the file
/// cannot be written. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ckws_string_builder_write_file(
    sb: *mut ckws_string_builder,
    path: *const c_char,
    charset: *const c_char,
    emit_bom: Bool,
) -> Bool {
    // SAFETY: the caller promises NULL or NUL-terminated strings.
    let (path, charset) = unsafe { (args::text(path, "path"), args::text(charset, "charset")) };
    call_unit(sb, "WriteFile", |sb, _| sb.write_file(path?, charset?, emit_bom.is_true()))
}
