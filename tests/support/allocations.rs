//! An allocator that counts what is alive, and the most that was alive since the count began.
//!
//! A program has one allocator, so one test at a time may count: [`most_during`] holds a lock meanwhile.

#![allow(dead_code, reason = "each test program uses a part of this module")]
#![allow(unsafe_code, reason = "an allocator is unsafe by its nature; this one hands on to the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

#[global_allocator]
static COUNTING: Counting = Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);
static LARGEST: AtomicUsize = AtomicUsize::new(usize::MAX);
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Sets one test apart from the others: nobody else allocates while it counts.
pub(crate) fn alone<R>(test: impl FnOnce() -> R) -> R {
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    test()
}

/// What `action` returns, and the most memory that was alive meanwhile beyond what was alive before.
pub(crate) fn most_during<R>(action: impl FnOnce() -> R) -> (R, usize) {
    let before = LIVE.load(Ordering::Acquire);
    MOST.store(before, Ordering::Release);
    let result = action();
    (result, MOST.load(Ordering::Acquire).saturating_sub(before))
}

/// What `action` returns, and how much more memory is alive behind it than before.
pub(crate) fn left_behind<R>(action: impl FnOnce() -> R) -> (R, usize) {
    let before = LIVE.load(Ordering::Acquire);
    let result = action();
    (result, LIVE.load(Ordering::Acquire).saturating_sub(before))
}

/// What `action` returns where there is no memory for anything larger than this.
pub(crate) fn with_at_most<R>(largest: usize, action: impl FnOnce() -> R) -> R {
    LARGEST.store(largest, Ordering::Release);
    let result = action();
    LARGEST.store(usize::MAX, Ordering::Release);
    result
}

struct Counting;

impl Counting {
    fn grow(bytes: usize) {
        let live = LIVE.fetch_add(bytes, Ordering::AcqRel) + bytes;
        MOST.fetch_max(live, Ordering::AcqRel);
    }
}

// SAFETY: every call goes on to the system's allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST.load(Ordering::Acquire) {
            return ptr::null_mut();
        }
        Self::grow(layout.size());
        // SAFETY: the caller keeps the rules of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::AcqRel);
        // SAFETY: the caller keeps the rules of `dealloc`, and `pointer` is the system allocator's.
        unsafe { System.dealloc(pointer, layout) }
    }

    /// Counted as if the new memory were there beside the old, which is what an allocator may do.
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if new_size > LARGEST.load(Ordering::Acquire) {
            return ptr::null_mut();
        }
        Self::grow(new_size);
        LIVE.fetch_sub(layout.size(), Ordering::AcqRel);
        // SAFETY: the caller keeps the rules of `realloc`, and `pointer` is the system allocator's.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}
