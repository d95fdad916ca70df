//! Handles: tokens for objects, made of kind, slot and generation, never dereferenced.
//!
//! Slots do not move, and each has one atomic word with everything that a look-up must compare: NULL, a disposed
//! handle, a handle of another kind and any random number are all "not found". A call pins its slot with one
//! compare-exchange and unpins it with one subtraction; a disposed object goes with its last pin.

mod word;

use super::shared::Shared;
use super::strings::StringRing;
use crate::base::Locked;
use crate::object::common::{add_handle, drop_handle};
use crate::object::journal::Journal;
use crate::object::{BinData, Object, Rest, StringBuilder, Task, TaskQueue, WebSocket};
use crate::sys::process::ProcessLocal;
use crate::sys::random;
use std::collections::VecDeque;
use std::ptr;
use std::sync::Arc;
// By this name, for tests/loom has the checker's in its place.
use std::sync::atomic::{self, AtomicPtr, AtomicUsize, Ordering};
use word::{GENERATION_BITS, GENERATIONS, Key, Word};

/// A type that C knows as an incomplete struct.
pub trait Handle {
    /// What is behind it.
    type Object: Object;
    /// Its number in a token; never 0.
    const KIND: u64;
}

/// A WebSocket connection (RFC 6455), client side.
///
/// Create it with ckws_create, dispose it with ckws_dispose. It can be connected again and again: with
/// ckws_connect by URL, or with ckws_use_connection over a ckws_rest. Since 0.1.0.
pub struct ckws_websocket;

/// An HTTP/1.1 connection, on which a WebSocket's opening handshake can be made by hand.
///
/// Create it with ckws_rest_create, dispose it with ckws_rest_dispose. Since 0.1.0.
pub struct ckws_rest;

/// A growing array of bytes.
///
/// Create it with ckws_bin_data_create, dispose it with ckws_bin_data_dispose.
///
/// Names of encodings, in any case: base64, base64_mime (in lines of 76 characters), base64url or modBase64 (without
/// padding) and base32 (all RFC 4648), base58 (as Bitcoin, up to 4096 bytes), hex and hex_lower, url, url_rfc3986 or
/// url_oauth (RFC 3986: all but letters, digits and -._~ as %XX), url_rfc1738 and url_rfc2396 (which leave more as it
/// is), quoted-printable or qp (RFC 2045: CRLF stays a line break), Q and B (words of mail headers, RFC 2047, in the
/// charset of the call or UTF-8), uu (with its begin and end). Decoding is strict, but skips white space in the bases
/// and in hexadecimal digits; base64url may have padding, base32 may lack it.
///
/// Names of charsets, in any case: the labels of the WHATWG Encoding Standard, among them utf-8, utf-16le,
/// utf-16be, windows-1252 (also named iso-8859-1 and us-ascii, as there, and ansi), shift_jis. utf-16 is written little
/// endian; when reading, its byte order mark decides. A character that a charset lacks is refused when writing;
/// malformed bytes become U+FFFD when reading.
///
/// Bytes that a function takes may be those that the same object lends: they are copied first. Since 0.1.0.
pub struct ckws_bin_data;

/// A growing text.
///
/// Create it with ckws_string_builder_create, dispose it with ckws_string_builder_dispose. Characters are counted as
/// code points. Encodings and charsets are named as for ckws_bin_data.
///
/// Where case does not matter, letters are compared by the full case folding of Unicode: a sharp s equals ss, the
/// two small sigmas are one. Composed and decomposed accents differ, as the Turkish i without dot differs from i.
///
/// Text that a function takes may be that which the same object lends: it is copied first. Since 0.1.0.
pub struct ckws_string_builder;

/// A method of another object that runs by itself: what a function whose name ends in _async returns.
///
/// It is loaded first; ckws_task_run starts it, again and again if the program likes. Dispose it with
/// ckws_task_dispose, at any time: one that was run goes on, and keeps its object and its connection until it has
/// ended. Tasks of one object and one direction (reading, sending; a connect or an HTTP request is both) run in the
/// order of their ckws_task_run; reading and sending do not wait for each other.
///
/// An _async function returns NULL for a handle that is not alive and for a string that is NULL or not UTF-8; the
/// account of its object says so. What else is wrong with an argument is a failure of the task. Settings such as
/// IdleTimeoutMs are those of the moment at which the method begins. Since 0.1.0.
pub struct ckws_task;

