//! The one atomic word of a slot: everything that a look-up must compare, in one compare-exchange.
//!
//! It knows no object. What the slot's owner keeps beside it may be used by each caller that has pinned the slot, and
//! freed by the caller whose unpin was the last of a closed slot.

use super::atomic::{AtomicU64, Ordering, fence};

// From the top: kind (4 bits, 0: free), generation, closed (1), pins (31).
const KIND_SHIFT: u32 = GENERATION_SHIFT + GENERATION_BITS;
const GENERATION_SHIFT: u32 = 32;
const CLOSED: u64 = 1 << 31;
const PINS: u64 = CLOSED - 1;

/// The width of a generation.
pub(super) const GENERATION_BITS: u32 = 28;
/// The number of generations.
pub(super) const GENERATIONS: u64 = 1 << GENERATION_BITS;

/// The handle that a slot is open for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Never 0.
    pub(super) kind: u64,
    pub(super) generation: u64,
}

impl Key {
    fn bits(self) -> u64 {
        (self.kind << KIND_SHIFT) | ((self.generation % GENERATIONS) << GENERATION_SHIFT)
    }
}

/// The state of a slot: free, open with a number of pins, or closed with a number of pins.
#[derive(Debug)]
pub(super) struct SlotState(AtomicU64);

impl SlotState {
    /// The state of a free slot.
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// The generation of a free slot; 0 if it was never used.
    pub(super) fn generation(&self) -> u64 {
        (self.0.load(Ordering::Relaxed) >> GENERATION_SHIFT) % GENERATIONS
    }

    /// Opens a free slot. A caller that pins it by the key sees what was done before.
    pub(super) fn open(&self, key: Key) {
        self.0.store(key.bits(), Ordering::Release);
    }

    /// Pins the slot, if it is open for the key; returns whether it did. Unpin it again.
    pub(super) fn pin(&self, key: Key) -> bool {
        self.pin_with(key, 0)
    }

    /// As [`SlotState::pin`], and makes every later pin fail.
    pub(super) fn close(&self, key: Key) -> bool {
        self.pin_with(key, CLOSED)
    }

    fn pin_with(&self, key: Key, flag: u64) -> bool {
        let expected = key.bits();
        let mut word = self.0.load(Ordering::Relaxed);
        loop {
            if word & !PINS != expected || word & PINS == PINS {
                return false;
            }
            match self.0.compare_exchange_weak(word, (word | flag) + 1, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return true,
                Err(seen) => word = seen,
            }
        }
    }

    /// Returns true if the caller's pin is the only one. Then no reference of an earlier pin is left, and a caller that
    /// pins the slot later sees what this one did before: the read-modify-write, which changes no bit, orders the two.
    pub(super) fn is_pinned_once(&self) -> bool {
        self.0.fetch_add(0, Ordering::AcqRel) & PINS == 1
    }

    /// Gives a pin back. Returns true for the last one of a closed slot: the caller frees what is in it, and then calls
    /// [`SlotState::free`].
    pub(super) fn unpin(&self) -> bool {
        let before = self.0.fetch_sub(1, Ordering::Release);
        let is_last = before & (CLOSED | PINS) == CLOSED | 1;
        if is_last {
            fence(Ordering::Acquire);
        }
        is_last
    }

    /// Makes the slot free and returns the generation of its next handle, which differs from the last one's.
    pub(super) fn free(&self) -> u64 {
        let generation = (self.generation() + 1) % GENERATIONS;
        self.0.store(generation << GENERATION_SHIFT, Ordering::Release);
        generation
    }
}
