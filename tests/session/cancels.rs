//! Operations that are given up at every point at which they wait: dropped, or told by their caller. Whoever goes on
//! behind them finds nothing lost, and the peer sees whole frames alone.

use super::script::{AUTO, Wire, complete_now, connected, end, op, options, poll, taken};
use ckws::base::{ErrorCode, Fault, Result};
use ckws::engine::{Caller, CancelToken, Op};
use ckws::proto::ws::opcode::Opcode;
use ckws::session::{Outgoing, Payload, Session};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

/// Of a frame in one piece, of the extended lengths, and of frames that are streamed piece by piece.
const LENGTHS: [usize; 5] = [5, 200, 32_768, 32_769, 150_000];

/// How many bytes the link takes between two polls, for a payload of this length: each place where a frame may be cut,
/// or some tens of them where it is long.
fn steps(len: usize) -> &'static [usize] {
    if len < 1_000 { &[1, 2, 7] } else { &[3_001, 32_768, 40_000] }
}

fn payload(len: usize) -> Vec<u8> {
    (0..len).map(|index| (index * 7 + index / 251) as u8).collect()
}

fn outgoing(payload: Payload<'_>) -> Outgoing<'_> {
    Outgoing { kind: Opcode::Binary, payload, fin: true, whole_message: true, flush: true }
}

/// Who cancels what a task, or a thread, does.
#[derive(Default)]
struct Program {
    token: CancelToken,
    /// None for a task.
    thread: Option<u64>,
}

impl Caller for Program {
    fn thread(&self) -> Option<u64> {
        self.thread
    }

    fn is_task(&self) -> bool {
        self.thread.is_none()
    }

    fn cancel_token(&self) -> &CancelToken {
        &self.token
    }

    fn cancel_fault(&self) -> Fault {
        Fault::new(ErrorCode::Aborted, "cancelled")
    }
}

/// How an operation is given up.
#[derive(Clone, Copy, Debug)]
enum GiveUp {
    Drop,
    Cancel,
}

/// What became of an operation that was to be given up.
#[derive(Debug)]
enum Ending {
    /// It had ended before.
    Completed(Result<()>),
    Dropped,
    Cancelled(Fault),
}

/// Polls `operation` as often as `polls` says, `before_each` poll something happens; then gives it up.
fn give_up<F: Future<Output = Result<()>>>(
    how: GiveUp,
    polls: usize,
    program: &Program,
    operation: F,
    mut before_each: impl FnMut(),
) -> Ending {
    let mut operation = pin!(operation);
    for _ in 0..polls {
        before_each();
        if let Poll::Ready(outcome) = poll(operation.as_mut()) {
            return Ending::Completed(outcome);
        }
    }
    match how {
        GiveUp::Drop => Ending::Dropped,
        GiveUp::Cancel => {
            program.token.close();
            Ending::Cancelled(complete_now(operation).expect_err("it was cancelled before it had ended"))
        }
    }
}

/// Who goes on behind a send that was given up.
#[derive(Clone, Copy, Debug)]
enum Next {
    Send,
    Flush,
    Read,
    TryRead,
    Close,
}

impl Next {
    const ALL: [Self; 5] = [Self::Send, Self::Flush, Self::Read, Self::TryRead, Self::Close];

    /// Goes on until nothing is left to be sent; the opcodes that this adds.
    fn resume(self, session: &Session, wire: &Wire) -> &'static [u8] {
        wire.state().room = usize::MAX;
        let mut log = op();
        match self {
            Self::Send => {
                end(session.send(&mut log, outgoing(Payload::Borrowed(b"after")), 0));
                &[2]
            }
            Self::Flush => {
                end(session.flush(&mut log, 0));
                &[]
            }
            Self::Read => {
                wire.arrives(b"\x89\x01?");
                let mut read = pin!(session.read_frame(&mut log, options(AUTO)));
                (0..20).for_each(|_| assert!(poll(read.as_mut()).is_pending()));
                &[10]
            }
            Self::TryRead => {
                wire.arrives(b"\x89\x01?");
                for _ in 0..20 {
                    let fault = session.try_read_frame(&mut log, AUTO).expect_err("only a Ping has arrived");
                    assert_eq!(fault.code(), ErrorCode::WouldBlock);
                }
                &[10]
            }
            Self::Close => {
                let close = ckws::proto::ws::close::build(Some(1000), "");
                end(session.send_close(&mut log, close, 0));
                &[8]
            }
        }
    }
}

