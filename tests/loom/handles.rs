//! The state of a handle's slot, and the object behind it: looked at, replaced and disposed at once.

use crate::check;
use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::sync::atomic::{self, AtomicUsize, Ordering};
use loom::thread;

#[path = "../../src/ffi/handle/slot_state.rs"]
mod slot_state;

#[path = "../../src/ffi/handle/replaceable.rs"]
mod replaceable;

use replaceable::Replaceable;
use slot_state::{Key, SlotState};

const KEY: Key = Key { kind: 3, generation: 77 };

/// An object that notices when it is looked at after its end.
struct Object {
    number: UnsafeCell<u32>,
    handles: AtomicUsize,
}

// SAFETY: who looks and who ends it are told apart by the state; that this holds is what is tested.
unsafe impl Send for Object {}
// SAFETY: as above.
unsafe impl Sync for Object {}

impl Object {
    /// An object with a handle.
    fn new(number: u32) -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self { number: UnsafeCell::new(number), handles: AtomicUsize::new(1) })
    }

    fn look(&self) -> u32 {
        // SAFETY: only its end writes to it, and loom tells if that is not ordered behind this.
        self.number.with(|number| unsafe { *number })
    }

    fn drop_handle(&self) {
        assert_eq!(self.handles.fetch_sub(1, Ordering::AcqRel), 1, "it had no handle any more");
    }
}

impl Drop for Object {
    fn drop(&mut self) {
        // SAFETY: as above.
        self.number.with_mut(|number| unsafe { *number = 0 });
    }
}

/// A slot as the table has it.
struct Slot {
    state: SlotState,
    entry: UnsafeCell<Option<Replaceable<Object>>>,
}

// SAFETY: as for Object.
unsafe impl Send for Slot {}
// SAFETY: as for Object.
unsafe impl Sync for Slot {}

impl Slot {
    fn open(object: std::sync::Arc<Object>) -> Arc<Self> {
        let slot = Self { state: SlotState::new(), entry: UnsafeCell::new(Some(Replaceable::new(object))) };
        slot.state.open(KEY);
        Arc::new(slot)
    }

    /// What a call does; what it saw.
    fn look(&self) -> Option<u32> {
        self.state.pin(KEY).then(|| {
            let seen = self.entry(|entry| entry.get().look());
            self.unpin();
            seen
        })
    }

    fn replace(&self, object: std::sync::Arc<Object>) {
        if !self.state.pin(KEY) {
            return object.drop_handle();
        }
        self.entry(|entry| match entry.replace(object) {
            Ok(before) => {
                // SAFETY: whoever looks has pinned the slot, and this pin holds no reference into it.
                unsafe { entry.forget_replaced(|| self.state.is_pinned_once()) };
                before.drop_handle();
            }
            Err(refused) => refused.drop_handle(),
        });
        self.unpin();
    }

    fn dispose(&self) -> bool {
        self.state.close(KEY) && {
            self.entry(|entry| entry.settle().drop_handle());
            self.unpin();
            true
        }
    }

    fn entry<R>(&self, look: impl FnOnce(&Replaceable<Object>) -> R) -> R {
        // SAFETY: it is pinned, so nobody frees it; loom tells if somebody does.
        self.entry.with(|entry| look(unsafe { (*entry).as_ref() }.expect("nobody has freed it")))
    }

    /// Whether that has freed the slot; the next user's generation.
    fn unpin(&self) -> Option<u64> {
        self.state.unpin().then(|| {
            // SAFETY: that was the last pin; loom tells if it was not.
            self.entry.with_mut(|entry| drop(unsafe { (*entry).take() }));
            self.state.free()
        })
    }

    fn is_free(&self) -> bool {
        // SAFETY: the threads are joined.
        self.entry.with(|entry| unsafe { (*entry).is_none() })
    }
}

#[test]
fn an_object_goes_once_and_behind_everybody_who_looks() {
    check(|| {
        let slot = Slot::open(Object::new(1));
        let (looking, disposing) = (Arc::clone(&slot), Arc::clone(&slot));
        let looking = thread::spawn(move || looking.look());
        let disposing = thread::spawn(move || disposing.dispose());
        let disposed_here = slot.dispose();
        assert!(matches!(looking.join().expect("no panic"), None | Some(1)));
        assert!(disposed_here != disposing.join().expect("no panic"), "disposed twice, or never");
        assert!(slot.is_free());
        assert_eq!(slot.look(), None);
    });
}

#[test]
fn what_is_replaced_stays_for_those_who_look_at_it() {
    check(|| {
        let slot = Slot::open(Object::new(1));
        let (looking, replacing) = (Arc::clone(&slot), Arc::clone(&slot));
        let looking = thread::spawn(move || looking.look());
        let replacing = thread::spawn(move || replacing.replace(Object::new(2)));
        assert!(slot.look().is_some_and(|seen| seen == 1 || seen == 2));
        assert!(looking.join().expect("no panic").is_some_and(|seen| seen == 1 || seen == 2));
        replacing.join().expect("no panic");
        assert_eq!(slot.look(), Some(2));
    });
}

#[test]
fn a_dispose_and_a_replacing_leave_no_object_with_a_handle() {
    check(|| {
        let objects = [1, 2].map(Object::new);
        let [first, second] = objects.clone();
        let slot = Slot::open(first);
        let (replacing, disposing) = (Arc::clone(&slot), Arc::clone(&slot));
        let replacing = thread::spawn(move || replacing.replace(second));
        let disposing = thread::spawn(move || disposing.dispose());
        replacing.join().expect("no panic");
        assert!(disposing.join().expect("no panic"));
        assert!(slot.is_free());
        for object in objects {
            assert_eq!(object.handles.load(Ordering::Relaxed), 0);
        }
    });
}

/// A key of the slot's last user does not open it for the next one.
#[test]
fn a_stale_key_does_not_pin_the_next_user() {
    check(|| {
        let slot = Slot::open(Object::new(1));
        let stale = Arc::clone(&slot);
        let stale = thread::spawn(move || stale.look());
        assert!(slot.state.close(KEY));
        if let Some(generation) = slot.unpin() {
            // SAFETY: the slot is free, so nobody but its next user looks; loom tells if somebody does.
            slot.entry.with_mut(|entry| unsafe { *entry = Some(Replaceable::new(Object::new(2))) });
            slot.state.open(Key { generation, ..KEY });
        }
        assert!(matches!(stale.join().expect("no panic"), None | Some(1)));
    });
}
