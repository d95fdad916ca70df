//! Text followed by a NUL, so that C can read it where it lies.

use crate::base::Result;
use crate::object::memory::lies_within;
use crate::sys::wipe::wipe;

/// The text, the NUL at the end included; nothing at all before the first change.
#[derive(Debug, Default)]
pub(super) struct Text(String);

impl Text {
    pub(super) fn as_str(&self) -> &str {
        self.0.strip_suffix('\0').unwrap_or_default()
    }

    /// Never NULL.
    pub(super) fn as_ptr(&self) -> *const u8 {
        if self.0.is_empty() { c"".as_ptr().cast() } else { self.0.as_ptr() }
    }

    /// Replaces the text.
    pub(super) fn set(&mut self, mut text: String) -> Result<()> {
        text.try_reserve_exact(1)?;
        text.push('\0');
        self.0 = text;
        Ok(())
    }

    /// Appends all of `pieces`, or none.
    pub(super) fn append(&mut self, pieces: &[&str]) -> Result<()> {
        let len = pieces.iter().fold(1, |len: usize, piece| len.saturating_add(piece.len()));
        if pieces.iter().any(|piece| lies_within(piece.as_bytes(), self.0.as_bytes())) {
            let mut copy = String::new();
            copy.try_reserve_exact(len)?;
            copy.extend(pieces.iter().copied());
            return self.append(&[&copy]);
        }
        self.0.try_reserve(len)?;
        self.0.pop();
        self.0.extend(pieces.iter().copied());
        self.0.push('\0');
        Ok(())
    }

    /// Appends text whose memory may be kept.
    pub(super) fn append_owned(&mut self, text: String) -> Result<()> {
        if self.as_str().is_empty() { self.set(text) } else { self.append(&[&text]) }
    }

    /// Keeps the first `len` bytes, which end at a character.
    pub(super) fn truncate(&mut self, len: usize) {
        if len < self.as_str().len() {
            self.0.truncate(len);
            self.0.push('\0');
        }
    }

    /// Removes the text and overwrites its memory.
    pub(super) fn wipe(&mut self) {
        wipe(&mut std::mem::take(&mut self.0).into_bytes());
    }
}
