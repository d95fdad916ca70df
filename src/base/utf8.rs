//! UTF-8 that arrives in pieces, and cuts at character boundaries.
//!
//! Whole pieces are checked by simdutf8; at most three bytes of a character that a piece boundary cut are
//! carried over (RFC 6455 section 8.1 asks for the check of a text message across its fragments).

use super::slices::part;
use super::{ErrorCode, Fault, Result};
use std::borrow::Cow;
use std::str::Utf8Chunk;

/// Checks a stream of UTF-8 piece by piece, as early as a fault can be seen.
#[derive(Clone, Debug, Default)]
pub struct Utf8Stream {
    carry: [u8; 4],
    carried: usize,
}

/// The stream cannot be UTF-8 any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotUtf8;

impl Utf8Stream {
    /// Takes the next piece.
    pub fn feed(&mut self, mut piece: &[u8]) -> std::result::Result<(), NotUtf8> {
        while self.carried > 0 {
            let Some((&next, rest)) = piece.split_first() else { return Ok(()) };
            debug_assert!(self.carried < self.carry.len(), "no character has more than four bytes");
            if let Some(place) = self.carry.get_mut(self.carried) {
                *place = next;
            }
            self.carried += 1;
            piece = rest;
            match check(part(&self.carry, ..self.carried))? {
                0 => self.carried = 0,
                _ => continue,
            }
        }
        let cut = check(piece)?;
        let tail = part(piece, piece.len() - cut..);
        for (place, byte) in self.carry.iter_mut().zip(tail) {
            *place = *byte;
        }
        self.carried = cut;
        Ok(())
    }

    /// The stream ends here; a character that was cut makes it wrong. Ready for the next stream afterwards.
    pub fn finish(&mut self) -> std::result::Result<(), NotUtf8> {
        match std::mem::take(&mut self.carried) {
            0 => Ok(()),
            _ => Err(NotUtf8),
        }
    }
}

/// Returns how many bytes at the end of `bytes` begin a character without finishing it (0 to 3).
fn check(bytes: &[u8]) -> std::result::Result<usize, NotUtf8> {
    match simdutf8::compat::from_utf8(bytes) {
        Ok(_) => Ok(0),
        Err(error) if error.error_len().is_none() => Ok(bytes.len() - error.valid_up_to()),
        Err(_) => Err(NotUtf8),
    }
}

/// Returns how many bytes at the end of `bytes` begin a character without finishing it; 0 also for bytes that are not
/// UTF-8 for another reason.
pub fn cut_tail_len(bytes: &[u8]) -> usize {
    let tail = bytes.get(bytes.len().saturating_sub(3)..).unwrap_or_default();
    for back in 1..=tail.len() {
        let byte = tail.get(tail.len() - back).copied().unwrap_or_default();
        let needs = match byte {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            0x80..=0xBF => continue,
            _ => return 0,
        };
        return if needs > back { back } else { 0 };
    }
    0
}

/// What stands for bytes that are not UTF-8.
const MARK: &[u8] = "\u{FFFD}".as_bytes();

/// Bytes as text; what is not UTF-8 is shown as U+FFFD. It takes the memory of the bytes, and what the text is longer.
pub fn to_text(bytes: Vec<u8>) -> Result<String> {
    let mut bytes = match String::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error.into_bytes(),
    };
    let marked_len = |chunk: Utf8Chunk<'_>| match chunk.invalid() {
        [] => chunk.valid().len(),
        _ => chunk.valid().len() + MARK.len(),
    };
    let (read, shown) = (bytes.len(), bytes.utf8_chunks().map(marked_len).sum::<usize>());
    // And the NUL that C wants.
    bytes.try_reserve_exact(shown - read + 1)?;
    bytes.resize(shown, 0);
    bytes.copy_within(..read, shown - read);
    mark_in_place(&mut bytes, shown - read);
    String::from_utf8(bytes).map_err(|_| Fault::new(ErrorCode::Internal, "Marked text is not UTF-8."))
}

/// Fills `bytes` with the text of what stands from `from` on, which is as much longer. No mark is shorter than what it
/// stands for, so the write position never passes the read position.
fn mark_in_place(bytes: &mut [u8], mut from: usize) {
    let mut to = 0;
    while let Some(chunk) = bytes.get(from..).and_then(|rest| rest.utf8_chunks().next()) {
        let (valid, invalid) = (chunk.valid().len(), chunk.invalid().len());
        bytes.copy_within(from..from + valid, to);
        (from, to) = (from + valid + invalid, to + valid);
        if invalid > 0 {
            if let Some(place) = bytes.get_mut(to..to + MARK.len()) {
                place.copy_from_slice(MARK);
            }
            to += MARK.len();
        }
    }
}

