//! Overwriting memory that held a secret.

use std::mem::MaybeUninit;
use std::sync::atomic::{Ordering, compiler_fence};

/// Empties `bytes` and overwrites all of its memory: also what lies beyond the length, from longer content.
pub fn wipe(bytes: &mut Vec<u8>) {
    bytes.clear();
    for byte in bytes.spare_capacity_mut() {
        // A plain write to memory that is not read again would be optimised away. SAFETY: the reference is valid for a
        // write.
        unsafe { std::ptr::from_mut(byte).write_volatile(MaybeUninit::new(0)) };
    }
    compiler_fence(Ordering::SeqCst);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_itself_is_overwritten() {
        let mut bytes = Vec::with_capacity(100);
        bytes.extend_from_slice(&[0xA5; 90]);
        bytes.truncate(40);
        let (start, capacity) = (bytes.as_ptr(), bytes.capacity());
        wipe(&mut bytes);
        assert!(bytes.is_empty());
        assert_eq!((bytes.as_ptr(), bytes.capacity()), (start, capacity), "the memory is still allocated");
        // SAFETY: `bytes` still owns the memory, all of which was written by `wipe`.
        let memory = unsafe { std::slice::from_raw_parts(start, capacity) };
        assert_eq!(memory, vec![0; capacity]);
    }
}
