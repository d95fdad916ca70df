//! Eight threads on one handle, plain and over TLS, until one of them ends it at a random moment: no crash, no call that
//! never returns, and where the end is a Close or CloseConnection every message whole, once, and in the order of its
//! sender.
//!
//! How long, and with which seeds, is said in `rounds.rs`.

use crate::rounds::{HANG, play_rounds};
use ckws::ffi::{global, websocket as ws};
use std::ffi::c_int;
use std::sync::{Condvar, Mutex};
use std::thread;
use support::client::{BINARY, CLOSE, Client};
use support::own_process::in_own_process;
use support::random::Random;
use support::tasks::{ABORTED, CANCELED, Queue, Task};
use support::{Echo, start_echo};

const SENDERS: usize = 2;

#[test]
fn threads_on_one_handle_lose_and_tear_nothing() {
    in_own_process(|| {
        let echo = start_echo();
        let roots = std::fs::read_to_string(&echo.ca_path).expect("the server has written it");
        play_rounds(|seed| {
            let handles = global::ckws_global_live_handles();
            Round::new(seed).play(&echo, &roots);
            assert_eq!(global::ckws_global_live_handles(), handles, "handles are left, seed {seed}");
        });
        assert!(global::ckws_global_finalize_thread_pool().is_true());
    });
}

/// How a round ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// SendClose, and everything that was sent before it comes back.
    Close,
    CloseConnection,
    Dispose,
}

/// Who receives.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reading {
    /// Three threads, by Receive.
    Threads,
    /// A task that is run again and again, and now and then cancelled.
    Task,
}

/// What a sender knows of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Sent,
    /// Its send was cancelled, or failed: it may have left.
    Unknown,
}

/// One connection and what its threads do.
struct Round {
    seed: u64,
    end: End,
    reading: Reading,
    /// How many messages have come when the end begins.
    messages: u64,
    received: Mutex<u64>,
    /// A message has come, or nothing comes any more.
    moved: Condvar,
}