#[test]
fn a_tasks_send_that_is_given_up_anywhere_is_withdrawn_or_finished_by_the_next() {
    for len in LENGTHS {
        let kept = Arc::new(payload(len));
        for (&step, how) in steps(len).iter().flat_map(|step| [(step, GiveUp::Drop), (step, GiveUp::Cancel)])
        {
            for polls in 0.. {
                // Each of them now and then, and all of them with each length.
                let next = Next::ALL[polls % Next::ALL.len()];
                let context = format!("{len} bytes, {step} a poll, {how:?} after {polls}, then {next:?}");
                if assert_send_survives(&kept, step, how, polls, next, &context) {
                    break;
                }
            }
        }
    }
}

/// A control frame of a task is in the outbox as a whole, so nobody's memory has to be kept.
#[test]
fn a_tasks_ping_that_is_given_up_anywhere_leaves_the_connection_as_it_was() {
    for (room, how) in (0..12).flat_map(|room| [(room, GiveUp::Drop), (room, GiveUp::Cancel)]) {
        let (session, wire) = connected(0);
        let program = Program::default();
        let mut log = Op::of(&program, "SendPing", false);
        let ping = Outgoing::control(Opcode::Ping, b"?");
        let ending = give_up(how, 1, &program, session.send(&mut log, ping, 0), || wire.state().room = room);
        let sent = match ending {
            // Two bytes of header, four of the mask, one of payload.
            Ending::Completed(outcome) => outcome.is_ok() && room >= 7,
            Ending::Dropped => room < 7,
            Ending::Cancelled(fault) => fault.code() == ErrorCode::Aborted && room < 7,
        };
        assert!(sent && session.is_open(), "room for {room} bytes, {how:?}");
        wire.state().room = usize::MAX;
        end(session.send(&mut op(), outgoing(Payload::Borrowed(b"after")), 0));
        assert_eq!(
            wire.opcodes(),
            if room == 0 { &[2][..] } else { &[9, 2] },
            "room for {room} bytes, {how:?}"
        );
    }
}

/// True if the send had ended before it could be given up.
fn assert_send_survives(
    kept: &Arc<Vec<u8>>,
    step: usize,
    how: GiveUp,
    polls: usize,
    next: Next,
    context: &str,
) -> bool {
    let (session, wire) = connected(0);
    // What was there before leaves whole, whatever becomes of the send.
    end(session.send(&mut op(), Outgoing { flush: false, ..outgoing(Payload::Borrowed(b"before")) }, 0));
    let program = Program::default();
    let mut log = Op::of(&program, "Send", false);
    let send = session.send(&mut log, outgoing(Payload::Owned(kept)), 0);
    let ending = give_up(how, polls, &program, send, || wire.state().room += step);
    if let Ending::Cancelled(fault) = &ending {
        assert_eq!(fault.code(), ErrorCode::Aborted, "{context}");
    }
    let begun = wire.state().output.len() > 6 + b"before".len();
    assert!(session.is_open(), "{context}");

    let added = next.resume(&session, &wire);
    assert_eq!(session.pending_send_bytes(), 0, "{context}");
    let mut expected = vec![2];
    expected.extend(begun.then_some(2));
    expected.extend(added);
    let frames = wire.frames();
    let opcodes: Vec<u8> = frames.iter().map(|(opcode, _)| *opcode).collect();
    assert_eq!(opcodes, expected, "{context}");
    assert_eq!(frames[0].1, b"before", "{context}");
    assert!(!begun || frames[1].1 == **kept, "{context}: the payload is another");
    matches!(ending, Ending::Completed(outcome) if outcome.is_ok() && begun)
}

