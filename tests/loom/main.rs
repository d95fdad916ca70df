//! The parts that do without locks, in every order that the memory model allows: the very source files, with the atomics
//! and mutexes of loom in the place of std's.

#![allow(clippy::expect_used, reason = "a test ends by panicking")]
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "the files are those of the library, which uses more"
)]
#![allow(unsafe_code, reason = "the files have it")]

mod handles;
mod waiting;

/// Runs `model` in every order in which its threads are interrupted at most so often where they need not be: what few
/// interruptions do not break, more hardly do, and all of them would take hours.
fn check(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(if support::is_full() { 3 } else { 2 });
    builder.check(model);
}

/// What the files name of `crate::base`.
mod base {
    use loom::sync::{Mutex, MutexGuard};

    #[derive(Debug)]
    pub struct Locked<T>(Mutex<T>);

    impl<T> Locked<T> {
        pub fn new(value: T) -> Self {
            Self(Mutex::new(value))
        }

        pub fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("no test panics with it")
        }
    }

    impl<T: Default> Default for Locked<T> {
        fn default() -> Self {
            Self::new(T::default())
        }
    }
}

/// What the files name of `crate::sys`.
mod sys {
    pub mod wake_event {
        use loom::sync::{Condvar, Mutex};

        /// The event, as a flag.
        #[derive(Debug)]
        pub struct WakeEvent {
            is_set: Mutex<bool>,
            set: Condvar,
        }

        impl WakeEvent {
            pub fn new() -> std::io::Result<Self> {
                Ok(Self { is_set: Mutex::new(false), set: Condvar::new() })
            }

            pub fn signal(&self) {
                *self.is_set.lock().expect("no test panics with it") = true;
                self.set.notify_one();
            }

            /// As poll(2) that finds it readable, and then its clearing.
            pub fn wait(&self) {
                let mut is_set = self.is_set.lock().expect("no test panics with it");
                while !*is_set {
                    is_set = self.set.wait(is_set).expect("no test panics with it");
                }
                *is_set = false;
            }
        }
    }
}
