//! A WebSocket server that holds many connections and sends to all of them, for examples-c/ten_thousand.c.
//!
//! `tick_server CA_FILE` listens on free loopback ports, plain and with TLS, and prints its two addresses, one per line:
//! ws and wss. The certificate is signed by an authority made on the spot, which goes to CA_FILE as PEM. The server ends
//! when its stdin closes.

#![allow(unsafe_code, reason = "two system calls that std does not offer; each block argues why it holds")]

#[path = "../echo_server/server.rs"]
mod echo;
mod server;

use std::io::{self, Write};
use std::path::PathBuf;

fn main() -> io::Result<()> {
    let Some(ca_file) = std::env::args_os().nth(1) else {
        eprintln!("usage: tick_server CA_FILE");
        std::process::exit(2);
    };
    raise_descriptor_limit()?;
    let ticks = server::Ticks::start_with_ca_file(PathBuf::from(ca_file));
    let mut stdout = io::stdout();
    writeln!(stdout, "{}\n{}", ticks.ws_url, ticks.wss_url)?;
    stdout.flush()?;
    // Whoever started us holds our stdin open; when it goes away, however it ends, so do we.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

/// As many descriptors as this process may have.
fn raise_descriptor_limit() -> io::Result<()> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to an rlimit that lives through the call.
    if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) } != 0 {
        return Err(io::Error::last_os_error());
    }
    limit.rlim_cur = limit.rlim_max;
    // SAFETY: as above.
    match unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
