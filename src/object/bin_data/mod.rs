//! BinData: bytes that travel between calls.

use super::{Common, Object};
use crate::base::{ErrorCode, Fault, Locked, Result};
use std::collections::TryReserveError;

/// A growing array of bytes.
#[derive(Debug, Default)]
pub struct BinData {
    common: Common,
    bytes: Locked<Vec<u8>>,
}

impl Object for BinData {
    fn common(&self) -> &Common {
        &self.common
    }
}

impl BinData {
    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.bytes.lock().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends bytes.
    pub fn append(&self, bytes: &[u8]) -> Result<()> {
        let mut own = self.bytes.lock();
        own.try_reserve(bytes.len()).map_err(out_of_memory)?;
        own.extend_from_slice(bytes);
        Ok(())
    }

    /// Removes all bytes.
    pub fn clear(&self) {
        self.bytes.lock().clear();
    }

    /// Where the bytes are, until the next change.
    pub fn lend(&self) -> (*const u8, usize) {
        let bytes = self.bytes.lock();
        (bytes.as_ptr(), bytes.len())
    }

    /// A copy of the bytes.
    pub fn to_vec(&self) -> Result<Vec<u8>> {
        let bytes = self.bytes.lock();
        let mut copy = Vec::new();
        copy.try_reserve_exact(bytes.len()).map_err(out_of_memory)?;
        copy.extend_from_slice(&bytes);
        Ok(copy)
    }
}

pub(super) fn out_of_memory(_: TryReserveError) -> Fault {
    Fault::new(ErrorCode::OutOfMemory, "There is not enough memory for the data.")
}
