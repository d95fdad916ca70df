//! Strings that are returned to C: valid until ten more are returned by the same handle, or until it is disposed.

use crate::base::{Locked, Result};
use std::ffi::{CStr, c_char};

const PLACES: usize = 10;

/// A larger string has a place of its own, so that one of them does not keep ten.
const LARGE: usize = 64 * 1024;

/// The returned strings of a handle that are valid. Most handles return none, and there may be many thousands of them.
#[derive(Debug, Default)]
pub struct StringRing(Locked<Option<Box<Ring>>>);

#[derive(Debug, Default)]
struct Ring {
    places: [Vec<u8>; PLACES],
    large: Vec<u8>,
}

impl StringRing {
    /// Keeps `text` and returns a pointer to it. A NUL inside ends the string for C; functions for data that may hold one
    /// return a length, too.
    pub fn keep(&self, text: String) -> *const c_char {
        if text.is_empty() {
            return empty();
        }
        let mut bytes = text.into_bytes();
        bytes.push(0);
        let mut ring = self.0.lock();
        let ring = ring.get_or_insert_default();
        let place = if bytes.len() > LARGE {
            &mut ring.large
        } else {
            ring.places.rotate_left(1);
            let [.., last] = &mut ring.places;
            last
        };
        *place = bytes;
        place.as_ptr().cast()
    }
}

/// Text with room for the NUL of [`StringRing::keep`], which cannot fail.
pub fn with_room(mut text: String) -> Result<String> {
    text.try_reserve_exact(1)?;
    Ok(text)
}

/// The empty string, which takes no place.
pub fn empty() -> *const c_char {
    c"".as_ptr()
}

/// A constant string, which takes no place.
pub fn constant(text: &'static CStr) -> *const c_char {
    text.as_ptr()
}

/// The library's version.
pub fn version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pointer: *const c_char) -> String {
        // SAFETY: the pointer was returned by a ring that is alive, fewer than ten strings ago.
        unsafe { CStr::from_ptr(pointer) }.to_str().unwrap().to_owned()
    }

    #[test]
    fn ten_strings_are_valid_at_once() {
        let ring = StringRing::default();
        let pointers: Vec<_> = (0..10).map(|number| ring.keep(format!("string {number}"))).collect();
        for (number, pointer) in pointers.into_iter().enumerate() {
            assert_eq!(read(pointer), format!("string {number}"));
        }
    }

    #[test]
    fn constant_and_large_strings_take_no_place_in_the_ring() {
        let ring = StringRing::default();
        let first = ring.keep("first".to_owned());
        for _ in 0..20 {
            ring.keep(String::new());
            ring.keep("x".repeat(LARGE));
        }
        assert_eq!(read(first), "first");
    }
}
