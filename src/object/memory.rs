//! Growing without ending the program when there is no memory.

use crate::base::Result;

/// A copy of the bytes.
pub(super) fn copy_of(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len())?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// A copy of the text, with room for the NUL that C wants behind it.
pub(super) fn copy_of_text(text: &str) -> Result<String> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len().saturating_add(1))?;
    copy.push_str(text);
    Ok(copy)
}

/// Whether `part` lies in the memory of `whole`. A program may append what it was lent of the same object;
/// growing would move that away before it is read.
pub(super) fn lies_within(part: &[u8], whole: &[u8]) -> bool {
    whole.as_ptr_range().contains(&part.as_ptr())
}
