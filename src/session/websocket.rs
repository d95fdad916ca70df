//! A WebSocket connection: the link, the reading half, the sending half, and how they end.
//!
//! A session outlives its connections: it is attached to one link after the other, so that a call needs no
//! reference count to work on it. Locks are held for one step that does not wait, and taken in the order
//! reader, outbox, pipe.

use super::operation::{Epoch, Operation};
use super::phase::Event;
use super::read::{LastFrame, Reader};
use super::write::Outbox;
use crate::base::{Locked, Rank, Result};
use crate::engine::op::closed_by_the_program;
use crate::engine::{CancelToken, Op};
use crate::link::Link;
use crate::link::linger::Linger;
use crate::proto::ws::Extensions;
use crate::sys::source::Source;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

/// The state of one WebSocket's connection.
#[derive(Default)]
pub struct Session {
    pub(super) reader: Locked<Reader, { Rank::Reader as u8 }>,
    pub(super) outbox: Locked<Outbox, { Rank::Outbox as u8 }>,
    pub(super) pipe: Locked<Pipe, { Rank::Pipe as u8 }>,
    /// What [`Phase::is_readable`](super::phase::Phase::is_readable) returns, for reads, which do not lock the outbox.
    pub(super) is_readable: AtomicBool,
    /// Reading operations that wait; then buffered frames leave at once.
    pub(super) waiting_readers: AtomicUsize,
    /// Cancels the operations on a connection that is replaced or ended by the program. Its generation is the
    /// [`Epoch`].
    pub(super) cancel: CancelToken,
    close_timeout_ms: AtomicU32,
}

/// What the bytes go through.
#[derive(Default)]
pub(super) struct Pipe {
    pub(super) link: Option<Box<dyn Link>>,
    /// The progress of the connection's end, once that has begun (RFC 6455 section 7.1.1).
    pub(super) linger: Option<Linger>,
    /// Kept for the program's poll set after the link was dropped, if its number was returned to the program.
    source: Option<Source>,
    shown: bool,
}

impl Pipe {
    /// Ends both directions at once. An operation that waits for the link is woken; its source is closed by its last
    /// owner.
    pub(super) fn drop_link(&mut self) {
        self.linger = None;
        if let Some(link) = self.link.take() {
            link.shutdown();
        }
        if !self.shown {
            self.source = None;
        }
    }
}

impl Session {
    /// Attaches a new connection, on which the handshake is done and agreed on `extensions`. `leftover` arrived after the
    /// handshake. Fails if the program closed or detached the session since the `epoch` that [`Session::detach`] began.
    pub fn attach(
        &self,
        epoch: Epoch,
        link: Box<dyn Link>,
        leftover: Vec<u8>,
        extensions: Extensions,
        max_message_size: u64,
    ) -> Result<()> {
        let mut reader = self.reader.lock();
        let mut outbox = self.outbox.lock();
        if self.epoch() != epoch {
            return Err(closed_by_the_program());
        }
        self.end(&mut outbox);
        outbox.reset();
        reader.reset(leftover, extensions, max_message_size);
        *self.pipe.lock() =
            Pipe { source: link.source().cloned(), link: Some(link), linger: None, shown: false };
        self.on_event(&mut outbox, Event::Attached);
        Ok(())
    }

    /// Forgets the connection and all that came from it: cancels the operations that wait on it, ends the validity of
    /// borrowed payloads. Returns the operation that may attach the next one.
    pub fn detach<'a>(&'a self, op: &mut Op<'a>) -> Operation<'a> {
        let mut reader = self.reader.lock();
        let mut outbox = self.outbox.lock();
        self.end(&mut outbox);
        outbox.reset();
        reader.reset(Vec::new(), Extensions::default(), 0);
        *self.pipe.lock() = Pipe::default();
        self.on_event(&mut outbox, Event::Forgotten);
        self.begin(op)
    }

    /// Ends the connection without a closing handshake: sends no Close frame, cancels waiting operations, drops unsent
    /// data. Received data that was not taken stays readable.
    pub fn close_now(&self) {
        self.end(&mut self.outbox.lock());
    }

