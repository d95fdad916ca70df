//! The properties of a Socket.

use super::Socket;
use crate::base::Result;
use crate::base::growth::copy_of_text;
use crate::link::Facts;
use crate::object::Client;
use crate::object::object_base::timeout_ms;
use std::net::SocketAddr;
use std::sync::atomic::Ordering;

impl Socket {
    /// Returns its callbacks and connect settings.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// AbortCurrent.
    pub fn abort_current(&self) -> bool {
        self.abort_current.load(Ordering::Acquire)
    }

    /// Sets AbortCurrent: true ends the calls that run, which set it back to false.
    pub fn set_abort_current(&self, value: bool) {
        self.abort_current.store(value, Ordering::Release);
        if value {
            self.aborts.cancel();
        }
    }

    /// MaxReadIdleMs.
    pub fn max_read_idle_ms(&self) -> u32 {
        self.client.transport(|transport| transport.stalls.read_ms)
    }

    /// Sets MaxReadIdleMs.
    pub fn set_max_read_idle_ms(&self, value: i32) -> Result<()> {
        let milliseconds = timeout_ms(value)?;
        self.client.change_transport(|transport| transport.stalls.read_ms = milliseconds);
        Ok(())
    }

    /// MaxSendIdleMs.
    pub fn max_send_idle_ms(&self) -> u32 {
        self.client.transport(|transport| transport.stalls.send_ms)
    }

    /// Sets MaxSendIdleMs.
    pub fn set_max_send_idle_ms(&self, value: i32) -> Result<()> {
        let milliseconds = timeout_ms(value)?;
        self.client.change_transport(|transport| transport.stalls.send_ms = milliseconds);
        Ok(())
    }

    /// Ssl.
    pub fn tls(&self) -> bool {
        self.tls.load(Ordering::Relaxed)
    }

    /// Sets Ssl.
    pub fn set_tls(&self, value: bool) {
        self.tls.store(value, Ordering::Relaxed);
    }

    /// UserData.
    pub fn user_data(&self) -> Result<String> {
        copy_of_text(&self.user_data.lock())
    }

    /// Sets UserData.
    pub fn set_user_data(&self, value: &str) -> Result<()> {
        *self.user_data.lock() = copy_of_text(value)?;
        Ok(())
    }

    /// Returns our address and port of the latest connection.
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.fact(|facts| facts.local)
    }

    /// Returns the peer's address and port of the latest connection.
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.fact(|facts| facts.peer)
    }

    /// TlsVersion of the latest connection; empty without TLS.
    pub fn tls_version(&self) -> &'static str {
        self.fact(|facts| facts.tls.map(|tls| tls.version)).unwrap_or_default()
    }

    /// TlsCipherSuite of the latest connection, by its IANA name; empty without TLS.
    pub fn tls_cipher_suite(&self) -> String {
        self.fact(|facts| facts.tls.map(|tls| tls.cipher_suite())).unwrap_or_default()
    }

    fn fact<T>(&self, look: impl FnOnce(&Facts) -> Option<T>) -> Option<T> {
        self.facts.lock().as_ref().and_then(look)
    }
}
