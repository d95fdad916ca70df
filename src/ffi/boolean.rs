//! C's `bool` as it crosses the boundary.
//!
//! To Rust a `bool` that is neither 0 nor 1 is undefined behaviour, but a caller may pass any byte (bindings of other
//! languages pass -1 for true), and the bits of the register above that byte mean nothing. So a `bool` is taken as the
//! whole register, of which only the lowest byte counts, and returned as a whole register that is 0 or 1, for callers
//! that read more of it than C does. To C it is `bool` in the header and in the calling conventions alike.
//!
//! Only for parameters and results: a `bool` in memory is one byte. A place for a result is a `*mut bool`, to which
//! Rust writes 0 or 1.

/// What the header calls `bool`.
#[repr(transparent)]
#[derive(Clone, Copy, Debug)]
pub struct Bool(usize);

impl Bool {
    /// Whether any bit of the lowest byte is set.
    pub const fn is_true(self) -> bool {
        self.0 & 0xFF != 0
    }
}

impl From<bool> for Bool {
    fn from(value: bool) -> Self {
        Self(value.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_byte_decides() {
        for byte in 1..=usize::from(u8::MAX) {
            assert!(Bool(byte).is_true());
            assert!(Bool(byte | !0xFF).is_true());
        }
        assert!(!Bool(0).is_true());
        assert!(!Bool(!0xFF).is_true());
    }
}
