//! The logs of the latest calls on a handle: one for each calling thread.
//!
//! A thread sees its own latest call, so that a failed read is not hidden by another thread's successful send.

use crate::base::{ErrorCode, Locked};
use crate::log::Log;

/// Threads beyond this many share the place of the one that has been silent the longest.
const MAX_THREADS: usize = 64;

/// The latest call log of each thread.
#[derive(Debug, Default)]
pub struct CallLogs(Locked<Records>);

#[derive(Debug, Default)]
struct Records {
    records: Vec<Record>,
    calls: u64,
}

#[derive(Debug)]
struct Record {
    thread: u64,
    /// The number of the call, by which the handle's latest is found.
    call: u64,
    log: Log,
}

impl CallLogs {
    /// Keeps the log of a call that `thread` made; what is left in `log` has no meaning.
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

    /// Calls `look` with the latest log of `thread`, or, if it made no call, with the handle's latest.
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

    /// Returns the text of the log; empty before the first call.
    pub fn text(&self, thread: u64) -> String {
        self.with(thread, |log| log.to_text())
    }

    /// Returns the failure in one line; empty after a success.
    pub fn message(&self, thread: u64) -> String {
        self.with(thread, |log| log.message())
    }

    /// Returns the log as an XML document.
    pub fn xml(&self, thread: u64) -> String {
        self.with(thread, |log| log.to_xml())
    }

    /// Returns the log as an HTML page.
    pub fn html(&self, thread: u64) -> String {
        self.with(thread, |log| log.to_html())
    }

    /// Returns the failure's number.
    pub fn code(&self, thread: u64) -> ErrorCode {
        self.with(thread, |log| log.code())
    }

    /// Returns whether the call succeeded; true before the first call.
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
        let logs = CallLogs::default();
        assert!(logs.succeeded(1));
        assert_eq!(logs.text(1), "");
        logs.put(1, &mut finished("ReadFrame", Some(Fault::new(ErrorCode::ReadTimeout, "nothing"))));
        logs.put(2, &mut finished("SendPing", None));
        assert_eq!(logs.code(1), ErrorCode::ReadTimeout);
        assert_eq!(logs.code(2), ErrorCode::None);
        assert!(logs.text(3).contains("SendPing"), "a silent thread sees the handle's latest");
    }

    #[test]
    fn overriding_success_keeps_the_rest_of_the_log() {
        let logs = CallLogs::default();
        logs.put(1, &mut finished("SendPing", None));
        logs.put(1, &mut finished("ReadFrame", Some(Fault::new(ErrorCode::ReadTimeout, "nothing"))));
        logs.set_succeeded(1, true);
        assert!(logs.succeeded(1));
        assert_eq!(logs.code(1), ErrorCode::ReadTimeout);
        logs.put(1, &mut finished("SendPing", None));
        assert_eq!(logs.code(1), ErrorCode::None);
    }

    #[test]
    fn many_threads_do_not_grow_it() {
        let logs = CallLogs::default();
        for thread in 0..1000 {
            logs.put(thread, &mut finished("SendPing", None));
        }
        assert_eq!(logs.0.lock().records.len(), MAX_THREADS);
    }
}
