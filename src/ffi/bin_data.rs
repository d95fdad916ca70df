//! `ckws_bin_data_*`: bytes.

use super::boundary::{self, call, get};
use super::handle::ckws_bin_data;
use super::text;
use crate::object::BinData;
use std::ffi::{c_char, c_int};

/// Creates an empty BinData.
///
/// Returns the handle, which the caller disposes with ckws_bin_data_dispose; NULL when no handle is left (there
/// are a million). Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_bin_data_create() -> *mut ckws_bin_data {
    boundary::create()
}

/// Disposes the handle. What it has lent must not be used any more. NULL and a handle that is not alive are
/// ignored. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_bin_data_dispose(bd: *mut ckws_bin_data) {
    boundary::dispose(bd);
}

/// LastErrorText: the account of the calling thread's latest method on this handle, as
/// ckws_get_last_error_text.
///
/// Lent until ten more strings were returned by this handle, or its dispose. Never NULL. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_bin_data_get_last_error_text(bd: *mut ckws_bin_data) -> *const c_char {
    boundary::last_error_text(bd)
}

/// The failure of the calling thread's latest method as a number of enum ckws_error; CKWS_ERROR_NONE after
/// success, -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_bin_data_get_last_error_code(bd: *mut ckws_bin_data) -> c_int {
    boundary::last_error_code(bd)
}

/// LastMethodSuccess: whether the calling thread's latest method succeeded; true before the first. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_bin_data_get_last_method_success(bd: *mut ckws_bin_data) -> bool {
    boundary::last_method_success(bd)
}

/// Sets LastMethodSuccess, for the calling thread. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_bin_data_set_last_method_success(bd: *mut ckws_bin_data, value: bool) -> bool {
    boundary::set_last_method_success(bd, value)
}

/// NumBytes: how many bytes there are, up to INT_MAX; -1 if the handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_bin_data_get_num_bytes(bd: *mut ckws_bin_data) -> c_int {
    get(bd, -1, |bin_data| c_int::try_from(bin_data.len()).unwrap_or(c_int::MAX))
}

/// AppendBinary: appends a copy of `len` bytes. Returns false, with nothing changed, when memory runs out.
/// Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_bin_data_append_binary(
    bd: *mut ckws_bin_data,
    data: *const u8,
    len: usize,
) -> bool {
    // SAFETY: the caller promises `len` readable bytes.
    let data = unsafe { text::bytes(data, len, "data") };
    call(bd, "AppendBinary", false, |bin_data: &BinData, _| bin_data.append(data?).map(|()| true))
}

/// Clear: removes all bytes. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_bin_data_clear(bd: *mut ckws_bin_data) -> bool {
    call(bd, "Clear", false, |bin_data, _| {
        bin_data.clear();
        Ok(true)
    })
}

/// GetBytesPtr: the bytes themselves, lent until the next call that changes them, or the dispose.
///
/// Returns a pointer that is never NULL, also when `*len` is 0. NULL, with `*len` 0, when `len` is NULL or the
/// handle is not alive. Since 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ckws_bin_data_get_bytes(bd: *mut ckws_bin_data, len: *mut usize) -> *const u8 {
    let place = text::place(len, "len");
    let lent = call(bd, "GetBytesPtr", None, |bin_data, _| {
        let place = place?;
        Ok(Some((place, bin_data.lend())))
    });
    // SAFETY: the caller promises that what is not NULL is valid for writing.
    unsafe { text::put_lent(lent, len) }
}
