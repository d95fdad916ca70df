//! Fallible allocation, for buffers that a peer fills and copies of what a caller passes: where memory runs out, that
//! is a failure and not the end of the program.

use std::collections::TryReserveError;

/// Makes room for `additional` more bytes. Capacity doubles, so that copying stays linear, but not beyond `limit`
/// (0 is none): old and new buffer together are at most twice the limit, not three times.
pub fn make_room(buffer: &mut Vec<u8>, additional: usize, limit: u64) -> Result<(), TryReserveError> {
    let needed = buffer.len().saturating_add(additional);
    if needed <= buffer.capacity() {
        return Ok(());
    }
    let limit = usize::try_from(limit).ok().filter(|&limit| limit > 0).unwrap_or(usize::MAX);
    let capacity = buffer.capacity().saturating_mul(2).min(limit).max(needed);
    buffer.try_reserve_exact(capacity - buffer.len())
}

/// Copies the bytes, with room for a NUL after them.
pub fn copy_of(bytes: &[u8]) -> super::Result<Vec<u8>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len().saturating_add(1))?;
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// Copies the text, with room for the NUL that C needs after it.
pub fn copy_of_text(text: &str) -> super::Result<String> {
    joined(&[text])
}

/// Joins the pieces, with room for the NUL that C needs after them.
pub fn joined(pieces: &[&str]) -> super::Result<String> {
    let mut text = String::new();
    text.try_reserve_exact(pieces.iter().map(|piece| piece.len()).sum::<usize>().saturating_add(1))?;
    pieces.iter().for_each(|piece| text.push_str(piece));
    Ok(text)
}

/// Appends to a text.
pub fn append(text: &mut String, more: &str) -> super::Result<()> {
    text.try_reserve(more.len())?;
    text.push_str(more);
    Ok(())
}

/// Adds an entry to a list that a caller makes as long as it likes.
pub fn push<T>(list: &mut Vec<T>, entry: T) -> super::Result<()> {
    list.try_reserve(1)?;
    list.push(entry);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_doubles_up_to_the_limit() {
        let mut buffer = Vec::new();
        for (filled, additional, limit, expected) in
            [(0, 10, 0, 10), (10, 1, 0, 20), (20, 1, 25, 25), (25, 5, 25, 30), (30, 0, 25, 30)]
        {
            buffer.resize(filled, 0);
            make_room(&mut buffer, additional, limit).unwrap();
            assert_eq!(buffer.capacity(), expected);
        }
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        assert!(make_room(&mut vec![0], usize::MAX, 0).is_err());
    }
}
