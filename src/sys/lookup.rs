//! getaddrinfo, which blocks. std's own keeps of a failure only the text of the program's locale.

use super::error::describe_lookup;
use std::ffi::CString;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::{io, mem, ptr};

/// Returns the addresses of `host` for TCP, in the system's order of preference; or why there are none, in words.
pub fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let name = CString::new(host).map_err(|_| "the name holds a NUL".to_owned())?;
    // SAFETY: an addrinfo of zeros is valid: no flags, any family, null pointers.
    let mut hints: libc::addrinfo = unsafe { mem::zeroed() };
    hints.ai_socktype = libc::SOCK_STREAM;
    let mut first = ptr::null_mut();
    // SAFETY: the name is NUL-terminated, the hints are valid, and `first` is a place for a pointer; all live
    // through the call.
    let code = unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &raw const hints, &raw mut first) };
    if code != 0 {
        return Err(describe_lookup(code, &io::Error::last_os_error()));
    }
    let mut addresses = Vec::new();
    let mut next: *const libc::addrinfo = first;
    // SAFETY: getaddrinfo made a list that ends with NULL and lives until freeaddrinfo.
    while let Some(entry) = unsafe { next.as_ref() } {
        // SAFETY: as above: what an entry of that list points to is its address.
        addresses.extend(unsafe { address_of(entry, port) });
        next = entry.ai_next;
    }
    if !first.is_null() {
        // SAFETY: the list came from getaddrinfo, and no reference into it is left.
        unsafe { libc::freeaddrinfo(first) };
    }
    Ok(addresses)
}

/// Returns the address of an entry; none for a kind that is not known here.
///
/// # Safety
/// `entry` is of a list of getaddrinfo.
unsafe fn address_of(entry: &libc::addrinfo, port: u16) -> Option<SocketAddr> {
    let long_enough = |size: usize| usize::try_from(entry.ai_addrlen).is_ok_and(|length| length >= size);
    match entry.ai_family {
        libc::AF_INET if long_enough(size_of::<libc::sockaddr_in>()) => {
            // SAFETY: the family and the length say that it is a sockaddr_in.
            let address = unsafe { entry.ai_addr.cast::<libc::sockaddr_in>().read_unaligned() };
            let ip = Ipv4Addr::from(address.sin_addr.s_addr.to_ne_bytes());
            Some(SocketAddrV4::new(ip, port).into())
        }
        libc::AF_INET6 if long_enough(size_of::<libc::sockaddr_in6>()) => {
            // SAFETY: the family and the length say that it is a sockaddr_in6.
            let address = unsafe { entry.ai_addr.cast::<libc::sockaddr_in6>().read_unaligned() };
            let ip = Ipv6Addr::from(address.sin6_addr.s6_addr);
            Some(SocketAddrV6::new(ip, port, 0, address.sin6_scope_id).into())
        }
        _ => None,
    }
}