/// Hands out tasks as they end, so that one thread can follow any number of them.
///
/// Create it with ckws_task_queue_create, dispose it with ckws_task_queue_dispose. It neither makes nor disposes
/// tasks. Since 0.1.0.
pub struct ckws_task_queue;

impl Handle for ckws_websocket {
    type Object = WebSocket;
    const KIND: u64 = 1;
}

impl Handle for ckws_rest {
    type Object = Rest;
    const KIND: u64 = 2;
}

impl Handle for ckws_bin_data {
    type Object = BinData;
    const KIND: u64 = 3;
}

impl Handle for ckws_string_builder {
    type Object = StringBuilder;
    const KIND: u64 = 4;
}

impl Handle for ckws_task {
    type Object = Task;
    const KIND: u64 = 5;
}

impl Handle for ckws_task_queue {
    type Object = TaskQueue;
    const KIND: u64 = 6;
}

/// What a slot holds: the object, shared with whoever uses it, and what belongs to the handle alone.
pub struct Entry<T> {
    /// The object.
    pub object: Shared<T>,
    /// The accounts of the latest calls.
    pub journal: Journal,
    /// The strings that are lent out.
    pub strings: StringRing,
}

// A token, from the top: kind (4 bits), slot, generation. It is below 2^52, for languages that keep pointers in a
// double; no address of a program has bits where the kind stands.
const SLOT_BITS: u32 = 20;
const SLOT_SHIFT: u32 = GENERATION_BITS;
const KIND_SHIFT: u32 = SLOT_SHIFT + SLOT_BITS;

const CHUNK: usize = 1024;
const CHUNKS: usize = (1 << SLOT_BITS) / CHUNK;

static TABLE: ProcessLocal<Table> = ProcessLocal::new(Table::new);

/// How many handles are alive.
pub fn live() -> usize {
    TABLE.get().live.load(Ordering::Relaxed)
}

/// A handle of `object`, its first or another; NULL when no slot or memory is left.
pub fn create<H: Handle>(object: Arc<H::Object>) -> *mut H {
    add_handle(&*object);
    let entry =
        Entry { object: Shared::new(object), journal: Journal::default(), strings: StringRing::default() };
    let entry = Box::into_raw(Box::new(entry));
    match TABLE.get().insert(H::KIND, entry.cast()) {
        Some(token) => ptr::without_provenance_mut(token),
        None => {
            // SAFETY: the table did not take the entry, so it is still ours alone.
            let entry = unsafe { Box::from_raw(entry) };
            drop_handle(&*entry.object);
            ptr::null_mut()
        }
    }
}

/// Makes the handle one of `object`; false if it is not alive. What it was a handle of may go with that, unless a call
/// looks at the handle at this moment: call it outside of [`with`].
pub fn replace<H: Handle>(handle: *mut H, object: Arc<H::Object>) -> bool {
    let Some(pin) = TABLE.get().pin::<H>(handle.addr()) else { return false };
    add_handle(&*object);
    let entry = pin.entry();
    let before = match entry.object.replace(object) {
        Ok(before) => before,
        Err(refused) => {
            drop_handle(&*refused);
            return false;
        }
    };
    // SAFETY: whoever looks at the entry has pinned it, and this pin's reference is to the Shared, not to what was in
    // it.
    unsafe { entry.object.forget_replaced(|| pin.slot.word.is_pinned_once()) };
    drop_handle(&*before);
    true
}

/// Looks at what is behind a handle; None if it is not alive. The object cannot go while `look` runs.
pub fn with<H: Handle, R>(handle: *mut H, look: impl FnOnce(&Entry<H::Object>) -> R) -> Option<R> {
    Some(look(pin(handle)?.entry()))
}

/// As [`with`], for as long as the pin lives.
pub fn pin<H: Handle>(handle: *mut H) -> Option<Pin<H>> {
    TABLE.get().pin::<H>(handle.addr())
}

/// Drops a handle; one that is not alive is ignored. Calls blocked in the object end.
pub fn dispose<H: Handle>(handle: *mut H) {
    if let Some(pin) = TABLE.get().begin_dispose::<H>(handle.addr()) {
        // What is put in its place from now on would have no handle that can be dropped.
        drop_handle(pin.entry().object.settle());
    }
}

struct Slot {
    word: Word,
    entry: AtomicPtr<()>,
}

