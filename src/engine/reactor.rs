//! The reactor: the driver of tasks. One thread of our own polls their futures and waits, in epoll, for all of them.
//!
//! A future is polled at first in the order in which it was spawned. It lives in a slot, which has one waker for
//! all its tenants: a ring that was meant for an earlier one makes a future look in vain, which every future
//! must bear.

use super::bell::Bell;
use super::registered::{self, PACE, Registered};
use super::{notifier, resolver};
use crate::base::{Deadline, ErrorCode, Fault, Locked, Result};
use crate::sys::epoll::Epoll;
use crate::sys::panic::catch;
use crate::sys::poll::Interest;
use crate::sys::process::ProcessLocal;
use crate::sys::thread;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::JoinHandle;
use std::time::Instant;

/// What the reactor runs.
pub type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A reactor that has become empty gives the memory of more slots than this back.
const KEPT_SLOTS: usize = 1024;

static REACTOR: ProcessLocal<Locked<Place>> = ProcessLocal::new(Locked::default);

/// The reactor of this process, if there is one.
#[derive(Default)]
struct Place {
    running: Option<Running>,
    /// It is being ended; no other is started meanwhile.
    ending: bool,
}

struct Running {
    hub: Arc<Hub>,
    thread: JoinHandle<()>,
}

/// Starts the reactor unless it runs already.
pub fn start() -> Result<()> {
    let mut place = REACTOR.get().lock();
    if place.ending {
        let text = "The library's threads are being ended (FinalizeThreadPool).";
        return Err(Fault::new(ErrorCode::SystemResource, text));
    }
    if place.running.is_none() {
        let running = Running::start().map_err(|error| {
            let text = format!("The thread that runs tasks could not be started: {error}");
            Fault::new(ErrorCode::SystemResource, text)
        })?;
        place.running = Some(running);
    }
    Ok(())
}

/// Runs `job` to its end on the reactor; gives it back if there is none.
pub fn spawn(job: Job) -> std::result::Result<(), Job> {
    let hub = REACTOR.get().lock().running.as_ref().map(|running| Arc::clone(&running.hub));
    match hub {
        Some(hub) => hub.accept(job),
        None => Err(job),
    }
}

/// Ends the reactor and our other threads: what has not ended is dropped. Not to be called on one of them.
pub fn finalize() {
    let running = {
        let mut place = REACTOR.get().lock();
        if place.ending {
            return;
        }
        place.ending = true;
        place.running.take()
    };
    if let Some(Running { hub, thread }) = running {
        hub.close();
        let _ = thread.join();
    }
    notifier::finish();
    resolver::dismiss();
    REACTOR.get().lock().ending = false;
}

impl Running {
    fn start() -> io::Result<Self> {
        let hub = Arc::new(Hub::default());
        let epoll = Epoll::new()?;
        epoll.add_for_good(hub.bell.event()?.as_raw_fd())?;
        let reactor = Reactor::new(Arc::clone(&hub), epoll);
        let thread = thread::spawn("ckws-reactor", || reactor.run())?;
        Ok(Self { hub, thread })
    }
}

/// What other threads reach of the reactor.
#[derive(Default)]
struct Hub {
    inbox: Locked<Inbox>,
    bell: Bell,
}

#[derive(Default)]
struct Inbox {
    new: VecDeque<Job>,
    /// Slots whose wakers were called.
    woken: Vec<usize>,
    closed: bool,
}

impl Hub {
    fn accept(&self, job: Job) -> std::result::Result<(), Job> {
        let mut inbox = self.inbox.lock();
        if inbox.closed {
            return Err(job);
        }
        inbox.new.push_back(job);
        drop(inbox);
        self.bell.ring();
        Ok(())
    }

    fn close(&self) {
        self.inbox.lock().closed = true;
        self.bell.ring();
    }
}

/// The waker of a slot.
struct SlotWaker {
    hub: Arc<Hub>,
    slot: usize,
    /// The slot is among the woken already.
    is_woken: AtomicBool,
}

impl Wake for SlotWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_woken.swap(true, Ordering::AcqRel) {
            self.hub.inbox.lock().woken.push(self.slot);
            self.hub.bell.ring();
        }
    }
}

