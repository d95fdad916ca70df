//! The reactor: the driver of tasks. One thread of the library waits for all of them.
//!
//! It lives from the first run of a task to FinalizeThreadPool. The thread that runs a task polls its job first, until
//! it has to wait: what can be done at once needs no other thread. From then on the reactor's thread polls it. Slots
//! are reused and keep their waker, so a job may be polled spuriously by a wake-up meant for the slot's previous
//! occupant.
//!
//! A source is armed for one report; the future that got the report arms it again if it needs another. A deadline
//! that moves on (each byte moves an idle time-out) leaves its entry among the timers, and is looked up when that entry
//! is due. Threads of the program are woken at the end of an iteration (`engine/deferred_wakes.rs`): if each end woke them at
//! once they would find one end and sleep again, at the price of two context switches a message.
//!
//! A job must not block and must not call the program. `engine/resolver.rs` looks names up, `engine/completion.rs` calls
//! TaskCompleted, each on threads of their own. Two things block here nevertheless: writing a task's call log to its
//! object's debug log file, and reading the system's roots for the first verified TLS connect of a process.
//!
//! Locks are taken in the order slot, table; that of the woken slots by itself. A slot is locked while its job is polled, so every
//! other lock is taken after it; another slot is locked only while it is free or being emptied.

mod table;

use super::parker::Parker;
use super::{completion, deferred_wakes, resolver, wait_set};
use crate::base::{ErrorCode, Fault, Locked, Rank, Result};
use crate::sys::error::describe;
use crate::sys::panic::catch;
use crate::sys::poller::{Poller, Reports};
use crate::sys::process::ProcessLocal;
use crate::sys::thread::{self, Thread};
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Wake, Waker};
use std::time::Instant;
use table::Table;
use wait_set::WaitSet;

/// What the reactor runs.
pub type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

static REACTOR: ProcessLocal<Reactor> = ProcessLocal::new(Reactor::default);

/// The reactor of this process.
#[derive(Default)]
struct Reactor {
    lifecycle: Mutex<Lifecycle>,
    ended: Condvar,
}

impl Reactor {
    fn lifecycle(&self) -> MutexGuard<'_, Lifecycle> {
        self.lifecycle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct Lifecycle {
    /// None before the first task, and after the end.
    running: Option<Running>,
    /// It is being ended; no other is started until then.
    ending: bool,
}

struct Running {
    core: Arc<Core>,
    thread: Thread,
}

/// Starts the reactor unless it runs already.
pub fn start() -> Result<()> {
    let mut lifecycle = REACTOR.get().lifecycle();
    if lifecycle.ending {
        let text = "The library's threads are being ended (ckws_global_finalize_thread_pool).";
        return Err(Fault::new(ErrorCode::SystemResource, text));
    }
    if lifecycle.running.is_none() {
        let running = Running::start().map_err(|error| {
            let text = format!("The thread that runs tasks could not be started: {}.", describe(&error));
            Fault::new(ErrorCode::SystemResource, text)
        })?;
        lifecycle.running = Some(running);
    }
    Ok(())
}

/// Polls `job` first on this thread, then on the reactor; returns the job if there is no reactor.
pub fn run(job: Job) -> std::result::Result<(), Job> {
    match running_core() {
        Some(core) => core.insert(job).map(|slot| core.poll(&slot)),
        None => Err(job),
    }
}

/// Polls `job` on the reactor; returns the job if there is no reactor.
pub fn spawn(job: Job) -> std::result::Result<(), Job> {
    match running_core() {
        Some(core) => core.insert(job).map(|slot| slot.wake_by_ref()),
        None => Err(job),
    }
}

/// Ends the reactor and the library's other threads, and drops the remaining jobs. Not to be called on one of these
/// threads.
pub fn finalize() {
    let reactor = REACTOR.get();
    let mut lifecycle = reactor.lifecycle();
    if lifecycle.ending {
        // Another thread does it.
        while lifecycle.ending {
            lifecycle = reactor.ended.wait(lifecycle).unwrap_or_else(PoisonError::into_inner);
        }
        return;
    }
    lifecycle.ending = true;
    let running = lifecycle.running.take();
    drop(lifecycle);
    if let Some(Running { core, thread }) = running {
        core.close();
        thread.join();
        core.drop_jobs();
    }
    completion::finish();
    resolver::dismiss();
    reactor.lifecycle().ending = false;
    reactor.ended.notify_all();
}

fn running_core() -> Option<Arc<Core>> {
    REACTOR.get().lifecycle().running.as_ref().map(|running| Arc::clone(&running.core))
}

impl Running {
    fn start() -> io::Result<Self> {
        let poller = Poller::new()?;
        let parker = Parker::default();
        poller.add(parker.event()?)?;
        let closed = AtomicBool::new(false);
        let core =
            Arc::new(Core { table: Locked::default(), woken: Locked::default(), parker, poller, closed });
        let shared = Arc::clone(&core);
        let thread = thread::spawn(c"ckws-reactor", move || {
            let _ = catch(|| shared.run());
        })?;
        Ok(Self { core, thread })
    }
}

/// The part of the reactor that the threads share.
struct Core {
    table: Locked<Table>,
    /// Slots whose wakers were called.
    woken: Locked<Vec<Arc<Slot>>>,
    parker: Parker,
    poller: Poller,
    closed: AtomicBool,
}

/// One job, and its waker.
struct Slot {
    index: usize,
    core: Weak<Core>,
    /// Whether it is among the woken already.
    is_woken: AtomicBool,
    future: Locked<Option<Job>, { Rank::Slot as u8 }>,
}

impl Wake for Slot {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.is_woken.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(core) = self.core.upgrade() {
            core.woken.lock().push(Arc::clone(self));
            core.parker.unpark();
        }
    }
}