    /// Like [`Session::close_now`], all of it under the outbox's lock. This closes the race in which another connection
    /// is attached between two of its steps.
    pub(super) fn end(&self, outbox: &mut Outbox) {
        self.next_epoch();
        self.on_event(outbox, Event::EndedByProgram);
    }

    /// Changes the phase, and does what the new one demands: a connection that has ended has no link and no output.
    pub(super) fn on_event(&self, outbox: &mut Outbox, event: Event<'_>) {
        outbox.on_event(event);
        if outbox.phase().has_ended() {
            self.pipe.lock().drop_link();
            outbox.discard();
        }
        self.is_readable.store(outbox.phase().is_readable(), Ordering::Release);
    }

    /// Ends a connection without users like [`Session::close_now`], after one more step of an end that a Close had
    /// begun.
    pub fn abandon(&self) {
        let _ = self.linger_step();
        self.close_now();
    }

    /// Returns whether frames can be sent and received: from the handshake until a Close, a failure or the program's
    /// close.
    pub fn is_open(&self) -> bool {
        self.outbox.lock().phase().is_open()
    }

    /// Sets the limit for what is held, from the next frame on.
    pub fn set_max_message_size(&self, bytes: u64) {
        self.reader.lock().set_max_message_size(bytes);
    }

    /// Returns how long reads wait for the peer's Close once ours has left; 0 is no limit.
    pub fn close_timeout_ms(&self) -> u32 {
        self.close_timeout_ms.load(Ordering::Relaxed)
    }

    /// Sets [`Session::close_timeout_ms`], from the next wait on.
    pub fn set_close_timeout_ms(&self, milliseconds: u32) {
        self.close_timeout_ms.store(milliseconds, Ordering::Relaxed);
    }

    /// Calls `look` with what the program can ask about the last frame.
    pub fn with_facts<R>(&self, look: impl FnOnce(&LastFrame) -> R) -> R {
        look(self.reader.lock().facts())
    }

    /// Returns how many received bytes can be taken.
    pub fn received_len(&self) -> usize {
        self.reader.lock().data().len()
    }

    /// Returns whether a Ping waits for the program's Pong.
    pub fn has_unanswered_ping(&self) -> bool {
        self.reader.lock().unanswered_ping().is_some()
    }

    /// Takes the received data once `take` has got it; a failure leaves it where it is.
    pub fn hand_over_received(&self, take: impl FnOnce(&[u8]) -> Result<()>) -> Result<()> {
        let mut reader = self.reader.lock();
        take(reader.data().delivered())?;
        reader.data_mut().discard_delivered();
        Ok(())
    }

    /// Takes the received data as text: a character that is cut at its end stays.
    pub fn take_received_text(&self) -> Result<Vec<u8>> {
        let mut reader = self.reader.lock();
        if reader.facts().is_mid_text() {
            reader.data_mut().take_whole_characters()
        } else {
            reader.data_mut().take()
        }
    }

    /// Takes the received data and returns it, valid until the next read.
    pub fn return_received(&self) -> Result<(*const u8, usize)> {
        self.reader.lock().return_received()
    }

    /// Returns how many bytes were accepted for sending and have not left.
    pub fn pending_send_bytes(&self) -> usize {
        self.outbox.lock().unsent()
    }

    /// Returns whether the program's loop should wait for writability too.
    pub fn wants_write(&self) -> bool {
        let outbox = self.outbox.lock();
        let pipe = self.pipe.lock();
        pipe.link.as_ref().is_some_and(|link| outbox.has_output() || link.wants_write())
    }

    /// Returns the descriptor for the program's poll set; it stays open until the next connection or the end of the
    /// session. None without a connection, or where that has none.
    pub fn show_fd(&self) -> Option<i32> {
        let mut pipe = self.pipe.lock();
        let fd = pipe.source.as_ref()?.number();
        pipe.shown = true;
        Some(fd)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.close_now();
    }
}