#[test]
fn a_blocking_send_that_is_given_up_inside_its_frame_ends_the_connection() {
    for len in LENGTHS {
        let lent = payload(len);
        for (&step, how) in steps(len).iter().flat_map(|step| [(step, GiveUp::Drop), (step, GiveUp::Cancel)])
        {
            for polls in 0.. {
                let (session, wire) = connected(0);
                let program = Program::default();
                let mut log = Op::of(&program, "Send", false);
                let send = session.send(&mut log, outgoing(Payload::Borrowed(&lent)), 0);
                let ending = give_up(how, polls, &program, send, || wire.state().room += step);
                if matches!(ending, Ending::Completed(_)) {
                    break;
                }
                let context = format!("{len} bytes, {step} a poll, {how:?} after {polls}");
                let begun = !wire.state().output.is_empty();
                if let Ending::Cancelled(fault) = ending {
                    let code = if begun { ErrorCode::SendInterrupted } else { ErrorCode::Aborted };
                    assert_eq!(fault.code(), code, "{context}");
                }
                assert_eq!((session.is_open(), wire.state().is_closed), (!begun, begun), "{context}");
                let sent = wire.state().output.len();
                wire.state().room = usize::MAX;
                let after = complete_now(session.send(&mut op(), outgoing(Payload::Borrowed(b"after")), 0));
                match begun {
                    true => {
                        let code = after.expect_err("the connection has ended").code();
                        assert_eq!(code, ErrorCode::NotConnected, "{context}");
                        assert_eq!(wire.state().output.len(), sent, "{context}: half a frame was continued");
                    }
                    false => assert_eq!(wire.frames(), [(2, b"after".to_vec())], "{context}"),
                }
            }
        }
    }
}

/// A connection that takes the place of the one in whose frame a task was given up knows nothing of it.
#[test]
fn what_a_task_has_left_behind_goes_with_its_connection() {
    let kept = Arc::new(payload(150_000));
    for reattach in [false, true] {
        let (session, wire) = connected(40_000);
        let mut log = op();
        let send = session.send(&mut log, outgoing(Payload::Owned(&kept)), 0);
        assert!(matches!(give_up(GiveUp::Drop, 1, &Program::default(), send, || {}), Ending::Dropped));
        assert!(session.pending_send_bytes() > 100_000);
        session.close_now();
        assert_eq!(session.pending_send_bytes(), 0);
        let next = if reattach { super::script::attach(&session, usize::MAX) } else { wire };
        let after = complete_now(session.send(&mut op(), outgoing(Payload::Borrowed(b"after")), 0));
        match reattach {
            true => assert_eq!(next.frames(), [(2, b"after".to_vec())]),
            false => assert_eq!(after.expect_err("it has ended").code(), ErrorCode::NotConnected),
        }
    }
}

/// The connection is replaced while a task is inside its frame: neither its end nor its rest reaches the next one.
#[test]
fn a_task_that_is_given_up_on_an_old_connection_leaves_the_next_one_alone() {
    let kept = Arc::new(payload(150_000));
    for polls in 1..4 {
        let (session, wire) = connected(0);
        let mut log = op();
        let next = {
            let mut send = pin!(session.send(&mut log, outgoing(Payload::Owned(&kept)), 0));
            for _ in 0..polls {
                wire.state().room = 20_000;
                assert!(poll(send.as_mut()).is_pending());
            }
            super::script::attach(&session, usize::MAX)
            // Here it is dropped.
        };
        end(session.send(&mut op(), outgoing(Payload::Borrowed(b"after")), 0));
        assert_eq!(next.frames(), [(2, b"after".to_vec())]);
    }
}

/// What the peer says to a read that is given up again and again.
struct PeerMessages {
    wire: Vec<u8>,
    messages: Vec<Vec<u8>>,
}