/// The place of one future.
struct Slot {
    job: Option<Job>,
    owner: Arc<SlotWaker>,
    waker: Waker,
    waits_for: Option<Registered>,
    /// The earliest moment for which this slot is among the timers. A deadline that moves on leaves it alone: when it
    /// comes, the slot is entered for the deadline as it is then.
    timer: Option<Instant>,
}

/// Who waits for a descriptor, and for what of it.
struct Watcher {
    slot: usize,
    interest: Interest,
}

struct Reactor {
    hub: Arc<Hub>,
    epoll: Epoll,
    slots: Vec<Slot>,
    free: Vec<usize>,
    /// By descriptor.
    watchers: Vec<Vec<Watcher>>,
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
    /// Slots to be polled next.
    ready: Vec<usize>,
}

impl Reactor {
    fn new(hub: Arc<Hub>, epoll: Epoll) -> Self {
        Self {
            hub,
            epoll,
            slots: Vec::new(),
            free: Vec::new(),
            watchers: Vec::new(),
            timers: BinaryHeap::new(),
            ready: Vec::new(),
        }
    }

    fn run(mut self) {
        let mut new = VecDeque::new();
        while self.take_inbox(&mut new) {
            let ready = std::mem::take(&mut self.ready);
            for &slot in &ready {
                self.poll(slot);
            }
            recycle(&mut self.ready, ready);
            for job in new.drain(..) {
                let slot = self.place(job);
                self.poll(slot);
            }
            self.wait();
        }
        self.drop_all();
    }

    /// Takes what other threads have left; false once the reactor is to end.
    fn take_inbox(&mut self, new: &mut VecDeque<Job>) -> bool {
        let mut inbox = self.hub.inbox.lock();
        if inbox.closed {
            return false;
        }
        if self.ready.is_empty() {
            std::mem::swap(&mut self.ready, &mut inbox.woken);
        } else {
            self.ready.append(&mut inbox.woken);
        }
        std::mem::swap(new, &mut inbox.new);
        true
    }

    /// The program may hold jobs back by what they hold, so each goes by itself, where it is no one's business.
    fn drop_all(mut self) {
        let new = std::mem::take(&mut self.hub.inbox.lock().new);
        let placed = self.slots.iter_mut().filter_map(|slot| slot.job.take());
        for job in placed.chain(new) {
            let _ = catch(|| drop(job));
        }
    }

    fn place(&mut self, job: Job) -> usize {
        let index = self.free.pop().unwrap_or_else(|| {
            let slot = self.slots.len();
            let owner =
                Arc::new(SlotWaker { hub: Arc::clone(&self.hub), slot, is_woken: AtomicBool::new(false) });
            let waker = Waker::from(Arc::clone(&owner));
            self.slots.push(Slot { job: None, owner, waker, waits_for: None, timer: None });
            slot
        });
        if let Some(slot) = self.slots.get_mut(index) {
            slot.job = Some(job);
        }
        index
    }

    fn poll(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        // From here on a ring means another poll; what was done before an earlier one is seen by this poll.
        slot.owner.is_woken.swap(false, Ordering::AcqRel);
        let Some(job) = &mut slot.job else { return };
        if let Some(before) = slot.waits_for.take() {
            forget_watcher(&mut self.watchers, index, &before);
        }
        registered::begin();
        match catch(|| job.as_mut().poll(&mut Context::from_waker(&slot.waker))) {
            Ok(Poll::Pending) => self.watch(index, registered::registered()),
            Ok(Poll::Ready(())) | Err(_) => self.vacate(index),
        }
    }

    fn vacate(&mut self, index: usize) {
        let job = self.slots.get_mut(index).and_then(|slot| slot.job.take());
        let _ = catch(|| drop(job));
        self.free.push(index);
        if self.free.len() == self.slots.len() && self.slots.len() > KEPT_SLOTS {
            self.slots = Vec::new();
            self.free = Vec::new();
            self.watchers = Vec::new();
            self.timers = BinaryHeap::new();
        }
    }

    fn watch(&mut self, index: usize, mut registered: Registered) {
        for interest in registered.interests() {
            if self.watch_descriptor(index, interest).is_err() {
                registered.until = registered.until.earlier(Deadline::after(PACE));
            }
        }
        let Some(slot) = self.slots.get_mut(index) else { return };
        slot.waits_for = Some(registered);
        enter_timer(&mut self.timers, slot, index);
    }

