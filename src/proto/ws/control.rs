//! The payload of a control frame: at most 125 bytes (RFC 6455 section 5.5), so it needs no allocation.

use super::header::MAX_CONTROL_LEN;
use crate::base::slices::part;
use crate::base::utf8;

/// Up to 125 bytes for a Close, Ping or Pong.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ControlPayload {
    /// The bytes after `len` are 0, so that equal payloads are equal values.
    bytes: [u8; MAX_CONTROL_LEN],
    len: u8,
}

impl ControlPayload {
    /// No bytes.
    pub const EMPTY: Self = Self { bytes: [0; MAX_CONTROL_LEN], len: 0 };

    /// Creates a copy of `payload`; `None` if it is longer than a control frame can carry.
    pub fn new(payload: &[u8]) -> Option<Self> {
        let mut bytes = [0; MAX_CONTROL_LEN];
        bytes.get_mut(..payload.len())?.copy_from_slice(payload);
        Some(Self { bytes, len: payload.len() as u8 })
    }

    /// Creates a copy of `payload`, which is known to fit: it was received, or cut.
    pub fn fitting(payload: &[u8]) -> Self {
        debug_assert!(
            payload.len() <= MAX_CONTROL_LEN,
            "a control frame cannot carry {} bytes",
            payload.len()
        );
        Self::new(payload).unwrap_or(Self::EMPTY)
    }

    /// As much of `text` as a control frame can carry, cut at a character boundary.
    pub fn truncated_text(text: &str) -> Self {
        Self::fitting(utf8::prefix(text, MAX_CONTROL_LEN).as_bytes())
    }

    /// Returns the payload.
    pub fn as_bytes(&self) -> &[u8] {
        part(&self.bytes, ..usize::from(self.len))
    }
}

impl Default for ControlPayload {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl std::fmt::Debug for ControlPayload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ControlPayload").field(&self.as_bytes()).finish()
    }
}

/// A place for one payload. It takes no memory until the first comes, and allocates nothing for those after it: most
/// connections never see a control frame, some are flooded with them.
#[derive(Debug, Default)]
pub struct ControlPlace {
    payload: Option<Box<ControlPayload>>,
    is_full: bool,
}

impl ControlPlace {
    /// Replaces the payload by `payload`.
    pub fn put(&mut self, payload: ControlPayload) {
        match &mut self.payload {
            Some(place) => **place = payload,
            None => self.payload = Some(Box::new(payload)),
        }
        self.is_full = true;
    }

    /// Returns what is there.
    pub fn get(&self) -> Option<ControlPayload> {
        self.payload.as_deref().copied().filter(|_| self.is_full)
    }

    /// Takes the payload, if there is one.
    pub fn take(&mut self) -> Option<ControlPayload> {
        let payload = self.get();
        self.is_full = false;
        payload
    }

    /// Returns whether there is something.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Drops the payload.
    pub fn clear(&mut self) {
        self.is_full = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_holds_the_latest_payload_until_it_is_taken() {
        let mut place = ControlPlace::default();
        assert_eq!((place.is_full(), place.take()), (false, None));
        place.put(ControlPayload::truncated_text("old"));
        place.put(ControlPayload::truncated_text("new"));
        assert_eq!(place.get(), Some(ControlPayload::truncated_text("new")));
        assert_eq!(place.take(), Some(ControlPayload::truncated_text("new")));
        assert_eq!((place.is_full(), place.get()), (false, None));
    }

    #[test]
    fn a_payload_holds_up_to_125_bytes() {
        for len in [0, 1, 124, 125] {
            let payload = vec![7; len];
            assert_eq!(ControlPayload::new(&payload).unwrap().as_bytes(), payload);
        }
        assert_eq!(ControlPayload::new(&[7; 126]), None);
        assert_eq!(ControlPayload::EMPTY.as_bytes(), b"");
    }

    #[test]
    fn text_is_cut_at_a_character_boundary() {
        assert_eq!(ControlPayload::truncated_text("short").as_bytes(), b"short");
        let text = format!("{}€", "a".repeat(123));
        assert_eq!(ControlPayload::truncated_text(&text).as_bytes(), "a".repeat(123).as_bytes());
        assert_eq!(ControlPayload::truncated_text(&"é".repeat(70)).as_bytes(), "é".repeat(62).as_bytes());
    }
}
