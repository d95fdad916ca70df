//! BinData: bytes that travel between calls.

mod convert;

use super::memory::lies_within;
use super::{Object, ObjectBase};
use crate::base::growth::copy_of;
use crate::base::{ErrorCode, Fault, Locked, Result};
use crate::sys::wipe::wipe;
use std::ops::Range;

/// A growing array of bytes.
#[derive(Debug, Default)]
pub struct BinData {
    base: ObjectBase,
    bytes: Locked<Vec<u8>>,
}

impl Object for BinData {
    fn base(&self) -> &ObjectBase {
        &self.base
    }
}

impl BinData {
    /// Returns how many bytes there are.
    pub fn len(&self) -> usize {
        self.bytes.lock().len()
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends bytes.
    pub fn append(&self, bytes: &[u8]) -> Result<()> {
        let mut own = self.bytes.lock();
        if lies_within(bytes, &own) {
            let copy = copy_of(bytes)?;
            return extend(&mut own, &copy);
        }
        extend(&mut own, bytes)
    }

    /// Appends the bytes of another, or its own once more: a copy, so that no two locks are held.
    pub fn append_bd(&self, other: &Self) -> Result<()> {
        self.append(&other.to_vec()?)
    }

    /// Appends one byte, 0 to 255.
    pub fn append_byte(&self, byte: i32) -> Result<()> {
        let byte = u8::try_from(byte).map_err(|_| {
            let text = format!("A byte is a number from 0 to 255, not {byte}.");
            Fault::new(ErrorCode::InvalidArgument, text)
        })?;
        self.append(&[byte])
    }

    /// Replaces the bytes.
    pub fn load(&self, bytes: &[u8]) -> Result<()> {
        let mut own = self.bytes.lock();
        *own = copy_of(bytes)?;
        Ok(())
    }

    /// Removes all bytes.
    pub fn clear(&self) {
        self.bytes.lock().clear();
    }

    /// Removes all bytes and overwrites the memory that they were in.
    pub fn secure_clear(&self) {
        wipe(&mut self.bytes.lock());
    }

    /// Removes some bytes.
    pub fn remove_chunk(&self, offset: i32, num_bytes: i32) -> Result<()> {
        let mut own = self.bytes.lock();
        let chunk = chunk(offset, num_bytes, own.len())?;
        own.drain(chunk);
        Ok(())
    }

    /// Returns whether another has the same bytes.
    pub fn contents_equal(&self, other: &Self) -> Result<bool> {
        let other = other.to_vec()?;
        Ok(*self.bytes.lock() == other)
    }

    /// One byte.
    pub fn byte(&self, index: i32) -> Result<u8> {
        let own = self.bytes.lock();
        let byte = usize::try_from(index).ok().and_then(|index| own.get(index));
        byte.copied().ok_or_else(|| {
            let text = format!("There is no byte with index {index}: there are {} bytes.", own.len());
            Fault::new(ErrorCode::InvalidArgument, text)
        })
    }

    /// Returns a pointer to the bytes, valid until the next change, and their number. A NUL follows them.
    pub fn lend(&self) -> Result<(*const u8, usize)> {
        let mut bytes = self.bytes.lock();
        // Changes nothing when it was called before: the bytes stay where they are.
        bytes.try_reserve_exact(1)?;
        if let [behind, ..] = bytes.spare_capacity_mut() {
            behind.write(0);
        }
        Ok((bytes.as_ptr(), bytes.len()))
    }

    /// Returns a copy of the bytes.
    pub fn to_vec(&self) -> Result<Vec<u8>> {
        copy_of(&self.bytes.lock())
    }

    /// Lets `look` see some of the bytes.
    fn with_chunk<R>(&self, offset: i32, num_bytes: i32, look: impl FnOnce(&[u8]) -> Result<R>) -> Result<R> {
        let own = self.bytes.lock();
        let chunk = chunk(offset, num_bytes, own.len())?;
        look(own.get(chunk).unwrap_or_default())
    }
}

fn extend(own: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    own.try_reserve(bytes.len().saturating_add(1))?;
    own.extend_from_slice(bytes);
    Ok(())
}

/// Returns the range of `num_bytes` bytes at `offset`, all of which must be there.
fn chunk(offset: i32, num_bytes: i32, len: usize) -> Result<Range<usize>> {
    let range = || {
        let start = usize::try_from(offset).ok()?;
        let end = start.checked_add(usize::try_from(num_bytes).ok()?)?;
        (end <= len).then_some(start..end)
    };
    range().ok_or_else(|| {
        let text = format!("There are no {num_bytes} bytes at offset {offset}: there are {len} bytes.");
        Fault::new(ErrorCode::InvalidArgument, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(bytes: &[u8]) -> BinData {
        let bin_data = BinData::default();
        bin_data.append(bytes).unwrap();
        bin_data
    }

    #[test]
    fn its_own_memory_can_be_appended_and_loaded() {
        let bin_data = filled(b"0123456789");
        for _ in 0..10 {
            let (start, len) = bin_data.lend().unwrap();
            // SAFETY: no other thread uses the object, and the memory is only read before it can move.
            #[expect(unsafe_code, reason = "as C does it")]
            let own = unsafe { std::slice::from_raw_parts(start, len) };
            bin_data.append(own).unwrap();
        }
        assert_eq!(bin_data.to_vec().unwrap(), b"0123456789".repeat(1024));
    }

    #[test]
    fn chunks_are_inside() {
        for (offset, num_bytes) in [(0, 0), (0, 5), (5, 0), (2, 3)] {
            let start = usize::try_from(offset).unwrap();
            let end = start + usize::try_from(num_bytes).unwrap();
            assert_eq!(chunk(offset, num_bytes, 5).unwrap(), start..end);
        }
        for (offset, num_bytes) in
            [(-1, 1), (0, -1), (0, 6), (5, 1), (6, 0), (i32::MAX, i32::MAX), (i32::MIN, 0)]
        {
            let fault = chunk(offset, num_bytes, 5).unwrap_err();
            assert!(fault.text().contains(&offset.to_string()), "{fault}");
        }
    }

    #[test]
    fn two_that_append_each_other_do_not_wait_for_each_other() {
        let (one, other) = (filled(b"1"), filled(b"2"));
        std::thread::scope(|scope| {
            for (one, other) in [(&one, &other), (&other, &one)] {
                scope.spawn(move || {
                    for _ in 0..1000 {
                        one.append_bd(other).unwrap();
                        one.contents_equal(other).unwrap();
                        one.load(b"x").unwrap();
                    }
                });
            }
        });
    }
}
