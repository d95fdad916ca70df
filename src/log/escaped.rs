//! Text that stands between tags or in quotes, in XML and in HTML.

use super::visible::misleads;
use std::fmt::{self, Write};

/// Text that cannot break out of its element, even from a hostile peer, nor hold a character that XML 1.0 or HTML
/// cannot: such a character is shown as in the text log, `\u{1b}`.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // As itself, a parser would make a line feed of it.
                '\r' => f.write_str("&#13;")?,
                '\t' | '\n' => f.write_char(character)?,
                other if misleads(other) || is_noncharacter(other) => {
                    write!(f, "{}", other.escape_unicode())?;
                }
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// The last two numbers of each plane; XML forbids those of the first, HTML all.
fn is_noncharacter(character: char) -> bool {
    u32::from(character) & 0xFFFE == 0xFFFE
}
