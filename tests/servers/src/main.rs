//! The servers of this package as a program, for the demo, the examples and tests outside cargo.
//!
//! | addresses | server |
//! | --- | --- |
//! | ws and wss; and wss under an address that the certificate is not for | `echo.rs` |
//! | ws and wss | `ticks.rs` |
//!
//! `echo_server CA_FILE` listens on free loopback ports, prints these five addresses, one per line, and ends when its
//! stdin is closed. `echo_server CA_FILE PORT PORT PORT PORT` listens on these ports (0 is any that is free; the address
//! with the wrong certificate has no fixed one), prints for people what is where, and runs until a signal ends it.
//!
//! The certificate is signed by an authority made on the spot, which goes to CA_FILE as PEM.

#![allow(unsafe_code, reason = "two system calls that std does not offer; each block argues why it holds")]

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use ckws_test_servers::{Echo, Ticks, Tls};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let ca_path = arguments.next().map(PathBuf::from);
    let ports: Result<Vec<u16>, _> = arguments.map(|argument| argument.parse()).collect();
    let result = match (ca_path, ports.as_deref()) {
        (Some(ca_path), Ok([])) => run_for_a_program(&ca_path),
        (Some(ca_path), Ok(&[ws, wss, tick_ws, tick_wss])) => {
            run_for_people(&ca_path, [ws, wss], [tick_ws, tick_wss])
        }
        _ => {
            eprintln!("usage: echo_server CA_FILE [PORT PORT PORT PORT]");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("echo_server: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run_for_a_program(ca_path: &Path) -> io::Result<()> {
    let (echo, ticks) = start(ca_path, [0, 0], [0, 0])?;
    let mut stdout = io::stdout();
    for url in [&echo.ws_url, &echo.wss_url, &echo.wss_other_host_url, &ticks.ws_url, &ticks.wss_url] {
        writeln!(stdout, "{url}")?;
    }
    stdout.flush()?;
    // The program that started us holds our stdin open; when it ends, so do we.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}

fn run_for_people(ca_path: &Path, ports: [u16; 2], tick_ports: [u16; 2]) -> io::Result<()> {
    let (echo, ticks) = start(ca_path, ports, tick_ports)?;
    let mut stdout = io::stdout();
    writeln!(stdout, "{}  echoes", echo.ws_url)?;
    writeln!(stdout, "{}  echoes, with TLS: trust {}", echo.wss_url, ca_path.display())?;
    writeln!(stdout, "{}  the server of examples-c/ten_thousand.c", ticks.ws_url)?;
    writeln!(stdout, "{}  the same with TLS", ticks.wss_url)?;
    writeln!(stdout, "Ctrl-C ends it.")?;
    stdout.flush()?;
    loop {
        thread::park();
    }
}

fn start(ca_path: &Path, ports: [u16; 2], tick_ports: [u16; 2]) -> io::Result<(Echo, Ticks)> {
    raise_descriptor_limit()?;
    let tls = Tls::new(ca_path.to_owned());
    let servers = (Echo::start_on(&tls, ports)?, Ticks::start_on(&tls, tick_ports)?);
    tls.write_ca()?;
    Ok(servers)
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
