//! Many connections, each with a pending read as a task, that come, talk and go in every way: what they took of
//! descriptors, threads, handles and memory is given back.
//!
//! 200 connections for two seconds; with `CKWS_TEST_FULL=1` ten thousand, or what the limit of descriptors allows (each takes two, for its peer is in this process), for sixty.

use crate::allocator;
use ckws::base::ErrorCode;
use ckws::ffi::global;
use ckws::sys::blocks::BLOCK_SIZE;
use std::ffi::c_int;
use std::fs;
use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use support::client::{self, Client};
use support::is_full;
use support::own_process::in_own_process;
use support::random::Random;
use support::server::{frame, serve_each, websocket};
use support::tasks::{ABORTED, COMPLETED, Queue, Task};

/// Longer than anything takes here, so that a test that hangs ends.
const PATIENCE_MS: c_int = 20_000;
const PATIENCE: Duration = Duration::from_secs(20);

/// Each gives the kernel another twenty-eight thousand pairs of ports, of which one rests for a minute after its use.
const SERVERS: usize = 32;

/// What a process may keep: the blocks of its pool, and lists that have grown.
const SLACK: usize = 16 * BLOCK_SIZE + 64 * 1024;

/// What is to be given back.
#[derive(Clone, Copy, Debug)]
struct Held {
    descriptors: usize,
    threads: usize,
    handles: usize,
    bytes: usize,
}

impl Held {
    fn now() -> Self {
        let entries = |path| fs::read_dir(path).expect("this is Linux").count();
        Self {
            descriptors: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
            handles: global::ckws_global_live_handles(),
            bytes: allocator::alive(),
        }
    }

    /// A peer's thread, or one that has just ended, may need a moment to go.
    fn assert_comes_back(before: Self) {
        let began = Instant::now();
        loop {
            let now = Self::now();
            let is_back = now.descriptors <= before.descriptors
                && now.threads <= before.threads
                && now.handles == before.handles
                && now.bytes <= before.bytes + SLACK;
            if is_back {
                return println!("{before:?}, then {now:?}");
            }
            assert!(began.elapsed() < PATIENCE, "{before:?}, and now {now:?}");
            std::thread::yield_now();
        }
    }
}

#[test]
fn what_connections_took_is_given_back() {
    in_own_process(|| {
        let (count, length) = if is_full() { (10_000, 60) } else { (200, 2) };
        let count = count.min((descriptors_allowed() - 100) / 2);
        let crowd = Crowd::new();
        // What a process makes once is there after the first time.
        crowd.churn(count, Duration::from_secs(length) / 2);
        let before = Held::now();
        crowd.churn(count, Duration::from_secs(length) / 2);
        Held::assert_comes_back(before);
    });
}

/// Raises the limit as far as that goes.
#[allow(unsafe_code, reason = "the limit is set by a system call")]
fn descriptors_allowed() -> usize {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the place lives through the calls.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit), 0);
        limit.rlim_cur = limit.rlim_max;
        libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit), 0);
    }
    limit.rlim_cur as usize
}

/// Servers, and what comes and goes between them and clients.
struct Crowd {
    servers: Vec<Server>,
}

struct Server {
    url: String,
    accepted: Receiver<TcpStream>,
}

/// A client with a pending read, and the other end.
struct Pair {
    client: Client,
    task: Task,
    peer: TcpStream,
}

impl Crowd {
    fn new() -> Self {
        let server = |_| {
            let (sender, accepted) = channel();
            let port = serve_each(move |stream| {
                let _ = sender.send(websocket(stream).into_inner());
            });
            Server { url: format!("ws://127.0.0.1:{port}/"), accepted }
        };
        Self { servers: (0..SERVERS).map(server).collect() }
    }

    fn churn(&self, count: usize, length: Duration) {
        let mut random = Random(7);
        let queue = Queue::new();
        let mut pairs: Vec<Pair> = (0..count).map(|_| self.connect(&queue, &mut random)).collect();
        let began = Instant::now();
        let (mut messages, mut ends) = (0, 0);
        while began.elapsed() < length {
            let at = random.below(count as u64) as usize;
            let Some(pair) = pairs.get_mut(at) else { continue };
            if random.one_in(3) {
                end(std::mem::replace(pair, self.connect(&queue, &mut random)), &queue, &mut random);
                ends += 1;
            } else {
                pair.talk(&queue);
                messages += 1;
            }
        }
        println!("{count} connections, {messages} messages, {ends} ends");
        for pair in pairs {
            end(pair, &queue, &mut random);
        }
        assert!(!queue.try_next());
        drop(queue);
        assert!(global::ckws_global_finalize_thread_pool().is_true());
    }

    fn connect(&self, queue: &Queue, random: &mut Random) -> Pair {
        let at = random.below(SERVERS as u64) as usize;
        let server = self.servers.get(at).expect("there are so many");
        let client = Client::connected(&server.url);
        client.idle(0);
        let task = Task::read_frame(&client).expect("the client is alive");
        assert!(queue.add(&task) && task.run());
        Pair { client, task, peer: server.accepted.recv_timeout(PATIENCE).expect("the server accepts") }
    }
}

impl Pair {
    /// The peer says something, the client reads it and waits for more.
    fn talk(&mut self, queue: &Queue) {
        self.peer.write_all(&frame(0x82, b"something")).expect("the client is there");
        assert!(queue.next(PATIENCE_MS));
        assert!(self.task.succeeded(), "{}", self.task.result_code());
        assert_eq!(self.client.data(), b"something");
        assert!(self.task.run());
    }
}

/// Ends a connection in one of the ways in which that happens.
fn end(pair: Pair, queue: &Queue, random: &mut Random) {
    let Pair { client, task, mut peer } = pair;
    match random.below(6) {
        0 => {
            assert!(task.cancel() && queue.next(PATIENCE_MS));
            assert_eq!(task.status(), ABORTED);
        }
        // The task goes on without its WebSocket's handle.
        1 => {
            drop(client);
            assert!(task.cancel() && queue.next(PATIENCE_MS));
            assert_eq!(task.status(), ABORTED);
        }
        // And without its own: it leaves the queue, and ends with the connection.
        2 => {
            drop(task);
            assert!(client.close_connection());
        }
        3 => {
            assert!(client.close_connection() && queue.next(PATIENCE_MS));
            assert_eq!(task.result_code(), ErrorCode::ClosedLocally as c_int);
        }
        4 => {
            drop(peer);
            assert!(queue.next(PATIENCE_MS));
            assert_eq!((task.status(), task.succeeded()), (COMPLETED, false));
        }
        _ => {
            peer.write_all(&frame(0x88, &1000_u16.to_be_bytes())).expect("the client is there");
            peer.shutdown(Shutdown::Write).expect("the client is there");
            assert!(queue.next(PATIENCE_MS));
            assert!(task.succeeded() && client.opcode() == client::CLOSE);
        }
    }
}
