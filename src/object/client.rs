//! What a WebSocket, a Rest and a Socket have in common: how they connect, how long they wait, their callbacks, and in which
//! order their tasks run.

use super::callbacks::Callbacks;
use super::files::pem_or_file;
use super::object_base::timeout_ms;
use super::run_order::RunOrder;
use super::task::PendingRun;
use crate::base::growth::copy_of_text;
use crate::base::utf8::excerpt;
use crate::base::{Deadline, ErrorCode, Fault, Locked, Result};
use crate::engine::Op;
use crate::http::Connection;
use crate::link::Exposure;
use crate::log::Log;
use crate::route::{Target, Transport, dial};
use once_cell::sync::OnceCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

const DEFAULT_IDLE_TIMEOUT_MS: u32 = 30_000;

/// The keyword that lifts the refusal of Basic authentication over clear text.
const INSECURE_BASIC: &str = "AllowInsecureBasicAuth";

/// How many keywords without effect a call log notes.
const MOST_NOTED: usize = 16;

/// The settings of an object that connects.
pub struct Client {
    /// Made when the first is set: most objects have none, and there may be many thousands of them.
    callbacks: OnceCell<Arc<Callbacks>>,
    /// Its tasks that were run.
    pub(super) run_order: RunOrder<PendingRun>,
    heartbeat_ms: AtomicU32,
    /// The heartbeat of the object that it got its connection from.
    inherited_heartbeat_ms: AtomicU32,
    idle_timeout_ms: AtomicU32,
    interruptible: AtomicBool,
    uncommon_options: Locked<String>,
    /// None for the defaults, as most objects have, of which there may be many thousands.
    transport: Locked<Option<Box<Transport>>>,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            callbacks: OnceCell::new(),
            run_order: RunOrder::default(),
            heartbeat_ms: AtomicU32::new(0),
            inherited_heartbeat_ms: AtomicU32::new(0),
            idle_timeout_ms: AtomicU32::new(DEFAULT_IDLE_TIMEOUT_MS),
            interruptible: AtomicBool::new(false),
            uncommon_options: Locked::default(),
            transport: Locked::default(),
        }
    }
}

impl Client {
    /// Returns the callbacks of its calls and tasks, if one was ever set.
    pub fn callbacks(&self) -> Option<&Arc<Callbacks>> {
        self.callbacks.get()
    }

    /// Returns the places of the callbacks, to set one.
    pub fn callbacks_to_set(&self) -> &Callbacks {
        self.callbacks.get_or_init(Arc::default)
    }

    /// HeartbeatMs; 0 for none.
    pub fn heartbeat_ms(&self) -> u32 {
        self.heartbeat_ms.load(Ordering::Relaxed)
    }

    /// Sets HeartbeatMs.
    pub fn set_heartbeat_ms(&self, value: i32) -> Result<()> {
        let milliseconds = u32::try_from(value).map_err(|_| {
            let text = format!("The heartbeat is 0 (none) or positive, not {value}.");
            Fault::new(ErrorCode::InvalidArgument, text)
        })?;
        self.heartbeat_ms.store(milliseconds, Ordering::Relaxed);
        Ok(())
    }

    /// Returns the heartbeat in effect: the object's own, else that of the object the connection came from.
    pub fn effective_heartbeat_ms(&self) -> u32 {
        match self.heartbeat_ms() {
            0 => self.inherited_heartbeat_ms.load(Ordering::Relaxed),
            own => own,
        }
    }

    /// Uses the heartbeat of `other` if it has none of its own.
    pub fn inherit_heartbeat(&self, other: &Self) {
        self.inherited_heartbeat_ms.store(other.effective_heartbeat_ms(), Ordering::Relaxed);
    }

    /// IdleTimeoutMs.
    pub fn idle_timeout_ms(&self) -> u32 {
        self.idle_timeout_ms.load(Ordering::Relaxed)
    }

    /// Sets IdleTimeoutMs.
    pub fn set_idle_timeout_ms(&self, value: i32) -> Result<()> {
        self.idle_timeout_ms.store(timeout_ms(value)?, Ordering::Relaxed);
        Ok(())
    }

    /// ConnectTimeoutMs.
    pub fn connect_timeout_ms(&self) -> u32 {
        self.transport(|transport| transport.connect_timeout_ms)
    }

    /// Sets ConnectTimeoutMs.
    pub fn set_connect_timeout_ms(&self, value: i32) -> Result<()> {
        let milliseconds = timeout_ms(value)?;
        self.change_transport(|transport| transport.connect_timeout_ms = milliseconds);
        Ok(())
    }

