//! Name lookup on threads of the library, so that time-outs and aborts hold while getaddrinfo blocks.
//!
//! Name lookup is the one system call that cannot be made non-blocking. At most eight threads, and no more than the
//! program allows; they block all signals. An abandoned lookup ends by itself; no call waits for it.

use super::thread_pool::ThreadPool;
use super::{Notify, Op, Waited};
use crate::base::{Deadline, ErrorCode, Fault, Locked, Result};
use crate::sys::error::describe;
use crate::sys::lookup;
use crate::sys::panic::catch;
use crate::sys::process::ProcessLocal;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const MOST_THREADS: usize = 8;

static POOL: ProcessLocal<ThreadPool> = ProcessLocal::new(|| ThreadPool::new(c"ckws-resolver"));
static MAX_THREADS: ProcessLocal<AtomicUsize> = ProcessLocal::new(|| AtomicUsize::new(100));

/// Returns how many threads the program allows; at most eight are started.
pub fn max_threads() -> usize {
    MAX_THREADS.get().load(Ordering::Relaxed)
}

/// Sets [`max_threads`].
pub fn set_max_threads(most: usize) {
    MAX_THREADS.get().store(most, Ordering::Relaxed);
}

/// Ends the threads that look nothing up.
pub(super) fn dismiss() {
    POOL.get().dismiss();
}

/// Returns the addresses of `host`, in the system's order of preference (RFC 6724). An IP literal takes no thread.
pub async fn resolve(op: &mut Op<'_>, host: &str, port: u16) -> Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let answered = Notify::default();
    let lookup = Arc::new(Lookup { host: host.to_owned(), port, answer: Locked::default(), answered });
    let seen = lookup.answered.epoch();
    submit(&lookup)?;
    let waited = op.notified(&lookup.answered, seen, Deadline::NEVER).await?;
    let answer = lookup.answer.lock().take();
    match (waited, answer) {
        (_, Some(Ok(addresses))) if !addresses.is_empty() => Ok(addresses),
        (_, Some(Ok(_))) => {
            Err(Fault::new(ErrorCode::LookupFailed, format!("The host name {host} has no address.")))
        }
        (_, Some(Err(reason))) => Err(Fault::new(
            ErrorCode::LookupFailed,
            format!("The host name {host} could not be resolved: {reason}."),
        )),
        (Waited::TimedOut | Waited::LookAgain, None) => Err(Fault::new(
            ErrorCode::LookupTimeout,
            format!("No answer to the lookup of {host} within the time-out."),
        )),
    }
}

fn submit(lookup: &Arc<Lookup>) -> Result<()> {
    let asked = Arc::clone(lookup);
    let submitted = POOL.get().submit(max_threads().min(MOST_THREADS), move || {
        // The caller may have been cancelled since; then only the queue held the question.
        if Arc::strong_count(&asked) > 1 {
            let _ = catch(|| asked.run());
        }
    });
    submitted.map_err(|error| {
        let text = format!("No thread for the name lookup could be started: {}.", describe(&error));
        Fault::new(ErrorCode::SystemResource, text)
    })
}

/// One question, and its answer once there is one.
struct Lookup {
    host: String,
    port: u16,
    answer: Locked<Option<std::result::Result<Vec<SocketAddr>, String>>>,
    answered: Notify,
}

impl Lookup {
    fn run(&self) {
        let answer = lookup::addresses(&self.host, self.port);
        *self.answer.lock() = Some(answer);
        self.answered.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{CancelToken, block_on};

    fn run(host: &str) -> Result<Vec<SocketAddr>> {
        let mut op = Op::new("test", false);
        op.set_deadline(Deadline::after_ms(20_000));
        block_on(resolve(&mut op, host, 80))
    }

    #[test]
    fn localhost_resolves_on_a_thread() {
        assert!(run("localhost").unwrap().iter().all(|address| address.ip().is_loopback()));
    }

    #[test]
    fn literals_resolve_to_themselves() {
        assert_eq!(run("::1").unwrap(), ["[::1]:80".parse().unwrap()]);
        assert_eq!(run("127.0.0.1").unwrap(), ["127.0.0.1:80".parse().unwrap()]);
    }

    #[test]
    fn a_cancel_ends_the_wait() {
        let token = CancelToken::default();
        let mut op = Op::new("test", false);
        op.cancel_with(&token);
        token.cancel();
        let fault = block_on(resolve(&mut op, "localhost", 80)).unwrap_err();
        assert_eq!(fault.code(), ErrorCode::ClosedLocally);
    }
}
