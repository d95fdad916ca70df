//! Tasks that receive, cancelled and disposed in the moment in which a message arrives: numbers in the messages show
//! that none is lost, none comes twice or out of order, and no two become one.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use support::client::{Client, TEXT};
use support::server::{accept_one, frame, listener, websocket};
use support::tasks::{COMPLETED, Task};

/// How often a race is run. It is lost or won within some microseconds.
const ROUNDS: usize = 4_000;

/// Longer than any message takes here, so that a test that lost one ends.
const PATIENCE_MS: i32 = 10_000;

/// An open WebSocket, and its server's end.
fn opened() -> (Client, TcpStream) {
    let (listener, port) = listener();
    let server = thread::spawn(move || {
        let websocket = websocket(accept_one(&listener));
        websocket.get_ref().try_clone().expect("a socket can be cloned")
    });
    let client = Client::connected(&format!("ws://127.0.0.1:{port}/"));
    client.idle(PATIENCE_MS);
    (client, server.join().expect("the handshake succeeds"))
}

/// A message that says which it is: mostly in one frame, sometimes in two.
fn message(number: usize) -> Vec<u8> {
    let text = text(number);
    if number % 3 != 0 {
        return frame(0x81, text.as_bytes());
    }
    let (start, end) = text.split_at(2);
    [frame(0x01, start.as_bytes()), frame(0x80, end.as_bytes())].concat()
}

fn text(number: usize) -> String {
    format!("<{number}>")
}

fn number_of(message: (i32, Vec<u8>)) -> usize {
    let (opcode, payload) = message;
    let text = String::from_utf8(payload).expect("the message is text");
    assert_eq!(opcode, TEXT, "{text}");
    let digits = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    digits.and_then(|digits| digits.parse().ok()).expect("it is one message")
}

/// The next message, read in one way or another.
fn next(client: &Client, way: usize) -> usize {
    match way % 4 {
        0 => number_of(client.message()),
        1 => {
            let task = Task::receive(client).expect("the handle is alive");
            assert!(task.run() && task.wait(0));
            number_of_result(&task)
        }
        2 => {
            assert!(client.read_message(), "{}", client.account());
            number_of((client.opcode(), client.data()))
        }
        _ => {
            // Of two fragments the task may have read one, or both.
            while !(client.read_frame() && client.is_final()) {}
            number_of((TEXT, client.data()))
        }
    }
}

/// The reactor's thread reads while this one goes on: now longer, now shorter.
fn let_it_read(number: usize) {
    (0..(number * 7) % 4096).for_each(|_| std::hint::spin_loop());
}

#[test]
fn a_message_that_meets_a_cancel_is_the_tasks_or_the_next_reads() {
    let (client, mut peer) = opened();
    let task = Task::receive(&client).expect("the handle is alive");
    for number in 0..ROUNDS {
        assert!(task.run());
        peer.write_all(&message(number)).expect("the client is there");
        let_it_read(number);
        let was_live = task.cancel();
        assert!(task.wait(0));
        // Canceled rather than aborted if the run before it was only just leaving.
        assert_eq!(task.status() == COMPLETED, !was_live);
        let got = if was_live { next(&client, number) } else { number_of_result(&task) };
        assert_eq!(got, number);
    }
}

/// Nothing waits for the end of the task, which may have read the message already.
#[test]
fn a_task_that_is_cancelled_and_disposed_leaves_its_message() {
    let (client, mut peer) = opened();
    for number in 0..ROUNDS {
        let task = Task::receive(&client).expect("the handle is alive");
        assert!(task.run());
        peer.write_all(&message(number)).expect("the client is there");
        let_it_read(number);
        let got = if task.cancel() {
            task.dispose();
            next(&client, number)
        } else {
            number_of_result(&task)
        };
        assert_eq!(got, number);
    }
}

fn number_of_result(task: &Task) -> usize {
    number_of(task.message().expect("it is completed"))
}

/// A thread reads beside the tasks: each gets an ascending part of the messages, and together they get all.
#[test]
fn a_thread_that_reads_beside_tasks_gets_what_they_leave() {
    let (client, mut peer) = opened();
    let is_over = AtomicBool::new(false);
    let (by_thread, by_tasks) = thread::scope(|scope| {
        scope.spawn(|| {
            (0..ROUNDS).for_each(|number| peer.write_all(&message(number)).expect("the client is there"));
            peer.write_all(&frame(0x88, b"")).expect("the client is there");
        });
        let thread = scope.spawn(|| {
            let numbers = received(|| client.receive());
            is_over.store(true, Ordering::Release);
            numbers
        });
        let task = Task::receive(&client).expect("the handle is alive");
        let mut by_tasks = Vec::new();
        while !is_over.load(Ordering::Acquire) {
            assert!(task.run());
            if task.cancel() {
                task.wait(0);
                assert_eq!(task.message(), None);
            } else if let Some(message) = task.message().filter(|(opcode, _)| *opcode == TEXT) {
                by_tasks.push(number_of(message));
            }
        }
        (thread.join().expect("it fails in no way of its own"), by_tasks)
    });
    for numbers in [&by_thread, &by_tasks] {
        assert!(numbers.is_sorted(), "out of order: {numbers:?}");
    }
    let mut all = [by_thread, by_tasks].concat();
    all.sort_unstable();
    assert!(all.iter().copied().eq(0..ROUNDS), "{} messages of {ROUNDS}", all.len());
}

/// The numbers of the text messages up to a Close, or to the end of the connection.
fn received(mut receive: impl FnMut() -> Option<(i32, Vec<u8>)>) -> Vec<usize> {
    std::iter::from_fn(|| receive().filter(|(opcode, _)| *opcode == TEXT).map(number_of)).collect()
}
