//! `ckws_version`, `ckws_global_*`: what belongs to no object.

use super::boolean::Bool;
use super::constants::CKWS_VERSION_NUMBER;
use super::{callbacks, handle, strings};
use crate::base::ErrorCode;
use crate::engine::{reactor, resolver};
use crate::object::callbacks::is_inside;
use crate::object::log_callback;
use crate::sys::panic::catch;
use std::ffi::{CStr, c_char, c_int, c_void};

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

/// What this build of the library can do, as words in alphabetical order with commas between them: "alpn" (the protocols
/// that a TLS connection offers), "client-certificates", "http" (ckws_rest), "http-proxy", "key-log" (TLS keys for an analyser), "pins"
/// (public keys that are accepted), "socks" (SOCKS proxies), "tasks", "tls1.2", "tls1.3", "ws" and "wss". A later version adds words; a program
/// compares whole ones. A constant string, valid for ever. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_global_features() -> *const c_char {
    strings::constant(FEATURES)
}

const FEATURES: &CStr =
    c"alpn,client-certificates,http,http-proxy,key-log,pins,socks,tasks,tls1.2,tls1.3,ws,wss";

/// Sets a callback that gets the call log of each call of the process, on any handle, as it ends. `level` says of what:
///
/// - 0: nothing; removes the callback, as NULL does.
/// - 1: calls that have failed, and refused sets, also on a handle that is not alive. Not calls that fail with CKWS_ERROR_WOULD_BLOCK.
/// - 2: all calls of methods; those of getters and setters have no log.
/// - 3: the same, with the detail of VerboseLogging, which LastErrorText then has, too.
/// - 4: also each frame, in one line: direction, opcode, whether it is the last of its message, length, and the first 32
///   bytes of the payload, escaped as in C. They come before the call waits, and at its end.
///
/// A negative level is taken as 0, one above 4 as 4. The callback gets the lowest level at which the text is reported
/// (1, 2 or 4), and the text, which ends with a newline and is valid until the callback returns: that of LastErrorText,
/// or the line of a frame.
///
/// It is called on the thread that makes the call, for a task on the thread that calls TaskCompleted, and before that;
/// by several threads at once. No lock is held, so it may call every function; the calls that it makes are not reported.
/// After fork a child has no log callback. Passwords, Authorization fields and keys are in no log; the line of a frame
/// shows what the program sends and receives.
///
/// When this returns, the callback before has ended on all threads and does not begin again (inside a callback it does
/// not wait for that).
///
/// The environment variable CKWS_LOG, from 1 to 4, writes the same to standard error, whatever the program sets here. It is
/// read once, and ignored in a set-user-ID program. Since 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn ckws_global_set_log_callback(
    level: c_int,
    callback: Option<unsafe extern "C-unwind" fn(level: c_int, text: *const c_char, user_data: *mut c_void)>,
    user_data: *mut c_void,
) {
    let level = u8::try_from(level.max(0)).unwrap_or(u8::MAX);
    let _ = catch(|| log_callback::set(level, callbacks::log_callback(callback, user_data)));
}

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
