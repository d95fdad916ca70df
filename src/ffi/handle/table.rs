//! The table of slots: one for each handle.
//!
//! A handle is a token of kind, slot and generation, below 2^52, that is never dereferenced. Slots do not move, and
//! each has one atomic word with everything that a look-up must compare: NULL, a disposed handle, a handle of another
//! kind and any random number are all "not found".
//!
//! A call pins its slot with one compare-exchange and unpins it with one subtraction. Dispose sets the word's closing
//! flag: no call pins any more, and the last unpin drops the entry. Slots are reused first in, first out; one whose
//! generations are used up is retired. Beside its object an entry holds the call logs of the handle (the latest of each
//! thread) and the ring of strings that it has returned.

use super::slot_state::{GENERATION_BITS, GENERATIONS, Key, SlotState};
use super::{Entry, Handle};
use crate::base::Locked;
use crate::sys::random;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

// A token, from the top: kind (4 bits), slot, generation. It is below 2^52, for languages that keep pointers in a
// double; no address of a program has bits where the kind stands.
const SLOT_BITS: u32 = 20;
pub(super) const SLOT_SHIFT: u32 = GENERATION_BITS;
pub(super) const KIND_SHIFT: u32 = SLOT_SHIFT + SLOT_BITS;

const CHUNK: usize = 1024;
const CHUNKS: usize = (1 << SLOT_BITS) / CHUNK;

struct Slot {
    state: SlotState,
    entry: AtomicPtr<()>,
}

/// The slots of a process.
pub(super) struct Table {
    chunks: [AtomicPtr<[Slot; CHUNK]>; CHUNKS],
    slots: Locked<Slots>,
    live: AtomicUsize,
}

/// Which slots can be used. Reused first in, first out, so that generations are used up evenly.
struct Slots {
    free: VecDeque<usize>,
    used: usize,
    first_generation: u64,
}

impl Slots {
    /// Far apart for each slot, so that a token with its slot changed fits no generation.
    fn first_generation_of(&self, index: usize) -> u64 {
        self.first_generation.wrapping_add(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(index as u64)) % GENERATIONS
    }
}

/// Keeps a slot from being freed.
pub struct PinGuard<H: Handle> {
    table: &'static Table,
    slot: &'static Slot,
    index: usize,
    kind: PhantomData<fn() -> H>,
}

impl<H: Handle> PinGuard<H> {
    /// The content of the slot.
    pub fn entry(&self) -> &Entry<H::Object> {
        let entry = self.slot.entry.load(Ordering::Acquire).cast::<Entry<H::Object>>();
        // SAFETY: the slot's state was of kind H when it was pinned, so its pointer is a boxed Entry of H's object,
        // and it is freed only after the last pin.
        unsafe { &*entry }
    }

    /// Returns true if no other call uses the slot; see [`SlotState::is_pinned_once`].
    pub(super) fn is_the_only_one(&self) -> bool {
        self.slot.state.is_pinned_once()
    }
}

impl<H: Handle> Drop for PinGuard<H> {
    fn drop(&mut self) {
        if self.slot.state.unpin() {
            self.table.free::<H>(self.index, self.slot);
        }
    }
}

impl Table {
    pub(super) fn new() -> Self {
        let seed = random::bytes().map_or_else(|_| u64::from(std::process::id()), u64::from_ne_bytes);
        let slots = Slots { free: VecDeque::new(), used: 0, first_generation: seed % GENERATIONS };
        Self {
            chunks: [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS],
            slots: Locked::new(slots),
            live: AtomicUsize::new(0),
        }
    }

    /// Counts the slots that are open.
    pub(super) fn live(&self) -> usize {
        self.live.load(Ordering::Relaxed)
    }

    /// Opens a slot with `entry` in it and returns its token. Gives `entry` back when no slot is left.
    pub(super) fn insert<H: Handle>(
        &'static self,
        entry: Box<Entry<H::Object>>,
    ) -> Result<usize, Box<Entry<H::Object>>> {
        let Some((index, slot, generation)) = self.take_slot() else { return Err(entry) };
        slot.entry.store(Box::into_raw(entry).cast(), Ordering::Release);
        slot.state.open(Key { kind: H::KIND, generation });
        self.live.fetch_add(1, Ordering::Relaxed);
        Ok(((H::KIND << KIND_SHIFT) | ((index as u64) << SLOT_SHIFT) | generation) as usize)
    }

    /// Returns a free slot with its index and the generation of its next handle.
    fn take_slot(&'static self) -> Option<(usize, &'static Slot, u64)> {
        let mut slots = self.slots.lock();
        if let Some(index) = slots.free.pop_front() {
            let slot = self.slot(index)?;
            return Some((index, slot, slot.state.generation()));
        }
        let index = slots.used;
        let chunk = self.chunks.get(index / CHUNK)?;
        if chunk.load(Ordering::Relaxed).is_null() {
            let empty = || Slot { state: SlotState::new(), entry: AtomicPtr::new(ptr::null_mut()) };
            let fresh: Box<[Slot; CHUNK]> = Box::new(std::array::from_fn(|_| empty()));
            chunk.store(Box::into_raw(fresh), Ordering::Release);
        }
        slots.used += 1;
        Some((index, self.slot(index)?, slots.first_generation_of(index)))
    }

