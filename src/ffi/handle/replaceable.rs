//! The object of a handle, which LoadTaskCaller replaces by another while calls use the one before.

use super::atomic::{AtomicPtr, Ordering};
use crate::base::Locked;
use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::ops::Deref;
use std::sync::Arc;

/// One object, and those that it has replaced and that a call may still use.
pub struct Replaceable<T> {
    current: AtomicPtr<T>,
    replaced: Locked<Replaced<T>>,
}

struct Replaced<T> {
    objects: Vec<Arc<T>>,
    /// The current object is the last.
    is_settled: bool,
}

impl<T> Replaceable<T> {
    /// Starts with `object`.
    pub fn new(object: Arc<T>) -> Self {
        let replaced = Locked::new(Replaced { objects: Vec::new(), is_settled: false });
        Self { current: AtomicPtr::new(Arc::into_raw(object).cast_mut()), replaced }
    }

    /// Returns the current object.
    pub fn get(&self) -> Current<'_, T> {
        // SAFETY: the pointer came from Arc::into_raw, and its count is held here: by `current`, or, if it was
        // replaced since the load, by `replaced`, which keeps its objects while a call uses `self` (forget_replaced).
        // Current does not drop it.
        let object = unsafe { Arc::from_raw(self.current.load(Ordering::Acquire)) };
        Current { object: ManuallyDrop::new(object), of: PhantomData }
    }

    /// Returns the current object and refuses every later replacement.
    pub fn settle(&self) -> Current<'_, T> {
        self.replaced.lock().is_settled = true;
        self.get()
    }

    /// Makes `object` the current one. Returns the one before, which is kept, or gives `object` back after
    /// [`Replaceable::settle`].
    pub fn replace(&self, object: Arc<T>) -> Result<Arc<T>, Arc<T>> {
        let mut replaced = self.replaced.lock();
        if replaced.is_settled {
            return Err(object);
        }
        let before = self.current.swap(Arc::into_raw(object).cast_mut(), Ordering::AcqRel);
        // SAFETY: as in get; the count that `current` held goes into this Arc.
        let before = unsafe { Arc::from_raw(before) };
        replaced.objects.push(Arc::clone(&before));
        Ok(before)
    }

    /// Drops the replaced objects if `is_unused` returns true.
    ///
    /// # Safety
    /// `is_unused` returns true only if every call that uses `self`, except the caller's, began after `is_unused` was
    /// called. The caller holds no reference that came from `self`.
    pub unsafe fn forget_replaced(&self, is_unused: impl FnOnce() -> bool) {
        // Taken before the question: a call that began after it may use an object that is replaced after it.
        let replaced = mem::take(&mut self.replaced.lock().objects);
        if !is_unused() {
            self.replaced.lock().objects.extend(replaced);
        }
    }
}

impl<T> Drop for Replaceable<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer came from Arc::into_raw, and the count that `current` holds is dropped with it.
        drop(unsafe { Arc::from_raw(self.current.load(Ordering::Acquire)) });
    }
}

/// The object of a [`Replaceable`] that a call uses, without a count of its own: a clone may be kept.
pub struct Current<'a, T> {
    object: ManuallyDrop<Arc<T>>,
    of: PhantomData<&'a Replaceable<T>>,
}

impl<T> Deref for Current<'_, T> {
    type Target = Arc<T>;

    fn deref(&self) -> &Arc<T> {
        &self.object
    }
}