    /// Returns whether a signal handler of the program ends a wait.
    pub fn is_interruptible(&self) -> bool {
        self.interruptible.load(Ordering::Relaxed)
    }

    /// Sets [`Client::is_interruptible`].
    pub fn set_interruptible(&self, value: bool) {
        self.interruptible.store(value, Ordering::Relaxed);
    }

    /// UncommonOptions.
    pub fn uncommon_options(&self) -> Result<String> {
        copy_of_text(&self.uncommon_options.lock())
    }

    /// Sets UncommonOptions.
    pub fn set_uncommon_options(&self, value: &str) -> Result<()> {
        *self.uncommon_options.lock() = copy_of_text(value)?;
        Ok(())
    }

    /// RequireSslCertVerify.
    pub fn require_ssl_cert_verify(&self) -> bool {
        self.transport(|transport| transport.tls.verifies())
    }

    /// Sets RequireSslCertVerify, for connections to come.
    pub fn set_require_ssl_cert_verify(&self, value: bool) {
        self.change_transport(|transport| transport.tls.set_verify(value));
    }

    /// Trusts the certificates of a PEM text or file, beside the system's.
    pub fn add_trusted_roots_pem(&self, op: &mut Op<'_>, pem_or_path: &str) -> Result<()> {
        let pem = pem_or_file(pem_or_path)?;
        self.change_transport(|transport| transport.tls.add_roots_pem(&pem, &mut op.log))
    }

    /// Looks at the settings of the way to a server.
    pub fn transport<R>(&self, look: impl FnOnce(&Transport) -> R) -> R {
        match &*self.transport.lock() {
            Some(transport) => look(transport),
            None => look(&Transport::default()),
        }
    }

    /// Changes the settings of the way to a server, for connections to come.
    pub fn change_transport<R>(&self, change: impl FnOnce(&mut Transport) -> R) -> R {
        change(self.transport.lock().get_or_insert_default())
    }

    /// Returns when a connect that begins now ends: ConnectTimeoutMs.
    pub fn connect_deadline(&self) -> Deadline {
        Deadline::after_ms(self.connect_timeout_ms())
    }

    /// Connects to `target` as `transport` says, within the operation's deadline.
    pub async fn dial(
        &self,
        op: &mut Op<'_>,
        transport: &Transport,
        target: Target<'_>,
    ) -> Result<Connection> {
        self.log_uncommon_options(&mut op.log);
        let wire = Box::pin(dial(op, transport, target)).await?;
        Ok(Connection::new(wire))
    }

    /// Refuses Basic credentials where every network on the way could read them (RFC 7617 section 4), unless the
    /// program insists.
    pub fn check_basic_allowed(&self, exposure: Exposure) -> Result<()> {
        if exposure != Exposure::Exposed || self.has_option(INSECURE_BASIC) {
            return Ok(());
        }
        let text = "Basic authentication over clear text is refused; use TLS, or set AllowInsecureBasicAuth with \
                    ckws_set_uncommon_options or ckws_rest_set_uncommon_options.";
        Err(Fault::new(ErrorCode::InsecureAuth, text))
    }

    /// Logs the keywords that have no effect.
    fn log_uncommon_options(&self, log: &mut Log) {
        let options = self.uncommon_options.lock();
        let options = options.split(',').map(str::trim).filter(|option| !option.is_empty());
        let without_effect = options.filter(|option| !option.eq_ignore_ascii_case(INSECURE_BASIC));
        for option in without_effect.take(MOST_NOTED) {
            log.fact("uncommonOptionWithoutEffect", excerpt(option).into_owned());
        }
    }

    fn has_option(&self, keyword: &str) -> bool {
        self.uncommon_options.lock().split(',').any(|option| option.trim().eq_ignore_ascii_case(keyword))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_needs_a_connection_that_no_network_reads() {
        let client = Client::default();
        assert!(client.check_basic_allowed(Exposure::EncryptedToTarget).is_ok());
        assert!(client.check_basic_allowed(Exposure::ThisMachineOnly).is_ok());
        assert_eq!(
            client.check_basic_allowed(Exposure::Exposed).unwrap_err().code(),
            ErrorCode::InsecureAuth
        );
        client.set_uncommon_options("Other, allowinsecurebasicauth").unwrap();
        assert!(client.check_basic_allowed(Exposure::Exposed).is_ok());
    }
}