impl Round {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let end = [End::Close, End::CloseConnection, End::Dispose][random.below(3) as usize];
        let reading = if random.one_in(2) { Reading::Threads } else { Reading::Task };
        let messages = random.below(400);
        Self { seed, end, reading, messages, received: Mutex::new(0), moved: Condvar::new() }
    }

    fn random(&self, thread: u64) -> Random {
        Random(self.seed ^ (thread << 48))
    }

    fn play(&self, echo: &Echo, roots: &str) {
        let mut random = self.random(0);
        let base = if random.one_in(2) { &echo.ws_url } else { &echo.wss_url };
        let path = if random.one_in(3) { "fragments" } else { "" };
        let client = Client::trusting(roots);
        client.must_connect(&format!("{base}{path}"));
        // Longer than a round that hangs: nothing here ends by a time-out.
        client.idle(10 * HANG.as_millis() as c_int);
        let (got, sent) = self.run_threads(&client);
        if self.end != End::Dispose {
            self.check(&got, &sent);
        }
    }

    /// What each reader got, and what became of the messages of each sender.
    fn run_threads(&self, client: &Client) -> (Vec<Vec<Vec<u8>>>, Vec<Vec<Fate>>) {
        thread::scope(|scope| {
            let readers: Vec<_> = match self.reading {
                Reading::Threads => (0..3).map(|_| scope.spawn(|| self.receive(client))).collect(),
                Reading::Task => vec![scope.spawn(|| self.read_by_task(client))],
            };
            let by_calls = scope.spawn(|| self.send(0, |data, _| send_by_call(client, data)));
            let by_tasks = scope.spawn(|| self.send(1, |data, random| send_by_task(client, data, random)));
            scope.spawn(|| self.ask(client));
            scope.spawn(|| self.play_with_tasks(client));
            scope.spawn(|| self.end(client));
            let got = readers.into_iter().map(|reader| reader.join().expect("a reader panicked")).collect();
            // In a round that is over, whoever still waits for messages to come need not.
            self.note_received(u64::MAX / 2);
            let sent = [by_calls, by_tasks].map(|sender| sender.join().expect("a sender panicked"));
            (got, sent.into())
        })
    }

    fn note_received(&self, count: u64) {
        *self.received.lock().expect("nobody panics with it") += count;
        self.moved.notify_all();
    }

    /// Waits until so many messages have come.
    fn until_received(&self, count: u64) {
        let received = self.received.lock().expect("nobody panics with it");
        drop(self.moved.wait_while(received, |received| *received < count).expect("nobody panics with it"));
    }

    fn receive(&self, client: &Client) -> Vec<Vec<u8>> {
        let mut got = Vec::new();
        loop {
            let (mut data, mut len) = (std::ptr::null(), 0);
            // SAFETY: both places live until the call returns.
            #[allow(unsafe_code, reason = "as C calls it")]
            let opcode = unsafe { ws::ckws_receive(client.handle(), &raw mut data, &raw mut len) };
            match opcode {
                // The loan may have ended by now. A task may have read the message's beginning, or others before it.
                BINARY if self.end == End::Dispose => assert!(len > 0),
                // SAFETY: the loan lasts until this thread's next read, for nobody disposes or connects.
                #[allow(unsafe_code, reason = "as C reads it")]
                BINARY => got.push(unsafe { std::slice::from_raw_parts(data, len) }.to_vec()),
                CLOSE | -1 => return got,
                other => unreachable!("opcode {other}, seed {}", self.seed),
            }
            self.note_received(1);
        }
    }

    fn read_by_task(&self, client: &Client) -> Vec<Vec<u8>> {
        let mut random = self.random(10);
        let mut got = Vec::new();
        let queue = Queue::new();
        let Some(task) = Task::read_message(client) else { return got };
        assert!(queue.add(&task));
        loop {
            assert!(task.run());
            if random.one_in(3) {
                task.cancel();
            }
            while !queue.next(100) {
                // One that reads goes on behind the dispose of its WebSocket.
                if self.end == End::Dispose && !client.is_connected() {
                    task.cancel();
                }
            }
            match task.status() {
                // After the dispose the run may wait for a read that another task began, which goes on.
                CANCELED | ABORTED if self.end == End::Dispose && !client.is_connected() => return got,
                CANCELED | ABORTED => continue,
                _ if !task.succeeded() => return got,
                _ if self.end == End::Dispose => {}
                _ if client.opcode() == CLOSE => return got,
                _ => got.push(client.data()),
            }
            if client.opcode() != BINARY {
                return got;
            }
            self.note_received(1);
        }
    }

    fn send(&self, sender: usize, send: impl Fn(&[u8], &mut Random) -> Option<Fate>) -> Vec<Fate> {
        let mut random = self.random(20 + sender as u64);
        let mut fates = Vec::new();
        loop {
            let data = message(self.seed, sender, fates.len(), &mut random);
            match send(&data, &mut random) {
                Some(fate) => fates.push(fate),
                None => {
                    fates.push(Fate::Unknown);
                    return fates;
                }
            }
        }
    }

    /// Properties, accounts, Pings and flushes.
    fn ask(&self, client: &Client) {
        let mut random = self.random(30);
        loop {
            match random.below(9) {
                0 if !client.send_ping("are you there") => return,
                1 => drop(ws::ckws_set_auto_flush(client.handle(), random.one_in(2).into())),
                2 => drop(client.flush()),
                3 => assert!(ws::ckws_get_pending_send_bytes(client.handle()) >= -1),
                4 => drop(client.account()),
                5 => assert!(ws::ckws_get_frame_data_size(client.handle()) >= -1),
                6 => drop(ws::ckws_try_flush(client.handle())),
                7 => drop(ws::ckws_get_wants_write(client.handle())),
                _ => drop(ws::ckws_get_fd(client.handle())),
            }
            if !client.is_connected() {
                return;
            }
        }
    }

    /// Tasks that are run, cancelled, waited for, enrolled and disposed as it happens.
    fn play_with_tasks(&self, client: &Client) {
        let mut random = self.random(40);
        let (queue, mut tasks) = (Queue::new(), Vec::new());
        while client.is_connected() {
            if tasks.len() < 4 {
                tasks.extend(self.harmless_task(client, &mut random));
            }
            let Some(task) = random.draw().checked_rem(tasks.len() as u64).map(|at| at as usize) else {
                continue;
            };
            match random.below(10) {
                0..3 => drop(tasks[task].run()),
                3 => drop(tasks[task].cancel()),
                4 => drop(tasks[task].wait(1)),
                5 => drop(queue.add(&tasks[task])),
                6 => drop(queue.remove(&tasks[task])),
                7 => drop(tasks.swap_remove(task)),
                8 => drop(queue.try_next()),
                _ => drop(queue.next(1)),
            }
        }
        for task in &tasks {
            task.cancel();
        }
    }

    /// A task that takes nothing away from those whose messages are checked.
    fn harmless_task(&self, client: &Client, random: &mut Random) -> Option<Task> {
        match random.below(3) {
            0 if self.end == End::Dispose => Task::read_frame(client),
            1 => Task::flush(client),
            _ => Task::send_ping(client),
        }
    }

    fn end(&self, client: &Client) {
        self.until_received(self.messages);
        match self.end {
            End::Close => assert!(client.send_close(1000, ""), "seed {}: {}", self.seed, client.account()),
            End::CloseConnection => assert!(client.close_connection()),
            End::Dispose => client.dispose(),
        }
    }

    fn check(&self, got: &[Vec<Vec<u8>>], sent: &[Vec<Fate>]) {
        let mut came: [Vec<usize>; SENDERS] = Default::default();
        for messages in got {
            let mut latest = [None; SENDERS];
            for data in messages {
                let (sender, number) = parse(self.seed, data);
                assert!(latest[sender] < Some(number), "out of order, seed {}", self.seed);
                latest[sender] = Some(number);
                came[sender].push(number);
            }
        }
        for (came, sent) in came.iter_mut().zip(sent) {
            came.sort_unstable();
            assert!(came.windows(2).all(|pair| pair[0] < pair[1]), "twice, seed {}", self.seed);
            assert!(came.last().is_none_or(|last| *last < sent.len()), "never sent, seed {}", self.seed);
            // All up to the last that came; with a Close, all.
            let end =
                if self.end == End::Close { sent.len() } else { came.last().map_or(0, |last| last + 1) };
            let lost = (0..end).find(|at| sent[*at] == Fate::Sent && came.binary_search(at).is_err());
            assert_eq!(lost, None, "lost, seed {}: {self:?}", self.seed);
        }
    }
}

