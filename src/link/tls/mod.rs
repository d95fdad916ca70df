//! TLS 1.2 and 1.3 over the link below, by rustls with ring. The only folder that names rustls.
//!
//! Buffered: rustls keeps what was received and what is to be sent. Neither grows without bound: plaintext is taken
//! before more ciphertext is read, and rustls limits what it keeps for sending. Polling the descriptor does not report
//! bytes that rustls holds, so `try_read` returns `WouldBlock` only when nothing is left inside. rustls may have
//! something to send while the caller only reads, which `Link::readiness` adds.

mod certificate;
mod choices;
mod config;
mod der;
mod facts;
mod fault;
mod identity;
mod pem;
mod pins;
mod refusal;
mod roots;
mod signatures;
mod verifier;

pub use choices::TlsChoices;
pub use config::TlsSettings;
pub use facts::TlsFacts;
pub use identity::ClientIdentity;

use super::{Link, ReadBuf, StallLimits, TryError, TryResult};
use crate::base::{ErrorCode, Fault, Result};
use crate::engine::{Op, Readiness, Waited};
use crate::sys::blocks;
use crate::sys::source::Source;
use fault::{Stage, tls_fault, transport_fault};
use rustls::ClientConnection;
use std::io::{self, BufRead, IoSlice, Write};

/// A server that TLS is spoken with.
#[derive(Clone, Copy, Debug)]
pub struct TlsServer<'a> {
    /// Host name or IP address, without brackets.
    pub host: &'a str,
    /// TCP port.
    pub port: u16,
    /// What names the proxies on the way, or the Unix domain socket, and who we are to them; empty for none.
    pub way: &'a str,
}

/// TLS as a [`Link`].
pub struct Tls {
    session: ClientConnection,
    /// A block while it holds records that are not opened yet, else no memory.
    ciphertext: Vec<u8>,
    opened: usize,
    /// Bytes that are decrypted and not read yet.
    plaintext: usize,
    /// A failure after bytes that are decrypted: they are read first.
    failed: Option<Fault>,
    /// How many bytes of TLS have passed in both directions.
    moved: u64,
    below: Box<dyn Link>,
}

impl Tls {
    /// Does the handshake over `below` with the server at that host and port, and verifies it as `settings` ask.
    pub async fn connect(
        op: &mut Op<'_>,
        below: Box<dyn Link>,
        server: TlsServer<'_>,
        settings: &TlsSettings,
        stalls: StallLimits,
    ) -> Result<Self> {
        let name = settings.name_of(server.host)?;
        let config = settings.client_config(&mut op.log, server)?;
        let session =
            ClientConnection::new(config, name).map_err(|error| tls_fault(&error, Stage::Negotiation))?;
        let mut tls =
            Self { session, ciphertext: Vec::new(), opened: 0, plaintext: 0, failed: None, moved: 0, below };
        let mut timer = stalls.timer();
        while !tls.try_handshake()? {
            let readiness = tls.readiness(tls.session.wants_read(), false);
            let until = timer.deadline(tls.wants_write(), tls.moved);
            if op.ready(readiness, until).await? == Waited::TimedOut {
                return Err(Fault::new(
                    ErrorCode::TlsTimeout,
                    "The TLS handshake took longer than the time-out.",
                ));
            }
        }
        tls.log_facts(op);
        Ok(tls)
    }

    /// Returns what the handshake has agreed on.
    pub fn facts(&self) -> Option<TlsFacts> {
        TlsFacts::of(&self.session)
    }

    /// One step of the handshake; true once it is complete and our last flight has left.
    fn try_handshake(&mut self) -> Result<bool> {
        let outcome = self.handshake_step();
        match outcome {
            Ok(done) => Ok(done),
            Err(TryError::WouldBlock) => Ok(false),
            Err(TryError::Failed(fault)) => {
                // Tell the server why (an alert is waiting inside rustls), if that needs no wait.
                let _ = self.try_flush();
                Err(self.last_words(fault))
            }
        }
    }

    /// A server that refuses may close while we are still writing; its alert then lies unread and says more than
    /// the write that failed.
    fn last_words(&mut self, fault: Fault) -> Fault {
        if fault.code() != ErrorCode::ConnectionReset {
            return fault;
        }
        loop {
            match self.fill() {
                Ok(1..) => {}
                Err(TryError::Failed(alert)) if alert.code() == ErrorCode::TlsAlert => return alert,
                _ => return fault,
            }
        }
    }

    fn handshake_step(&mut self) -> TryResult<bool> {
        while self.session.is_handshaking() {
            self.try_flush()?;
            if self.session.is_handshaking() && self.fill()? == 0 {
                let text = "The server ended the stream during the TLS handshake. Does the port speak TLS?";
                return Err(Fault::new(ErrorCode::TlsClosed, text).into());
            }
        }
        self.try_flush().map(|()| true)
    }

