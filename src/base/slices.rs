//! Parts of slices whose bounds the caller has established.
//!
//! An index would end the program at a mistake, a default would hide it. Debug builds, which tests and fuzz targets are,
//! report it; others go on with an empty part.

use std::slice::SliceIndex;

/// Returns the part of `slice` at `range`, which lies within it.
#[inline]
#[track_caller]
pub fn part<T, R: SliceIndex<[T], Output = [T]>>(slice: &[T], range: R) -> &[T] {
    let part = slice.get(range);
    debug_assert!(part.is_some(), "a range lies beyond its slice of {}", slice.len());
    part.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_lies_within() {
        assert_eq!(part(b"abc", 1..), b"bc");
        assert_eq!(part(b"abc", 3..3), b"");
    }

    #[test]
    #[cfg_attr(debug_assertions, should_panic(expected = "beyond its slice of 3"))]
    fn a_mistake_is_reported_by_debug_builds() {
        assert_eq!(part(b"abc", 2..4), b"");
    }
}