impl Core {
    /// Puts the job into a slot.
    fn insert(self: &Arc<Self>, job: Job) -> std::result::Result<Arc<Slot>, Job> {
        let slot = self.table.lock().take_slot(|index| Slot {
            index,
            core: Arc::downgrade(self),
            is_woken: AtomicBool::new(false),
            future: Locked::default(),
        });
        // The slot is free, so a thread that has locked it, polled spuriously, waits for nothing.
        *slot.future.lock_beside() = Some(job);
        // The thread that closes the reactor looks through the slots after that.
        let is_closed = self.closed.load(Ordering::SeqCst);
        let unpolled = if is_closed { slot.future.lock_beside().take() } else { None };
        unpolled.map_or(Ok(slot), Err)
    }

    /// Polls the job once.
    fn poll(&self, slot: &Arc<Slot>) {
        let mut future = slot.future.lock();
        // From here on a wake-up means another poll; this poll sees what happened before an earlier one.
        slot.is_woken.swap(false, Ordering::AcqRel);
        let Some(job) = &mut *future else { return };
        self.table.lock().forget(slot.index);
        let waker = Waker::from(Arc::clone(slot));
        match catch(|| wait_set::poll(job.as_mut(), &mut Context::from_waker(&waker))) {
            Ok(Err(registered)) => {
                if self.table.lock().watch(&self.poller, slot.index, registered) {
                    self.parker.unpark();
                }
            }
            Ok(Ok(())) | Err(_) => {
                let done = future.take();
                drop(future);
                let _ = catch(|| drop(done));
                self.table.lock().free_slot(slot.index);
            }
        }
    }

    /// Runs the reactor's thread.
    fn run(&self) {
        deferred_wakes::begin();
        let mut ready = Vec::new();
        let mut reports = Reports::default();
        while !self.closed.load(Ordering::SeqCst) {
            ready.append(&mut self.woken.lock());
            for slot in ready.drain(..) {
                self.poll(&slot);
            }
            deferred_wakes::wake_all();
            self.wait(&mut reports, &mut ready);
        }
        deferred_wakes::wake_all();
    }

    /// Waits until there is something to do, and adds the slots to be polled to `ready` and to the woken.
    fn wait(&self, reports: &mut Reports, ready: &mut Vec<Arc<Slot>>) {
        let until = match self.parker.park() {
            true => self.table.lock().fall_asleep().instant(),
            false => Some(Instant::now()),
        };
        self.poller.wait(reports, until);
        self.parker.resume();
        let mut table = self.table.lock();
        table.wake_up();
        for source in reports.sources() {
            match self.parker.event().ok().filter(|event| event.source().id() == source) {
                Some(event) => event.clear(),
                None => table.take_watchers(source, ready),
            }
        }
        table.take_due(ready);
        drop(table);
        // As their wakers do: a wake-up that comes now merges with this one.
        ready.retain(|slot| !slot.is_woken.swap(true, Ordering::AcqRel));
    }

    fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.parker.unpark();
    }

    /// Drops what has not ended.
    fn drop_jobs(&self) {
        let slots = self.table.lock().all_slots();
        for slot in slots {
            let job = slot.future.lock().take();
            let _ = catch(|| drop(job));
        }
    }
}
