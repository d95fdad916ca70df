//! Capital and small letters.

use super::StringBuilder;
use crate::base::Result;

impl StringBuilder {
    /// Returns whether `text` is somewhere in it.
    pub fn contains(&self, text: &str, case_sensitive: bool) -> Result<bool> {
        let own = self.text.lock();
        if case_sensitive {
            return Ok(own.as_str().contains(text));
        }
        Ok(collect(own.as_str(), folded(own.as_str()))?.contains(&collect(text, folded(text))?))
    }

    /// Returns whether it is `text`.
    pub fn contents_equal(&self, text: &str, case_sensitive: bool) -> bool {
        let own = self.text.lock();
        if case_sensitive { own.as_str() == text } else { folded(own.as_str()).eq(folded(text)) }
    }

    /// Returns whether it begins with `text`.
    pub fn starts_with(&self, text: &str, case_sensitive: bool) -> bool {
        let own = self.text.lock();
        if case_sensitive {
            own.as_str().starts_with(text)
        } else {
            begins_with(folded(own.as_str()), folded(text))
        }
    }

    /// Returns whether it ends with `text`.
    pub fn ends_with(&self, text: &str, case_sensitive: bool) -> bool {
        let own = self.text.lock();
        if case_sensitive {
            own.as_str().ends_with(text)
        } else {
            begins_with(folded(own.as_str()).rev(), folded(text).rev())
        }
    }

    /// Makes all letters small.
    pub fn to_lowercase(&self) -> Result<()> {
        self.change(|own| {
            let mut small = String::new();
            // Whether a sigma is a final one depends on its word; std knows the rule.
            for word in own.split_inclusive(char::is_whitespace) {
                if word.contains('Σ') {
                    push(&mut small, word.to_lowercase().chars())?;
                } else {
                    push(&mut small, word.chars().flat_map(char::to_lowercase))?;
                }
            }
            Ok(small)
        })
    }

    /// Makes all letters capital; a sharp s becomes two letters.
    pub fn to_uppercase(&self) -> Result<()> {
        self.change(|own| collect(own, own.chars().flat_map(char::to_uppercase)))
    }
}

/// Text without the difference of capital and small letters: small, capital, small again, which makes the sharp
/// s two letters, and both small sigmas one. That is the full case folding of Unicode, where the Turkish
/// dotless i stays what it is.
fn folded(text: &str) -> impl DoubleEndedIterator<Item = char> {
    text.chars().flat_map(char::to_lowercase).flat_map(|small| {
        let capital = small.to_uppercase().map(move |capital| if small == 'ı' { small } else { capital });
        capital.flat_map(char::to_lowercase)
    })
}

fn begins_with(text: impl Iterator<Item = char>, mut beginning: impl Iterator<Item = char>) -> bool {
    let mut text = text.fuse();
    beginning.all(|letter| text.next() == Some(letter))
}

/// Returns the letters as a string, about as long as `original`.
fn collect(original: &str, letters: impl Iterator<Item = char>) -> Result<String> {
    let mut text = String::new();
    text.try_reserve(original.len())?;
    push(&mut text, letters)?;
    Ok(text)
}

fn push(text: &mut String, letters: impl Iterator<Item = char>) -> Result<()> {
    for letter in letters {
        text.try_reserve(letter.len_utf8())?;
        text.push(letter);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> StringBuilder {
        let string_builder = StringBuilder::default();
        string_builder.append(text).unwrap();
        string_builder
    }

    #[test]
    fn letters_are_compared_without_their_case() {
        let equal = [
            ("", ""),
            ("Sec-WebSocket", "sEC-wEBsOCKET"),
            ("STRASSE", "straße"),
            ("ẞ", "ss"),
            ("ὈΔΥΣΣΕΎΣ", "ὀδυσσεύς"),
            ("ΣΑΣ", "σασ"),
            ("ﬁn", "FIN"),
            ("\u{212A}", "k"),
            ("İ", "i\u{307}"),
        ];
        for (one, other) in equal {
            assert!(filled(one).contents_equal(other, false), "{one} {other}");
            assert_eq!(filled(one).contents_equal(other, true), one == other);
        }
        for (one, other) in [("ı", "i"), ("a", "b"), ("a", "aa"), ("é", "e\u{301}")] {
            assert!(!filled(one).contents_equal(other, false), "{one} {other}");
        }
    }

    #[test]
    fn parts_are_found_without_their_case() {
        let text = filled("Die Straße");
        for (part, starts, ends, inside) in [
            ("", true, true, true),
            ("dIE", true, false, true),
            ("STRASSE", false, true, true),
            ("E STR", false, false, true),
            ("die strasse", true, true, true),
            ("die strasse!", false, false, false),
            ("x", false, false, false),
        ] {
            let found = (text.starts_with(part, false), text.ends_with(part, false));
            assert_eq!(found, (starts, ends), "{part}");
            assert_eq!(text.contains(part, false).unwrap(), inside, "{part}");
        }
        assert!(!text.starts_with("dIE", true) && text.starts_with("Die", true));
        assert!(!text.ends_with("E", true) && text.ends_with("ße", true));
        assert!(!text.contains("sT", true).unwrap() && text.contains("St", true).unwrap());
    }

    #[test]
    fn case_changes_as_std_does_it() {
        for text in ["", "aBc", "ΌΣΟΣ ΟΔΟΣ", "Σ", "ΑΣ\u{301} Σ'Α", "straße ŉ ﬁ", "İıẞǅ", "x\0Y"]
        {
            let string_builder = filled(text);
            string_builder.to_lowercase().unwrap();
            assert_eq!(string_builder.text().unwrap(), text.to_lowercase());
            string_builder.set(text).unwrap();
            string_builder.to_uppercase().unwrap();
            assert_eq!(string_builder.text().unwrap(), text.to_uppercase());
        }
    }
}