    /// Arms the descriptor for all who wait for it.
    fn watch_descriptor(&mut self, slot: usize, interest: Interest) -> io::Result<()> {
        let number = usize::try_from(interest.fd).map_err(io::Error::other)?;
        if self.watchers.len() <= number {
            self.watchers.resize_with(number + 1, Vec::new);
        }
        let Some(watchers) = self.watchers.get_mut(number) else { return Ok(()) };
        if watchers.is_empty() {
            // Mostly it is one, on each of many thousand connections.
            watchers.reserve_exact(1);
        }
        watchers.push(Watcher { slot, interest });
        let wanted = |wants: fn(&Interest) -> bool| watchers.iter().any(|watcher| wants(&watcher.interest));
        let all = Interest {
            fd: interest.fd,
            read: wanted(|interest| interest.read),
            write: wanted(|interest| interest.write),
        };
        self.epoll.arm(all)
    }

    /// Waits until there is something to do; who is to be polled is in `ready` and the inbox then.
    fn wait(&mut self) {
        let until = match self.hub.bell.begin_wait() {
            true => self.timers.peek().map(|Reverse((at, _))| *at),
            false => Some(Instant::now()),
        };
        let event = self.hub.bell.event().ok();
        for fd in self.epoll.wait(until) {
            match event.filter(|event| event.as_raw_fd() == fd) {
                Some(event) => event.clear(),
                None => wake_watchers(&mut self.watchers, fd, &self.slots, &mut self.ready),
            }
        }
        self.hub.bell.end_wait();
        self.wake_timers();
    }

    fn wake_timers(&mut self) {
        if self.timers.is_empty() {
            return;
        }
        let now = Instant::now();
        while let Some(Reverse((at, index))) = self.timers.peek().copied()
            && at <= now
        {
            self.timers.pop();
            let Some(slot) = self.slots.get_mut(index).filter(|slot| slot.timer == Some(at)) else {
                continue;
            };
            slot.timer = None;
            match &slot.waits_for {
                Some(waits) if waits.until.has_passed(now) => wake(slot, index, &mut self.ready),
                Some(_) => enter_timer(&mut self.timers, slot, index),
                None => {}
            }
        }
    }
}

/// Enters the slot for its deadline, unless it is entered for an earlier moment already.
fn enter_timer(timers: &mut BinaryHeap<Reverse<(Instant, usize)>>, slot: &mut Slot, index: usize) {
    let Some(at) = slot.waits_for.as_ref().and_then(|waits| waits.until.instant()) else { return };
    if slot.timer.is_none_or(|entered| at < entered) {
        timers.push(Reverse((at, index)));
        slot.timer = Some(at);
    }
}

fn forget_watcher(watchers: &mut [Vec<Watcher>], slot: usize, registered: &Registered) {
    for interest in registered.interests() {
        let watching = usize::try_from(interest.fd).ok().and_then(|number| watchers.get_mut(number));
        if let Some(watching) = watching {
            watching.retain(|watcher| watcher.slot != slot);
        }
    }
}

/// The descriptor has reported and is silent now: all who wait for it look, and arm it again.
fn wake_watchers(watchers: &mut [Vec<Watcher>], fd: RawFd, slots: &[Slot], ready: &mut Vec<usize>) {
    let Some(watching) = usize::try_from(fd).ok().and_then(|number| watchers.get_mut(number)) else { return };
    for watcher in watching.drain(..) {
        if let Some(slot) = slots.get(watcher.slot) {
            wake(slot, watcher.slot, ready);
        }
    }
}

/// As the slot's waker does, on this thread.
fn wake(slot: &Slot, index: usize, ready: &mut Vec<usize>) {
    if !slot.owner.is_woken.swap(true, Ordering::AcqRel) {
        ready.push(index);
    }
}

/// Puts the emptied list back in the place of the one that has begun meanwhile, or keeps that.
fn recycle(place: &mut Vec<usize>, mut emptied: Vec<usize>) {
    if place.is_empty() {
        emptied.clear();
        *place = emptied;
    }
}
