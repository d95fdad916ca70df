//! `ckws_version`, `ckws_global_*`: what belongs to no object.

use super::boolean::Bool;
use super::constants::CKWS_VERSION_NUMBER;
use super::{handle, strings};
use crate::base::ErrorCode;
use crate::engine::{reactor, resolver};
use crate::object::callbacks::is_inside;
use crate::sys::panic::catch;
use std::ffi::{CStr, c_char, c_int};

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

/// The name of an error number in this header, as "CKWS_ERROR_CERTIFICATE_SELF_SIGNED" for 514; "unknown" for any other
/// number. A constant string, valid for ever. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_global_error_name(code: c_int) -> *const c_char {
    strings::constant(ErrorCode::from_number(code).map_or(UNKNOWN, ErrorCode::name))
}

/// What an error number means and what to do about it, in one line; "unknown" for a number that is none. What happened
/// in a certain call is in ckws_get_last_error_message. A constant string, valid for ever. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_global_error_description(code: c_int) -> *const c_char {
    strings::constant(ErrorCode::from_number(code).map_or(UNKNOWN, ErrorCode::description))
}

const UNKNOWN: &CStr = c"unknown";

/// How many handles this process has created and not disposed: what leaks is found here, for leak checkers do
/// not see handles. Tasks that still run after their dispose are not among them. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_global_live_handles() -> usize {
    handle::live()
}

/// MaxThreads: how many threads for name lookups the program allows. Default 100; the library never has more than
/// eight of them, and one each that runs tasks and calls TaskCompleted. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_global_get_max_threads() -> c_int {
    c_int::try_from(resolver::max_threads()).unwrap_or(c_int::MAX)
}

/// Sets MaxThreads, from 1 to 500. Returns false for other numbers. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_global_set_max_threads(value: c_int) -> Bool {
    let allowed = usize::try_from(value).ok().filter(|value| (1..=500).contains(value));
    allowed.map(resolver::set_max_threads).is_some().into()
}

/// FinalizeThreadPool: ends the library's own threads, and waits for them. Tasks that are queued or running end as
/// canceled or aborted, and TaskCompleted is called for each. A program need not call it; it is for one whose
/// TaskCompleted must not be called while it shuts down, and for a fork without threads. A later ckws_task_run starts
/// the threads anew; one that is called before this returns is refused. A name lookup that the system has not answered
/// is not waited for.
///
/// Returns false, and does nothing, inside a callback. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_global_finalize_thread_pool() -> Bool {
    (!is_inside() && catch(reactor::finalize).is_ok()).into()
}
