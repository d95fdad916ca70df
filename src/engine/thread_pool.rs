//! Threads for what would block the reactor: name lookups, callbacks of the program. They start on demand and end
//! after ten seconds without work.
//!
//! A job must not panic. It may end its thread, as a callback does that calls pthread_exit: another thread
//! replaces it.

use crate::sys::thread::{self, Thread};
use std::collections::VecDeque;
use std::ffi::CStr;
use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const IDLE: Duration = Duration::from_secs(10);

/// How long the successor of a thread waits that a job has ended. An interpreter that shuts down ends each thread
/// that calls it, and may crash if it is called in its last moments: after this time it has mostly ended.
const RESPITE: Duration = Duration::from_millis(250);

type Job = Box<dyn FnOnce() + Send>;

/// A queue of work and the threads that serve it.
pub(super) struct ThreadPool {
    name: &'static CStr,
    work: Mutex<Work>,
    /// Work has arrived, or the threads are to end.
    arrived: Condvar,
    /// A thread is no longer idle, or has ended.
    left: Condvar,
}

#[derive(Default)]
struct Work {
    queue: VecDeque<Job>,
    threads: usize,
    /// Handles of threads that may still run.
    handles: Vec<Thread>,
    idle: usize,
    /// Idle threads end at once.
    dismissed: bool,
}

impl ThreadPool {
    pub(super) fn new(name: &'static CStr) -> Self {
        Self { name, work: Mutex::default(), arrived: Condvar::new(), left: Condvar::new() }
    }

    /// Does `job` on one of at most `most` threads; fails if there is none and none can be started.
    pub(super) fn submit(&'static self, most: usize, job: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let mut work = self.lock();
        if work.idle <= work.queue.len() && work.threads < most.max(1) {
            // Under the lock, so that the thread finds the job: an idle thread might be dismissed, and no thread
            // would do the job.
            match self.start(&mut work, || self.serve()) {
                Err(error) if work.threads == 0 => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        work.queue.push_back(Box::new(job));
        self.arrived.notify_one();
        Ok(())
    }

    fn start(&self, work: &mut Work, serve: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = thread::spawn(self.name, serve)?;
        work.threads += 1;
        work.handles.retain(|handle| !handle.has_ended());
        work.handles.push(thread);
        Ok(())
    }

    /// Ends the idle threads. A busy one ends later.
    pub(super) fn dismiss(&self) {
        self.dismiss_until(|work| work.idle == 0);
    }

    /// Ends all threads, once what was submitted is done.
    pub(super) fn finish(&self) {
        for handle in self.dismiss_until(|work| work.threads == 0) {
            handle.join();
        }
    }

    /// Returns the handles of the threads.
    fn dismiss_until(&self, is_over: impl Fn(&Work) -> bool) -> Vec<Thread> {
        let mut work = self.lock();
        work.dismissed = true;
        self.arrived.notify_all();
        while !is_over(&work) {
            work = self.left.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
        work.dismissed = false;
        std::mem::take(&mut work.handles)
    }

    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&'static self) {
        let mut presence = Presence { pool: self, respite: RESPITE };
        while let Some(job) = self.next() {
            job();
        }
        presence.respite = Duration::ZERO;
    }

    /// Returns the next job, or None when the thread is to end.
    fn next(&self) -> Option<Job> {
        let mut waiting = self.lock();
        waiting.idle += 1;
        let (mut work, _) = self
            .arrived
            .wait_timeout_while(waiting, IDLE, |work| work.queue.is_empty() && !work.dismissed)
            .unwrap_or_else(PoisonError::into_inner);
        work.idle -= 1;
        let job = work.queue.pop_front();
        // Notify even if a job was found: `dismiss` waits until no thread is idle.
        self.left.notify_all();
        job
    }
}

/// A thread that serves. If jobs are left when it ends, another replaces it.
struct Presence {
    pool: &'static ThreadPool,
    /// How long the other waits first.
    respite: Duration,
}

impl Drop for Presence {
    fn drop(&mut self) {
        let Self { pool, respite } = *self;
        let mut work = pool.lock();
        work.threads -= 1;
        if !work.queue.is_empty() {
            // If no thread can be started, the next submit tries again.
            let _ = pool.start(&mut work, move || {
                std::thread::sleep(respite);
                pool.serve();
            });
        }
        pool.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;
    use std::sync::mpsc::channel;

    #[test]
    fn what_is_submitted_as_the_threads_are_dismissed_is_done() {
        static POOL: LazyLock<ThreadPool> = LazyLock::new(|| ThreadPool::new(c"test"));
        let pool = &*POOL;
        for round in 0..10_000 {
            let (tell, told) = channel();
            let first = tell.clone();
            // The thread that this brings is about to go when the second job comes.
            pool.submit(1, move || first.send(()).unwrap()).unwrap();
            told.recv().unwrap();
            let finisher = std::thread::spawn(|| pool.finish());
            (0..round % 97 * 30).for_each(|_| std::hint::spin_loop());
            pool.submit(1, move || tell.send(()).unwrap()).unwrap();
            finisher.join().unwrap();
            // Each by itself: a later job would bring a thread, which does an earlier one too.
            assert_eq!(told.recv_timeout(Duration::from_secs(5)), Ok(()), "round {round}");
        }
    }

    #[test]
    fn a_thread_that_finds_work_as_it_is_dismissed_is_not_waited_for() {
        static POOL: LazyLock<ThreadPool> = LazyLock::new(|| ThreadPool::new(c"test"));
        let pool = &*POOL;
        for _ in 0..100 {
            pool.submit(1, || {}).unwrap();
            while pool.lock().idle == 0 {
                std::thread::yield_now();
            }
            let (tell, told) = channel();
            let (finish, finished) = channel::<()>();
            std::thread::spawn(move || {
                pool.submit(1, move || finished.recv().unwrap()).unwrap();
                pool.dismiss();
                tell.send(()).unwrap();
            });
            told.recv_timeout(Duration::from_secs(20)).expect("it waits for the job");
            finish.send(()).unwrap();
        }
    }
}
