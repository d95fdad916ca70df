//! How far a connection is, and why it ended.
//!
//! Only this file changes the phase, and only this file interprets it. It is pure: no lock, no link, no clock. The phase
//! lives under the outbox's lock; [`Session::on_event`](super::Session) does what a new one demands.
//!
//! ```text
//! Idle ── Attached ──▶ Open ── a Close in each direction, ProtocolError ──▶ Ending ── LingerOver ──▶ Ended
//!                       └───── ReadFailed, EndedByProgram ───────────────────────────────────────────▶┘
//! ```
//!
//! The link is there in the phases Open and Ending, and in no other. A failed write ends nothing by itself, since what
//! the peer sent before can still be read: the phase stays, and nothing more is accepted for sending.

use crate::base::{ErrorCode, Fault, Result};
use crate::proto::ws::autoreply::Closing;

/// The closing handshake is complete.
const BOTH: Closing = Closing { sent: true, received: true };

/// How far a connection is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// There is none: never connected, or forgotten.
    #[default]
    Idle,
    /// Frames pass, as far as the Close frames permit that have passed.
    Open(History),
    /// Nothing more is delivered or accepted. Output drains, our side ends, and input is discarded until the peer's
    /// side ends.
    Ending(History, Cause),
    /// The link was dropped.
    Ended(History, Cause),
}

/// What has happened on a connection that later answers depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct History {
    closing: Closing,
    /// How the link failed for writing, the first time.
    write_fault: Option<Fault>,
}

/// Why a connection ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// A Close passed in each direction.
    Closed,
    /// The peer broke the protocol or a limit.
    Protocol(Fault),
    /// The link failed, the peer did not answer our Close in time, or there was no memory for what it sent.
    Lost(Fault),
    /// The program ended it without a Close. What has arrived can still be read.
    Program,
}

