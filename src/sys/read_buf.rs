//! Where a read puts its bytes.

use std::mem::MaybeUninit;

/// The capacity that a buffer has left, or the first part of it. A read appends to the buffer and never makes it grow.
#[derive(Debug)]
pub struct ReadBuf<'a> {
    into: &'a mut Vec<u8>,
    /// How many more bytes it takes; no more than the spare capacity.
    remaining: usize,
}

impl<'a> ReadBuf<'a> {
    /// Takes at most `max` bytes, after those in `into` and within its capacity.
    pub fn new(into: &'a mut Vec<u8>, max: usize) -> Self {
        let remaining = (into.capacity() - into.len()).min(max);
        Self { into, remaining }
    }

    /// Takes no more than `max` bytes from now on.
    pub fn limit(&mut self, max: usize) {
        self.remaining = self.remaining.min(max);
    }

    /// Returns how many more bytes it takes.
    pub fn remaining(&self) -> usize {
        self.remaining
    }

    /// Appends `bytes` as far as they fit; returns how many did.
    pub fn append(&mut self, bytes: &[u8]) -> usize {
        let fitting = bytes.get(..self.remaining).unwrap_or(bytes);
        self.into.extend_from_slice(fitting);
        self.remaining -= fitting.len();
        fitting.len()
    }

    /// Returns the memory that it fills.
    pub(super) fn unfilled(&mut self) -> &mut [MaybeUninit<u8>] {
        self.into.spare_capacity_mut().get_mut(..self.remaining).unwrap_or_default()
    }

    /// Appends the first `count` bytes of [`ReadBuf::unfilled`].
    ///
    /// # Safety
    ///
    /// The caller has written them, and `count` is no more than their number.
    pub(super) unsafe fn advance(&mut self, count: usize) {
        // SAFETY: the bytes are within the capacity, and the caller has written them.
        unsafe { self.into.set_len(self.into.len() + count) };
        self.remaining -= count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_what_the_limit_and_the_capacity_allow() {
        for (held, capacity, max, taken) in
            [(0, 8, 4, 4), (2, 8, 4, 4), (6, 8, 4, 2), (8, 8, 4, 0), (2, 8, 0, 0), (0, 8, usize::MAX, 8)]
        {
            let mut into = Vec::with_capacity(capacity);
            into.resize(held, b'.');
            let before = into.as_ptr();
            let mut buf = ReadBuf::new(&mut into, usize::MAX);
            buf.limit(max);
            assert_eq!((buf.remaining(), buf.unfilled().len()), (taken, taken));
            assert_eq!(buf.append(b"0123456789"), taken);
            assert_eq!((buf.remaining(), buf.append(b"more")), (0, 0));
            assert_eq!(into.get(held..), b"0123456789".get(..taken));
            assert_eq!(into.as_ptr(), before, "it did not grow");
        }
    }
}