fn peer_messages() -> PeerMessages {
    let large = payload(150_000);
    let header = |first: u8| [&[first, 127][..], &(large.len() as u64).to_be_bytes()].concat();
    let wire = [
        b"\x82\x03one".to_vec(),
        b"\x89\x02hi".to_vec(),
        // Fragments, with a Pong between.
        b"\x02\x02tw\x8A\x00\x00\x00\x80\x01o".to_vec(),
        [header(0x82), large.clone()].concat(),
        // A large fragment, a Ping, the rest.
        [header(0x02), large.clone()].concat(),
        b"\x89\x00\x80\x03end".to_vec(),
    ];
    let last = [large.as_slice(), b"end"].concat();
    PeerMessages { wire: wire.concat(), messages: vec![b"one".to_vec(), b"two".to_vec(), large, last] }
}

/// How a message is read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Read {
    Frames,
    Message,
    Receive,
    /// As a task receives; every second message is left to the next read.
    Find,
}

#[test]
fn a_read_that_is_given_up_anywhere_loses_nothing() {
    let PeerMessages { wire: said, messages } = peer_messages();
    for read in [Read::Frames, Read::Message, Read::Receive, Read::Find] {
        for (step, how) in [1, 7, 1_000, 20_000, 70_000]
            .into_iter()
            .flat_map(|step| [(step, GiveUp::Drop), (step, GiveUp::Cancel)])
        {
            // A short piece each time where frames are short, and long ones for what is long.
            let said = if step < 1_000 { &said[..40] } else { &said[..] };
            for polls in 1..4 {
                let context = format!("{read:?}, {step} bytes a poll, {how:?} after {polls}");
                let got = read_in_bits(read, said, step, how, polls);
                let expected = if step < 1_000 { &messages[..2] } else { &messages[..] };
                assert!(got == expected, "{context}: {:?}", got.iter().map(Vec::len).collect::<Vec<_>>());
            }
        }
    }
}

/// Reads all messages; every read is given up after so many polls, and the next goes on.
fn read_in_bits(read: Read, said: &[u8], step: usize, how: GiveUp, polls: usize) -> Vec<Vec<u8>> {
    let (session, wire) = connected(usize::MAX);
    let mut rest = said;
    let mut messages = Vec::new();
    let mut idle = 0;
    let mut found = 0;
    while idle < 12 {
        idle += usize::from(rest.is_empty());
        // What a receive returns belongs to a thread.
        let thread = (read == Read::Receive).then_some(1);
        let program = Program { thread, ..Program::default() };
        let mut log = Op::of(&program, "Read", false);
        let mut received = None;
        let operation = async {
            match read {
                Read::Frames => session.read_frame(&mut log, options(AUTO)).await,
                Read::Message => session.read_message(&mut log, options(AUTO)).await,
                Read::Receive => {
                    let (_, pointer, len) = session.receive(&mut log, options(AUTO)).await?;
                    received = Some((pointer, len));
                    Ok(())
                }
                Read::Find => session.find(&mut log, options(AUTO)).await,
            }
        };
        let ending = give_up(how, polls, &program, operation, || {
            let (now, later) = rest.split_at(step.min(rest.len()));
            wire.arrives(now);
            rest = later;
        });
        match ending {
            Ending::Completed(outcome) => outcome.expect("a message is there"),
            Ending::Cancelled(fault) => {
                assert_eq!(fault.code(), ErrorCode::Aborted);
                continue;
            }
            Ending::Dropped => continue,
        }
        if read == Read::Find {
            found += 1;
            if found % 2 == 1 {
                session.leave_found();
                continue;
            }
            let (_, data) = session.take_found().expect("the connection is the same");
            messages.push(lent(data.as_ptr(), data.len()));
        } else if let Some((pointer, len)) = received {
            messages.push(lent(pointer, len));
        } else if session.with_facts(|facts| facts.final_frame) {
            messages.push(taken(&session));
        }
    }
    messages
}

#[allow(unsafe_code, reason = "what Receive lends is a pointer, as in C")]
pub(crate) fn lent(pointer: *const u8, len: usize) -> Vec<u8> {
    // SAFETY: the message, and the NUL behind it, stay until this thread's next read.
    let mut bytes = unsafe { std::slice::from_raw_parts(pointer, len + 1) }.to_vec();
    assert_eq!(bytes.pop(), Some(0), "no NUL stands behind the message");
    bytes
}
