//! `ckws_version`, `ckws_global_*`: what belongs to no object.

use super::constants::CKWS_VERSION_NUMBER;
use super::{handle, strings};
use std::ffi::{c_char, c_int};

/// The library's version, as "0.1.0". A constant string, valid for ever. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_version() -> *const c_char {
    strings::version()
}

/// The library's version as a number, to compare with CKWS_VERSION_NUMBER of the header: major * 1000000 +
/// minor * 1000 + patch. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_version_number() -> c_int {
    CKWS_VERSION_NUMBER
}

/// How many handles this process has created and not disposed: what leaks is found here, for leak checkers do
/// not see handles. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_global_live_handles() -> usize {
    handle::live()
}
