//! Rounds of a stress test, each with a seed of its own.
//!
//! A failure names the seed; `CKWS_TEST_SEED` makes that round the first. Rounds follow each other for five seconds, with
//! `CKWS_TEST_FULL=1` for sixty.

use std::env;
use std::io::{Write, stderr};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use support::is_full;

/// A round takes some tens of milliseconds. One that takes this long hangs.
pub(crate) const HANG: Duration = Duration::from_secs(60);

/// Plays rounds until the time is over.
pub(crate) fn play_rounds(mut play: impl FnMut(u64)) {
    let length = Duration::from_secs(if is_full() { 60 } else { 5 });
    let asked = env::var("CKWS_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let first: u64 = asked.unwrap_or_else(|| {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is right").as_micros() as u64
    });
    let watchdog = Watchdog::start();
    let began = Instant::now();
    let mut seed = first;
    while began.elapsed() < length {
        watchdog.begin(seed);
        play(seed);
        seed += 1;
    }
    watchdog.begin(seed);
    println!("{} rounds, seeds {first} to {}", seed - first, seed - 1);
}

/// Ends the process when a round hangs: a test that hangs tells nothing.
struct Watchdog(Sender<u64>);

impl Watchdog {
    fn start() -> Self {
        let (sender, rounds) = channel();
        thread::spawn(move || Self::watch(&rounds));
        Self(sender)
    }

    fn begin(&self, seed: u64) {
        self.0.send(seed).expect("the watchdog lives");
    }

    fn watch(rounds: &Receiver<u64>) {
        let mut seed = 0;
        loop {
            match rounds.recv_timeout(HANG) {
                Ok(next) => seed = next,
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    // Not by eprintln, which the test harness captures.
                    let _ =
                        writeln!(stderr(), "The round with seed {seed} hangs: see where its threads are.");
                    std::process::abort();
                }
            }
        }
    }
}
