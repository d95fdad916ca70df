//! Handles: tokens for objects, made of kind, slot and generation, never dereferenced.
//!
//! Each object's folder has its C type and its [`Handle`]. Here a handle is made, looked up, given another object and
//! disposed. [`table`] has the slots, [`slot_state`] the one atomic word of a slot, [`replaceable`] the object in it.

mod replaceable;
mod slot_state;
mod table;

use super::strings::StringRing;
use crate::object::Object;
use crate::object::call_logs::CallLogs;
use crate::object::object_base::{add_handle, drop_handle};
use crate::sys::process::ProcessLocal;
use replaceable::Replaceable;
use std::ptr;
use std::sync::Arc;
// By this name, for tests/loom has the checker's in its place.
use std::sync::atomic;
use table::{PinGuard, Table};

/// A type that C knows as an incomplete struct.
pub trait Handle {
    /// The object that a handle of this type leads to.
    type Object: Object;
    /// Its number in a token, from 1 to 15, which no other type has.
    const KIND: u64;
}

/// The content of a slot: the object, which handles and tasks share, and what belongs to the handle only.
pub struct Entry<T> {
    /// The object.
    pub object: Replaceable<T>,
    /// The logs of the latest calls.
    pub call_logs: CallLogs,
    /// The returned strings that are valid.
    pub strings: StringRing,
}

impl<T> Entry<T> {
    fn new(object: Arc<T>) -> Self {
        Self {
            object: Replaceable::new(object),
            call_logs: CallLogs::default(),
            strings: StringRing::default(),
        }
    }
}

static TABLE: ProcessLocal<Table> = ProcessLocal::new(Table::new);

/// Counts the handles that are alive.
pub fn live() -> usize {
    TABLE.get().live()
}

/// Makes a handle of `object`, its first or another. Returns NULL when no slot is left.
pub fn create<H: Handle>(object: Arc<H::Object>) -> *mut H {
    add_handle(&*object);
    match TABLE.get().insert::<H>(Box::new(Entry::new(object))) {
        Ok(token) => ptr::without_provenance_mut(token),
        Err(entry) => {
            drop_handle(&**entry.object.get());
            ptr::null_mut()
        }
    }
}

/// Makes the handle one of `object`. Returns false if it is not alive. The object that it had may be dropped, unless a
/// call uses the handle at this moment: call this outside of [`with`].
pub fn replace<H: Handle>(handle: *mut H, object: Arc<H::Object>) -> bool {
    let Some(pin) = pin(handle) else { return false };
    add_handle(&*object);
    let entry = pin.entry();
    let before = match entry.object.replace(object) {
        Ok(before) => before,
        Err(refused) => {
            drop_handle(&*refused);
            return false;
        }
    };
    // SAFETY: each user of the entry has pinned it, and this pin's reference is to the Replaceable, not to an object
    // that was in it.
    unsafe { entry.object.forget_replaced(|| pin.is_the_only_one()) };
    drop_handle(&*before);
    true
}

/// Calls `look` with the entry of a handle. Returns None if the handle is not alive. The object is not dropped while
/// `look` runs.
pub fn with<H: Handle, R>(handle: *mut H, look: impl FnOnce(&Entry<H::Object>) -> R) -> Option<R> {
    Some(look(pin(handle)?.entry()))
}

/// Pins the slot of a handle: its entry stays until the guard is dropped. Returns None if the handle is not alive.
pub fn pin<H: Handle>(handle: *mut H) -> Option<PinGuard<H>> {
    TABLE.get().pin::<H>(handle.addr())
}

/// Disposes a handle; one that is not alive is ignored. Calls blocked in the object end.
pub fn dispose<H: Handle>(handle: *mut H) {
    if let Some(pin) = TABLE.get().close::<H>(handle.addr()) {
        // An object that replaced it from now on would keep a handle that cannot be disposed.
        drop_handle(&**pin.entry().object.settle());
    }
}

#[cfg(test)]
mod tests {
    use super::super::bin_data::ckws_bin_data;
    use super::super::string_builder::ckws_string_builder;
    use super::table::{KIND_SHIFT, SLOT_SHIFT};
    use super::*;

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
            entry.object.get().append(b"still here").unwrap();
            entry.object.get().len()
        });
        assert_eq!(found, Some(10));
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
    fn threads_that_pin_and_dispose_agree() {
        for _ in 0..200 {
            let address = make().addr();
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(move || {
                        let handle = ptr::without_provenance_mut::<ckws_bin_data>(address);
                        while with(handle, |entry| entry.object.get().len()).is_some() {}
                    });
                }
                scope.spawn(move || dispose(ptr::without_provenance_mut::<ckws_bin_data>(address)));
            });
        }
    }
}