impl std::fmt::Debug for Round {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} by {:?} after {} messages", self.end, self.reading, self.messages)
    }
}

fn send_by_call(client: &Client, data: &[u8]) -> Option<Fate> {
    client.send_binary(data).then_some(Fate::Sent)
}

/// Now and then it is cancelled.
fn send_by_task(client: &Client, data: &[u8], random: &mut Random) -> Option<Fate> {
    let task = Task::send_binary(client, data)?;
    assert!(task.run());
    if random.one_in(4) {
        task.cancel();
    }
    while !task.wait(100) {
        // It goes on behind the dispose of its WebSocket; but nobody reads any more, so neither does the peer.
        if !client.is_connected() {
            task.cancel();
        }
    }
    match task.status() {
        CANCELED | ABORTED => Some(Fate::Unknown),
        _ => task.succeeded().then_some(Fate::Sent),
    }
}

/// The longest message.
const MOST: usize = 200_000;

/// Who it is from, its number, and bytes that follow from these.
fn message(seed: u64, sender: usize, number: usize, random: &mut Random) -> Vec<u8> {
    let len = match random.below(40) {
        0 => random.below(MOST as u64),
        1..8 => random.below(5_000),
        _ => random.below(200),
    };
    let mut data = vec![sender as u8];
    data.extend((number as u32).to_be_bytes());
    data.extend(filling(seed, sender, number).take((len as usize).saturating_sub(5)));
    data
}

fn filling(seed: u64, sender: usize, number: usize) -> impl Iterator<Item = u8> {
    let mut at = Random(seed ^ (number * SENDERS + sender) as u64).draw() as u32;
    std::iter::repeat_with(move || {
        at = at.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (at >> 24) as u8
    })
}

/// The sender and the number of a message, which must be whole.
fn parse(seed: u64, data: &[u8]) -> (usize, usize) {
    let sender = usize::from(data[0]);
    let number = u32::from_be_bytes(data[1..5].try_into().expect("four bytes")) as usize;
    assert!(sender < SENDERS, "seed {seed}");
    let is_whole = data[5..].iter().copied().eq(filling(seed, sender, number).take(data.len() - 5));
    assert!(is_whole, "message {number} of sender {sender} is not what was sent, seed {seed}");
    (sender, number)
}
