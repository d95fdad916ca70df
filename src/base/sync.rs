//! A mutex whose `lock` cannot fail, and which a thread takes in the lock order only.

use super::lock_rank::{Held, Rank};
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// By this name, for cbindgen reads no expression here.
const LEAF: u8 = Rank::Leaf as u8;

/// A mutex that ignores poisoning: a panic is caught at the C boundary, and every structure in a lock here is left
/// usable at each step, so the next caller may go on.
#[derive(Debug, Default)]
pub struct Locked<T, const RANK: u8 = LEAF>(Mutex<T>);

impl<T, const RANK: u8> Locked<T, RANK> {
    /// Wraps `value`.
    pub const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Returns the value, for one step that does not wait. Debug builds panic if the thread holds a lock of the same or
    /// a higher rank.
    pub fn lock(&self) -> Guard<'_, T> {
        self.lock_held(Held::begin(RANK))
    }

    /// Like [`Locked::lock`], of a rank that only the caller knows.
    pub fn lock_as(&self, rank: Rank) -> Guard<'_, T> {
        self.lock_held(Held::begin(rank as u8))
    }

    /// Like [`Locked::lock`], also under another lock of the same rank. The caller says why no two threads can wait for
    /// each other.
    pub fn lock_beside(&self) -> Guard<'_, T> {
        self.lock_held(Held::begin_beside(RANK))
    }

    fn lock_held(&self, held: Held) -> Guard<'_, T> {
        Guard { value: self.0.lock().unwrap_or_else(PoisonError::into_inner), _held: held }
    }
}

/// The value of a [`Locked`], which is locked until this is dropped.
#[derive(Debug)]
#[must_use = "dropped, it unlocks"]
pub struct Guard<'a, T> {
    value: MutexGuard<'a, T>,
    _held: Held,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    type Outer = Locked<u32, { Rank::Reader as u8 }>;
    type Inner = Locked<u32, { Rank::Outbox as u8 }>;

    fn panics(locking: impl FnOnce()) -> bool {
        catch_unwind(AssertUnwindSafe(locking)).is_err()
    }

    #[test]
    fn locks_are_taken_by_rank_and_released_in_any_order() {
        let (outer, inner, last) = (Outer::new(1), Inner::new(2), Locked::<u32>::new(3));
        let (first, second, third) = (outer.lock(), inner.lock(), last.lock());
        assert_eq!((*first, *second, *third), (1, 2, 3));
        drop(first);
        drop(third);
        drop(last.lock());
        drop(second);
        *outer.lock() += 1;
        assert_eq!(*outer.lock(), 2);
    }

    #[test]
    #[cfg(debug_assertions)]
    fn a_lock_under_one_of_the_same_or_a_higher_rank_panics() {
        let (outer, inner, other) = (Outer::new(1), Inner::new(2), Inner::new(3));
        let held = inner.lock();
        assert!(panics(|| drop(outer.lock())));
        assert!(panics(|| drop(other.lock())));
        assert!(panics(|| drop(other.lock_as(Rank::Users))));
        assert!(!panics(|| drop(other.lock_beside())));
        drop(held);
        assert!(!panics(|| drop(outer.lock())), "what has panicked holds nothing");
    }
}
