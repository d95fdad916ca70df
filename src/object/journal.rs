//! The accounts of the latest calls on a handle: one for each calling thread.
//!
//! A thread asks about its own latest call, so that a reader that failed is not told of a sender's success.

use crate::base::{ErrorCode, Locked};
use crate::log::Log;

/// Threads beyond this many share the place of the one that has been silent the longest.
const MAX_THREADS: usize = 64;

/// The latest account of each thread.
#[derive(Debug, Default)]
pub struct Journal(Locked<Records>);

#[derive(Debug, Default)]
struct Records {
    records: Vec<Record>,
    calls: u64,
}

#[derive(Debug)]
struct Record {
    thread: u64,
    /// The number of the call, so that the handle's latest can be told.
    call: u64,
    log: Log,
}

impl Journal {
    /// Keeps the account of a call that `thread` made; what is left in `log` has no meaning.
    pub fn put(&self, thread: u64, log: &mut Log) {
        let mut records = self.0.lock();
        records.calls += 1;
        let call = records.calls;
        match records.records.iter_mut().find(|known| known.thread == thread) {
            Some(known) => {
                known.call = call;
                known.log.replace_by(log);
            }
            None => records.add(Record { thread, call, log: std::mem::take(log) }),
        }
    }

    /// Looks at the latest account of `thread`, or, if it made no call, at the handle's latest.
    pub fn with<R>(&self, thread: u64, look: impl FnOnce(&mut Log) -> R) -> R {
        let mut records = self.0.lock();
        let own = records.records.iter().position(|record| record.thread == thread);
        let latest =
            || records.records.iter().enumerate().max_by_key(|(_, record)| record.call).map(|(at, _)| at);
        match own.or_else(latest).and_then(|at| records.records.get_mut(at)) {
            Some(record) => look(&mut record.log),
            None => look(&mut Log::default()),
        }
    }

    /// The text of the account; empty before the first call.
    pub fn text(&self, thread: u64) -> String {
        self.with(thread, |log| log.to_text())
    }

    /// The failure in one line; empty after a success.
    pub fn message(&self, thread: u64) -> String {
        self.with(thread, |log| log.message())
    }

    /// The account as an XML document.
    pub fn xml(&self, thread: u64) -> String {
        self.with(thread, |log| log.to_xml())
    }

    /// The account as an HTML page.
    pub fn html(&self, thread: u64) -> String {
        self.with(thread, |log| log.to_html())
    }

    /// The failure's number.
    pub fn code(&self, thread: u64) -> ErrorCode {
        self.with(thread, |log| log.code())
    }

    /// Whether the call succeeded; true before the first call.
    pub fn succeeded(&self, thread: u64) -> bool {
        self.with(thread, |log| log.succeeded())
    }

    /// Overrides success for what the thread asks next.
    pub fn set_succeeded(&self, thread: u64, succeeded: bool) {
        let mut log = self.with(thread, |log| log.clone());
        log.set_succeeded(succeeded);
        self.put(thread, &mut log);
    }
}

impl Records {
    fn add(&mut self, record: Record) {
        if self.records.len() < MAX_THREADS {
            // Most handles are used by one thread.
            self.records.reserve_exact(1);
            self.records.push(record);
        } else if let Some(oldest) = self.records.iter_mut().min_by_key(|record| record.call) {
            *oldest = record;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Fault;

    fn finished(method: &'static str, fault: Option<Fault>) -> Log {
        let mut log = Log::new(method, false);
        log.finish(fault);
        log
    }

    #[test]
    fn each_thread_sees_its_own_latest_call() {
        let journal = Journal::default();
        assert!(journal.succeeded(1));
        assert_eq!(journal.text(1), "");
        journal.put(1, &mut finished("ReadFrame", Some(Fault::new(ErrorCode::ReadTimeout, "nothing"))));
        journal.put(2, &mut finished("SendPing", None));
        assert_eq!(journal.code(1), ErrorCode::ReadTimeout);
        assert_eq!(journal.code(2), ErrorCode::None);
        assert!(journal.text(3).contains("SendPing"), "a silent thread sees the handle's latest");
    }

    #[test]
    fn overriding_success_keeps_the_rest_of_the_account() {
        let journal = Journal::default();
        journal.put(1, &mut finished("SendPing", None));
        journal.put(1, &mut finished("ReadFrame", Some(Fault::new(ErrorCode::ReadTimeout, "nothing"))));
        journal.set_succeeded(1, true);
        assert!(journal.succeeded(1));
        assert_eq!(journal.code(1), ErrorCode::ReadTimeout);
        journal.put(1, &mut finished("SendPing", None));
        assert_eq!(journal.code(1), ErrorCode::None);
    }

    #[test]
    fn many_threads_do_not_grow_it() {
        let journal = Journal::default();
        for thread in 0..1000 {
            journal.put(thread, &mut finished("SendPing", None));
        }
        assert_eq!(journal.0.lock().records.len(), MAX_THREADS);
    }
}