    fn slot(&'static self, index: usize) -> Option<&'static Slot> {
        let chunk = self.chunks.get(index / CHUNK)?.load(Ordering::Acquire);
        // SAFETY: a chunk pointer is null or a leaked boxed chunk.
        let chunk = unsafe { chunk.as_ref() }?;
        chunk.get(index % CHUNK)
    }

    /// Pins the slot of an open handle.
    pub(super) fn pin<H: Handle>(&'static self, token: usize) -> Option<PinGuard<H>> {
        self.pin_by::<H>(token, SlotState::pin)
    }

    /// Pins the slot of an open handle for the last time: later pins fail, and the last unpin frees the slot.
    pub(super) fn close<H: Handle>(&'static self, token: usize) -> Option<PinGuard<H>> {
        let pin = self.pin_by::<H>(token, SlotState::close)?;
        self.live.fetch_sub(1, Ordering::Relaxed);
        Some(pin)
    }

    fn pin_by<H: Handle>(
        &'static self,
        token: usize,
        pin: impl FnOnce(&SlotState, Key) -> bool,
    ) -> Option<PinGuard<H>> {
        let (slot, index, key) = self.find::<H>(token)?;
        // Not by then_some: that would make, and drop, a guard of a slot which is not pinned.
        pin(&slot.state, key).then(|| PinGuard { table: self, slot, index, kind: PhantomData })
    }

    fn find<H: Handle>(&'static self, token: usize) -> Option<(&'static Slot, usize, Key)> {
        let token = token as u64;
        if token >> KIND_SHIFT != H::KIND {
            return None;
        }
        let index = usize::try_from((token >> SLOT_SHIFT) & ((1 << SLOT_BITS) - 1)).ok()?;
        Some((self.slot(index)?, index, Key { kind: H::KIND, generation: token % GENERATIONS }))
    }

    /// Frees a closed slot after its last unpin. A slot whose generations are used up is never used again.
    fn free<H: Handle>(&self, index: usize, slot: &Slot) {
        let entry = slot.entry.swap(ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: that was the last pin and no pin can follow, so nothing else has the boxed Entry of this kind.
        drop(unsafe { Box::from_raw(entry.cast::<Entry<H::Object>>()) });
        let mut slots = self.slots.lock();
        if slot.state.free() != slots.first_generation_of(index) {
            slots.free.push_back(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::bin_data::ckws_bin_data;
    use super::*;
    use crate::object::BinData;
    use std::sync::{Arc, LazyLock};

    fn entry() -> Box<Entry<BinData>> {
        Box::new(Entry::new(Arc::default()))
    }

    #[test]
    fn there_are_as_many_handles_as_slots() {
        static TABLE: LazyLock<Table> = LazyLock::new(Table::new);
        let table: &'static Table = &TABLE;
        for _ in 0..1 << SLOT_BITS {
            assert!(table.take_slot().is_some());
        }
        assert!(table.insert::<ckws_bin_data>(entry()).is_err());
        assert_eq!(table.live(), 0);
    }

    #[test]
    fn slots_are_reused_first_in_first_out() {
        static TABLE: LazyLock<Table> = LazyLock::new(Table::new);
        let table: &'static Table = &TABLE;
        let slots = || [(); 3].map(|()| table.take_slot().unwrap().0);
        for index in slots() {
            table.slots.lock().free.push_back(index);
        }
        assert_eq!(slots(), [0, 1, 2]);
        assert_eq!(slots(), [3, 4, 5]);
    }

    #[test]
    fn a_slot_whose_generations_are_used_up_is_retired() {
        static TABLE: LazyLock<Table> = LazyLock::new(Table::new);
        let table: &'static Table = &TABLE;
        let first = table.slots.lock().first_generation_of(0);
        let token_of = |generation| {
            table.slot(0).unwrap().state.open(Key { kind: ckws_bin_data::KIND, generation });
            ((ckws_bin_data::KIND << KIND_SHIFT) | generation) as usize
        };
        table.insert::<ckws_bin_data>(entry()).ok().unwrap();
        let last_but_one = token_of((first + GENERATIONS - 2) % GENERATIONS);
        drop(table.close::<ckws_bin_data>(last_but_one).unwrap());
        let last = table.insert::<ckws_bin_data>(entry()).ok().unwrap();
        assert_eq!(last, token_of((first + GENERATIONS - 1) % GENERATIONS));
        drop(table.close::<ckws_bin_data>(last).unwrap());
        assert_eq!(table.take_slot().unwrap().0, 1, "another slot comes next");
    }
}
