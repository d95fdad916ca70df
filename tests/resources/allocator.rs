//! An allocator that counts what is alive in the process, the most that was alive since the count began, and how often
//! each thread allocates.

#![allow(unsafe_code, reason = "an allocator is unsafe by its nature; this one hands on to the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

#[global_allocator]
static COUNTING: Counting = Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);
static LARGEST: AtomicUsize = AtomicUsize::new(usize::MAX);

thread_local! {
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

/// Returns how often this thread allocates in `action`.
pub(crate) fn allocations(action: impl FnOnce()) -> usize {
    let before = ALLOCATIONS.get();
    action();
    ALLOCATIONS.get() - before
}

/// Returns how many bytes are alive.
pub(crate) fn alive() -> usize {
    LIVE.load(Ordering::Acquire)
}

/// Returns what `action` returns, and the most memory that was alive during it beyond what was alive before.
pub(crate) fn most_during<R>(action: impl FnOnce() -> R) -> (R, usize) {
    let before = LIVE.load(Ordering::Acquire);
    MOST.store(before, Ordering::Release);
    let result = action();
    (result, MOST.load(Ordering::Acquire).saturating_sub(before))
}

/// Returns what `action` returns, and how much more memory is alive after it than before.
pub(crate) fn left_behind<R>(action: impl FnOnce() -> R) -> (R, usize) {
    let before = LIVE.load(Ordering::Acquire);
    let result = action();
    (result, LIVE.load(Ordering::Acquire).saturating_sub(before))
}

/// Returns what `action` returns where there is no memory for anything larger than `largest`.
pub(crate) fn with_at_most<R>(largest: usize, action: impl FnOnce() -> R) -> R {
    LARGEST.store(largest, Ordering::Release);
    let result = action();
    LARGEST.store(usize::MAX, Ordering::Release);
    result
}

struct Counting;

impl Counting {
    fn grow(bytes: usize) {
        // A thread that ends may allocate when its counter has ended.
        let _ = ALLOCATIONS.try_with(|allocations| allocations.set(allocations.get() + 1));
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
