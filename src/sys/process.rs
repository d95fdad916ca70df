//! State that belongs to one process and must not survive `fork`.
//!
//! Everything global of this library hangs in a page that the kernel empties in a child (`MADV_WIPEONFORK`, Linux
//! 4.14): the child starts with none. It knows no handle of its parent, so it touches none of its sockets, and it makes
//! its own threads, queues, descriptors and seeds. What the parent had allocated stays allocated there, untouched. New
//! global state goes into a [`ProcessLocal`].
//!
//! A leak checker finds pointers in variables and allocated memory, not in such a page. So all values hang in a chain
//! as well, which begins in a variable; a child's chain goes on with its parent's values.

use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

const PAGE_SIZE: usize = 4096;
const CELLS: usize = PAGE_SIZE / size_of::<usize>();

/// One pointer a [`ProcessLocal`]; null until its first use in this process.
type Page = [AtomicPtr<()>; CELLS];

/// The latest value of the chain.
static NEWEST: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

static PAGE: AtomicPtr<Page> = AtomicPtr::new(ptr::null_mut());
static NEXT_CELL: AtomicUsize = AtomicUsize::new(1);

/// A value, and the one that was made before it.
#[repr(C)]
struct Kept<T> {
    older: AtomicPtr<()>,
    value: T,
}

/// A lazily made value of which each process has its own. Declare it as a `static`.
#[derive(Debug)]
pub struct ProcessLocal<T: 'static> {
    cell: AtomicUsize,
    make: fn() -> T,
}

impl<T: Send + Sync + 'static> ProcessLocal<T> {
    /// Creates a cell whose value `make` makes at its first use in each process.
    pub const fn new(make: fn() -> T) -> Self {
        Self { cell: AtomicUsize::new(0), make }
    }

    /// This process's value. It is never freed: a thread may use it until the process ends.
    pub fn get(&'static self) -> &'static T {
        let place = self.place();
        let kept = place.load(Ordering::Acquire);
        match NonNull::new(kept.cast::<Kept<T>>()) {
            // SAFETY: this cell belongs only to this ProcessLocal, and it is only ever set to a leaked Box<Kept<T>>.
            Some(kept) => unsafe { &kept.as_ref().value },
            None => self.make_at(place),
        }
    }

    #[cold]
    fn make_at(&self, place: &AtomicPtr<()>) -> &'static T {
        let fresh = Box::into_raw(Box::new(Kept { older: AtomicPtr::default(), value: (self.make)() }));
        match place.compare_exchange(ptr::null_mut(), fresh.cast(), Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                // SAFETY: fresh came from Box::into_raw and is leaked from here on.
                let kept = unsafe { &*fresh };
                kept.older.store(NEWEST.swap(fresh.cast(), Ordering::AcqRel), Ordering::Release);
                &kept.value
            }
            Err(first) => {
                // SAFETY: another thread was faster; fresh was never shown to another, so it is ours to free.
                drop(unsafe { Box::from_raw(fresh) });
                // SAFETY: as in get: a cell that is not null holds a leaked Box<Kept<T>> of this ProcessLocal.
                unsafe { &(*first.cast::<Kept<T>>()).value }
            }
        }
    }

    fn place(&self) -> &'static AtomicPtr<()> {
        let mut cell = self.cell.load(Ordering::Relaxed);
        if cell == 0 {
            let fresh = NEXT_CELL.fetch_add(1, Ordering::Relaxed);
            cell = match self.cell.compare_exchange(0, fresh, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => fresh,
                Err(first) => first,
            };
        }
        match page().get(cell) {
            Some(place) => place,
            // There are a handful of statics and 512 cells: a defect of this library, and no state to go on with.
            None => std::process::abort(),
        }
    }
}

/// Returns a number that differs between a process and its forked child: the address of a value that each makes anew
/// and never frees.
pub fn identity() -> usize {
    static IDENTITY: ProcessLocal<u8> = ProcessLocal::new(|| 0);
    ptr::from_ref(IDENTITY.get()).addr()
}

/// Returns whether the program has rights that the user who started it has not (set-user-ID, set-group-ID,
/// capabilities), so that the environment, which is that user's, must not decide what it trusts.
pub fn is_privileged() -> bool {
    // SAFETY: the call reads what the kernel passed to the process, and takes no pointer.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

fn page() -> &'static Page {
    match NonNull::new(PAGE.load(Ordering::Acquire)) {
        // SAFETY: PAGE is only ever set to a mapping of a whole Page that is never unmapped.
        Some(page) => unsafe { page.as_ref() },
        None => map_page(),
    }
}

#[cold]
fn map_page() -> &'static Page {
    // SAFETY: an anonymous mapping at an address that the kernel chooses touches no memory of ours.
    let fresh = unsafe {
        libc::mmap(
            ptr::null_mut(),
            PAGE_SIZE,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    if fresh == libc::MAP_FAILED {
        // Not even one page of memory is available: nothing of this library can work, and no caller can handle that.
        std::process::abort();
    }
    // SAFETY: the range is the mapping just made. Where the kernel is older than 4.14 the advice fails and a
    // child keeps the parent's state, which the documentation excludes.
    unsafe { libc::madvise(fresh, PAGE_SIZE, libc::MADV_WIPEONFORK) };
    let page = fresh.cast::<Page>();
    match PAGE.compare_exchange(ptr::null_mut(), page, Ordering::AcqRel, Ordering::Acquire) {
        // SAFETY: the mapping is zeroed, page-aligned, large enough for Page, and never unmapped; null pointers
        // are valid AtomicPtrs.
        Ok(_) => unsafe { &*page },
        Err(first) => {
            // SAFETY: another thread was faster; this mapping was never published.
            unsafe { libc::munmap(fresh, PAGE_SIZE) };
            // SAFETY: as in page.
            unsafe { &*first }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_static_has_its_own_value_and_keeps_it() {
        static A: ProcessLocal<AtomicUsize> = ProcessLocal::new(|| AtomicUsize::new(1));
        static B: ProcessLocal<AtomicUsize> = ProcessLocal::new(|| AtomicUsize::new(2));
        A.get().store(10, Ordering::Relaxed);
        assert_eq!(A.get().load(Ordering::Relaxed), 10);
        assert_eq!(B.get().load(Ordering::Relaxed), 2);
        assert_eq!(identity(), identity());
    }
}
