//! StringBuilder: text that travels between calls. Always valid UTF-8.

mod case;
mod convert;
mod text;

use super::{BinData, Object, ObjectBase};
use crate::base::growth::copy_of_text;
use crate::base::{ErrorCode, Fault, Locked, Result};
use text::Text;

/// A growing string.
#[derive(Debug, Default)]
pub struct StringBuilder {
    base: ObjectBase,
    text: Locked<Text>,
}

impl Object for StringBuilder {
    fn base(&self) -> &ObjectBase {
        &self.base
    }
}

impl StringBuilder {
    /// Returns how many code points there are.
    pub fn len(&self) -> usize {
        self.text.lock().as_str().chars().count()
    }

    /// Returns whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.text.lock().as_str().is_empty()
    }

    /// Appends text.
    pub fn append(&self, text: &str) -> Result<()> {
        self.text.lock().append(&[text])
    }

    /// Appends an owned text: a long one is not copied if it is the first.
    pub fn append_owned(&self, text: String) -> Result<()> {
        self.text.lock().append_owned(text)
    }

    /// Appends what some bytes of a BinData are in a charset; offset 0 and length 0 mean all.
    pub fn append_bd(&self, bin_data: &BinData, charset: &str, offset: i32, num_bytes: i32) -> Result<()> {
        self.append(&bin_data.string_chunk(charset, offset, num_bytes)?)
    }

    /// Appends a number in decimal digits.
    pub fn append_int(&self, value: i32) -> Result<()> {
        self.append(&value.to_string())
    }

    /// Appends text and a line break.
    pub fn append_line(&self, text: &str, crlf: bool) -> Result<()> {
        self.text.lock().append(&[text, if crlf { "\r\n" } else { "\n" }])
    }

    /// Appends the text of another, or its own once more: a copy, so that no two locks are held.
    pub fn append_sb(&self, other: &Self) -> Result<()> {
        self.append(&other.text()?)
    }

    /// Puts text before what is there.
    pub fn prepend(&self, text: &str) -> Result<()> {
        self.change(|own| {
            let mut both = String::new();
            both.try_reserve_exact(text.len().saturating_add(own.len()).saturating_add(1))?;
            both.push_str(text);
            both.push_str(own);
            Ok(both)
        })
    }

    /// Removes all text.
    pub fn clear(&self) {
        self.text.lock().truncate(0);
    }

    /// Removes all text and overwrites the memory that it was in.
    pub fn secure_clear(&self) {
        self.text.lock().wipe();
    }

    /// Replaces the text.
    pub fn set(&self, text: &str) -> Result<()> {
        self.change(|_| copy_of_text(text))
    }

    /// Replaces each `find` by `replacement`; how many there were.
    pub fn replace(&self, find: &str, replacement: &str) -> Result<usize> {
        if find.is_empty() {
            return Err(Fault::new(ErrorCode::InvalidArgument, "The text to find is empty."));
        }
        let mut count = 0_usize;
        self.change(|own| {
            count = own.matches(find).count();
            let added = count.saturating_mul(replacement.len());
            let mut replaced = String::new();
            replaced.try_reserve_exact((own.len() - count * find.len()).saturating_add(added))?;
            for (number, between) in own.split(find).enumerate() {
                if number > 0 {
                    replaced.push_str(replacement);
                }
                replaced.push_str(between);
            }
            Ok(replaced)
        })?;
        Ok(count)
    }

    /// Removes that many code points from the end; all, if there are fewer.
    pub fn shorten(&self, num_chars: i32) -> Result<()> {
        let num_chars = usize::try_from(num_chars).map_err(|_| {
            let text = format!("The number of characters is 0 or positive, not {num_chars}.");
            Fault::new(ErrorCode::InvalidArgument, text)
        })?;
        let mut own = self.text.lock();
        if let Some(last) = num_chars.checked_sub(1) {
            let end = own.as_str().char_indices().nth_back(last).map_or(0, |(at, _)| at);
            own.truncate(end);
        }
        Ok(())
    }

    /// Removes white space at both ends.
    pub fn trim(&self) -> Result<()> {
        self.change(|own| copy_of_text(own.trim()))
    }

    /// Returns a copy of the text.
    pub fn text(&self) -> Result<String> {
        copy_of_text(self.text.lock().as_str())
    }

    /// Returns a pointer to the text, valid until the next change, with a NUL after it, and its length without the NUL.
    pub fn lend(&self) -> (*const u8, usize) {
        let own = self.text.lock();
        (own.as_ptr(), own.as_str().len())
    }

    /// Replaces the text by what is made of it.
    fn change(&self, make: impl FnOnce(&str) -> Result<String>) -> Result<()> {
        let mut own = self.text.lock();
        let made = make(own.as_str())?;
        own.set(made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> StringBuilder {
        let string_builder = StringBuilder::default();
        string_builder.append(text).unwrap();
        string_builder
    }

    /// Returns what C finds: the text up to the NUL, if it has none itself.
    fn lent(string_builder: &StringBuilder) -> String {
        let (start, len) = string_builder.lend();
        // SAFETY: no other thread uses the object; a NUL follows the text.
        #[expect(unsafe_code, reason = "as C does it")]
        let bytes = unsafe { std::slice::from_raw_parts(start, len + 1) };
        assert_eq!(bytes.last(), Some(&0));
        String::from_utf8(bytes[..len].to_vec()).unwrap()
    }

    #[test]
    fn a_nul_is_always_behind_the_text() {
        let string_builder = StringBuilder::default();
        assert_eq!(lent(&string_builder), "");
        let changes: [(&dyn Fn() -> Result<()>, &str); 12] = [
            (&|| string_builder.append(""), ""),
            (&|| string_builder.append("bc\0"), "bc\0"),
            (&|| string_builder.prepend(" a"), " abc\0"),
            (&|| string_builder.shorten(1), " abc"),
            (&|| string_builder.trim(), "abc"),
            (&|| string_builder.append_sb(&string_builder), "abcabc"),
            (&|| string_builder.replace("bc", "é").map(|count| assert_eq!(count, 2)), "aéaé"),
            (&|| string_builder.to_uppercase(), "AÉAÉ"),
            (&|| string_builder.append_line("", true), "AÉAÉ\r\n"),
            (&|| string_builder.shorten(i32::MAX), ""),
            (&|| string_builder.set("xyz"), "xyz"),
            (&|| string_builder.append("secret"), "xyzsecret"),
        ];
        for (change, text) in changes {
            change().unwrap();
            assert_eq!(lent(&string_builder), text);
            assert_eq!(string_builder.text().unwrap(), text);
            assert_eq!(string_builder.len(), text.chars().count());
        }
        string_builder.secure_clear();
        assert_eq!(lent(&string_builder), "");
    }

    #[test]
    fn its_own_memory_can_be_used() {
        let string_builder = filled("0123456789");
        for _ in 0..5 {
            let (start, len) = string_builder.lend();
            // SAFETY: no other thread uses the object, and the memory is only read before it can move.
            #[expect(unsafe_code, reason = "as C does it")]
            let own = unsafe { std::str::from_utf8(std::slice::from_raw_parts(start, len)) }.unwrap();
            string_builder.append_line(own, false).unwrap();
        }
        assert!(string_builder.text().unwrap().starts_with("01234567890123456789\n0123456789"));
    }

    #[test]
    fn an_end_is_cut_at_characters() {
        let string_builder = filled("aé世👋");
        for left in ["aé世👋", "aé世", "a", ""] {
            let removed = string_builder.len() - left.chars().count();
            string_builder.shorten(i32::try_from(removed).unwrap()).unwrap();
            assert_eq!(string_builder.text().unwrap(), left);
        }
        assert!(string_builder.shorten(-1).is_err());
    }
}
