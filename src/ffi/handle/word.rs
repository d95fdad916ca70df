//! The one atomic word of a slot: everything that a look-up must compare, in one compare-exchange.
//!
//! It knows no object. What the slot's owner keeps beside it may be reached by whoever has pinned the word, and freed
//! by whoever is told that the last pin of a closing slot is gone.

use super::atomic::{AtomicU64, Ordering, fence};

// From the top: kind (4 bits, 0: free), generation, closing (1), pins (31).
const KIND_SHIFT: u32 = GENERATION_SHIFT + GENERATION_BITS;
const GENERATION_SHIFT: u32 = 32;
const CLOSING: u64 = 1 << 31;
const PINS: u64 = CLOSING - 1;

/// How many bits a generation has.
pub(super) const GENERATION_BITS: u32 = 28;
/// How many generations there are.
pub(super) const GENERATIONS: u64 = 1 << GENERATION_BITS;

/// Which handle a slot is for.
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

/// The word of a slot.
#[derive(Debug)]
pub(super) struct Word(AtomicU64);

impl Word {
    /// Of a free slot.
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// The generation of a free slot; 0 if it was never used.
    pub(super) fn generation(&self) -> u64 {
        (self.0.load(Ordering::Relaxed) >> GENERATION_SHIFT) % GENERATIONS
    }

    /// Opens a free slot: whoever has the key may pin it, and then sees what was done before.
    pub(super) fn open(&self, key: Key) {
        self.0.store(key.bits(), Ordering::Release);
    }

    /// Pins the slot, if it is the key's and open. Unpin it again.
    pub(super) fn pin(&self, key: Key) -> bool {
        self.pin_with(key, 0)
    }

    /// As [`Word::pin`], and lets nobody else pin the slot from now on.
    pub(super) fn close(&self, key: Key) -> bool {
        self.pin_with(key, CLOSING)
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

    /// Whether the caller's pin is the only one: nobody else holds what he reached by an earlier pin, and whoever pins
    /// the slot later sees what the caller did before. A write, though of nothing new, is what makes that so.
    pub(super) fn is_pinned_once(&self) -> bool {
        self.0.fetch_add(0, Ordering::AcqRel) & PINS == 1
    }

    /// Gives a pin back. True for the last one of a closing slot: nobody reaches anything any more, so the caller may
    /// free it, and then says [`Word::free`].
    pub(super) fn unpin(&self) -> bool {
        let before = self.0.fetch_sub(1, Ordering::Release);
        let is_last = before & (CLOSING | PINS) == CLOSING | 1;
        if is_last {
            fence(Ordering::Acquire);
        }
        is_last
    }

    /// The slot is free; its next user's generation, which is another.
    pub(super) fn free(&self) -> u64 {
        let generation = (self.generation() + 1) % GENERATIONS;
        self.0.store(generation << GENERATION_SHIFT, Ordering::Release);
        generation
    }
}
