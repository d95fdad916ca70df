//! A small WebSocket echo server for the demo and for tests outside cargo, on an implementation that is not ours.
//!
//! `echo_server CA_FILE` listens on free loopback ports, plain and with TLS, and prints its three addresses, one
//! per line: ws, wss, and wss under an address that the certificate is not for. The certificate is signed by an
//! authority made on the spot, which goes to CA_FILE as PEM. The server ends when its stdin closes.

mod server;

use std::io::{self, Write};
use std::path::PathBuf;

fn main() -> io::Result<()> {
    let Some(ca_file) = std::env::args_os().nth(1) else {
        eprintln!("usage: echo_server CA_FILE");
        std::process::exit(2);
    };
    let echo = server::Echo::start_with_ca_file(PathBuf::from(ca_file));
    let mut stdout = io::stdout();
    writeln!(stdout, "{}\n{}\n{}", echo.ws_url, echo.wss_url, echo.wss_other_host_url)?;
    stdout.flush()?;
    // Whoever started us holds our stdin open; when it goes away, however it ends, so do we.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
