//! Threads of the library, and a cheap number for each thread that calls it.

use super::cancel::Uncancellable;
use super::signals::Blocked;
use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const STACK_SIZE: usize = 2 * 1024 * 1024;

// As libc declares it, but a start routine may be unwound.
unsafe extern "C" {
    fn pthread_create(
        thread: *mut libc::pthread_t,
        attributes: *const libc::pthread_attr_t,
        start: extern "C-unwind" fn(*mut c_void) -> *mut c_void,
        argument: *mut c_void,
    ) -> c_int;
}

/// A thread of the library. Not one of std's: those end the process when the program ends one in a callback, by
/// pthread_exit.
#[derive(Debug)]
pub struct Thread {
    id: Option<libc::pthread_t>,
    ended: Arc<AtomicBool>,
}

impl Thread {
    /// Returns whether it has ended, except for its last steps.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Waits for its very end, after which the system has no such thread any more.
    pub fn join(mut self) {
        let _uncancellable = Uncancellable::begin();
        if let Some(id) = self.id.take() {
            // SAFETY: the thread was neither joined nor detached, for both take the id.
            unsafe { libc::pthread_join(id, ptr::null_mut()) };
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            // SAFETY: as in join.
            unsafe { libc::pthread_detach(id) };
        }
    }
}

/// What a thread begins with.
struct Start {
    name: &'static CStr,
    body: Box<dyn FnOnce() + Send>,
    end: End,
}

/// Notes the end of a thread, also one by pthread_exit.
struct End(Arc<AtomicBool>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Starts a thread that blocks all signals: the program's handlers run on the program's threads. A panic of `body`
/// would end the process.
pub fn spawn(name: &'static CStr, body: impl FnOnce() + Send + 'static) -> io::Result<Thread> {
    let ended = Arc::new(AtomicBool::new(false));
    let start = Start { name, body: Box::new(body), end: End(Arc::clone(&ended)) };
    // A thread inherits the mask of the one that starts it.
    let _blocked = Blocked::all();
    let id = create(start)?;
    Ok(Thread { id: Some(id), ended })
}

fn create(start: Start) -> io::Result<libc::pthread_t> {
    let start = Box::into_raw(Box::new(start));
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let mut id = MaybeUninit::<libc::pthread_t>::uninit();
    // SAFETY: the attributes are initialised before they are used, and destroyed after that; `run` takes `start` over.
    let error = unsafe {
        match libc::pthread_attr_init(attributes.as_mut_ptr()) {
            0 => {
                libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), STACK_SIZE);
                let error = pthread_create(id.as_mut_ptr(), attributes.as_ptr(), run, start.cast());
                libc::pthread_attr_destroy(attributes.as_mut_ptr());
                error
            }
            error => error,
        }
    };
    if error != 0 {
        // SAFETY: no thread was started, so `start` has no other owner.
        drop(unsafe { Box::from_raw(start) });
        return Err(io::Error::from_raw_os_error(error));
    }
    // SAFETY: pthread_create has written it.
    Ok(unsafe { id.assume_init() })
}

extern "C-unwind" fn run(start: *mut c_void) -> *mut c_void {
    // SAFETY: `create` passes a Start that it leaves to this thread.
    let Start { name, body, end } = *unsafe { Box::from_raw(start.cast::<Start>()) };
    // SAFETY: the name is NUL-terminated; one that is too long is refused and does no harm.
    unsafe { libc::pthread_setname_np(libc::pthread_self(), name.as_ptr()) };
    body();
    drop(end);
    ptr::null_mut()
}

/// Returns the calling thread's number; never 0, never reused within a process.
pub fn id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local! {
        static ID: Cell<u64> = const { Cell::new(0) };
    }
    // A thread that is being torn down has no locals left; 0 is then shared by such calls, which is harmless.
    ID.try_with(|id| {
        if id.get() == 0 {
            id.set(NEXT.fetch_add(1, Ordering::Relaxed));
        }
        id.get()
    })
    .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::MaybeUninit;

    unsafe extern "C-unwind" {
        fn pthread_exit(value: *mut c_void) -> !;
    }

    #[test]
    fn a_thread_may_end_by_pthread_exit() {
        struct Tell(std::sync::mpsc::Sender<()>);
        impl Drop for Tell {
            fn drop(&mut self) {
                self.0.send(()).unwrap();
            }
        }
        let (tell, told) = std::sync::mpsc::channel();
        let tell = Tell(tell);
        let thread = spawn(c"exits", move || {
            let _tell = tell;
            // SAFETY: the frames of this thread may be unwound.
            unsafe { pthread_exit(ptr::null_mut()) };
        })
        .unwrap();
        told.recv().unwrap();
        thread.join();
    }

    #[test]
    fn ids_are_stable_and_distinct() {
        let mine = id();
        assert_eq!(id(), mine);
        let other = std::thread::spawn(id).join().unwrap();
        assert_ne!(other, mine);
    }

    #[test]
    fn our_threads_block_all_signals() {
        let (tell, told) = std::sync::mpsc::channel();
        spawn(c"signals", move || {
            let mut mask = MaybeUninit::<libc::sigset_t>::uninit();
            // SAFETY: with a null set pthread_sigmask only writes the current mask into `mask`.
            let blocked = unsafe {
                libc::pthread_sigmask(libc::SIG_SETMASK, ptr::null(), mask.as_mut_ptr());
                libc::sigismember(mask.as_ptr(), libc::SIGUSR1)
            };
            tell.send(blocked).unwrap();
        })
        .unwrap();
        assert_eq!(told.recv().unwrap(), 1);
    }
}