    fn log_facts(&self, op: &mut Op<'_>) {
        if let Some(version) = self.session.protocol_version().and_then(|version| version.as_str()) {
            op.log.fact("tlsVersion", version);
        }
        if let Some(suite) = self.session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()) {
            op.log.fact("tlsCipherSuite", suite);
        }
    }

    /// Opens the next records, reading ciphertext first if none is left; 0 is the end of the stream below.
    fn fill(&mut self) -> TryResult<usize> {
        if let Some(fault) = self.failed.take() {
            return Err(fault.into());
        }
        if self.opened == self.ciphertext.len() {
            self.opened = 0;
            self.ciphertext = blocks::take();
            let outcome = self.below.try_read(&mut ReadBuf::new(&mut self.ciphertext, blocks::BLOCK_SIZE));
            if !matches!(outcome, Ok(1..)) {
                blocks::give(std::mem::take(&mut self.ciphertext));
            }
            outcome?;
        }
        let mut unopened = self.ciphertext.get(self.opened..).unwrap_or_default();
        // At the end of the stream the slice is empty, which is how rustls learns of it.
        let taken = self.session.read_tls(&mut unopened).map_err(|error| transport_fault(&error))?;
        self.opened += taken;
        self.moved += taken as u64;
        if self.opened == self.ciphertext.len() {
            self.opened = 0;
            blocks::give(std::mem::take(&mut self.ciphertext));
        }
        self.open_records()?;
        Ok(taken)
    }

    /// Decrypts what rustls has read. A fault waits until what was decrypted before it is read.
    fn open_records(&mut self) -> Result<()> {
        match self.session.process_new_packets() {
            Ok(state) => self.plaintext = state.plaintext_bytes_to_read(),
            Err(error) => {
                let fault = tls_fault(&error, Stage::of(&self.session));
                if !self.session.reader().fill_buf().is_ok_and(|record| !record.is_empty()) {
                    return Err(fault);
                }
                self.failed = Some(fault);
            }
        }
        Ok(())
    }
}

/// Returns the error that a layer below reported through [`io::Error`], which cannot carry it.
fn try_error(failed: Option<Fault>, error: &io::Error) -> TryError {
    match failed {
        Some(fault) => TryError::Failed(fault),
        None if error.kind() == io::ErrorKind::WouldBlock => TryError::WouldBlock,
        None => TryError::Failed(transport_fault(error)),
    }
}

impl Link for Tls {
    fn try_read(&mut self, buf: &mut ReadBuf<'_>) -> TryResult<usize> {
        if buf.remaining() == 0 {
            return Err(Fault::new(ErrorCode::Internal, "A read without room for a byte.").into());
        }
        let mut ciphertext = 0;
        loop {
            let mut opened = self.session.reader();
            match opened.fill_buf() {
                Ok(record) => {
                    let taken = buf.append(record);
                    opened.consume(taken);
                    self.plaintext = self.plaintext.saturating_sub(taken);
                    return Ok(taken);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    // Records without plaintext (session tickets) must not hold the caller, who cannot notice an abort
                    // here. With no block open the kernel has the next byte, as WouldBlock promises.
                    if ciphertext >= blocks::BLOCK_SIZE
                        && self.ciphertext.is_empty()
                        && !self.below.has_buffered()
                    {
                        return Err(TryError::WouldBlock);
                    }
                    ciphertext += self.fill()?;
                }
                Err(error) => return Err(TryError::Failed(transport_fault(&error))),
            }
        }
    }

    fn try_write(&mut self, bytes: &[u8]) -> TryResult<usize> {
        let taken =
            self.session.writer().write(bytes).map_err(|error| TryError::Failed(transport_fault(&error)))?;
        match self.try_flush() {
            Err(TryError::WouldBlock) if taken > 0 => Ok(taken),
            Err(error) => Err(error),
            Ok(()) => Ok(taken),
        }
    }

    fn try_flush(&mut self) -> TryResult<()> {
        while self.session.wants_write() {
            let mut below = Below { link: self.below.as_mut(), failed: None };
            let outcome = self.session.write_tls(&mut below);
            let failed = below.failed.take();
            self.moved += outcome.map_err(|error| try_error(failed, &error))? as u64;
        }
        self.below.try_flush()
    }

    fn has_buffered(&self) -> bool {
        self.plaintext > 0
            || self.failed.is_some()
            || !self.ciphertext.is_empty()
            || self.below.has_buffered()
    }

    fn wants_write(&self) -> bool {
        self.session.wants_write() || self.below.wants_write()
    }

    fn try_finish(&mut self) -> TryResult<()> {
        self.session.send_close_notify();
        self.try_flush()?;
        self.below.try_finish()
    }

    fn shutdown(&self) {
        self.below.shutdown();
    }

    fn readiness(&self, read: bool, write: bool) -> Readiness {
        self.below.readiness(read, write || self.wants_write())
    }

    fn source(&self) -> Option<&Source> {
        self.below.source()
    }
}

/// The layer below as std's Write, which rustls asks for; a fault is kept aside.
struct Below<'a> {
    link: &'a mut dyn Link,
    failed: Option<Fault>,
}

impl Write for Below<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_vectored(&[IoSlice::new(bytes)])
    }

    /// One piece a record: all of them leave with one system call.
    fn write_vectored(&mut self, records: &[IoSlice<'_>]) -> io::Result<usize> {
        self.link.try_write_vectored(records).map_err(|error| match error {
            TryError::WouldBlock => io::ErrorKind::WouldBlock.into(),
            TryError::Failed(fault) => {
                self.failed = Some(fault);
                io::ErrorKind::Other.into()
            }
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