struct Table {
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

/// A slot that cannot be freed while this lives.
pub struct Pin<H: Handle> {
    table: &'static Table,
    slot: &'static Slot,
    index: usize,
    kind: std::marker::PhantomData<fn() -> H>,
}

impl<H: Handle> Pin<H> {
    /// What the slot holds.
    pub fn entry(&self) -> &Entry<H::Object> {
        let entry = self.slot.entry.load(Ordering::Acquire).cast::<Entry<H::Object>>();
        // SAFETY: the slot's word was of kind H when it was pinned, so its pointer is a boxed Entry of H's object,
        // and it is freed only after the last pin.
        unsafe { &*entry }
    }
}

impl<H: Handle> Drop for Pin<H> {
    fn drop(&mut self) {
        if self.slot.word.unpin() {
            self.table.free::<H>(self.index, self.slot);
        }
    }
}

impl Table {
    fn new() -> Self {
        let seed = random::bytes().map_or_else(|_| u64::from(std::process::id()), u64::from_ne_bytes);
        let slots = Slots { free: VecDeque::new(), used: 0, first_generation: seed % GENERATIONS };
        Self {
            chunks: [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS],
            slots: Locked::new(slots),
            live: AtomicUsize::new(0),
        }
    }

    fn slot(&'static self, index: usize) -> Option<&'static Slot> {
        let chunk = self.chunks.get(index / CHUNK)?.load(Ordering::Acquire);
        // SAFETY: a chunk pointer is null or a leaked boxed chunk.
        let chunk = unsafe { chunk.as_ref() }?;
        chunk.get(index % CHUNK)
    }

    fn insert(&'static self, kind: u64, entry: *mut ()) -> Option<usize> {
        let (index, fresh_generation) = self.take_slot()?;
        let slot = self.slot(index)?;
        let generation = fresh_generation.unwrap_or_else(|| slot.word.generation());
        slot.entry.store(entry, Ordering::Release);
        slot.word.open(Key { kind, generation });
        self.live.fetch_add(1, Ordering::Relaxed);
        let token = (kind << KIND_SHIFT) | ((index as u64) << SLOT_SHIFT) | generation;
        usize::try_from(token).ok()
    }

    /// A free slot, with its first generation if it is used for the first time.
    fn take_slot(&'static self) -> Option<(usize, Option<u64>)> {
        let mut slots = self.slots.lock();
        if let Some(index) = slots.free.pop_front() {
            return Some((index, None));
        }
        let index = slots.used;
        let chunk = self.chunks.get(index / CHUNK)?;
        if chunk.load(Ordering::Relaxed).is_null() {
            let empty = || Slot { word: Word::new(), entry: AtomicPtr::new(ptr::null_mut()) };
            let fresh: Box<[Slot; CHUNK]> = Box::new(std::array::from_fn(|_| empty()));
            chunk.store(Box::into_raw(fresh), Ordering::Release);
        }
        slots.used += 1;
        Some((index, Some(slots.first_generation_of(index))))
    }

    fn find<H: Handle>(&'static self, token: usize) -> Option<(&'static Slot, usize, Key)> {
        let token = token as u64;
        if token >> KIND_SHIFT != H::KIND {
            return None;
        }
        let index = usize::try_from((token >> SLOT_SHIFT) & ((1 << SLOT_BITS) - 1)).ok()?;
        Some((self.slot(index)?, index, Key { kind: H::KIND, generation: token % GENERATIONS }))
    }

    fn pin<H: Handle>(&'static self, token: usize) -> Option<Pin<H>> {
        self.pin_by::<H>(token, Word::pin)
    }

    /// Pins a slot and lets nobody else pin it from now on.
    fn begin_dispose<H: Handle>(&'static self, token: usize) -> Option<Pin<H>> {
        let pin = self.pin_by::<H>(token, Word::close)?;
        self.live.fetch_sub(1, Ordering::Relaxed);
        Some(pin)
    }

    fn pin_by<H: Handle>(
        &'static self,
        token: usize,
        pin: impl FnOnce(&Word, Key) -> bool,
    ) -> Option<Pin<H>> {
        let (slot, index, key) = self.find::<H>(token)?;
        // Not by then_some: a Pin that is made is dropped, and with that unpinned.
        pin(&slot.word, key).then(|| Pin { table: self, slot, index, kind: std::marker::PhantomData })
    }

    /// Frees a closing slot after its last pin. A slot whose generations are used up is retired.
    fn free<H: Handle>(&self, index: usize, slot: &Slot) {
        let entry = slot.entry.swap(ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: the last pin is gone and no new one can come, so the boxed Entry of this kind is ours alone.
        drop(unsafe { Box::from_raw(entry.cast::<Entry<H::Object>>()) });
        let mut slots = self.slots.lock();
        if slot.word.free() != slots.first_generation_of(index) {
            slots.free.push_back(index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::LazyLock;

    fn make() -> *mut ckws_bin_data {
        create::<ckws_bin_data>(Arc::default())
    }

    fn alive(handle: *mut ckws_bin_data) -> bool {
        with(handle, |_| ()).is_some()
    }

    #[test]
    fn disposed_null_and_random_handles_are_not_found() {
        let handle = make();
        assert!(alive(handle));
        dispose(handle);
        assert!(!alive(handle));
        dispose(handle);
        assert!(!alive(ptr::null_mut()));
        for number in [1, 0xDEAD_BEEF, usize::MAX, handle.addr() ^ 1, handle.addr() ^ (1 << SLOT_SHIFT)] {
            assert!(!alive(ptr::without_provenance_mut(number)));
        }
    }

    #[test]
    fn a_handle_of_another_kind_is_not_found() {
        let handle = make();
        assert!(with(handle.cast::<ckws_string_builder>(), |_| ()).is_none());
        let forged = handle.addr() & !(0xF << KIND_SHIFT) | (4 << KIND_SHIFT);
        assert!(with(ptr::without_provenance_mut::<ckws_string_builder>(forged), |_| ()).is_none());
        dispose(handle);
    }

    #[test]
    fn an_object_outlives_its_dispose_until_the_call_ends() {
        let handle = make();
        let found = with(handle, |entry| {
            dispose(handle);
            assert!(!alive(handle));
            entry.object.append(b"still here").unwrap();
            entry.object.len()
        });
        assert_eq!(found, Some(10));
    }

    #[test]
    fn there_are_as_many_handles_as_slots() {
        static FULL: LazyLock<Table> = LazyLock::new(Table::new);
        for _ in 0..1 << SLOT_BITS {
            assert!(FULL.insert(1, ptr::null_mut()).is_some());
        }
        assert_eq!(FULL.insert(1, ptr::null_mut()), None);
    }

    #[test]
    fn a_token_fits_into_a_double() {
        for _ in 0..100 {
            let handle = make();
            assert!(handle.addr() < 1 << 52);
            dispose(handle);
        }
    }

    #[test]
    fn slots_are_reused_first_in_first_out() {
        let table: &'static Table = Box::leak(Box::new(Table::new()));
        let slots = || [(); 3].map(|()| table.take_slot().unwrap().0);
        for index in slots() {
            table.slots.lock().free.push_back(index);
        }
        assert_eq!(slots(), [0, 1, 2]);
        assert_eq!(slots(), [3, 4, 5]);
    }

    #[test]
    fn a_slot_whose_generations_are_used_up_is_retired() {
        let table: &'static Table = Box::leak(Box::new(Table::new()));
        let first = table.slots.lock().first_generation_of(0);
        let token_of = |generation| {
            table.slot(0).unwrap().word.open(Key { kind: ckws_bin_data::KIND, generation });
            ((ckws_bin_data::KIND << KIND_SHIFT) | generation) as usize
        };
        table.insert(ckws_bin_data::KIND, boxed_entry()).unwrap();
        let last_but_one = token_of((first + GENERATIONS - 2) % GENERATIONS);
        drop(table.begin_dispose::<ckws_bin_data>(last_but_one).unwrap());
        let last = table.insert(ckws_bin_data::KIND, boxed_entry()).unwrap();
        assert_eq!(last, token_of((first + GENERATIONS - 1) % GENERATIONS));
        drop(table.begin_dispose::<ckws_bin_data>(last).unwrap());
        assert_eq!(table.take_slot().unwrap().0, 1, "another slot comes next");
    }

    fn boxed_entry() -> *mut () {
        let entry = Entry {
            object: Shared::new(Arc::<BinData>::default()),
            journal: Journal::default(),
            strings: StringRing::default(),
        };
        Box::into_raw(Box::new(entry)).cast()
    }

    #[test]
    fn threads_that_pin_and_dispose_agree() {
        for _ in 0..200 {
            let address = make().addr();
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(move || {
                        let handle = ptr::without_provenance_mut::<ckws_bin_data>(address);
                        while with(handle, |entry| entry.object.len()).is_some() {}
                    });
                }
                scope.spawn(move || dispose(ptr::without_provenance_mut::<ckws_bin_data>(address)));
            });
        }
    }
}
