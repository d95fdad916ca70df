//! Threads of the library, and a cheap number for each thread that calls it.

use super::signals::Blocked;
use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

/// Starts a thread that blocks all signals: the program's handlers run on the program's threads.
pub fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    // A thread inherits the mask of the one that starts it.
    let _blocked = Blocked::all();
    std::thread::Builder::new().name(name.to_owned()).spawn(body)
}

/// The calling thread's number; never 0, never reused within a process.
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
        spawn("signals", move || {
            let mut mask = MaybeUninit::<libc::sigset_t>::uninit();
            // SAFETY: with a null set pthread_sigmask only writes the current mask into `mask`.
            let blocked = unsafe {
                libc::pthread_sigmask(libc::SIG_SETMASK, std::ptr::null(), mask.as_mut_ptr());
                libc::sigismember(mask.as_ptr(), libc::SIGUSR1)
            };
            tell.send(blocked).unwrap();
        })
        .unwrap();
        assert_eq!(told.recv().unwrap(), 1);
    }
}
