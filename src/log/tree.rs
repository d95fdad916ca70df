//! Entries in the order in which they were written, each with its depth.

use super::report::{DETAIL, FRAMES};
use crate::base::{ErrorCode, Fault};
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// A fact's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A number.
    Int(i64),
    /// A truth value.
    Bool(bool),
    /// Words.
    Text(Cow<'static, str>),
}

impl Value {
    /// Returns the value in words.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Int(value) => Cow::Owned(value.to_string()),
            Self::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Text(value) => Cow::Borrowed(value),
        }
    }
}

macro_rules! value_from {
    ($($from:ty => $make:expr),* $(,)?) => {
        $(impl From<$from> for Value {
            fn from(value: $from) -> Self {
                $make(value)
            }
        })*
    };
}

value_from! {
    bool => Value::Bool,
    i64 => Value::Int,
    i32 => |value| Self::Int(i64::from(value)),
    u32 => |value| Self::Int(i64::from(value)),
    u16 => |value| Self::Int(i64::from(value)),
    u64 => |value| Self::Int(i64::try_from(value).unwrap_or(i64::MAX)),
    usize => |value| Self::Int(i64::try_from(value).unwrap_or(i64::MAX)),
    &'static str => |value| Self::Text(Cow::Borrowed(value)),
    String => |value| Self::Text(Cow::Owned(value)),
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A nested context begins; the time is known once it has ended and something waited in it.
    Enter(&'static str, Option<Duration>),
    /// The context of that name ends.
    Leave(&'static str),
    /// A fact.
    Fact(&'static str, Value),
    /// A sentence.
    Info(Cow<'static, str>),
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// How many contexts are around it, the method's own not counted.
    pub depth: u16,
    /// What it says.
    pub kind: Kind,
}

/// The log of one method call.
#[derive(Clone, Debug, Default)]
pub struct Log {
    method: &'static str,
    entries: Vec<Entry>,
    depth: u16,
    verbose: bool,
    /// What of the call is reported to the program, see [`report`](super::report).
    report_level: u8,
    /// Boxed, because each handle keeps logs, and most are of calls that succeeded.
    fault: Option<Box<Fault>>,
    waiting_since: Option<Instant>,
    elapsed_ms: Option<u32>,
    unsuccessful: bool,
}

impl Log {
    /// Creates an empty log of `method`.
    pub fn new(method: &'static str, verbose: bool) -> Self {
        Self { method, verbose, ..Self::default() }
    }

    /// Returns the method's name, as the original writes it.
    pub fn method(&self) -> &'static str {
        self.method
    }

    /// Returns whether there was no call yet.
    pub fn is_empty(&self) -> bool {
        self.method.is_empty()
    }

    /// Returns whether detail was asked for.
    pub fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Returns what of the call is reported to the program; 0 for nothing.
    pub fn report_level(&self) -> u8 {
        self.report_level
    }

    /// Sets [`Log::report_level`].
    pub fn set_report_level(&mut self, level: u8) {
        self.report_level = level;
        self.verbose |= level >= DETAIL;
    }

    /// Returns whether the frames of the call are reported.
    pub fn reports_frames(&self) -> bool {
        self.report_level >= FRAMES
    }

    /// Returns the lines between the method's opening and its outcome.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns how the call failed, if it did.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_deref()
    }

    /// Returns the failure's number, [`ErrorCode::None`] after a success.
    pub fn code(&self) -> ErrorCode {
        self.fault.as_deref().map_or(ErrorCode::None, Fault::code)
    }

    /// Returns whether the method succeeded.
    pub fn succeeded(&self) -> bool {
        !self.unsuccessful
    }

    /// Overrides success, as a program may through `set_last_method_success`.
    pub fn set_succeeded(&mut self, succeeded: bool) {
        self.unsuccessful = !succeeded;
    }

    /// Returns how long the call took, if it waited at all.
    pub fn elapsed(&self) -> Option<Duration> {
        self.elapsed_ms.map(|milliseconds| Duration::from_millis(milliseconds.into()))
    }

    /// Adds a fact.
    pub fn fact(&mut self, tag: &'static str, value: impl Into<Value>) {
        self.push(Kind::Fact(tag, value.into()));
    }

    /// Adds a sentence.
    pub fn info(&mut self, sentence: impl Into<Cow<'static, str>>) {
        self.push(Kind::Info(sentence.into()));
    }

    /// Adds detail, which is not even built unless it was asked for.
    pub fn verbose(&mut self, add: impl FnOnce(&mut Self)) {
        if self.verbose {
            add(self);
        }
    }

    /// Begins a nested context; give what it returns to [`Log::leave`].
    pub fn enter(&mut self, name: &'static str) -> Context {
        let context = Context { depth: self.depth, index: self.entries.len(), began: Instant::now() };
        self.push(Kind::Enter(name, None));
        self.depth = self.depth.saturating_add(1);
        context
    }

    /// Ends a nested context and notes how long it took.
    pub fn leave(&mut self, context: Context) {
        if let Some(Entry { kind: Kind::Enter(_, elapsed), .. }) = self.entries.get_mut(context.index) {
            *elapsed = Some(context.began.elapsed());
        }
        self.end_contexts(context.depth);
    }

    /// Notes that the call is about to wait; the first such moment starts the call's clock.
    pub fn note_wait(&mut self, now: Instant) {
        self.waiting_since.get_or_insert(now);
    }

    /// Ends the log.
    pub fn finish(&mut self, fault: Option<Fault>) {
        self.end_contexts(0);
        let milliseconds = |since: Instant| u32::try_from(since.elapsed().as_millis()).unwrap_or(u32::MAX);
        self.elapsed_ms = self.waiting_since.map(milliseconds);
        self.unsuccessful = fault.is_some();
        self.fault = fault.map(Box::new);
    }

    /// Ends the contexts inside of `depth`, also those that an early return or a panic left open: each form of the log
    /// is a tree.
    fn end_contexts(&mut self, depth: u16) {
        while self.depth > depth {
            self.depth -= 1;
            let innermost = self.entries.iter().rev().find_map(|entry| match entry.kind {
                Kind::Enter(name, _) if entry.depth == self.depth => Some(name),
                _ => None,
            });
            self.push(Kind::Leave(innermost.unwrap_or_default()));
        }
    }

    /// Takes the content of `other`, which has no meaning after it. The log of a small call that succeeded is only its
    /// method: writing that in place costs a tenth of moving the whole log.
    pub fn replace_by(&mut self, other: &mut Self) {
        let bare = other.entries.is_empty() && other.waiting_since.is_none() && other.fault.is_none();
        if bare && !other.unsuccessful {
            *self = Self::new(other.method, other.verbose);
        } else {
            *self = std::mem::take(other);
        }
    }

    fn push(&mut self, kind: Kind) {
        self.entries.push(Entry { depth: self.depth, kind });
    }
}

/// An open context of a [`Log`].
#[derive(Debug)]
#[must_use = "give it to Log::leave"]
pub struct Context {
    depth: u16,
    index: usize,
    began: Instant,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_open_is_ended() {
        let mut log = Log::new("Connect", false);
        let outer = log.enter("outer");
        let _inner = log.enter("inner");
        log.leave(outer);
        let _last = log.enter("last");
        log.finish(None);
        let kinds: Vec<_> = log.entries().iter().map(|entry| (entry.depth, &entry.kind)).collect();
        assert!(
            matches!(
                kinds[..],
                [
                    (0, Kind::Enter("outer", Some(_))),
                    (1, Kind::Enter("inner", None)),
                    (1, Kind::Leave("inner")),
                    (0, Kind::Leave("outer")),
                    (0, Kind::Enter("last", None)),
                    (0, Kind::Leave("last")),
                ]
            ),
            "{kinds:?}"
        );
    }
}
