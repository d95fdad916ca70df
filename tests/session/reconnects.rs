//! The program connects anew, or closes, in the middle of a step: between the look at the old connection and what is
//! done with it.
//!
//! An operation asks its caller often whether to go on, without a lock. Each test lets the program act in the first of
//! these questions, in the second, and so on, until the operation ends before the question comes.

use super::script::{MANUAL, Wire, attach, connected, message, op, poll};
use ckws::base::{ErrorCode, Fault, Result};
use ckws::engine::{Caller, CancelToken, ConnectStage, Op, block_on};
use ckws::link::memory::End;
use ckws::object::{Requester, WebSocket};
use ckws::proto::ws::control::ControlPayload;
use ckws::proto::ws::opcode::Opcode;
use ckws::session::{Outgoing, Payload, Session};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use tungstenite::handshake::derive_accept_key;

/// A caller that does something in each question, which it gets the number of. The first, 0, comes before the operation
/// begins.
struct Program<F> {
    cancel: CancelToken,
    questions: AtomicUsize,
    in_question: Mutex<F>,
    is_task: bool,
}

impl<F: FnMut(usize) + Send> Program<F> {
    fn new(is_task: bool, in_question: F) -> Self {
        let in_question = Mutex::new(in_question);
        Self { cancel: CancelToken::default(), questions: AtomicUsize::new(0), in_question, is_task }
    }

    fn was_asked(&self, question: usize) -> bool {
        self.questions.load(Ordering::Relaxed) > question
    }
}

impl<F: FnMut(usize) + Send> Caller for Program<F> {
    fn thread(&self) -> Option<u64> {
        Some(1)
    }

    fn is_task(&self) -> bool {
        self.is_task
    }

    fn cancel_token(&self) -> &CancelToken {
        let question = self.questions.fetch_add(1, Ordering::Relaxed);
        self.in_question.lock().expect("no test panics with it")(question);
        &self.cancel
    }

    fn cancel_fault(&self) -> Fault {
        Fault::new(ErrorCode::Aborted, "cancelled")
    }
}

/// An operation that a connection is taken away from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sent {
    Small,
    Streamed,
    /// A task's own payload.
    Kept,
    Flush,
    /// The answer to the peer's Close.
    Close,
    /// The answer to the peer's Ping.
    Pong,
}

impl Sent {
    const ALL: [Self; 6] = [Self::Small, Self::Streamed, Self::Kept, Self::Flush, Self::Close, Self::Pong];

    async fn make<'a>(self, session: &'a Session, op: &mut Op<'a>, payload: &Arc<Vec<u8>>) -> Result<()> {
        match self {
            Self::Small => session.send(op, message(b"small"), 0).await,
            Self::Streamed => session.send(op, message(payload), 0).await,
            Self::Kept => {
                let frame = Outgoing { payload: Payload::Owned(payload), ..message(&[]) };
                session.send(op, frame, 0).await
            }
            Self::Flush => session.flush(op, 0).await,
            Self::Close => session.send_close(op, ControlPayload::EMPTY, 0).await,
            Self::Pong => session.send_pong(op, 0).await,
        }
    }
}

#[test]
fn no_step_of_an_operation_reaches_the_next_connection() {
    for sent in Sent::ALL {
        let questions = (1..).take_while(|question| assert_next_is_untouched(sent, *question)).count();
        assert!(questions > 2, "{sent:?} asks {questions} times");
    }
}

/// A sender before it is in the middle of its frame, so `sent` waits for its turn. False if it ended before the
/// question.
fn assert_next_is_untouched(sent: Sent, question: usize) -> bool {
    let (session, wire) = connected(0);
    // Both connections have a Ping that waits for its Pong, and a Close where that is to be answered.
    let greeting: &[u8] = if sent == Sent::Close { b"\x89\x01?\x88\x00" } else { b"\x89\x01?" };
    let greet = |wire: &Wire, session: &Session, greeting: &[u8]| {
        wire.arrives(greeting);
        while session.try_read_frame(&mut op(), MANUAL).is_ok() {}
    };
    greet(&wire, &session, greeting);
    let next: Mutex<Option<Wire>> = Mutex::new(None);
    let program = Program::new(sent == Sent::Kept, |now| {
        if now == question {
            // A large frame would be torn by an end after so many bytes.
            let wire = attach(&session, 20_000);
            greet(&wire, &session, b"\x89\x01?");
            *next.lock().expect("no test panics with it") = Some(wire);
        }
    });
    let payload = Arc::new(vec![7; 150_000]);
    let mut log = Op::of(&program, "test", false);
    let outcome = {
        let mut first_log = op();
        let mut first = pin!(session.send(&mut first_log, message(b"before"), 0));
        assert!(poll(first.as_mut()).is_pending());
        let mut operation = pin!(sent.make(&session, &mut log, &payload));
        let mut outcome = poll(operation.as_mut());
        wire.state().room = usize::MAX;
        wire.state().end = End::Finished;
        assert!(poll(first.as_mut()).is_ready(), "it left, or went with its connection");
        for _ in 0..10 {
            if outcome.is_pending() {
                outcome = poll(operation.as_mut());
            }
        }
        outcome
    };
    let Some(next) = next.lock().expect("no test panics with it").take() else {
        assert!(matches!(outcome, Poll::Ready(Ok(()))), "{sent:?}");
        return false;
    };
    let context = format!("{sent:?}, question {question}: {outcome:?}");
    if let Poll::Ready(Err(fault)) = &outcome {
        assert_eq!(fault.code(), ErrorCode::ClosedLocally, "{context}");
    }
    assert!(session.is_open() && !next.state().is_closed, "{context}");
    assert!(session.has_unanswered_ping(), "{context}: it was answered on the other connection");
    next.state().room = usize::MAX;
    let mut after_log = op();
    let mut after = pin!(session.send(&mut after_log, message(b"after"), 0));
    assert!(matches!(poll(after.as_mut()), Poll::Ready(Ok(()))), "{context}");
    assert_eq!(next.frames(), [(Opcode::Binary as u8, b"after".to_vec())], "{context}");
    true
}

