//! What C passes by pointer, checked; the only place that reads or writes the caller's memory.
//!
//! Pointers are read before the call can wait, and none is kept after it.

use crate::base::growth::copy_of_text;
use crate::base::{ErrorCode, Fault, Result};
use std::ffi::{CStr, c_char};

/// A string argument: UTF-8, NUL-terminated.
///
/// # Safety
/// `pointer` is NULL or points to a NUL-terminated string that stays as it is for `'a`.
pub unsafe fn text<'a>(pointer: *const c_char, name: &'static str) -> Result<&'a str> {
    if pointer.is_null() {
        return Err(Fault::new(ErrorCode::NullArgument, format!("The argument {name} is NULL.")));
    }
    // SAFETY: not NULL, so the caller promises a NUL-terminated string.
    unsafe { CStr::from_ptr(pointer) }.to_str().map_err(|error| {
        let text = format!("The argument {name} is not valid UTF-8 (at byte {}).", error.valid_up_to());
        Fault::new(ErrorCode::InvalidUtf8, text)
    })
}

/// A string argument for which NULL means the empty string.
///
/// # Safety
/// As for [`text`].
pub unsafe fn optional_text<'a>(pointer: *const c_char, name: &'static str) -> Result<&'a str> {
    if pointer.is_null() {
        return Ok("");
    }
    // SAFETY: passed on from the caller.
    unsafe { text(pointer, name) }
}

/// Copies a string argument that is kept beyond the call.
pub fn copy(text: &str) -> Result<String> {
    copy_of_text(text)
}

/// Bytes: a pointer and a length; NULL only with 0.
///
/// # Safety
/// `data` is NULL or points to `len` readable bytes that stay as they are for `'a`.
pub unsafe fn bytes<'a>(data: *const u8, len: usize, name: &'static str) -> Result<&'a [u8]> {
    if len > isize::MAX.unsigned_abs() {
        let text = format!("The length of {name} is larger than PTRDIFF_MAX.");
        return Err(Fault::new(ErrorCode::LengthTooLarge, text));
    }
    if data.is_null() {
        return match len {
            0 => Ok(&[]),
            _ => Err(Fault::new(
                ErrorCode::NullArgument,
                format!("The argument {name} is NULL, its length is not 0."),
            )),
        };
    }
    // SAFETY: not NULL and not too long, so the caller promises `len` readable bytes.
    Ok(unsafe { std::slice::from_raw_parts(data, len) })
}

/// Text with a length: UTF-8, which may hold NULs; NULL only with 0.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn utf8<'a>(data: *const c_char, len: usize, name: &'static str) -> Result<&'a str> {
    // SAFETY: passed on from the caller.
    let bytes = unsafe { bytes(data.cast(), len, name) }?;
    simdutf8::compat::from_utf8(bytes).map_err(|error| {
        let text = format!("The argument {name} is not valid UTF-8 (at byte {}).", error.valid_up_to());
        Fault::new(ErrorCode::InvalidUtf8, text)
    })
}

/// A pointer to write a result to; NULL is refused.
pub fn out<T>(pointer: *mut T, name: &'static str) -> Result<OutPtr<T>> {
    if pointer.is_null() {
        return Err(Fault::new(ErrorCode::NullArgument, format!("The argument {name} is NULL.")));
    }
    Ok(OutPtr(pointer))
}

/// A pointer that a result is written to; never NULL.
pub struct OutPtr<T>(*mut T);

impl<T> OutPtr<T> {
    /// Writes the result.
    ///
    /// # Safety
    /// The pointer is valid for writing a T.
    pub unsafe fn write(self, value: T) {
        // SAFETY: not NULL, and the caller promises the rest.
        unsafe { self.0.write(value) };
    }
}

/// Writes a result unless the pointer is NULL.
///
/// # Safety
/// `pointer` is NULL or valid for writing a T.
pub unsafe fn write_if_given<T>(pointer: *mut T, value: T) {
    if !pointer.is_null() {
        // SAFETY: not NULL, and the caller promises the rest.
        unsafe { pointer.write(value) };
    }
}

/// Returns bytes by pointer and writes their length to `len`; after a failure NULL and 0.
///
/// # Safety
/// `len`, of which the OutPtr in `bytes` was made, is NULL or valid for writing.
pub unsafe fn return_bytes(bytes: Option<(OutPtr<usize>, (*const u8, usize))>, len: *mut usize) -> *const u8 {
    // SAFETY: the caller promises that what is not NULL is valid for writing.
    unsafe {
        match bytes {
            Some((out, (pointer, count))) => {
                out.write(count);
                pointer
            }
            None => {
                write_if_given(len, 0);
                std::ptr::null()
            }
        }
    }
}

/// Copies as much of `text` as fits into `buffer`, NUL-terminated. Returns the length of all of it, without the NUL.
///
/// # Safety
/// `buffer` is NULL or points to `capacity` writable bytes.
pub unsafe fn copy_out(text: &str, buffer: *mut c_char, capacity: usize) -> usize {
    let room = capacity.min(isize::MAX.unsigned_abs()).saturating_sub(1);
    if !buffer.is_null() && capacity > 0 {
        let part = crate::base::utf8::prefix(text, room);
        // SAFETY: the buffer has `capacity` bytes, of which the part and its NUL take at most that many.
        unsafe {
            buffer.cast::<u8>().copy_from_nonoverlapping(part.as_ptr(), part.len());
            buffer.add(part.len()).write(0);
        }
    }
    text.len()
}
