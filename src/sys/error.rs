//! Errors of the system in plain English, with the name that programmers look up.
//!
//! strerror and gai_strerror answer in the language and the charset of the program's locale; a log is often read on
//! another machine.

use std::io;

/// Describes an error, to follow a colon: "connection refused (ECONNREFUSED)".
pub fn describe(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => describe_number(number),
        // An error of std's own, whose text is English.
        None => error.to_string(),
    }
}

/// Returns what a failed getaddrinfo says: one of its own numbers, or that of a system call (EAI_SYSTEM).
pub fn describe_lookup(code: i32, system: &io::Error) -> String {
    if code == libc::EAI_SYSTEM {
        return describe(system);
    }
    match LOOKUPS.iter().find(|(known, ..)| *known == code) {
        Some((_, name, meaning)) => format!("{meaning} ({name})"),
        None => format!("error {code} of getaddrinfo"),
    }
}

/// Describes the error of that number.
pub(super) fn describe_number(number: i32) -> String {
    match ERRORS.iter().find(|(known, ..)| *known == number) {
        Some((_, name, meaning)) => format!("{meaning} ({name})"),
        None => format!("error {number} of the system"),
    }
}

/// Number, name and meaning of what sockets, files and threads fail with.
const ERRORS: [(i32, &str, &str); 43] = [
    (libc::EPERM, "EPERM", "operation not permitted"),
    (libc::ENOENT, "ENOENT", "no such file or directory"),
    (libc::EINTR, "EINTR", "interrupted by a signal"),
    (libc::EIO, "EIO", "input/output error"),
    (libc::ENXIO, "ENXIO", "no such device or address"),
    (libc::EBADF, "EBADF", "bad file descriptor"),
    (libc::EAGAIN, "EAGAIN", "resource temporarily unavailable"),
    (libc::ENOMEM, "ENOMEM", "out of memory"),
    (libc::EACCES, "EACCES", "permission denied"),
    (libc::EFAULT, "EFAULT", "bad address"),
    (libc::EBUSY, "EBUSY", "device or resource busy"),
    (libc::EEXIST, "EEXIST", "file exists already"),
    (libc::EXDEV, "EXDEV", "link across file systems"),
    (libc::ENODEV, "ENODEV", "no such device"),
    (libc::ENOTDIR, "ENOTDIR", "not a directory"),
    (libc::EISDIR, "EISDIR", "is a directory"),
    (libc::EINVAL, "EINVAL", "invalid argument"),
    (libc::ENFILE, "ENFILE", "too many open files in the system"),
    (libc::EMFILE, "EMFILE", "too many open files in the process"),
    (libc::ETXTBSY, "ETXTBSY", "program file is running"),
    (libc::EFBIG, "EFBIG", "file too large"),
    (libc::ENOSPC, "ENOSPC", "no space left on the device"),
    (libc::EROFS, "EROFS", "read-only file system"),
    (libc::EPIPE, "EPIPE", "broken pipe"),
    (libc::ENAMETOOLONG, "ENAMETOOLONG", "name too long"),
    (libc::ELOOP, "ELOOP", "too many symbolic links"),
    (libc::EPROTO, "EPROTO", "protocol error"),
    (libc::EOPNOTSUPP, "EOPNOTSUPP", "operation not supported"),
    (libc::EAFNOSUPPORT, "EAFNOSUPPORT", "address family not supported"),
    (libc::EADDRINUSE, "EADDRINUSE", "address in use already"),
    (libc::EADDRNOTAVAIL, "EADDRNOTAVAIL", "address not available"),
    (libc::ENETDOWN, "ENETDOWN", "network is down"),
    (libc::ENETUNREACH, "ENETUNREACH", "network unreachable"),
    (libc::ENETRESET, "ENETRESET", "connection reset by the network"),
    (libc::ECONNABORTED, "ECONNABORTED", "connection aborted"),
    (libc::ECONNRESET, "ECONNRESET", "connection reset"),
    (libc::ENOBUFS, "ENOBUFS", "no buffer space available"),
    (libc::ENOTCONN, "ENOTCONN", "not connected"),
    (libc::ETIMEDOUT, "ETIMEDOUT", "timed out"),
    (libc::ECONNREFUSED, "ECONNREFUSED", "connection refused"),
    (libc::EHOSTDOWN, "EHOSTDOWN", "host is down"),
    (libc::EHOSTUNREACH, "EHOSTUNREACH", "no route to the host"),
    (libc::EDQUOT, "EDQUOT", "disk quota exceeded"),
];

/// Number, name and meaning of what a name lookup fails with.
const LOOKUPS: [(i32, &str, &str); 10] = [
    (libc::EAI_NONAME, "EAI_NONAME", "name not known"),
    (libc::EAI_NODATA, "EAI_NODATA", "name has no address"),
    (libc::EAI_AGAIN, "EAI_AGAIN", "temporary failure of the name server"),
    (libc::EAI_FAIL, "EAI_FAIL", "permanent failure of the name server"),
    (libc::EAI_FAMILY, "EAI_FAMILY", "address family not supported"),
    (libc::EAI_SOCKTYPE, "EAI_SOCKTYPE", "socket type not supported"),
    (libc::EAI_SERVICE, "EAI_SERVICE", "port not known"),
    (libc::EAI_BADFLAGS, "EAI_BADFLAGS", "invalid flags"),
    (libc::EAI_MEMORY, "EAI_MEMORY", "out of memory"),
    (libc::EAI_OVERFLOW, "EAI_OVERFLOW", "name too long"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_words_and_a_name() {
        let of = |number| describe(&io::Error::from_raw_os_error(number));
        assert_eq!(of(libc::ECONNREFUSED), "connection refused (ECONNREFUSED)");
        assert_eq!(of(libc::EMFILE), "too many open files in the process (EMFILE)");
        assert_eq!(of(9999), "error 9999 of the system");
        assert_eq!(describe(&io::Error::other("it is not a regular file")), "it is not a regular file");
    }

    #[test]
    fn failed_lookups_have_words_and_a_name() {
        let system = io::Error::from_raw_os_error(libc::ENOMEM);
        assert_eq!(describe_lookup(libc::EAI_NONAME, &system), "name not known (EAI_NONAME)");
        assert_eq!(describe_lookup(libc::EAI_SYSTEM, &system), "out of memory (ENOMEM)");
        assert_eq!(describe_lookup(-77, &system), "error -77 of getaddrinfo");
    }

    #[test]
    fn every_number_stands_once() {
        for table in [ERRORS.as_slice(), LOOKUPS.as_slice()] {
            for (index, (number, name, _)) in table.iter().enumerate() {
                assert!(table[index + 1..].iter().all(|(other, ..)| other != number), "{name}");
            }
        }
    }
}
