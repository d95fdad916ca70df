//! What the two containers require of the bytes that they are given.

/// Whether `part` lies in the memory of `whole`. A program may append what it was lent of the same object;
/// growing would move that away before it is read.
pub(super) fn lies_within(part: &[u8], whole: &[u8]) -> bool {
    whole.as_ptr_range().contains(&part.as_ptr())
}
