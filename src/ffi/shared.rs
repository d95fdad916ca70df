//! The object behind a handle. LoadTaskCaller puts another in its place, while calls are at work on the one before.

use super::atomic::{AtomicPtr, Ordering};
use crate::base::Locked;
use std::ops::Deref;
use std::sync::Arc;

/// One object, and those that it has replaced and that somebody may still look at.
pub struct Shared<T> {
    current: AtomicPtr<T>,
    replaced: Locked<Replaced<T>>,
}

struct Replaced<T> {
    objects: Vec<Arc<T>>,
    /// The object that is there now is the last.
    is_over: bool,
}

impl<T> Shared<T> {
    /// Keeps `object`.
    pub fn new(object: Arc<T>) -> Self {
        let replaced = Locked::new(Replaced { objects: Vec::new(), is_over: false });
        Self { current: AtomicPtr::new(Arc::into_raw(object).cast_mut()), replaced }
    }

    /// The object, for somebody who keeps it.
    pub fn share(&self) -> Arc<T> {
        let pointer = self.current.load(Ordering::Acquire);
        // SAFETY: the pointer came from Arc::into_raw, and its count is held here: by `current`, or, if it was
        // replaced since the load, by `replaced`, from which nothing goes while somebody looks (forget_replaced).
        unsafe {
            Arc::increment_strong_count(pointer);
            Arc::from_raw(pointer)
        }
    }

    /// The object, which stays from now on.
    pub fn settle(&self) -> &T {
        self.replaced.lock().is_over = true;
        self
    }

    /// Puts `object` in its place; the one before is returned, and kept. Gives `object` back if that comes too late.
    pub fn replace(&self, object: Arc<T>) -> Result<Arc<T>, Arc<T>> {
        let mut replaced = self.replaced.lock();
        if replaced.is_over {
            return Err(object);
        }
        let before = self.current.swap(Arc::into_raw(object).cast_mut(), Ordering::AcqRel);
        // SAFETY: as in share; the count that `current` held goes into this Arc.
        let before = unsafe { Arc::from_raw(before) };
        replaced.objects.push(Arc::clone(&before));
        Ok(before)
    }

    /// Forgets what was replaced, if `nobody_else_looks` says so: that everybody who looks through `self`, but for the
    /// caller, began after this call did.
    ///
    /// # Safety
    /// It must be true, and the caller must hold no reference that came from `self`.
    pub unsafe fn forget_replaced(&self, nobody_else_looks: impl FnOnce() -> bool) {
        // Taken before the question: what is replaced behind it may have been looked at behind it.
        let replaced = std::mem::take(&mut self.replaced.lock().objects);
        if !nobody_else_looks() {
            self.replaced.lock().objects.extend(replaced);
        }
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: as in share: what the pointer leads to lives as long as somebody looks at it through `self`.
        unsafe { &*self.current.load(Ordering::Acquire) }
    }
}

impl<T> Drop for Shared<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer came from Arc::into_raw, and `current` holds its count, which goes with it.
        drop(unsafe { Arc::from_raw(self.current.load(Ordering::Acquire)) });
    }
}
