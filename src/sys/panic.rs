//! Panics that end where they are caught: silent, and as a fault with their message.
//!
//! Our std is private to the library, so its hook is as well.

use super::process::ProcessLocal;
use crate::base::{ErrorCode, Fault, Result};
use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

/// Runs `body`; a panic becomes a fault.
pub fn catch<R>(body: impl FnOnce() -> R) -> Result<R> {
    static HOOK: ProcessLocal<()> = ProcessLocal::new(install_hook);
    HOOK.get();
    let depth = INSIDE.get();
    INSIDE.set(depth + 1);
    let outcome = catch_unwind(AssertUnwindSafe(body));
    INSIDE.set(depth);
    outcome.map_err(|_| {
        let message = MESSAGE.take();
        Fault::new(ErrorCode::Internal, format!("A defect of this library, please report it: {message}."))
    })
}

/// As [`catch`], for each poll of `future` by itself: what happens between two polls is not inside of it, for there
/// the stack may be unwound by other than panics, which must not be caught.
pub fn catch_in_polls<F: Future + ?Sized>(
    mut future: Pin<&mut F>,
) -> impl Future<Output = Result<F::Output>> {
    poll_fn(move |context| match catch(|| future.as_mut().poll(context)) {
        Ok(poll) => poll.map(Ok),
        Err(fault) => Poll::Ready(Err(fault)),
    })
}

thread_local! {
    /// How many calls of [`catch`] this thread is inside of.
    static INSIDE: Cell<u32> = const { Cell::new(0) };
    static MESSAGE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Nothing is printed for a panic that is caught here; its text goes into the log. Others (the tests of this project
/// link the library into their own program) are left to the hook before ours.
fn install_hook() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if INSIDE.try_with(Cell::get).unwrap_or(0) == 0 {
            before(info);
        } else {
            let _ = MESSAGE.try_with(|place| place.replace(info.to_string()));
        }
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_fault_with_its_message() {
        let fault = catch(|| panic!("boom {}", 7)).unwrap_err();
        assert_eq!(fault.code(), ErrorCode::Internal);
        assert!(fault.text().contains("boom 7"), "{fault}");
    }
}
