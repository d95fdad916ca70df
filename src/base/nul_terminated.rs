//! Bytes as C gets them: followed by a NUL, so that printing them as a string stops at their end.

/// Bytes, followed by a NUL that does not count.
#[derive(Debug)]
pub struct NulTerminated(Vec<u8>);

impl NulTerminated {
    /// Appends the NUL to `bytes`. The caller reserves the room for it where they are large.
    pub fn new(mut bytes: Vec<u8>) -> Self {
        bytes.push(0);
        Self(bytes)
    }

    /// Returns where the bytes are; never NULL.
    pub fn as_ptr(&self) -> *const u8 {
        self.0.as_ptr()
    }

    /// Returns how many bytes there are, without the NUL.
    pub fn len(&self) -> usize {
        self.0.len() - 1
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the memory, to be used again.
    pub fn into_buffer(self) -> Vec<u8> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_stands_behind_the_bytes_and_does_not_count() {
        for bytes in [&b""[..], b"a", b"with a\0 inside"] {
            let terminated = NulTerminated::new(bytes.to_vec());
            assert_eq!((terminated.len(), terminated.is_empty()), (bytes.len(), bytes.is_empty()));
            assert_eq!(terminated.into_buffer(), [bytes, b"\0"].concat());
        }
    }
}