/// What happens to a connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event<'a> {
    /// A link was attached on which the opening handshake is done.
    Attached,
    /// The connection and all that came from it were forgotten.
    Forgotten,
    /// The program's Close is in the outbox.
    CloseQueued,
    /// The program's Close was taken back before its first byte left.
    CloseRolledBack,
    /// Our Close, and all output before it, has reached the link.
    CloseLeft,
    /// The peer's Close was read.
    CloseReceived,
    /// An automatic Close in answer to the peer's is in the outbox.
    CloseAnswered,
    /// The peer broke the protocol or a limit. A Close that says so is in the outbox, unless one was there before.
    ProtocolError(&'a Fault),
    /// The link failed for writing.
    WriteFailed(&'a Fault),
    /// Nothing more can be read.
    ReadFailed(&'a Fault),
    /// The peer ended its side too, or was given time enough for that.
    LingerOver,
    /// The program ended the connection, or a frame was torn that cannot be continued.
    EndedByProgram,
}

impl Phase {
    /// Moves on.
    pub(super) fn on(&mut self, event: Event<'_>) {
        *self = std::mem::take(self).after(event);
    }

    fn after(self, event: Event<'_>) -> Self {
        match (self, event) {
            (_, Event::Attached) => Self::Open(History::default()),
            (_, Event::Forgotten) | (Self::Idle, _) => Self::Idle,

            (Self::Open(history), Event::CloseQueued) => Self::Open(history.with_close_sent(true)),
            (Self::Open(history), Event::CloseRolledBack) => Self::Open(history.with_close_sent(false)),
            (Self::Ending(history, cause), Event::CloseRolledBack) => {
                Self::Ending(history.with_close_sent(false), cause)
            }
            (Self::Open(history), Event::CloseReceived) if history.closing.sent => {
                Self::Ending(history.with_close_received(), Cause::Closed)
            }
            (Self::Open(history), Event::CloseReceived) => Self::Open(history.with_close_received()),
            (Self::Open(history), Event::CloseAnswered) => {
                Self::Ending(history.with_close_sent(true), Cause::Closed)
            }
            (Self::Open(history), Event::CloseLeft) if history.closing == BOTH => {
                Self::Ending(history, Cause::Closed)
            }

            (Self::Open(history), Event::WriteFailed(fault)) => Self::Open(history.with_write_fault(fault)),
            (Self::Ending(history, cause), Event::WriteFailed(fault)) => {
                Self::Ending(history.with_write_fault(fault), cause)
            }
            (Self::Open(history), Event::ProtocolError(fault)) => {
                Self::Ending(history.with_close_sent(true), Cause::Protocol(fault.clone()))
            }
            (Self::Open(history), Event::ReadFailed(fault)) => {
                Self::Ended(history, Cause::Lost(fault.clone()))
            }
            (Self::Open(history), Event::EndedByProgram) => Self::Ended(history, Cause::Program),
            (Self::Ending(history, cause), Event::LingerOver | Event::EndedByProgram) => {
                Self::Ended(history, cause)
            }

            // What arrived before the program ended the connection is still read, and may end the reading.
            (Self::Ended(history, Cause::Program), Event::CloseReceived) => {
                Self::Ended(history.with_close_received(), Cause::Program)
            }
            (Self::Ended(history, Cause::Program), Event::ProtocolError(fault)) => {
                Self::Ended(history.with_close_sent(true), Cause::Protocol(fault.clone()))
            }
            (Self::Ended(history, Cause::Program), Event::ReadFailed(fault)) => {
                Self::Ended(history, Cause::Lost(fault.clone()))
            }

            (phase, _) => phase,
        }
    }

    /// Returns which Close frames have passed.
    pub(super) fn closing(&self) -> Closing {
        self.history().map_or_else(Closing::default, |history| history.closing)
    }

    /// Returns how the link failed for writing.
    pub(super) fn write_fault(&self) -> Option<&Fault> {
        self.history()?.write_fault.as_ref()
    }

    /// Returns whether frames can be sent and received: from the handshake until the end begins or a write fails.
    pub(super) fn is_open(&self) -> bool {
        matches!(self, Self::Open(history) if history.write_fault.is_none())
    }

    /// Returns whether the end has begun and is not over.
    pub(super) fn is_ending(&self) -> bool {
        matches!(self, Self::Ending(..))
    }

    /// Returns whether the end is over.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self, Self::Ended(..))
    }

    /// Returns whether what arrives, or has arrived, is delivered.
    pub(super) fn is_readable(&self) -> bool {
        match self {
            Self::Idle => false,
            Self::Open(history) | Self::Ended(history, Cause::Program) => !history.closing.received,
            Self::Ending(..) | Self::Ended(..) => false,
        }
    }

    /// Returns why nothing is delivered any more. Call it when [`Phase::is_readable`] is false, or when all that has
    /// arrived was read and there is no link.
    pub(super) fn why_not_readable(&self) -> Fault {
        match self {
            Self::Ending(_, Cause::Protocol(fault) | Cause::Lost(fault))
            | Self::Ended(_, Cause::Protocol(fault) | Cause::Lost(fault)) => fault.clone(),
            _ if self.closing().received => {
                let text = "The WebSocket is closed: the peer's Close frame was the last to be read.";
                Fault::new(ErrorCode::Closed, text)
            }
            _ => self.no_connection(),
        }
    }

    /// Fails where no frame may be sent.
    #[inline]
    pub(super) fn check_send(&self) -> Result<()> {
        match self {
            Self::Open(History { closing: Closing { sent: false, .. }, write_fault: None }) => Ok(()),
            _ => Err(self.why_not_sendable()),
        }
    }

    #[cold]
    fn why_not_sendable(&self) -> Fault {
        match self {
            Self::Open(History { write_fault: Some(fault), .. }) => late_write_failed(fault),
            Self::Open(_) => {
                let text = "A Close frame was sent; nothing can be sent after it (RFC 6455 section 5.5.1).";
                Fault::new(ErrorCode::CloseSent, text)
            }
            _ => self.no_connection(),
        }
    }

    /// Fails with the link's failure that no operation was waiting for.
    pub(super) fn check_late_write(&self) -> Result<()> {
        self.write_fault().map_or(Ok(()), |fault| Err(late_write_failed(fault)))
    }

    /// Returns why something that was accepted for sending will never leave.
    pub(super) fn why_not_sent(&self) -> Fault {
        match self.write_fault() {
            Some(fault) => fault.clone(),
            None if self.closing().received => {
                Fault::new(ErrorCode::Closed, "The WebSocket was closed before everything was sent.")
            }
            None => Fault::new(ErrorCode::NotConnected, "The connection ended before everything was sent."),
        }
    }

    /// Returns the failure of a call that needs a connection when there is none.
    pub(super) fn no_connection(&self) -> Fault {
        match self.closing() {
            Closing { sent: false, received: false } => {
                Fault::new(ErrorCode::NotConnected, "The WebSocket is not connected.")
            }
            _ => Fault::new(ErrorCode::Closed, "The WebSocket is closed."),
        }
    }

    fn history(&self) -> Option<&History> {
        match self {
            Self::Idle => None,
            Self::Open(history) | Self::Ending(history, _) | Self::Ended(history, _) => Some(history),
        }
    }
}

impl History {
    fn with_close_sent(mut self, sent: bool) -> Self {
        self.closing.sent = sent;
        self
    }

    fn with_close_received(mut self) -> Self {
        self.closing.received = true;
        self
    }

    fn with_write_fault(mut self, fault: &Fault) -> Self {
        self.write_fault.get_or_insert_with(|| fault.clone());
        self
    }
}

fn late_write_failed(fault: &Fault) -> Fault {
    let text = format!("An earlier write failed, so nothing can be sent any more: {}", fault.text());
    Fault::new(ErrorCode::LateWriteFailed, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each phase and where the events lead it, in the order of `events`. A phase is the stage (Idle, Open, `~` for
    /// Ending, Ended without it) with its cause, and after the slash the Close that has passed: ours, theirs, both. A dot
    /// is the phase that it was.
    const TABLE: &str = "
        Idle        .      .         .         .         .         .           . .      .          .
        Open        Open/o .         .         Open/t    ~Closed/o ~Protocol/o . Lost   .          Program
        Open/o      .      Open      .         ~Closed/b ~Closed/o ~Protocol/o . Lost/o .          Program/o
        Open/t      Open/b .         .         .         ~Closed/b ~Protocol/b . Lost/t .          Program/t
        Open/b      .      Open/t    ~Closed/b ~Closed/b ~Closed/b ~Protocol/b . Lost/b .          Program/b
        ~Closed/b   .      ~Closed/t .         .         .         .           . .      Closed/b   Closed/b
        ~Closed/t   .      .         .         .         .         .           . .      Closed/t   Closed/t
        ~Protocol/o .      ~Protocol .         .         .         .           . .      Protocol/o Protocol/o
        ~Protocol   .      .         .         .         .         .           . .      Protocol   Protocol
        Closed/b    .      .         .         .         .         .           . .      .          .
        Closed/t    .      .         .         .         .         .           . .      .          .
        Protocol/o  .      .         .         .         .         .           . .      .          .
        Lost        .      .         .         .         .         .           . .      .          .
        Lost/o      .      .         .         .         .         .           . .      .          .
        Program     .      .         .         Program/t .         Protocol/o  . Lost   .          .
        Program/o   .      .         .         Program/b .         Protocol/o  . Lost/o .          .
        Program/t   .      .         .         .         .         Protocol/b  . Lost/t .          .
        Program/b   .      .         .         .         .         Protocol/b  . Lost/b .          .
    ";

    /// What can be asked: open, readable; what a send, a read and a flush of dropped output fail with.
    const ANSWERS: &str = "
        Idle        no  no  NotConnected NotConnected NotConnected
        Open        yes yes -            NotConnected NotConnected
        Open/o      yes yes CloseSent    Closed       NotConnected
        Open/t      yes no  -            Closed       Closed
        Open/b      yes no  CloseSent    Closed       Closed
        ~Closed/b   no  no  Closed       Closed       Closed
        ~Closed/t   no  no  Closed       Closed       Closed
        ~Protocol/o no  no  Closed       ReservedBits NotConnected
        ~Protocol   no  no  NotConnected ReservedBits NotConnected
        Closed/b    no  no  Closed       Closed       Closed
        Closed/t    no  no  Closed       Closed       Closed
        Protocol/o  no  no  Closed       ReservedBits NotConnected
        Lost        no  no  NotConnected ReadTimeout  NotConnected
        Lost/o      no  no  Closed       ReadTimeout  NotConnected
        Program     no  yes NotConnected NotConnected NotConnected
        Program/o   no  yes Closed       Closed       NotConnected
        Program/t   no  no  Closed       Closed       Closed
        Program/b   no  no  Closed       Closed       Closed
    ";

    fn protocol() -> Fault {
        Fault::new(ErrorCode::ReservedBits, "protocol")
    }

    fn lost() -> Fault {
        Fault::new(ErrorCode::ReadTimeout, "lost")
    }

    fn not_writable() -> Fault {
        Fault::new(ErrorCode::ConnectionReset, "not writable")
    }

    /// The events in the order of the table's columns.
    fn events<'a>(protocol: &'a Fault, lost: &'a Fault, not_writable: &'a Fault) -> [Event<'a>; 10] {
        [
            Event::CloseQueued,
            Event::CloseRolledBack,
            Event::CloseLeft,
            Event::CloseReceived,
            Event::CloseAnswered,
            Event::ProtocolError(protocol),
            Event::WriteFailed(not_writable),
            Event::ReadFailed(lost),
            Event::LingerOver,
            Event::EndedByProgram,
        ]
    }

    fn phase(name: &str) -> Phase {
        let (stage, closing) = name.split_once('/').unwrap_or((name, ""));
        let closing = Closing { sent: matches!(closing, "o" | "b"), received: matches!(closing, "t" | "b") };
        let history = History { closing, write_fault: None };
        let cause = match stage.trim_start_matches('~') {
            "Idle" => return Phase::Idle,
            "Open" => return Phase::Open(history),
            "Closed" => Cause::Closed,
            "Protocol" => Cause::Protocol(protocol()),
            "Lost" => Cause::Lost(lost()),
            "Program" => Cause::Program,
            _ => panic!("{name} is no phase"),
        };
        if stage.starts_with('~') { Phase::Ending(history, cause) } else { Phase::Ended(history, cause) }
    }

    fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
        table.trim().lines().map(|line| {
            let mut cells = line.split_whitespace();
            (cells.next().unwrap(), cells.collect())
        })
    }

    fn with_write_fault(phase: Phase) -> Phase {
        let fault = not_writable();
        match phase {
            Phase::Idle => Phase::Idle,
            Phase::Open(history) => Phase::Open(history.with_write_fault(&fault)),
            Phase::Ending(history, cause) => Phase::Ending(history.with_write_fault(&fault), cause),
            Phase::Ended(history, cause) => Phase::Ended(history.with_write_fault(&fault), cause),
        }
    }

    #[test]
    fn every_event_leads_each_phase_where_the_table_says() {
        let (protocol, lost, not_writable) = (protocol(), lost(), not_writable());
        let events = events(&protocol, &lost, &not_writable);
        for (before, after) in rows(TABLE) {
            assert_eq!(after.len(), events.len(), "the row of {before}");
            assert_eq!(with_write_fault(phase(before)).after(Event::Attached), phase("Open"));
            assert_eq!(with_write_fault(phase(before)).after(Event::Forgotten), Phase::Idle);
            for (event, &expected) in events.into_iter().zip(&after) {
                let expected = phase(if expected == "." { before } else { expected });
                let context = format!("{before}, {event:?}");
                let kept = with_write_fault(expected.clone());
                assert_eq!(with_write_fault(phase(before)).after(event), kept, "{context}, unwritable");
                let has_link = matches!(phase(before), Phase::Open(_) | Phase::Ending(..));
                let is_write = matches!(event, Event::WriteFailed(_));
                let expected = if is_write && has_link { with_write_fault(expected) } else { expected };
                assert_eq!(phase(before).after(event), expected, "{context}");
            }
        }
    }

    #[test]
    fn each_phase_answers_as_the_table_says() {
        let yes = |is_so| if is_so { "yes" } else { "no" }.to_owned();
        let code = |fault: &Fault| format!("{:?}", fault.code());
        for (name, expected) in rows(ANSWERS) {
            let phase = phase(name);
            let answers = [
                yes(phase.is_open()),
                yes(phase.is_readable()),
                phase.check_send().map_or_else(|fault| code(&fault), |()| "-".to_owned()),
                code(&phase.why_not_readable()),
                code(&phase.why_not_sent()),
            ];
            assert_eq!(answers.each_ref().map(String::as_str), expected[..], "{name}");
            assert_eq!(phase.is_ending(), name.starts_with('~'), "{name}");
        }
    }

    /// What the outbox notes by itself, without [`Session::on_event`](super::super::Session).
    #[test]
    fn what_is_queued_or_leaves_neither_ends_the_connection_nor_its_reads() {
        let fault = not_writable();
        let noted =
            [Event::CloseQueued, Event::CloseRolledBack, Event::CloseLeft, Event::WriteFailed(&fault)];
        for (name, _) in rows(TABLE) {
            for event in noted {
                let (before, after) = (phase(name), phase(name).after(event));
                assert_eq!(after.has_ended(), before.has_ended(), "{name}, {event:?}");
                assert_eq!(after.is_readable(), before.is_readable(), "{name}, {event:?}");
            }
        }
    }

    #[test]
    fn a_failed_write_ends_sending_and_is_reported_by_each_flush() {
        for (name, _) in rows(ANSWERS).filter(|(name, _)| *name != "Idle") {
            let (before, phase) = (phase(name), with_write_fault(phase(name)));
            assert!(!phase.is_open());
            assert_eq!(phase.is_readable(), before.is_readable(), "{name}");
            assert_eq!(phase.check_late_write().unwrap_err().code(), ErrorCode::LateWriteFailed, "{name}");
            assert_eq!(phase.why_not_sent(), not_writable(), "{name}");
            let is_connected = matches!(phase, Phase::Open(_));
            let refused = phase.check_send().unwrap_err().code();
            assert_eq!(refused == ErrorCode::LateWriteFailed, is_connected, "{name}");
        }
    }
}
