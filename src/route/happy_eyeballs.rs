//! Happy Eyeballs (RFC 8305): TCP to the first of several addresses that answers.
//!
//! An attempt begins when an earlier one has failed, or 250 ms after the last began; the earlier ones go on. The first
//! that connects wins, and the sockets of the others are closed. An `Op` waits for one thing at a time, so the attempts
//! are not tasks: one future starts the sockets, checks all pending ones, and waits for any of them (`Op::ready_any`).

use crate::base::{Deadline, ErrorCode, Fault, Result};
use crate::engine::Op;
use crate::engine::op::MAX_SOURCES;
use crate::link::TryError;
use crate::link::socket_options::SocketOptions;
use crate::link::tcp::{Connecting, Tcp};
use crate::log::Log;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The Connection Attempt Delay (RFC 8305 section 5).
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// No more attempts are pending at once: a name may have thousands of addresses. The oldest gives way, which has had
/// this many delays.
const MAX_PENDING: usize = MAX_SOURCES;

/// Connects to the first of `addresses` that answers; returns which one it was, too. The log names each address that
/// was tried, for how long, and why it failed.
pub async fn connect(
    op: &mut Op<'_>,
    addresses: &[SocketAddr],
    options: &SocketOptions,
) -> Result<(SocketAddr, Tcp)> {
    let mut race = Race::between(addresses, options);
    let outcome = race.run(op).await;
    race.log(&mut op.log);
    outcome
}

/// Sorts addresses so that their families alternate; those of one family keep their order, and the family of the first
/// stays first (RFC 8305 section 4).
fn interleave(addresses: &[SocketAddr]) -> VecDeque<SocketAddr> {
    let is_first_family =
        |address: &SocketAddr| addresses.first().map(SocketAddr::is_ipv6) == Some(address.is_ipv6());
    let mut first = addresses.iter().copied().filter(is_first_family);
    let mut second = addresses.iter().copied().filter(|address| !is_first_family(address));
    let rounds = (0..addresses.len()).flat_map(|_| [first.next(), second.next()]);
    rounds.flatten().collect()
}

/// Returns how long an attempt that begins at `now` has the start to itself, if `waiting` addresses follow it: less
/// than [`ATTEMPT_DELAY`] where the time until `deadline` would not suffice for all of them.
fn attempt_delay(now: Instant, deadline: Deadline, waiting: usize) -> Duration {
    let attempts = u32::try_from(waiting).unwrap_or(u32::MAX).saturating_add(1);
    let share = deadline.instant().map(|end| end.saturating_duration_since(now) / attempts);
    share.map_or(ATTEMPT_DELAY, |share| share.min(ATTEMPT_DELAY))
}

/// The attempts to connect, and the addresses that none was made to yet.
struct Race<'a> {
    options: &'a SocketOptions,
    waiting: VecDeque<SocketAddr>,
    /// In the order in which they began.
    attempts: Vec<Attempt>,
    /// When the next attempt begins.
    next_start: Deadline,
}

struct Attempt {
    address: SocketAddr,
    started: Instant,
    /// How long it took; none while it is pending.
    elapsed: Option<Duration>,
    state: State,
}

enum State {
    Pending(Connecting),
    Connected,
    Failed(Fault),
}

impl<'a> Race<'a> {
    fn between(addresses: &[SocketAddr], options: &'a SocketOptions) -> Self {
        let next_start = Deadline::at(Instant::now());
        Self { options, waiting: interleave(addresses), attempts: Vec::new(), next_start }
    }

    async fn run(&mut self, op: &mut Op<'_>) -> Result<(SocketAddr, Tcp)> {
        let deadline = op.deadline();
        loop {
            let now = Instant::now();
            if self.is_over() || deadline.has_passed(now) {
                return Err(self.give_up());
            }
            if let Some(address) = self.take_due(now) {
                op.progress("tcp", &address.to_string()).await;
                self.start(address, deadline);
                continue;
            }
            let readiness: Vec<_> = self.pending().map(Connecting::readiness).collect();
            op.ready_any(readiness, self.next_start()).await?;
            if let Some(connected) = self.look() {
                return Ok(connected);
            }
        }
    }

    /// Takes the next address if its attempt is due.
    fn take_due(&mut self, now: Instant) -> Option<SocketAddr> {
        if self.next_start.has_passed(now) { self.waiting.pop_front() } else { None }
    }

    fn start(&mut self, address: SocketAddr, deadline: Deadline) {
        let started = Instant::now();
        self.make_room();
        self.next_start = Deadline::at(started + attempt_delay(started, deadline, self.waiting.len()));
        let (state, elapsed) = match Connecting::start(address, self.options) {
            Ok(connecting) => (State::Pending(connecting), None),
            Err(fault) => {
                self.next_start = Deadline::at(started);
                (State::Failed(fault), Some(started.elapsed()))
            }
        };
        self.attempts.push(Attempt { address, started, elapsed, state });
    }

    /// Gives the oldest attempt up if another one would be too many.
    fn make_room(&mut self) {
        if self.pending().count() < MAX_PENDING {
            return;
        }
        if let Some(oldest) = self.attempts.iter_mut().find(|attempt| attempt.pending().is_some()) {
            let text =
                format!("{} had not answered when the attempt was given up for others.", oldest.address);
            oldest.fail(Fault::new(ErrorCode::ConnectTimeout, text));
        }
    }