/// How many characters of an argument a text for people quotes.
const MAX_QUOTED: usize = 200;

/// Returns what a text for people quotes of an argument: its beginning, for the whole may need memory that there is
/// not.
pub fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_QUOTED).and_then(|(end, _)| text.get(..end)) {
        Some(beginning) => Cow::Owned(format!("{beginning}...")),
        None => Cow::Borrowed(text),
    }
}

/// Returns the longest prefix of `text` of at most `max` bytes that ends at a character boundary.
pub fn prefix(text: &str, max: usize) -> &str {
    let end = (0..=max.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.and_then(|end| text.get(..end)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &[&str] = &["", "a", "é", "€", "𐍈", "κόσμε", "x\u{FFFF}y\u{10FFFF}z", "日本語 text 𝄞 end"];
    const BAD: &[&[u8]] = &[
        b"\x80",
        b"\xC0\xAF",
        b"\xED\xA0\x80",
        b"\xF4\x90\x80\x80",
        b"\xF5",
        b"abc\xFFdef",
        b"\xE2\x28\xA1",
        b"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80edited",
    ];

    fn run(pieces: &[&[u8]]) -> std::result::Result<(), NotUtf8> {
        let mut stream = Utf8Stream::default();
        for piece in pieces {
            stream.feed(piece)?;
        }
        stream.finish()
    }

    #[test]
    fn good_text_passes_whole_split_and_by_bytes() {
        for text in GOOD {
            let bytes = text.as_bytes();
            for at in 0..=bytes.len() {
                assert_eq!(run(&[&bytes[..at], &bytes[at..]]), Ok(()), "{text:?} split at {at}");
            }
            assert_eq!(run(&bytes.chunks(1).collect::<Vec<_>>()), Ok(()), "{text:?} by bytes");
        }
    }

    #[test]
    fn bad_text_fails_whole_split_and_by_bytes() {
        for bytes in BAD {
            for at in 0..=bytes.len() {
                assert_eq!(run(&[&bytes[..at], &bytes[at..]]), Err(NotUtf8), "{bytes:?} split at {at}");
            }
            assert_eq!(run(&bytes.chunks(1).collect::<Vec<_>>()), Err(NotUtf8), "{bytes:?} by bytes");
        }
    }

    #[test]
    fn a_cut_character_at_the_end_fails_only_at_finish() {
        let mut stream = Utf8Stream::default();
        assert_eq!(stream.feed("€".as_bytes().get(..2).unwrap()), Ok(()));
        assert_eq!(stream.finish(), Err(NotUtf8));
        assert_eq!(stream.feed(b"next"), Ok(()), "the stream is clean again");
        assert_eq!(stream.finish(), Ok(()));
    }

    #[test]
    fn bad_bytes_are_noticed_before_the_character_is_complete() {
        let mut stream = Utf8Stream::default();
        assert_eq!(stream.feed(b"\xF4"), Ok(()));
        assert_eq!(stream.feed(b"\x90"), Err(NotUtf8), "U+110000 and above do not exist");
    }

    #[test]
    fn cut_tail_len_counts_the_bytes_of_an_open_character() {
        for (bytes, expected) in [
            (&b""[..], 0),
            (b"abc", 0),
            (b"ab\xC3", 1),
            (b"a\xE2\x82", 2),
            (b"\xF0\x90\x8D", 3),
            (b"\xE2\x82\xAC", 0),
            (b"\x80\x80\x80", 0),
            (b"\xFF", 0),
        ] {
            assert_eq!(cut_tail_len(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_not_utf8_is_shown_as_std_shows_it() {
        let mixed = [GOOD.concat().into_bytes(), BAD.concat()].concat().repeat(3);
        for bytes in BAD.iter().chain([&&b"ok"[..], &"a\u{FFFD}é".as_bytes(), &mixed.as_slice()]) {
            for cut in 0..=bytes.len() {
                let bytes = &bytes[cut..];
                assert_eq!(to_text(bytes.to_vec()).unwrap(), String::from_utf8_lossy(bytes));
            }
        }
    }

    #[test]
    fn an_excerpt_is_the_whole_or_its_beginning() {
        let long = "é".repeat(MAX_QUOTED);
        assert_eq!(excerpt(&long), long);
        assert_eq!(excerpt(&(long.clone() + "x")), long + "...");
    }

    #[test]
    fn prefix_cuts_at_a_character() {
        assert_eq!(prefix("a€b", 2), "a");
        assert_eq!(prefix("a€b", 4), "a€");
        assert_eq!(prefix("abc", 9), "abc");
    }
}
