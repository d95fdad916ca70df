//! What the two containers require of the bytes that they are given.

/// Returns whether `part` lies in the memory of `whole`. A program may append bytes that the same object has returned;
/// growing would move them before they are read.
pub(super) fn lies_within(part: &[u8], whole: &[u8]) -> bool {
    whole.as_ptr_range().contains(&part.as_ptr())
}