/// A server that lives on the client's thread: it does its work in the questions, so the same answer is there in the same
/// question each time.
struct Server {
    name: &'static str,
    listener: TcpListener,
    stream: Option<TcpStream>,
    request: Vec<u8>,
}

impl Server {
    fn new(name: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket takes the option");
        Self { name, listener, stream: None, request: Vec::new() }
    }

    fn url(&self) -> String {
        format!("ws://{}/", self.listener.local_addr().expect("a bound listener has an address"))
    }

    /// Accepts, reads and answers as far as that goes.
    fn serve(&mut self) {
        if let Ok((stream, _)) = self.listener.accept() {
            stream.set_nonblocking(true).expect("a socket takes the option");
            self.stream = Some(stream);
        }
        let Some(stream) = &mut self.stream else { return };
        let mut part = [0; 4096];
        while let Ok(count @ 1..) = stream.read(&mut part) {
            self.request.extend(&part[..count]);
        }
        let request = String::from_utf8_lossy(&self.request).into_owned();
        let Some((_, key)) = request.split_once("Sec-WebSocket-Key: ") else { return };
        let accept = derive_accept_key(key.split_once("\r\n").expect("a field ends").0.as_bytes());
        self.request.clear();
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\nX-Name: {}\r\n\r\n",
            self.name
        );
        stream.write_all(answer.as_bytes()).expect("the client is there");
    }
}

#[test]
fn a_connect_that_the_program_closes_fails() {
    for question in 1.. {
        let websocket = WebSocket::default();
        let mut server = Server::new("only");
        let url = server.url();
        let program = Program::new(false, |now| {
            server.serve();
            if now == question {
                websocket.close_connection();
            }
        });
        let outcome = block_on(websocket.connect(&mut Op::of(&program, "Connect", false), &url));
        if !program.was_asked(question) {
            assert!(outcome.is_ok() && websocket.session().is_open() && question > 4);
            return;
        }
        let fault = outcome.expect_err("the program closed the connection");
        assert_eq!(fault.code(), ErrorCode::ClosedLocally, "question {question}");
        assert!(!websocket.session().is_open(), "question {question}: it is connected nevertheless");
        assert_ne!(websocket.connect_stage(), ConnectStage::Open, "question {question}");
    }
}

#[test]
fn of_two_connects_the_later_one_counts() {
    for question in 1.. {
        let websocket = WebSocket::default();
        let (mut earlier, mut later) = (Server::new("earlier"), Server::new("later"));
        let (earlier_url, later_url) = (earlier.url(), later.url());
        let serves_later = Program::new(false, |_| later.serve());
        let program = Program::new(false, |now| {
            earlier.serve();
            if now == question {
                let mut log = Op::of(&serves_later, "Connect", false);
                block_on(websocket.connect(&mut log, &later_url)).expect("the server answers");
            }
        });
        let outcome = block_on(websocket.connect(&mut Op::of(&program, "Connect", false), &earlier_url));
        if !program.was_asked(question) {
            assert!(outcome.is_ok() && question > 4);
            return;
        }
        let fault = outcome.expect_err("the program connected anew");
        assert_eq!(fault.code(), ErrorCode::ClosedLocally, "question {question}");
        assert!(websocket.session().is_open(), "question {question}");
        let name = websocket.response_field("X-Name").expect("there is a response");
        assert_eq!(name, "later", "question {question}");
        assert_eq!(websocket.connect_stage(), ConnectStage::Open, "question {question}");
        assert_eq!(websocket.connection_number(), 1, "question {question}");
    }
}