    /// Returns the first pending attempt that has connected. If one has failed, the next one is due.
    fn look(&mut self) -> Option<(SocketAddr, Tcp)> {
        for attempt in &mut self.attempts {
            let Some(connecting) = attempt.pending() else { continue };
            match connecting.try_finish() {
                Ok(tcp) => {
                    attempt.end(State::Connected);
                    return Some((attempt.address, tcp));
                }
                Err(TryError::Failed(fault)) => self.next_start = attempt.fail(fault),
                Err(TryError::WouldBlock) => {}
            }
        }
        None
    }

    /// Returns whether there is nothing to wait for.
    fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.pending().next().is_none()
    }

    /// Ends the pending attempts, for the time is over; returns how the last attempt failed.
    fn give_up(&mut self) -> Fault {
        for attempt in self.attempts.iter_mut().filter(|attempt| attempt.pending().is_some()) {
            let text = format!("No TCP connection to {} within the time-out.", attempt.address);
            attempt.fail(Fault::new(ErrorCode::ConnectTimeout, text));
        }
        match self.attempts.last().map(|attempt| &attempt.state) {
            Some(State::Failed(fault)) => fault.clone(),
            _ => Fault::new(ErrorCode::ConnectTimeout, "No TCP connection within the time-out."),
        }
    }

    fn pending(&self) -> impl Iterator<Item = &Connecting> + Clone {
        self.attempts.iter().filter_map(Attempt::pending)
    }

    fn next_start(&self) -> Deadline {
        if self.waiting.is_empty() { Deadline::NEVER } else { self.next_start }
    }

    fn log(&self, log: &mut Log) {
        let is_won = self.attempts.iter().any(|attempt| matches!(attempt.state, State::Connected));
        for attempt in &self.attempts {
            let elapsed = attempt.elapsed.unwrap_or_else(|| attempt.started.elapsed());
            log.fact("address", attempt.address.to_string());
            log.fact("elapsedMs", u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX));
            match &attempt.state {
                State::Failed(fault) => log.info(fault.text().to_owned()),
                State::Pending(_) if is_won => log.info("Another address answered first."),
                State::Pending(_) | State::Connected => {}
            }
        }
    }
}

impl Attempt {
    fn pending(&self) -> Option<&Connecting> {
        match &self.state {
            State::Pending(connecting) => Some(connecting),
            State::Connected | State::Failed(_) => None,
        }
    }

    fn end(&mut self, state: State) {
        self.elapsed = Some(self.started.elapsed());
        self.state = state;
    }

    /// Ends it with a failure; returns when the next attempt is due, which is at once.
    fn fail(&mut self, fault: Fault) -> Deadline {
        self.end(State::Failed(fault));
        Deadline::at(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::block_on;
    use std::net::TcpListener;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn families_alternate_and_the_first_stays_first() {
        for (resolved, tried) in [
            (vec![], vec![]),
            (vec!["[::1]:1"], vec!["[::1]:1"]),
            (
                vec!["[::1]:1", "[::2]:1", "1.1.1.1:1", "2.2.2.2:1"],
                vec!["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1"],
            ),
            (
                vec!["1.1.1.1:1", "[::1]:1", "[::2]:1", "[::3]:1"],
                vec!["1.1.1.1:1", "[::1]:1", "[::2]:1", "[::3]:1"],
            ),
            (
                vec!["1.1.1.1:1", "2.2.2.2:1", "3.3.3.3:1", "[::1]:1"],
                vec!["1.1.1.1:1", "[::1]:1", "2.2.2.2:1", "3.3.3.3:1"],
            ),
            (vec!["2.2.2.2:1", "1.1.1.1:1"], vec!["2.2.2.2:1", "1.1.1.1:1"]),
        ] {
            assert_eq!(Vec::from(interleave(&addresses(&resolved))), addresses(&tried), "{resolved:?}");
        }
    }

    #[test]
    fn the_time_that_is_left_is_shared_if_it_is_short() {
        let now = Instant::now();
        for (left_ms, waiting, delay_ms) in [
            (None, 9, 250),
            (Some(30_000), 1, 250),
            (Some(400), 1, 200),
            (Some(400), 3, 100),
            (Some(0), 3, 0),
        ] {
            let deadline =
                left_ms.map_or(Deadline::NEVER, |left| Deadline::at(now + Duration::from_millis(left)));
            assert_eq!(
                attempt_delay(now, deadline, waiting),
                Duration::from_millis(delay_ms),
                "{left_ms:?} {waiting}"
            );
        }
    }

    #[test]
    fn an_address_that_refuses_is_followed_at_once() {
        let [closed, listener] = [0; 2].map(|port| TcpListener::bind(("127.0.0.1", port)).unwrap());
        let [refusing, listening] = [&closed, &listener].map(|listener| listener.local_addr().unwrap());
        drop(closed);
        let mut op = Op::new("test", false);
        let options = SocketOptions::default();
        let mut race = Race::between(&[refusing, listening], &options);
        let (address, _) = block_on(race.run(&mut op)).unwrap();
        assert_eq!(address, listening);
        assert!(matches!(
            race.attempts[..],
            [Attempt { state: State::Failed(_), .. }, Attempt { state: State::Connected, .. }]
        ));
    }
}
