//! Name lookup on threads of our own, so that time-outs and aborts hold while getaddrinfo blocks.
//!
//! Threads start on demand, at most eight, and go after ten idle seconds. An abandoned lookup ends by
//! itself; nobody waits for it.

use super::cx::Abort;
use super::{Cx, Waited};
use crate::base::{Deadline, ErrorCode, Fault, Locked, Result};
use crate::sys::process::ProcessLocal;
use crate::sys::thread;
use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

const MAX_THREADS: usize = 8;
const IDLE: Duration = Duration::from_secs(10);

static POOL: ProcessLocal<Pool> = ProcessLocal::new(Pool::default);

/// The addresses of `host`, in the system's order of preference (RFC 6724). An IP literal takes no thread.
pub async fn resolve(
    cx: &mut Cx,
    host: &str,
    port: u16,
    deadline: Deadline,
    abort: &Abort<'_>,
) -> Result<Vec<SocketAddr>> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let lookup = Arc::new(Lookup { host: host.to_owned(), port, state: Locked::default() });
    POOL.get().submit(&lookup)?;
    let waited = cx
        .when(deadline, abort, |context| {
            let mut state = lookup.state.lock();
            state.waker = Some(context.waker().clone());
            state.answer.is_some()
        })
        .await?;
    let answer = lookup.state.lock().answer.take();
    match (waited, answer) {
        (_, Some(Ok(addresses))) if !addresses.is_empty() => Ok(addresses),
        (_, Some(Ok(_))) => {
            Err(Fault::new(ErrorCode::LookupFailed, format!("The host name {host} has no address.")))
        }
        (_, Some(Err(error))) => Err(Fault::new(
            ErrorCode::LookupFailed,
            format!("The host name {host} could not be resolved: {error}"),
        )),
        (Waited::TimedOut | Waited::LookAgain, None) => Err(Fault::new(
            ErrorCode::LookupTimeout,
            format!("No answer to the lookup of {host} within the time-out."),
        )),
    }
}

/// One question, and its answer once there is one.
struct Lookup {
    host: String,
    port: u16,
    state: Locked<LookupState>,
}

#[derive(Default)]
struct LookupState {
    answer: Option<io::Result<Vec<SocketAddr>>>,
    waker: Option<Waker>,
}

impl Lookup {
    fn run(&self) {
        let answer = (self.host.as_str(), self.port).to_socket_addrs().map(Iterator::collect);
        let mut state = self.state.lock();
        state.answer = Some(answer);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }
}

#[derive(Default)]
struct Pool {
    work: Mutex<Work>,
    arrived: Condvar,
}

#[derive(Default)]
struct Work {
    queue: VecDeque<Arc<Lookup>>,
    threads: usize,
    idle: usize,
}

impl Pool {
    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(&'static self, lookup: &Arc<Lookup>) -> Result<()> {
        let mut work = self.lock();
        work.queue.push_back(Arc::clone(lookup));
        if work.idle >= work.queue.len() || work.threads >= MAX_THREADS {
            self.arrived.notify_one();
            return Ok(());
        }
        work.threads += 1;
        drop(work);
        let Err(error) = thread::spawn("ckws-resolver", || self.serve()) else { return Ok(()) };
        let mut work = self.lock();
        work.threads -= 1;
        if work.threads > 0 {
            return Ok(());
        }
        work.queue.retain(|queued| !Arc::ptr_eq(queued, lookup));
        Err(Fault::new(
            ErrorCode::SystemResource,
            format!("No thread for the name lookup could be started: {error}"),
        ))
    }

    fn serve(&self) {
        while let Some(lookup) = self.next() {
            // Whoever asked may have given up meanwhile; then only the queue held the question.
            if Arc::strong_count(&lookup) > 1 {
                lookup.run();
            }
        }
    }

    /// The next question; None after an idle while, when the thread is to end.
    fn next(&self) -> Option<Arc<Lookup>> {
        let mut work = self.lock();
        work.idle += 1;
        let (mut work, _) = self
            .arrived
            .wait_timeout_while(work, IDLE, |work| work.queue.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        work.idle -= 1;
        let lookup = work.queue.pop_front();
        if lookup.is_none() {
            work.threads -= 1;
        }
        lookup
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Signal, block_on};

    fn run(host: &str) -> Result<Vec<SocketAddr>> {
        let signal = Signal::default();
        let mut cx = Cx::new("test", false);
        block_on(resolve(&mut cx, host, 80, Deadline::after_ms(20_000), &Abort::on(&signal)))
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
    fn a_raised_signal_ends_the_wait() {
        let signal = Signal::default();
        let abort = Abort::on(&signal);
        signal.raise();
        let mut cx = Cx::new("test", false);
        let fault = block_on(resolve(&mut cx, "localhost", 80, Deadline::NEVER, &abort)).unwrap_err();
        assert_eq!(fault.code(), ErrorCode::ClosedLocally);
    }
}
