//! Why something failed: a number for programs and a sentence for people.
//!
//! A [`Fault`] is made only when something went wrong; the success path never builds one.

use super::ErrorCode;
use std::borrow::Cow;
use std::collections::TryReserveError;

/// What a fallible step returns.
pub type Result<T> = std::result::Result<T, Fault>;

/// A failure: its number and what happened, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    code: ErrorCode,
    text: Cow<'static, str>,
}

impl Fault {
    /// Creates a fault with a constant sentence, or one made for the occasion.
    pub fn new(code: ErrorCode, text: impl Into<Cow<'static, str>>) -> Self {
        Self { code, text: text.into() }
    }

    /// Returns the number for programs.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Returns the sentence for people.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Fault {}

impl From<TryReserveError> for Fault {
    fn from(_: TryReserveError) -> Self {
        Self::new(ErrorCode::OutOfMemory, "There is not enough memory for the data.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_stays_small_enough_to_return_by_value() {
        assert!(size_of::<Fault>() <= 32);
    }
}
